// A reply while it comes in: drawn a few pieces at a time, and only what is new.

import { useLayoutEffect, useRef } from "preact/hooks";
import type { Draft } from "../state/draft";
import { t } from "../texts";
import { Face } from "./face";
import { prepare, withStream } from "./markdown/late";
import type { Stream } from "./markdown/stream";

export function DraftView({ draft, name }: { draft: Draft; name: string }) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const into = box.current;
    if (into) return draw(draft, into);
    return undefined;
  }, [draft]);
  return (
    <article class="message theirs draft near" data-message="draft" aria-busy="true" aria-labelledby="draft-name">
      <Face name={name} bot />
      <div class="body">
        <h2 class="only-heard" id="draft-name">{t("talk.answering", name)}</h2>
        <div class="prose streaming" ref={box} />
        <div class="under" />
      </div>
    </article>
  );
}

/** Milliseconds between two drawings: words are not read any faster, and each lays out the page. */
const PAUSE = 50;

/** What was said is stored, and its reply has not begun. */
export function Awaiting({ name }: { name: string }) {
  return (
    <div class="message theirs awaiting near" data-state="awaiting">
      <Face name={name} bot />
      <div class="body">
        <div class="prose streaming" />
        <div class="under" />
      </div>
    </div>
  );
}

/** Draws a draft into an element until what it returns is called. */
function draw(draft: Draft, into: HTMLElement): () => void {
  let stream: Stream | null = null;
  let round = draft.round;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let last = -PAUSE;
  let leave = () => {};
  let gone = false;
  withStream((Drawing) => {
    if (gone) return;
    stream = new Drawing(into);
    const now = () => {
      timer = undefined;
      last = performance.now();
      if (round !== draft.round) {
        round = draft.round;
        into.replaceChildren();
        stream = new Drawing(into);
      }
      stream?.become(draft.text);
    };
    now();
    leave = draft.follow(() => {
      timer ??= setTimeout(now, Math.max(0, last + PAUSE - performance.now()));
    });
  });
  // By the time that the reply is stored, what draws it as a whole is there.
  void prepare();
  return () => {
    gone = true;
    clearTimeout(timer);
    leave();
  };
}
