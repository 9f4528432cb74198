// Which entry of a menu, a list or a row of tabs a key leads to: no page is needed to know that.

/** The next of `count` entries from `at` (-1: none yet) in a circle, or null for other keys. */
export function step(key: string, at: number, count: number, across = false): number | null {
  if (!count) return null;
  const [back, on] = across ? ["ArrowLeft", "ArrowRight"] : ["ArrowUp", "ArrowDown"];
  if (key === on) return (at + 1) % count;
  if (key === back) return at <= 0 ? count - 1 : at - 1;
  if (key === "Home") return 0;
  return key === "End" ? count - 1 : null;
}

/** The entry that what was typed leads to, searched behind `at`; the same letter again goes on. */
export function typed(text: string, at: number, labels: readonly string[]): number | null {
  const said = text.toLocaleLowerCase();
  const first = said.charAt(0);
  const again = said.length > 1 && [...said].every((letter) => letter === first);
  const wanted = again ? first : said;
  const from = wanted.length === 1 ? at + 1 : Math.max(at, 0);
  for (let more = 0; more < labels.length; more++) {
    const index = (from + more) % labels.length;
    if (labels[index]?.toLocaleLowerCase().startsWith(wanted)) return index;
  }
  return null;
}

/** Whether a key is a letter that somebody types, and no command. */
export function isLetter(event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey">) {
  return event.key.length === 1 && event.key !== " " && !(event.ctrlKey || event.metaKey || event.altKey);
}
