// Another version in the place of one: it stands where that one stood, and the keyboard stays on it.

import { useLayoutEffect, useRef } from "preact/hooks";
import type { Talk } from "../state/talk";
import type { Id } from "../types";
import type { Scroll } from "./scroll";

type Box = { current: HTMLElement | null };

interface Place {
  to: Id;
  top: number;
  /** The button that had the keyboard; -1: the message itself had it; null: neither. */
  button: number | null;
}

const STEPS = ".versions button";

export function useSwitched(talk: Talk, scroll: Scroll, box: Box): void {
  const place = useRef<Place | null>(null);
  const switched = talk.switched.value;
  const there = switched !== null && talk.messages.value.some((one) => one.id === switched.to);
  // Looked at before the new version is drawn, and the old one is gone.
  if (there && place.current?.to !== switched.to) place.current = stood(find(box, switched.from), switched.to);
  useLayoutEffect(() => {
    if (!there) return;
    talk.switched.value = null;
    const was = place.current;
    place.current = null;
    const element = was && find(box, was.to);
    if (!element) return;
    const put = () => scroll.putAt(element, was.top);
    put();
    // What is above it gets its true height only when it is near.
    requestAnimationFrame(() => {
      put();
      requestAnimationFrame(put);
    });
    focus(element, was.button);
  }, [there]);
}

function find(box: Box, id: Id): HTMLElement | null {
  return box.current?.querySelector<HTMLElement>(`[data-message="${CSS.escape(id)}"]`) ?? null;
}

function stood(element: HTMLElement | null, to: Id): Place | null {
  if (!element) return null;
  const active = document.activeElement;
  const at = [...element.querySelectorAll(STEPS)].findIndex((one) => one === active);
  const button = at >= 0 || active === element ? at : null;
  return { to, top: element.getBoundingClientRect().top, button };
}

/** At the first and at the last version one of the buttons leads nowhere: then the other has it. */
function focus(element: HTMLElement, button: number | null): void {
  if (button === null) return;
  const steps = [...element.querySelectorAll<HTMLButtonElement>(STEPS)];
  const same = steps[button];
  const next = same?.disabled ? steps.find((one) => !one.disabled) : same;
  (next ?? element).focus({ preventScroll: true });
}
