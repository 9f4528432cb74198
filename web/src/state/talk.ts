// The conversation that is open: its messages, the reply that is being made, what was asked of it.

import { batch, signal } from "@preact/signals";
import { get, post, query } from "../api/client";
import { passes, Refused, told } from "../api/errors";
import type { Conversation, Id, Live, Message, Page } from "../types";
import { Draft } from "./draft";
import { arrived } from "./outbox";
import { firstSaid, joined, lastSaid, place, seqOf } from "./path";

/** The answer to a command: shown here, and stored nowhere. */
export interface Card {
  id: number;
  line: string;
  answer: string;
  /** The message that it stands behind. */
  behind: Id | null;
}

/** What the talk needs of the tab's socket. */
export interface Line {
  watch(conversation: number, after: () => number): void;
  unwatch(conversation: number): void;
  again(conversation: number): void;
}

export interface Heard {
  /** A message that was not known: a reply, a notice, or what somebody said. */
  message(one: Message): void;
  started(): void;
}

const AT_ONCE = 50;
const MOST = 100;
const REST = 40;
const PATIENCE = 1_500;

export class Talk {
  readonly number: number;
  readonly conversation = signal<Conversation | null>(null);
  readonly messages = signal<readonly Message[]>([]);
  readonly older = signal(false);
  readonly newer = signal(false);
  readonly draft = signal<Draft | null>(null);
  readonly cards = signal<readonly Card[]>([]);
  readonly ready = signal(false);
  readonly trouble = signal<unknown>(null);
  /** A reply was asked for anew, and has not begun. */
  readonly asked = signal<Id | null>(null);
  /** Where a link led to, until it was shown. */
  readonly goal = signal<Id | null>(null);
  /** The message of one's own that is being written anew. */
  readonly editing = signal<Id | null>(null);
  /** The message that what is said next takes the place of: the talk branches before it. */
  readonly branch = signal<Id | null>(null);
  /** Another version was asked for, and is not drawn yet. */
  readonly switched = signal<{ from: Id; to: Id } | null>(null);
  /** How many newer messages lie beyond what is loaded. */
  readonly beyond = signal(0);
  readonly #line: Line;
  readonly #heard: Heard;
  #known = 0;
  #closed = false;
  #reading: Promise<unknown> = Promise.resolve();
  #meanwhile: Message[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #doubt: ReturnType<typeof setTimeout> | undefined;
  #loading: "older" | "newer" | null = null;
  #nextCard = 0;

  constructor(number: number, line: Line, heard: Heard) {
    this.number = number;
    this.#line = line;
    this.#heard = heard;
  }

  /** Reads the newest messages, or those around one, and follows what comes. */
  async open(around: Id | null = null): Promise<void> {
    this.trouble.value = null;
    try {
      await this.#show(around);
    } catch (error) {
      // What was looked for may be gone; the conversation may not.
      if (around && error instanceof Refused && error.status === 404) return this.open();
      if (!this.#closed) this.trouble.value = error;
      return;
    }
    if (!this.#closed) this.#line.watch(this.number, () => this.#known);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#doubt);
    this.#line.unwatch(this.number);
  }

  #show(around: Id | null): Promise<void> {
    return this.#alone(async () => {
      const page = await this.#read({ around: around === null ? null : seqOf(around), most: AT_ONCE });
      if (this.#closed) return;
      batch(() => {
        this.#take(page, page.messages);
        this.older.value = page.older;
        this.goal.value = around;
        this.ready.value = true;
      });
    });
  }

