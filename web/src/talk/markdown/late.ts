// What is loaded only when a text needs it: the whole markdown, colours for code, math.

import { signal } from "@preact/signals";

type Final = typeof import("./final").final;
type Streams = typeof import("./stream").Stream;

let whole: Final | null = null;
let loading: Promise<void> | null = null;
/** Whether stored texts can be drawn as a whole; until then, and without it, as they are. */
export const ready = signal(false);

/** Whether that is known, one way or the other: stored texts need not be drawn twice. */
export const known = signal(false);

/** Loads what draws stored texts; it never fails, and may be asked for again. */
export function prepare(): Promise<void> {
  loading ??= import("./final").then(
    ({ final }) => {
      whole = final;
      ready.value = true;
      known.value = true;
      // The next reply comes soon.
      withStream(ignore);
    },
    () => {
      loading = null;
      known.value = true;
    },
  );
  return loading;
}

let streams: Streams | null = null;

/** Has what draws a reply as it comes in handed over: at once where it is loaded. */
export function withStream(use: (stream: Streams) => void): void {
  if (streams) return use(streams);
  import("./stream").then(({ Stream }) => {
    streams = Stream;
    use(Stream);
  }, ignore);
}

export function finalOf(): Final | null {
  return whole;
}

/** Adds what comes late to a text: colours and math. */
export function finish(text: HTMLElement): void {
  const blocks = [...text.querySelectorAll<HTMLElement>("figure.code[data-language]")];
  const tex = [...text.querySelectorAll<HTMLElement>(".math")];
  if (text.matches(".math")) tex.push(text);
  // Where a chunk does not load, the text is there all the same.
  if (blocks.length) import("./code").then(({ colour }) => blocks.forEach(colour), ignore);
  if (tex.length) import("./math").then(({ draw }) => tex.forEach(draw), ignore);
}

function ignore(): void {}
