// Above the talk: who one talks with, by which model, and what the last prompt held.

import { go } from "../routes";
import { wantedBot } from "../bots/wanted";
import { bots, callName } from "../state/bots";
import { freshBot, renew } from "../state/fresh";
import { list, panel, toggle } from "../state/layout";
import { me } from "../state/me";
import type { Talk } from "../state/talk";
import { t } from "../texts";
import { type Entry, Icon, IconButton, Menu } from "../ui";
import { Budget } from "./budget";
import { Face } from "./face";
import { Models } from "./models";

interface HeaderProps {
  talk: Talk | null;
  bot: string;
  title: string;
  onConnect: () => void;
}

export function Header({ talk, bot, title, onConnect }: HeaderProps) {
  const name = callName(bot);
  return (
    <header class="head">
      <ListButton />
      <Menu label={t("talk.bot_menu", name)} entries={entries(talk, bot)}>
        {(opener) => (
          <button type="button" {...opener} class="who" aria-label={t("talk.bot_menu", name)}>
            <Face name={name} bot />
            <b>{name}</b>
            <Icon name="down" />
          </button>
        )}
      </Menu>
      <Models talk={talk} bot={bot} onConnect={onConnect} />
      <h1 class="title" dir="auto">{title}</h1>
      {talk && <Budget talk={talk} />}
      <PanelButton />
    </header>
  );
}

/** In a talk another bot means another talk; before it, another choice. */
function entries(talk: Talk | null, bot: string): (Entry | "line")[] {
  const others = bots.value.map((one): Entry => {
    const name = one.given.persona.name || one.name;
    if (!talk)
      return { label: name, checked: one.name === bot, onPick: () => (freshBot.value = one.name) };
    return { label: t("talk.bot_other", name), icon: "new", onPick: () => begin(one.name) };
  });
  const show: Entry = {
    label: t("talk.bot_edit", callName(bot)),
    icon: "bot",
    onPick: () => {
      wantedBot.value = bot;
      go("/bots");
    },
  };
  return [...others, "line", show];
}

function begin(bot: string): void {
  renew({ bot: bot === me.peek()?.default_bot ? null : bot });
  go("/");
}

export function ListButton() {
  const shown = list.value !== null;
  return (
    <IconButton icon="menu" label={t(shown ? "app.list_hide" : "app.list_show")} aria-expanded={shown}
      class="list-button" onClick={() => toggle("list")} />
  );
}

export function PanelButton() {
  const shown = panel.value !== null;
  return (
    <IconButton icon="memory" label={t(shown ? "app.memory_hide" : "app.memory_show")} aria-expanded={shown}
      onClick={() => toggle("panel")} />
  );
}