  /** One read after another: each starts from what the last one left. */
  #alone<T>(read: () => Promise<T>): Promise<T> {
    const mine = this.#reading.then(read);
    this.#reading = mine.catch(() => undefined);
    return mine;
  }

  #read(of: Record<string, number | null>): Promise<Page> {
    return get<Page>(query(`/api/conversations/${this.number}/messages`, of));
  }

  #take(page: Page, messages: readonly Message[]): void {
    let all = messages;
    // What was stored after the page was read is not in it.
    this.#meanwhile = this.#meanwhile.filter((one) => one.seq > page.last_seq);
    if (!page.newer) for (const one of this.#meanwhile) all = place(all, one).messages;
    this.conversation.value = page.conversation;
    this.messages.value = all;
    this.newer.value = page.newer;
    if (!page.newer) this.beyond.value = 0;
    this.#known = Math.max(this.#known, page.last_seq);
    for (const one of all) arrived(one);
  }

  /** More of what was said before; false where there is no more or it is on its way already. */
  loadOlder(): Promise<boolean> {
    return this.#more("older", async () => {
      const before = firstSaid(this.messages.value);
      if (!this.older.value || before === null) return false;
      const page = await this.#read({ before, most: AT_ONCE });
      if (this.#closed) return false;
      batch(() => {
        this.messages.value = joined(page.messages, this.messages.value);
        this.older.value = page.older && page.messages.length > 0;
      });
      return true;
    });
  }

  loadNewer(): Promise<boolean> {
    return this.#more("newer", async () => {
      const last = lastSaid(this.messages.value, this.messages.value.length);
      if (!this.newer.value || !last) return false;
      const page = await this.#read({ after: last.seq, most: AT_ONCE });
      if (this.#closed) return false;
      batch(() => this.#take(page, joined(this.messages.value, page.messages)));
      return true;
    });
  }

  async #more(side: "older" | "newer", read: () => Promise<boolean>): Promise<boolean> {
    if (this.#loading || !this[side].value) return false;
    this.#loading = side;
    try {
      return await this.#alone(read);
    } finally {
      this.#loading = null;
    }
  }

  async jumpToNewest(): Promise<void> {
    if (this.newer.value) await this.#show(null);
  }

  async jumpTo(id: Id): Promise<void> {
    if (this.messages.value.some((one) => one.id === id)) this.goal.value = id;
    else await this.#show(id);
  }

  hear(event: Live): void {
    if (!("conversation" in event) || event.conversation !== this.number || this.#closed) return;
    if (event.type === "watching") this.#doubted();
    else if (event.type === "message") this.#stored(event.message);
    else if (event.type === "draft") this.#drafted(event);
    else if (event.type === "started") this.#started(event.upto, event.again);
    else if (event.type === "text") {
      const draft = this.draft.value;
      if (!draft?.add(event.at, event.text)) this.#line.again(this.number);
    } else if (event.type === "restarted") this.draft.value?.restart();
    else if (event.type === "settled") this.#settled();
    else if (event.type === "changed") this.reread();
  }

  /**
   * The line begins anew: a reply that is still being made is told again at once. One that is not
   * has ended while nobody heard it.
   */
  #doubted(): void {
    clearTimeout(this.#doubt);
    if (!this.draft.value) return;
    this.#doubt = setTimeout(() => {
      this.draft.value = null;
      this.reread();
    }, PATIENCE);
  }

  #started(upto: number, again: Id | null): void {
    clearTimeout(this.#doubt);
    this.asked.value = null;
    this.draft.value = new Draft(upto, again);
    this.#heard.started();
  }

  #drafted(event: { upto: number; again: Id | null; text: string }): void {
    clearTimeout(this.#doubt);
    const draft = this.draft.value;
    if (draft?.upto !== event.upto || draft.again !== event.again)
      this.#started(event.upto, event.again);
    this.draft.value?.become(event.text);
  }

  #stored(one: Message): void {
    this.#known = Math.max(this.#known, one.seq);
    this.#meanwhile.push(one);
    const known = this.messages.value.some((other) => other.id === one.id);
    batch(() => {
      if (one.role !== "user" && !known) this.draft.value = null;
      const conversation = this.conversation.value;
      if (conversation && conversation.last_seq < one.seq)
        this.conversation.value = { ...conversation, last_seq: one.seq };
      if (this.newer.value) this.beyond.value += known ? 0 : 1;
      else this.#place(one);
      arrived(one);
    });
    if (!known) this.#heard.message(one);
  }

  #place(one: Message): void {
    const { messages, doubtful } = place(this.messages.value, one);
    this.messages.value = messages;
    if (doubtful) this.reread();
  }

  /** Nothing waits any more: a message without an outcome has one now. */
  #settled(): void {
    this.asked.value = null;
    this.draft.value = null;
    const last = lastSaid(this.messages.value, this.messages.value.length);
    if (last?.role === "user" && last.outcome === null) this.reread();
  }

  /** Reads what is shown again, a moment later: several reasons at once are one. */
  reread(after = REST): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#alone(() => this.#readAgain()).catch((error: unknown) => {
        if (this.#closed) return;
        if (passes(error)) this.reread(PATIENCE);
        else if (error instanceof Refused && error.status === 404) this.trouble.value = error;
      });
    }, after);
  }

  /** All that is shown; where that is a stretch of long ago, what stands around its middle. */
  async #readAgain(): Promise<void> {
    const shown = this.messages.value;
    const middle = this.newer.value ? shown[Math.floor(shown.length / 2)] : undefined;
    const most = middle ? AT_ONCE : Math.min(MOST, Math.max(AT_ONCE, shown.length));
    const page = await this.#read({ around: middle?.seq ?? null, most });
    const wanted = middle ? Infinity : (firstSaid(shown) ?? Infinity);
    let [all, older]: [readonly Message[], boolean] = [page.messages, page.older];
    for (let first = firstSaid(all); older && first !== null && first > wanted; first = firstSaid(all)) {
      const more = await this.#read({ before: first, most: MOST });
      [all, older] = [joined(more.messages, all), more.older && more.messages.length > 0];
    }
    if (this.#closed) return;
    batch(() => {
      this.#take(page, all);
      this.older.value = older;
    });
  }

  async stop(): Promise<void> {
    await post(`/api/conversations/${this.number}/stop`);
  }

  async again(id: Id): Promise<void> {
    await this.#ask(id, `/api/messages/${id}/again`);
  }

  async goOn(id: Id): Promise<void> {
    await this.#ask(id, `/api/messages/${id}/continue`);
  }

  async #ask(id: Id, path: string): Promise<void> {
    this.asked.value = id;
    try {
      await post(path);
    } catch (error) {
      this.asked.value = null;
      throw error;
    }
  }

  /** Shows one version in the place of another. */
  async switchTo(id: Id, from: Id): Promise<void> {
    this.switched.value = { from, to: id };
    try {
      await post(`/api/messages/${id}/switch`);
    } catch (error) {
      this.switched.value = null;
      throw error;
    }
    this.reread();
  }

  /** Whether it was a command; its answer is then among the cards. */
  async command(line: string): Promise<boolean> {
    const path = `/api/conversations/${this.number}/command`;
    const { answer } = await post<{ answer: string | null }>(path, { line });
    if (answer === null) return false;
    this.card(line, answer);
    return true;
  }

  card(line: string, answer: string): void {
    const behind = this.messages.value.at(-1)?.id ?? null;
    this.cards.value = [...this.cards.value, { id: this.#nextCard++, line, answer, behind }];
  }

  closeCard(id: number): void {
    this.cards.value = this.cards.value.filter((one) => one.id !== id);
  }

  /** The sentence about what stands in the way of the conversation. */
  get why(): string | null {
    return this.trouble.value === null ? null : told(this.trouble.value);
  }
}
