// A text in the transcript: drawn once, kept for when it is shown again.

import { useLayoutEffect, useRef } from "preact/hooks";
import type { Id } from "../types";
import { finalOf, finish, prepare, ready } from "./markdown/late";
import { linked } from "./plain";

interface Kept {
  text: string;
  node: HTMLElement;
}

const most = 500;
const kept = new Map<Id, Kept>();

function drawn(text: string): HTMLElement {
  const node = document.createElement("div");
  const whole = finalOf();
  if (whole) node.append(whole(text));
  else {
    node.className = "plain";
    node.append(linked(text));
  }
  finish(node);
  return node;
}

function nodeOf(id: Id, text: string): HTMLElement {
  const known = kept.get(id);
  if (known?.text === text) return known.node;
  const node = drawn(text);
  // Without the whole markdown it is drawn for now only.
  if (finalOf()) {
    kept.set(id, { text, node });
    const [oldest] = kept.keys();
    if (kept.size > most && oldest) kept.delete(oldest);
  } else void prepare();
  return node;
}

/** A reply that is stored. */
export function Prose({ id, text }: { id: Id; text: string }) {
  const box = useRef<HTMLDivElement>(null);
  const whole = ready.value;
  useLayoutEffect(() => {
    box.current?.replaceChildren(nodeOf(id, text));
  }, [id, text, whole]);
  return <div class="prose" ref={box} />;
}

/** What somebody wrote, as it is. */
export function Plain({ text }: { text: string }) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    box.current?.replaceChildren(linked(text));
  }, [text]);
  return <div class="plain" dir="auto" ref={box} />;
}
