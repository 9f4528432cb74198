// The list of conversations, in pages, and what one does with them.

import { batch, signal } from "@preact/signals";
import { get, patch, query } from "../api/client";
import type { Conversation } from "../types";

const AT_ONCE = 50;
const MOST = 200;
const REST = 150;

/** A list that is read in pages and renewed when something in it has changed. */
export class Listing {
  readonly items = signal<readonly Conversation[]>([]);
  readonly more = signal(false);
  readonly ready = signal(false);
  readonly error = signal<unknown>(null);
  readonly #archived: boolean;
  #everybody = false;
  #reads = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(archived: boolean) {
    this.#archived = archived;
  }

  async load(everybody = this.#everybody): Promise<void> {
    this.#everybody = everybody;
    const turn = ++this.#reads;
    const most = Math.min(MOST, Math.max(AT_ONCE, this.items.value.length));
    try {
      const read = await this.#page(most, null);
      if (turn !== this.#reads) return;
      batch(() => {
        this.items.value = renewed(this.items.value, read);
        this.more.value = read.length >= most;
        this.ready.value = true;
        this.error.value = null;
      });
    } catch (error) {
      if (turn === this.#reads) this.error.value = error;
    }
  }

  /** What comes behind the last one. */
  async next(): Promise<void> {
    const last = this.items.value.findLast((one) => !one.pinned);
    if (!this.more.value || !last) return;
    this.more.value = false;
    const turn = this.#reads;
    try {
      const read = await this.#page(AT_ONCE, last.updated_at);
      if (turn !== this.#reads) return;
      const known = new Set(this.items.value.map((one) => one.id));
      batch(() => {
        this.items.value = [...this.items.value, ...read.filter((one) => !known.has(one.id))];
        this.more.value = read.length >= AT_ONCE;
      });
    } catch (error) {
      this.error.value = error;
      this.more.value = turn === this.#reads;
    }
  }

  async #page(most: number, before: number | null): Promise<Conversation[]> {
    const of = { archived: this.#archived, everybody: this.#everybody, most, before };
    const path = query("/api/conversations", of);
    return (await get<{ conversations: Conversation[] }>(path)).conversations;
  }

  /** Something in it has changed: it is read again in a moment, however often that is said. */
  changed(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.load();
    }, REST);
  }

  become(one: Conversation): void {
    this.items.value = this.items.value.map((other) => (other.id === one.id ? one : other));
  }
}

/** What was read, with those that are as they were as the same objects: they need no drawing. */
function renewed(was: readonly Conversation[], read: Conversation[]): Conversation[] {
  const known = new Map(was.map((one) => [one.id, one]));
  return read.map((one) => {
    const before = known.get(one.id);
    return before && JSON.stringify(before) === JSON.stringify(one) ? before : one;
  });
}

export const conversations = new Listing(false);
export const archive = new Listing(true);
/** Whether an owner looks at everybody's. */
export const everybody = signal(false);

export type Change = Partial<Pick<Conversation, "pinned" | "archived">> & {
  title?: string | null;
  model?: string | null;
};

export async function alter(number: number, change: Change): Promise<Conversation> {
  const one = await patch<Conversation>(`/api/conversations/${number}`, change);
  conversations.become(one);
  archive.become(one);
  conversations.changed();
  if (archive.ready.value) archive.changed();
  return one;
}

export type Group = { key: string; label: string; items: Conversation[] };

/** Words for the groups of the list. */
export interface Names {
  pinned: string;
  today: string;
  yesterday: string;
  week: string;
  month(at: number): string;
}

const DAY = 86_400_000;

/** The list by when something was said last: pinned ones first, older ones by month. */
export function grouped(all: readonly Conversation[], names: Names, now = Date.now()): Group[] {
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  const groups: Group[] = [];
  for (const one of all) {
    const [key, label] = groupOf(one, names, midnight);
    const last = groups.at(-1);
    if (last?.key === key) last.items.push(one);
    else groups.push({ key, label, items: [one] });
  }
  return groups;
}

function groupOf(one: Conversation, names: Names, midnight: number): [string, string] {
  const at = one.updated_at;
  if (one.pinned) return ["pinned", names.pinned];
  if (at >= midnight) return ["today", names.today];
  // By the calendar: a day has 23 hours now and then.
  const yesterday = new Date(midnight - DAY / 2).setHours(0, 0, 0, 0);
  if (at >= yesterday) return ["yesterday", names.yesterday];
  if (at >= midnight - 6 * DAY) return ["week", names.week];
  const day = new Date(at);
  return [`${day.getFullYear()}-${day.getMonth()}`, names.month(at)];
}
