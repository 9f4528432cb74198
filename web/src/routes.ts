// Where one is in the page: the History API, and addresses that may be kept and shared.

import { computed, signal } from "@preact/signals";

export type Route =
  | { view: "new" }
  | { view: "talk"; conversation: number; message: string | null }
  | { view: "bots" | "settings" | "archive" | "login" | "lost" };

const plain = new Set(["bots", "settings", "archive", "login"]);

export function parse(path: string): Route {
  const [first = "", second = "", third = "", fourth = ""] = path.split("/").slice(1);
  if (first === "") return { view: "new" };
  if (plain.has(first) && second === "") return { view: first as "bots" };
  const talk = first === "c" && /^\d+$/.test(second);
  if (talk && third === "") return { view: "talk", conversation: Number(second), message: null };
  if (talk && third === "m" && /^\d+\.\d+$/.test(fourth))
    return { view: "talk", conversation: Number(second), message: fourth };
  return { view: "lost" };
}

export const pathTo = {
  talk: (conversation: number) => `/c/${conversation}`,
  message: (id: string) => `/c/${id.slice(0, id.indexOf("."))}/m/${id}`,
};

const path = signal(typeof location === "undefined" ? "/" : location.pathname);
/** Goes up with every step, the same address again included. */
export const steps = signal(0);
export const route = computed(() => parse(path.value));

export function go(to: string, { replace = false } = {}): void {
  if (replace || to === path.peek()) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  path.value = to;
  steps.value += 1;
}

/** Follows the browser's own buttons, and links of the page that are pressed plainly. */
export function followLinks(): void {
  addEventListener("popstate", () => {
    path.value = location.pathname;
    steps.value += 1;
  });
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element | null)?.closest?.("a[href]");
    if (!(link instanceof HTMLAnchorElement) || link.target || link.hasAttribute("download")) return;
    if (link.origin !== location.origin || link.pathname.startsWith("/api/")) return;
    event.preventDefault();
    go(link.pathname);
  });
}
