// Where the transcript is scrolled to: at its end while one reads there, and nowhere else by itself.

import { signal } from "@preact/signals";

const END = 24;
const FAR = 240;

export class Scroll {
  /** Whether the end is far enough away to offer a way back. */
  readonly away = signal(false);
  /** Called when what is shown may have come near an edge. */
  onEdge: (above: number, below: number) => void = () => {};
  #box: HTMLElement | null = null;
  #stuck = true;
  #top = 0;
  #anchor: { element: HTMLElement; top: number } | null = null;

  get stuck(): boolean {
    return this.#stuck;
  }

  attach(box: HTMLElement, inside: HTMLElement): () => void {
    this.#box = box;
    const grown = new ResizeObserver(() => {
      if (this.#stuck) this.#toEnd();
      this.look();
    });
    grown.observe(inside);
    grown.observe(box);
    const scrolled = () => this.#scrolled();
    box.addEventListener("scroll", scrolled, { passive: true });
    return () => {
      grown.disconnect();
      box.removeEventListener("scroll", scrolled);
      this.#box = null;
    };
  }

  get #below(): number {
    const box = this.#box;
    return box ? box.scrollHeight - box.clientHeight - box.scrollTop : 0;
  }

  #scrolled(): void {
    const box = this.#box;
    if (!box) return;
    if (this.#below <= END) this.#stuck = true;
    else if (box.scrollTop < this.#top - 1) this.#stuck = false;
    this.#top = box.scrollTop;
    this.look();
  }

  look(): void {
    const box = this.#box;
    if (!box) return;
    // At the end it is known where one is: to ask would have all laid out again while text comes.
    const [above, below] = this.#stuck ? [this.#top, 0] : [box.scrollTop, this.#below];
    this.away.value = below > FAR;
    this.onEdge(above, below);
  }

  #toEnd(): void {
    const box = this.#box;
    if (!box) return;
    const [height, seen] = [box.scrollHeight, box.clientHeight];
    box.scrollTop = height;
    this.#top = Math.max(0, height - seen);
  }

  /** To the end, and stay there. */
  toEnd(): void {
    this.#stuck = true;
    this.#toEnd();
    this.away.value = false;
  }

  /** Something else is to be seen than the end. */
  leave(): void {
    this.#stuck = false;
  }

  /** Has something stand so far from the top of the window. */
  putAt(element: HTMLElement, top: number): void {
    const box = this.#box;
    if (!box || !element.isConnected) return;
    this.#stuck = false;
    const moved = element.getBoundingClientRect().top - top;
    if (Math.abs(moved) >= 1) box.scrollTop += moved;
    this.#top = box.scrollTop;
  }

  /** Remembers what one reads, before something is put above it. */
  hold(): void {
    const box = this.#box;
    this.#anchor = null;
    if (!box || this.#stuck) return;
    const from = box.getBoundingClientRect().top;
    for (const element of box.querySelectorAll<HTMLElement>("[data-message]")) {
      const { top, bottom } = element.getBoundingClientRect();
      if (bottom <= from) continue;
      this.#anchor = { element, top };
      return;
    }
  }

  /** Puts that back where it was. */
  restore(): void {
    const [box, anchor] = [this.#box, this.#anchor];
    this.#anchor = null;
    if (!box || !anchor?.element.isConnected) return;
    const moved = anchor.element.getBoundingClientRect().top - anchor.top;
    if (Math.abs(moved) >= 1) box.scrollTop += moved;
    this.#top = box.scrollTop;
  }
}
