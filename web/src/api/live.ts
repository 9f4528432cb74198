// The tab's one WebSocket: it comes back by itself, and says where the page was.

import { signal, type ReadonlySignal } from "@preact/signals";
import type { Live, Watch } from "../types";

export type Link = "connecting" | "open" | "lost";

export interface Listener {
  heard(event: Live): void;
  /** The socket is open again after it was lost: what happened meanwhile may have been missed. */
  back(): void;
}

/** What of the browser the socket needs, so that a test can stand in for it. */
export interface Outside {
  socket(): WebSocket;
  random(): number;
  later(run: () => void, ms: number): number;
  never(timer: number): void;
}

const FIRST = 400;
const LONGEST = 15_000;
/** How long an answer to a sign of life may take. */
const PATIENCE = 4_000;

/** The pause before try number `tries`, with jitter so that many tabs do not come at once. */
export function pause(tries: number, random: number): number {
  return Math.min(LONGEST, FIRST * 2 ** tries) * (0.5 + random / 2);
}

export class Wire {
  readonly #outside: Outside;
  readonly #listener: Listener;
  readonly #watched = new Map<number, () => number>();
  readonly #link = signal<Link>("connecting");
  #socket: WebSocket | null = null;
  #tries = 0;
  #timer: number | null = null;
  #proof: number | null = null;
  #wasOpen = false;
  #on = false;

  constructor(listener: Listener, outside: Outside) {
    this.#listener = listener;
    this.#outside = outside;
  }

  get link(): ReadonlySignal<Link> {
    return this.#link;
  }

  start(): void {
    if (this.#on) return;
    this.#on = true;
    this.#connect();
  }

  stop(): void {
    this.#on = false;
    this.#forgetTimers();
    this.#drop();
    this.#link.value = "connecting";
    this.#wasOpen = false;
  }

  /** Follow a conversation; `after` tells each time what is known of it already. */
  watch(conversation: number, after: () => number): void {
    this.#watched.set(conversation, after);
    this.#tell({ watch: conversation, after: after() });
  }

  unwatch(conversation: number): void {
    if (this.#watched.delete(conversation)) this.#tell({ unwatch: conversation });
  }

  /** What came does not fit: have it told anew. */
  again(conversation: number): void {
    const after = this.#watched.get(conversation);
    if (after) this.#tell({ watch: conversation, after: after() });
  }

  /** The network is back, or somebody looks: do not wait, and see whether the line is alive. */
  nudge(): void {
    if (!this.#on) return;
    if (this.#socket?.readyState === WebSocket.OPEN) this.#probe();
    else if (this.#timer !== null) {
      this.#tries = 0;
      this.#connect();
    }
  }

  #probe(): void {
    const [conversation] = this.#watched.keys();
    if (conversation === undefined || this.#proof !== null) return;
    this.again(conversation);
    this.#proof = this.#outside.later(() => {
      this.#proof = null;
      this.#drop();
      this.#lost();
    }, PATIENCE);
  }

  #connect(): void {
    this.#forgetTimers();
    this.#drop();
    const socket = this.#outside.socket();
    this.#socket = socket;
    socket.onopen = () => this.#opened(socket);
    socket.onmessage = (said) => this.#hear(socket, said.data);
    socket.onclose = () => {
      if (socket === this.#socket) this.#lost();
    };
  }

  #opened(socket: WebSocket): void {
    if (socket !== this.#socket) return;
    const back = this.#wasOpen;
    this.#wasOpen = true;
    this.#link.value = "open";
    for (const [conversation, after] of this.#watched)
      this.#tell({ watch: conversation, after: after() });
    if (back) this.#listener.back();
  }

  #hear(socket: WebSocket, data: unknown): void {
    if (socket !== this.#socket || typeof data !== "string") return;
    this.#tries = 0;
    if (this.#proof !== null) this.#outside.never(this.#proof);
    this.#proof = null;
    const event = JSON.parse(data) as Live;
    if (event.type !== "ending") this.#listener.heard(event);
    else {
      this.#drop();
      this.#lost();
    }
  }

  #lost(): void {
    this.#socket = null;
    if (!this.#on || this.#timer !== null) return;
    this.#link.value = "lost";
    this.#timer = this.#outside.later(() => {
      this.#timer = null;
      this.#connect();
    }, pause(this.#tries++, this.#outside.random()));
  }

  #tell(what: Watch): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(what));
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #forgetTimers(): void {
    for (const timer of [this.#timer, this.#proof]) if (timer !== null) this.#outside.never(timer);
    this.#timer = this.#proof = null;
  }
}

/** The real outside. */
export const browser: Outside = {
  socket: () => {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    return new WebSocket(`${scheme}//${location.host}/api/live`);
  },
  random: Math.random,
  later: (run, ms) => window.setTimeout(run, ms),
  never: (timer) => window.clearTimeout(timer),
};
