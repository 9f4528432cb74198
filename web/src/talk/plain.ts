// What people write, as they wrote it: lines kept, addresses made links.

import { lead } from "./markdown/pieces";

const address = /https?:\/\/[^\s<>"']+/g;

/** Text with its addresses as links. */
export function linked(text: string): DocumentFragment {
  const made = document.createDocumentFragment();
  let from = 0;
  for (const found of text.matchAll(address)) {
    const whole = found[0].replace(/[.,;:!?)\]]+$/, "");
    const link = document.createElement("a");
    if (!lead(link, whole)) continue;
    link.textContent = whole;
    made.append(text.slice(from, found.index), link);
    from = found.index + whole.length;
  }
  made.append(text.slice(from));
  return made;
}

const MANY = 24;
const SHOWN = 12;
const WIDE = 3_000;
const BEGINNING = 1_200;

/** The beginning of a long text and its number of lines; null where it is short enough. */
export function folded(text: string): { beginning: string; lines: number } | null {
  const lines = text.split("\n");
  if (lines.length <= MANY && text.length <= WIDE) return null;
  const beginning = lines.slice(0, SHOWN).join("\n").slice(0, BEGINNING);
  return { beginning: `${beginning.trimEnd()} …`, lines: lines.length };
}

/** Whether somebody has written code between fences: then it is drawn as a reply is. */
export function fenced(text: string): boolean {
  return /^ {0,3}(```|~~~)/m.test(text);
}
