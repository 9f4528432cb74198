// A receipt as people read it: what the prompt held by where it came from, and what it did not.

import { t } from "../texts";
import type { LeftOut, Receipt, ReceiptItem } from "../types";
import { capital } from "./factlist";

export interface Group {
  origin: string;
  items: readonly ReceiptItem[];
  tokens: number;
}

/** A piece of the bar; the tokens of all of them are the budget's, or the prompt's if it is more. */
export interface Part {
  origin: string;
  name: string;
  tokens: number;
}

const known = new Set(["persona", "facts", "summary", "recall", "window", "message"]);

/** The class that gives a thing the colour of its origin. */
export function colourOf(origin: string): string {
  return `from-${known.has(origin) || origin === "free" ? origin : "other"}`;
}

/** The items by origin, in the order of the prompt. */
export function grouped(receipt: Receipt): Group[] {
  const groups = new Map<string, ReceiptItem[]>();
  for (const item of receipt.items) {
    const there = groups.get(item.origin);
    if (there) there.push(item);
    else groups.set(item.origin, [item]);
  }
  return [...groups].map(([origin, items]) => ({ origin, items, tokens: sum(items) }));
}

function sum(items: readonly ReceiptItem[]): number {
  return items.reduce((all, item) => all + item.tokens, 0);
}

/** Tokens of the prompt that are none of its items: what stands around the messages. */
export function frame(receipt: Receipt): number {
  return Math.max(0, receipt.prompt_tokens - sum(receipt.items));
}

export function free(receipt: Receipt): number {
  return Math.max(0, receipt.budget - receipt.prompt_tokens);
}

export function parts(receipt: Receipt): Part[] {
  const told = grouped(receipt).map(({ origin, items, tokens }) => ({
    origin,
    name: named(origin, items.length),
    tokens,
  }));
  const around = { origin: "frame", name: t("memory.budget_frame"), tokens: frame(receipt) };
  const rest = { origin: "free", name: t("memory.budget_free"), tokens: free(receipt) };
  return [...told, around, rest].filter((part) => part.tokens > 0);
}

/** "3 facts", "Persona": what a group of so many items is called. */
export function named(origin: string, items: number): string {
  switch (origin) {
    case "persona":
      return t("memory.origin_persona");
    case "facts":
      return t("memory.origin_facts", items);
    case "summary":
      return t("memory.origin_summary", items);
    case "recall":
      return t("memory.origin_recall", items);
    case "window":
      return t("memory.origin_window", items);
    case "message":
      return t("memory.origin_message", items);
    case "cut reply":
      return t("memory.origin_cut");
    case "request to go on":
      return t("memory.origin_go_on");
    default:
      return t("memory.origin_other", capital(origin), items);
  }
}

export interface Omitted {
  origin: string;
  what: string;
  why: string;
  tokens: number;
  /** A message to jump to. */
  message: string | null;
}

/** What was left out and why, in words; what is alike in a memory is told once, with its number. */
export function omitted(left: readonly LeftOut[]): Omitted[] {
  const alike = new Map<string, LeftOut>();
  for (const one of left) {
    const key = one.origin === "window" ? `${one.from} ${one.why}` : `${one.origin} ${one.why}`;
    const there = alike.get(key);
    alike.set(
      key,
      there
        ? { ...there, count: there.count + one.count, tokens: there.tokens + one.tokens }
        : one,
    );
  }
  return [...alike.values()].map((one) => ({
    origin: one.origin,
    what: whatOf(one),
    why: reason(one.why),
    tokens: one.tokens,
    message: isMessage(one.from) ? one.from : null,
  }));
}

/** Whether an id is a message's, such as "12.3". */
export function isMessage(id: string): boolean {
  return /^\d+\.\d+$/.test(id);
}

function whatOf(one: LeftOut): string {
  return one.origin === "window" ? t("memory.left_older", one.count) : named(one.origin, one.count);
}

/** The engine's reason in the page's own words; one that is not known here is said as it is. */
export function reason(why: string): string {
  if (why.startsWith("stood for by ")) return t("memory.why_summary");
  switch (why) {
    case "no room in the token budget":
      return t("memory.why_room");
    case "its memory's share of the token budget is full":
      return t("memory.why_share");
    case "not everybody here has heard it":
      return t("memory.why_unheard");
    case "behind a long stretch that not everybody here has heard":
      return t("memory.why_behind");
    case "beyond the last exchanges that the window is set to":
      return t("memory.why_last");
    case "cut: instructions get at most half of the token budget":
      return t("memory.why_cut_persona");
    case "cut: this message alone is larger than the token budget":
      return t("memory.why_cut_message");
    default:
      return why;
  }
}
