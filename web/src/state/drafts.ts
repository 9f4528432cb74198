// What somebody has begun to write, for each conversation, until it is sent.

import { drop, keep, read } from "./kept";

const PAUSE = 300;

let account = "";
let timer = 0;
const unsaved = new Map<string, string>();

/** Of whom the drafts are from now on. */
export function draftsOf(name: string): void {
  flush();
  account = name;
}

const named = (conversation: string) => `draft.${account}.${conversation}`;

export function draftIn(conversation: string): string {
  const kept = unsaved.get(conversation) ?? read<unknown>(named(conversation), "");
  return typeof kept === "string" ? kept : "";
}

export function keepDraft(conversation: string, text: string): void {
  unsaved.set(conversation, text);
  clearTimeout(timer);
  timer = setTimeout(flush, PAUSE) as unknown as number;
}

/** Forgets what is not yet written down. */
export function leaveDrafts(): void {
  clearTimeout(timer);
  unsaved.clear();
}

/** Writes down what is not yet: before the page goes away. */
export function flush(): void {
  clearTimeout(timer);
  for (const [conversation, text] of unsaved) {
    if (text) keep(named(conversation), text);
    else drop(named(conversation));
  }
  unsaved.clear();
}
