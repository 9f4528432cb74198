// The messages of a conversation as one reads them: the path to its head, notices behind what they
// answer.

import type { Message } from "../types";

/** The messages after one more was stored; `doubtful` where only the server knows the path now. */
export interface Placed {
  messages: readonly Message[];
  doubtful: boolean;
}

/** Puts a message that was just stored where it belongs; one that is there already is renewed. */
export function place(messages: readonly Message[], one: Message): Placed {
  const at = messages.findIndex((other) => other.id === one.id);
  if (at >= 0) return { messages: messages.with(at, one), doubtful: false };
  if (one.role === "notice") return placeNotice(messages, one);
  const above = lastSaid(messages, messages.length);
  if (above === undefined && messages.length === 0)
    return { messages: [one], doubtful: one.parent !== null };
  if (above !== undefined && one.parent === above.seq)
    return { messages: [...messages, one], doubtful: false };
  const parent = messages.findIndex((other) => other.seq === one.parent);
  if (parent < 0) return { messages: [...messages, one], doubtful: true };
  // Another version: what stood behind its parent is on another path now.
  return { messages: [...messages.slice(0, behind(messages, parent)), one], doubtful: true };
}

function placeNotice(messages: readonly Message[], one: Message): Placed {
  const parent = messages.findIndex((other) => other.seq === one.parent);
  if (parent < 0) return { messages: [...messages, one], doubtful: true };
  return { messages: messages.toSpliced(behind(messages, parent), 0, one), doubtful: false };
}

/** The place behind the message at `at` and the notices that answer it. */
function behind(messages: readonly Message[], at: number): number {
  let next = at + 1;
  while (messages[next]?.role === "notice") next += 1;
  return next;
}

/** The newest message before `end` that is no notice. */
export function lastSaid(messages: readonly Message[], end: number): Message | undefined {
  for (let at = end - 1; at >= 0; at -= 1) {
    const one = messages[at];
    if (one && one.role !== "notice") return one;
  }
  return undefined;
}

/** The number of the oldest message that is no notice. */
export function firstSaid(messages: readonly Message[]): number | null {
  return messages.find((one) => one.role !== "notice")?.seq ?? null;
}

/** The messages up to the one that another version takes the place of, without it. */
export function before(messages: readonly Message[], id: string | null): readonly Message[] {
  if (id === null) return messages;
  const at = messages.findIndex((one) => one.id === id);
  return at < 0 ? messages : messages.slice(0, at);
}

/** Older messages put before those that are there, none twice. */
export function joined(older: readonly Message[], newer: readonly Message[]): readonly Message[] {
  const known = new Set(newer.map((one) => one.id));
  return [...older.filter((one) => !known.has(one.id)), ...newer];
}

/** The number in a public id: 3 of "12.3". */
export function seqOf(id: string): number {
  return Number(id.slice(id.indexOf(".") + 1));
}
