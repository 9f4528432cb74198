// A reply while it comes in: drawn once a frame, and only what is new.

import { useLayoutEffect, useRef } from "preact/hooks";
import type { Draft } from "../state/draft";
import { t } from "../texts";
import { Face } from "./face";
import { prepare } from "./markdown/late";
import { Stream } from "./markdown/stream";

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

/** Draws a draft into an element until what it returns is called. */
function draw(draft: Draft, into: HTMLElement): () => void {
  let stream = new Stream(into);
  let round = draft.round;
  let frame = 0;
  const now = () => {
    frame = 0;
    if (round !== draft.round) {
      round = draft.round;
      into.replaceChildren();
      stream = new Stream(into);
    }
    stream.become(draft.text);
  };
  const soon = () => {
    frame ||= requestAnimationFrame(now);
  };
  now();
  const leave = draft.follow(soon);
  // By the time that the reply is stored, what draws it as a whole is there.
  void prepare();
  return () => {
    cancelAnimationFrame(frame);
    leave();
  };
}
