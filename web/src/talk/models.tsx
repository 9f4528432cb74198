// The model of a talk, and the others that it may go on with.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { connectable, OFFLINE, usable, vendorName, withoutVendor } from "../connect/vendors";
import { callName, botNamed, loadVendors, modelsOf, shortModel, vendors } from "../state/bots";
import { alter } from "../state/conversations";
import { freshBotName, freshModel, freshModelName } from "../state/fresh";
import { me } from "../state/me";
import type { Talk } from "../state/talk";
import { keepUsual } from "../state/usual";
import { t } from "../texts";
import { type Entry, Icon, Menu, toast } from "../ui";
import { trying } from "./doing";

interface ModelsProps {
  talk: Talk | null;
  bot: string;
  onConnect: () => void;
}

/** Has the talk, or the one that is not begun, go on with a model; null: the bot's own. */
export async function pickModel(talk: Talk | null, model: string | null): Promise<void> {
  if (!talk) {
    freshModel.value = model;
    remember(freshBotName(), model);
    return;
  }
  await trying(async () => {
    talk.conversation.value = await alter(talk.number, { model });
    remember(talk.conversation.value.bot, model);
    if (model) toast(t("talk.model_picked", shortModel(model)));
  });
}

/** What was picked is for the next conversation too; who goes back to the offline model wants it there. */
function remember(bot: string, model: string | null): void {
  const goes = model ?? botNamed(bot)?.model ?? OFFLINE;
  if (goes === OFFLINE) keepUsual(null);
  else if (model) keepUsual(model);
}

export function Models({ talk, bot, onConnect }: ModelsProps) {
  const near = useSignal(false);
  const lists = useLists(near.value);
  const own = botNamed(bot)?.model ?? "";
  const picked = talk ? (talk.conversation.value?.model ?? null) : freshModelName();
  const now = picked ?? own;
  const come = () => {
    near.value = true;
  };
  const pick = (model: string | null) => void pickModel(talk, model);
  const short = shortModel(now);
  if (talk && talk.conversation.value?.mine === false)
    return <span class="chip model-chip">{short}</span>;
  return (
    <span class="models" onPointerEnter={come} onFocusIn={come}>
      <Menu label={t("talk.model_menu", short)} entries={entries()}>
        {(opener) => (
          <button type="button" {...opener} class="chip model-chip" aria-label={t("talk.model_menu", short)}>
            <span>{short || "…"}</span>
            <Icon name="down" />
          </button>
        )}
      </Menu>
    </span>
  );

  function entries(): (Entry | "line")[] {
    if (!near.value) return [];
    const all: (Entry | "line")[] = [
      { label: t("talk.model_own", callName(bot), shortModel(own)), checked: picked === null, onPick: () => pick(null) },
    ];
    const known = new Set<string>([...(botNamed(bot)?.choices ?? []), ...(picked ? [picked] : [])]);
    for (const model of known) all.push(entry(model, shortModel(model)));
    for (const [vendor, models] of lists) {
      const more = models.filter((model) => !known.has(model) && model !== own);
      if (more.length) all.push("line");
      for (const model of more)
        all.push(entry(model, `${vendorName(vendor)}: ${withoutVendor(model, vendor)}`));
    }
    all.push("line", { label: t("talk.model_connect"), icon: "plug", onPick: onConnect });
    return all;
  }

  function entry(model: string, label: string): Entry {
    return { label, checked: picked === model, onPick: () => pick(model) };
  }
}

/** The models of all vendors that one may use, as their servers name them. */
function useLists(wanted: boolean) {
  const lists = useSignal<readonly (readonly [string, readonly string[]])[]>([]);
  const owner = me.value?.owner === true;
  useEffect(() => {
    if (wanted && !vendors.peek().length) void loadVendors().catch(() => undefined);
  }, [wanted]);
  const known = vendors.value;
  useEffect(() => {
    if (!wanted) return;
    const able = connectable(known).filter((one) => one.connected || (owner && usable(one)));
    void Promise.all(
      able.map(async (one) => [one.name, await modelsOf(one.name).catch(() => [])] as const),
    ).then((read) => {
      lists.value = read;
    });
  }, [wanted, known]);
  return lists.value;
}
