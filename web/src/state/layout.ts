// What stands beside the talk: the list and the memory, as columns or, on a narrow page, as sheets.

import { computed, signal } from "@preact/signals";
import type { PanelTab } from "../memory/panel";
import type { Id } from "../types";
import { keep, read } from "./kept";

function matches(query: string) {
  const list = matchMedia(query);
  const holds = signal(list.matches);
  list.addEventListener("change", () => {
    holds.value = list.matches;
    sheet.value = null;
  });
  return holds;
}

type Side = "list" | "panel";

/** What lies over the talk on a narrow page. */
export const sheet = signal<Side | null>(null);

const twoColumns = matches("(min-width: 680px)");
const threeColumns = matches("(min-width: 1080px)");

const wanted = {
  list: signal(read("list", true)),
  panel: signal(read("panel", true)),
};

const fits = { list: twoColumns, panel: threeColumns };

const shownAs = (side: Side) =>
  computed<"column" | "sheet" | null>(() => {
    if (fits[side].value) return wanted[side].value ? "column" : null;
    return sheet.value === side ? "sheet" : null;
  });

export const list = shownAs("list");
export const panel = shownAs("panel");

export const panelTab = signal<PanelTab>("memory");
/** The reply whose receipt is shown; null: the newest. */
export const panelMessage = signal<Id | null>(null);

export function toggle(side: Side): void {
  if (!fits[side].value) {
    sheet.value = sheet.value === side ? null : side;
    return;
  }
  wanted[side].value = !wanted[side].value;
  keep(side, wanted[side].value);
}

export function show(side: Side): void {
  const shown = side === "list" ? list : panel;
  if (shown.value === null) toggle(side);
}

export function closeSheet(): void {
  sheet.value = null;
}

/** What the bot saw for a reply. */
export function showReceipt(message: Id | null): void {
  panelMessage.value = message;
  panelTab.value = "saw";
  show("panel");
}
