// What was said and is not yet stored: kept over a reload, tried until it is, never said twice.

import { signal } from "@preact/signals";
import { loggedOut, post } from "../api/client";
import { passes, Refused, told } from "../api/errors";
import { pause } from "../api/live";
import type { Accepted, Id, Message, Say } from "../types";
import { keep, read } from "./kept";
import { seqOf } from "./path";
import { keepUsual } from "./usual";

export interface Pending {
  /** Made here: a second try is the same message. */
  id: string;
  /** A conversation's number, or the page's own id of one that begins with this. */
  to: number | string;
  text: string;
  at: number;
  bot?: string;
  model?: string;
  /** Whether the model was not picked for this: without it the message is sent as well. */
  usual?: boolean;
  blank?: boolean;
  instead_of?: Id;
  /** The newest message that was known there when it was said: it is none of those. */
  after?: number;
  /** What the server said against it; null while it is being sent. */
  refused: string | null;
  /** Its public id, once that is known. */
  message: Id | null;
  /** Whether the server has said that it is stored. */
  stored: boolean;
}

export type Saying = Pick<
  Pending,
  "to" | "text" | "bot" | "model" | "usual" | "blank" | "instead_of" | "after"
>;

const PATIENCE = 500;
const BUSY_TRIES = 12;
/** Milliseconds until a line on which no answer comes counts as dead. */
const LONGEST = 60_000;

export const outbox = signal<readonly Pending[]>([]);
/** The numbers of conversations that were begun here, by the page's own id. */
export const begun = signal<ReadonlyMap<string, number>>(new Map());

let account = "";
const sending = new Set<number | string>();
/** What ends the waiting for an answer. */
const underway = new Map<number | string, () => void>();
/** What was seen while something was on its way: nobody waits for that any more. */
const seen = new Set<Id>();
const tries = new Map<number | string, number>();
const timers = new Map<number | string, ReturnType<typeof setTimeout>>();

/** An id that no other message has. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Whose messages these are from now on; what was left unsent goes on its way. */
export function outboxOf(name: string): void {
  account = name;
  outbox.value = kept().filter((one) => !one.stored);
  nudge();
}

/** What the browser kept, as far as it is as it was. */
function kept(): Pending[] {
  const all = read<unknown>(`outbox.${account}`, []);
  return Array.isArray(all) ? all.filter(sound) : [];
}

function sound(one: unknown): one is Pending {
  const { id, to, text } = (one ?? {}) as Partial<Record<keyof Pending, unknown>>;
  const led = typeof to === "number" || typeof to === "string";
  return led && typeof id === "string" && typeof text === "string";
}

export function say(what: Saying): Pending {
  const one: Pending = {
    ...what,
    to: (typeof what.to === "string" && begun.peek().get(what.to)) || what.to,
    id: newId(),
    at: Date.now(),
    refused: null,
    message: null,
    stored: false,
  };
  outbox.value = [...outbox.value, one];
  write(one.id, one);
  void pump(one.to);
  return one;
}

/**
 * Do not wait any longer: somebody is here again or, with `anew`, the network is another one, and
 * what was underway may never be answered. Sent twice, it is the same message.
 */
export function nudge({ anew = false } = {}): void {
  if (anew) for (const giveUp of underway.values()) giveUp();
  for (const timer of timers.values()) clearTimeout(timer);
  timers.clear();
  tries.clear();
  for (const to of new Set(outbox.value.map((one) => one.to))) void pump(to);
}

export function tryAgain(id: string): void {
  const one = change(id, { refused: null });
  if (one) void pump(one.to);
}

/** Takes a message that was refused out again; its words are for the composer. */
export function takeBack(id: string): Pending | undefined {
  const one = outbox.value.find((other) => other.id === id);
  leave(id);
  return one;
}

/** A message was seen in its conversation: what stood for it is not shown any more. */
export function arrived(one: Message): void {
  for (const pending of outbox.value) {
    if (pending.message === one.id && pending.stored) leave(pending.id);
  }
  if (one.mine && outbox.value.some(waits)) seen.add(one.id);
  if (!one.mine || outbox.value.some((pending) => pending.message === one.id)) return;
  const match = outbox.value.find(
    (pending) => pending.to === one.conversation && waits(pending) && isText(pending, one),
  );
  if (match) change(match.id, { message: one.id });
}

