// A reply while it is being made: its text so far, told to whoever draws it.

import type { Id } from "../types";

export class Draft {
  readonly upto: number;
  /** The reply that this one takes the place of. */
  readonly again: Id | null;
  #text = "";
  #draw: (() => void) | null = null;
  /** Goes up where what was drawn is void. */
  round = 0;

  constructor(upto: number, again: Id | null) {
    this.upto = upto;
    this.again = again;
  }

  get text(): string {
    return this.#text;
  }

  /** Adds a piece that stands at `at`; false where something between is missing. */
  add(at: number, piece: string): boolean {
    const have = this.#text.length;
    if (at > have) return false;
    if (at + piece.length <= have) return this.#text.startsWith(piece, at);
    if (this.#text.slice(at) !== piece.slice(0, have - at)) return false;
    this.#text += piece.slice(have - at);
    this.#draw?.();
    return true;
  }

  /** The whole text as far as it has come. */
  become(text: string): void {
    if (!text.startsWith(this.#text)) this.round += 1;
    this.#text = text;
    this.#draw?.();
  }

  restart(): void {
    this.#text = "";
    this.round += 1;
    this.#draw?.();
  }

  /** Calls `draw` whenever there is more, until what it returns is called. */
  follow(draw: () => void): () => void {
    this.#draw = draw;
    return () => {
      if (this.#draw === draw) this.#draw = null;
    };
  }
}
