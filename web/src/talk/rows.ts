// What the transcript shows, one below the other: messages, and what parts them.

import type { Draft } from "../state/draft";
import type { Pending } from "../state/outbox";
import { before, seqOf } from "../state/path";
import type { Card } from "../state/talk";
import type { Message } from "../types";

export type Row =
  | { kind: "day"; key: string; at: number }
  | { kind: "window"; key: string }
  | { kind: "card"; key: string; card: Card }
  | { kind: "message"; key: string; one: Message; follows: boolean; next: Message | null };

export interface Shown {
  messages: readonly Message[];
  pending: readonly Pending[];
  /** The reply that is being made, unless what it answers is said otherwise just now. */
  draft: Draft | null;
}

/** Without what another version takes the place of right now, and what is stored already. */
export function shown(
  messages: readonly Message[],
  draft: Draft | null,
  waiting: readonly Pending[],
): Shown {
  const there = new Set(messages.map((one) => one.id));
  const pending = waiting.filter((one) => one.message === null || !there.has(one.message));
  let left = before(messages, draft?.again ?? null);
  let kept = draft;
  for (const one of pending) {
    if (one.refused !== null || !one.instead_of) continue;
    left = before(left, one.instead_of);
    if (draft && seqOf(one.instead_of) <= draft.upto) kept = null;
  }
  return { messages: left, pending, draft: kept };
}

const dayOf = (at: number) => new Date(at).toDateString();

export function rows(messages: readonly Message[], cards: readonly Card[]): Row[] {
  const made: Row[] = [];
  const put = (behind: string | null) => {
    for (const card of cards)
      if (card.behind === behind) made.push({ kind: "card", key: `card ${card.id}`, card });
  };
  put(null);
  messages.forEach((one, at) => {
    const last = messages[at - 1];
    const newDay = !last || dayOf(last.said_at) !== dayOf(one.said_at);
    if (newDay) made.push({ kind: "day", key: `day ${one.id}`, at: one.said_at });
    const newWindow = last !== undefined && one.parent === null;
    if (newWindow) made.push({ kind: "window", key: `window ${one.id}` });
    const follows =
      !newDay && !newWindow && last?.role === one.role && last.name === one.name && !one.mine;
    made.push({ kind: "message", key: one.id, one, follows, next: messages[at + 1] ?? null });
    put(one.id);
  });
  const known = new Set(messages.map((one) => one.id));
  for (const card of cards)
    if (card.behind !== null && !known.has(card.behind))
      made.push({ kind: "card", key: `card ${card.id}`, card });
  return made;
}

const LINE = 25;
const LETTERS = 80;

/** About how high a message is before it was ever drawn, in pixels. */
export function height(one: Message): number {
  const lines = one.text.split("\n").reduce((all, line) => all + 1 + line.length / LETTERS, 0);
  const drawn = one.role === "user" ? Math.min(lines, 14) : lines;
  return Math.round(drawn * LINE + 58 + one.attachments.length * 48);
}
