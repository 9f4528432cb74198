// The bots of this installation: a list, and a form for each.

import { useEffect, useState } from "preact/hooks";
import { remove } from "../api/client";
import { told } from "../api/errors";
import { OFFLINE } from "../connect/vendors";
import { bots, loadBots, loadVendors } from "../state/bots";
import { me } from "../state/me";
import { t } from "../texts";
import type { Bot } from "../types";
import { Button, confirm, Failed, IconButton, Menu, toast, useLoaded, Waiting } from "../ui";
import { EditBot } from "./edit";
import { blank, copyName, type Form, formOf } from "./form";
import { wantedBot } from "./wanted";
import "./view.css";

export interface BotsViewProps {
  /** Begins a talk with a bot. */
  onTry: (name: string) => void;
}

interface Open {
  bot: Bot | null;
  begin: Form;
}

export default function BotsView({ onTry }: BotsViewProps) {
  const [open, show] = useState<Open | null>(null);
  const { error, value, reload } = useLoaded(() => Promise.all([loadBots(), loadVendors()]), []);
  const all = bots.value;
  const owner = me.value?.owner ?? false;

  useEffect(() => {
    const bot = all.find((one) => one.name === wantedBot.value);
    if (!bot) return;
    wantedBot.value = null;
    show({ bot, begin: formOf(bot) });
  }, [all, wantedBot.value]);

  const copy = (bot: Bot) => {
    const name = copyName(bot.name, all.map((one) => one.name));
    show({ bot: null, begin: { ...formOf(bot), name, called: bot.given.persona.name } });
  };
  const saved = (name: string, talk: boolean) => {
    show(null);
    if (talk) onTry(name);
  };

  if (open) {
    const { bot, begin } = open;
    const file = bot?.source === "file";
    const why = !owner ? t("bots.only_owner") : file ? t("bots.read_only", bot.name) : null;
    return (
      <EditBot key={begin.name} begin={begin} bot={bot} changes={!why} why={why}
        onCopy={owner && bot ? () => copy(bot) : null} onBack={() => show(null)} onSaved={saved} />
    );
  }
  return (
    <div class="bots">
      <header class="bots-head">
        <h1>{t("bots.title")}</h1>
        {owner && (
          <Button look="main" icon="add" onClick={() => show({ bot: null, begin: blank(all[0], OFFLINE) })}>
            {t("bots.new")}
          </Button>
        )}
      </header>
      <p class="soft lead">{t("bots.lead")}</p>
      {error && <Failed error={error} again={reload} />}
      {!value && !error && !all.length && <Waiting />}
      <ul role="list" class="bot-list">
        {all.map((bot, at) => (
          <BotItem key={bot.name} bot={bot} first={at === 0} owner={owner}
            onOpen={() => show({ bot, begin: formOf(bot) })} onCopy={() => copy(bot)} onTry={() => onTry(bot.name)} />
        ))}
      </ul>
    </div>
  );
}

interface ItemProps {
  bot: Bot;
  /** The default bot comes first. */
  first: boolean;
  owner: boolean;
  onOpen: () => void;
  onCopy: () => void;
  onTry: () => void;
}

function BotItem({ bot, first, owner, onOpen, onCopy, onTry }: ItemProps) {
  const called = bot.given.persona.name || bot.name;
  const edits = owner && bot.source !== "file";
  const entries = [
    { label: t("bots.copy"), icon: "copy" as const, onPick: onCopy },
    ...(bot.source === "page"
      ? [{ label: t("bots.discard"), icon: "trash" as const, danger: true, onPick: () => void discard(bot.name) }]
      : []),
  ];
  return (
    <li class="bot-item">
      <span class="face" aria-hidden="true">
        {[...called][0]?.toLocaleUpperCase()}
      </span>
      <div class="bot-what">
        <h2>
          {called}
          {called !== bot.name && <small> {bot.name}</small>}
        </h2>
        <p class="bot-line">{firstLine(bot.given.persona.instructions)}</p>
        <p class="row">
          <span class="chip">{bot.model}</span>
          {first && <span class="chip">{t("bots.default")}</span>}
          <span class="chip">{t(`bots.source_${bot.source}`)}</span>
        </p>
      </div>
      <div class="bot-do">
        <Button small onClick={onTry}>
          {t("bots.try")}
        </Button>
        <Button small look="quiet" onClick={onOpen} aria-label={t("bots.do", t(edits ? "bots.edit" : "bots.look"), called)}>
          {t(edits ? "bots.edit" : "bots.look")}
        </Button>
        {owner && (
          <Menu label={t("bots.do", t("ui.more"), called)} align="end" entries={entries}>
            {(opener) => <IconButton {...opener} icon="more" small label={t("bots.do", t("ui.more"), called)} />}
          </Menu>
        )}
      </div>
    </li>
  );
}

function firstLine(text: string): string {
  const line = text.trim().split("\n", 1)[0] ?? "";
  return line.length > 160 ? `${line.slice(0, 159)}…` : line;
}

async function discard(name: string): Promise<void> {
  const question = { title: t("bots.discard_title", name), text: t("bots.discard_text"), yes: t("bots.discard_yes"), danger: true };
  if (!(await confirm(question))) return;
  try {
    await remove(`/api/bots/${encodeURIComponent(name)}`);
    await loadBots();
    toast(t("bots.discarded", name));
  } catch (error) {
    toast(told(error), { bad: true });
  }
}
