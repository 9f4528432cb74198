// The language that the page speaks, as a tag such as "en".

import { signal } from "@preact/signals";

export const language = signal("en");

/** The language to use: the one that was chosen, else the browser's first that there is. */
export function choose(
  wanted: string,
  known: readonly string[],
  browser: readonly string[],
): string {
  for (const tag of wanted === "own" ? browser : [wanted]) {
    const whole = tag.toLowerCase();
    const found = [whole, whole.split("-")[0]].find((one) => one && known.includes(one));
    if (found) return found;
  }
  return "en";
}
