// Tips: what a button with an icon alone does, beside it while it is pointed at or has the keyboard.

import { useEffect, useRef } from "preact/hooks";
import { put } from "./place";

const delay = 400;

/** Shows `data-tip` of whatever has one: once in the page. It is heard as the button's own name. */
export function Tips() {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let timer = 0;
    const hide = () => {
      clearTimeout(timer);
      if (box.current?.matches(":popover-open")) box.current.hidePopover();
    };
    const show = (element: HTMLElement) => {
      const tip = box.current;
      const opened = element.matches("[popovertarget][aria-expanded='true']");
      if (!tip || !element.isConnected || opened) return;
      tip.textContent = element.dataset.tip ?? "";
      tip.showPopover();
      put(tip, element.getBoundingClientRect());
    };
    const about = (event: Event) => {
      hide();
      const target = event.target instanceof Element ? event.target : null;
      const element = target?.closest<HTMLElement>("[data-tip]");
      const told = event.type === "pointerover" || element?.matches(":focus-visible");
      const touch = event instanceof PointerEvent && event.pointerType === "touch";
      if (element && told && !touch) timer = window.setTimeout(() => show(element), delay);
    };
    const shows = ["pointerover", "focusin"];
    const hides = ["pointerdown", "keydown", "focusout", "scroll"];
    for (const name of shows) document.addEventListener(name, about);
    for (const name of hides) document.addEventListener(name, hide, true);
    return () => {
      hide();
      for (const name of shows) document.removeEventListener(name, about);
      for (const name of hides) document.removeEventListener(name, hide, true);
    };
  }, []);
  return <div ref={box} class="tip" popover="manual" aria-hidden="true" />;
}
