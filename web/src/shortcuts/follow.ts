// Follows the keys of the page, wherever one is.

import { useEffect } from "preact/hooks";
import { toggle, show, list } from "../state/layout";
import { talk } from "../state/live";
import { beginNew, SEARCH } from "../sidebar/sidebar";
import { SAY } from "../talk/composer";
import { trying } from "../talk/doing";
import { type Does, doing } from "./keys";

/** Whether something lies over the page that has its own Escape. */
function covered(): boolean {
  return document.querySelector("dialog[open]:not(.sheet), .menu:popover-open") !== null;
}

function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]");
}

export function useShortcuts(onHelp: () => void): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || covered()) return;
      const does = doing(event, isWriting(event.target));
      if (does === null || (does === "stop" && !stoppable())) return;
      event.preventDefault();
      if (does === "help") onHelp();
      else run(does);
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, []);
}

function stoppable(): boolean {
  return talk.peek()?.draft.peek() != null && !document.querySelector("dialog[open]");
}

function run(does: Does): void {
  const open = talk.peek();
  if (does === "new") {
    beginNew();
    focus(SAY);
  } else if (does === "search") {
    if (list.peek() === null) show("list");
    focus(SEARCH);
  } else if (does === "panel") toggle("panel");
  else if (does === "list") toggle("list");
  else if (does === "stop" && open) void trying(() => open.stop());
}

/** After what was shown just now is there. */
function focus(id: string): void {
  requestAnimationFrame(() => document.getElementById(id)?.focus());
}