const waits = (one: Pending) => !one.stored && one.refused === null;
const isText = (one: Pending, said: Message) =>
  one.message === null &&
  seqOf(said.id) > (one.after ?? 0) &&
  one.text.trim() === said.text.trim();

async function pump(to: number | string): Promise<void> {
  if (sending.has(to) || timers.has(to)) return;
  sending.add(to);
  try {
    for (let next = first(to); next && account; next = first(to)) {
      if (!(await sent(next))) return;
    }
  } finally {
    sending.delete(to);
  }
}

function first(to: number | string): Pending | undefined {
  return outbox.value.find((one) => one.to === to && waits(one));
}

/** Whether the next one can be sent: this one is stored, or was refused for good. */
async function sent(one: Pending): Promise<boolean> {
  const target = (typeof one.to === "string" && begun.peek().get(one.to)) || one.to;
  try {
    const accepted = await posted(one, target);
    tries.delete(one.to);
    settled(one, accepted);
    return true;
  } catch (error) {
    if (loggedOut.peek()) return false;
    if (one.usual && isDenied(error)) {
      keepUsual(null);
      change(one.id, { model: undefined, usual: undefined });
      return true;
    }
    const count = tries.get(one.to) ?? 0;
    const busy = error instanceof Refused && error.code === "busy";
    if (!passes(error) && !(busy && count < BUSY_TRIES)) {
      tries.delete(one.to);
      change(one.id, { refused: told(error) });
      return true;
    }
    tries.set(one.to, count + 1);
    later(one.to, busy ? PATIENCE : waitFor(error, count));
    return false;
  }
}

/** Whether the model may be why: it is not for this person, or not there any more. */
function isDenied(error: unknown): boolean {
  return error instanceof Refused && (error.status === 403 || error.status === 422);
}

async function posted(one: Pending, target: number | string): Promise<Accepted> {
  const line = new AbortController();
  const giveUp = () => line.abort(new DOMException("no answer", "TimeoutError"));
  const timer = setTimeout(giveUp, LONGEST);
  underway.set(one.to, giveUp);
  try {
    return await post<Accepted>(address(target), body(one, target), line.signal);
  } finally {
    clearTimeout(timer);
    underway.delete(one.to);
  }
}

function waitFor(error: unknown, count: number): number {
  const asked = error instanceof Refused ? error.wait : null;
  return asked === null ? pause(count, Math.random()) : asked * 1000;
}

function later(to: number | string, ms: number): void {
  const again = () => {
    timers.delete(to);
    void pump(to);
  };
  timers.set(to, setTimeout(again, ms));
}

function address(to: number | string): string {
  return typeof to === "number" ? `/api/conversations/${to}/messages` : "/api/messages";
}

function body(one: Pending, to: number | string): Say {
  const { id, text, bot, model, blank, instead_of } = one;
  const begins = typeof to === "string" ? { conversation: to, bot, model, blank } : {};
  return { id, text, instead_of, ...begins };
}

function settled(one: Pending, accepted: Accepted): void {
  const { conversation, message } = accepted;
  if (typeof one.to === "string") {
    begun.value = new Map(begun.value).set(one.to, conversation);
    for (const other of outbox.value)
      if (other.to === one.to && other.id !== one.id)
        change(other.id, { to: conversation, after: seqOf(message) });
    void Promise.resolve().then(() => pump(conversation));
  }
  if (seen.has(message)) leave(one.id);
  else change(one.id, { message, stored: true, to: conversation });
  write(one.id, null);
  if (!outbox.value.some(waits)) seen.clear();
}

/** What is stored and will not be seen here, because another conversation is open. */
export function sweep(open: number | null): void {
  const left = outbox.value.filter((one) => !one.stored || one.to === open);
  if (left.length !== outbox.value.length) outbox.value = left;
}

function change(id: string, what: Partial<Pending>): Pending | undefined {
  let changed: Pending | undefined;
  outbox.value = outbox.value.map((one) => {
    if (one.id !== id) return one;
    changed = { ...one, ...what };
    return changed;
  });
  if (changed && !changed.stored) write(id, changed);
  return changed;
}

function leave(id: string): void {
  outbox.value = outbox.value.filter((one) => one.id !== id);
  write(id, null);
}

/** Other tabs keep theirs in the same place: only this one message is touched. */
function write(id: string, one: Pending | null): void {
  const others = kept().filter((other) => other.id !== id);
  keep(`outbox.${account}`, one ? [...others, one] : others);
}
