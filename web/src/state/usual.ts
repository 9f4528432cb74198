// The model that somebody picked last: with a bot that has only the offline one, a conversation begins with it.

import { signal } from "@preact/signals";
import { drop, keep, read } from "./kept";

/** As VENDOR:NAME. */
export const usual = signal<string | null>(null);

let account = "";

const name = () => `model.${account}`;

/** Whose it is from now on. */
export function usualOf(whose: string): void {
  account = whose;
  const kept = read<unknown>(name(), null);
  usual.value = typeof kept === "string" && kept ? kept : null;
}

/** Null: none any more. */
export function keepUsual(model: string | null): void {
  usual.value = model;
  if (model === null) drop(name());
  else keep(name(), model);
}
