// What is told to those who hear the page: starts, ends and troubles, never each word.

import { signal } from "@preact/signals";

export const announced = signal("");

let turn = false;

/** Says it, the same words twice in a row too. */
export function announce(text: string): void {
  turn = !turn;
  announced.value = turn ? text : `${text}\u00a0`;
}
