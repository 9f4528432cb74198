// The keys of the page: which ones there are, and what each does.

import { enterSends } from "../settings/state";
import { t } from "../texts";

const mac = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.userAgent);
export const control = mac ? "⌘" : "Ctrl";

export type Does = "new" | "search" | "panel" | "list" | "stop" | "help";

type Pressed = Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">;

/** What a key does; `writing` is whether somebody types into a box. */
export function doing(event: Pressed, writing: boolean): Does | null {
  if (event.altKey) return null;
  if (event.ctrlKey || event.metaKey) return withControl(event);
  if (event.key === "Escape") return "stop";
  if (writing) return null;
  if (event.key === "/") return "search";
  return event.key === "?" ? "help" : null;
}

/** By the key's place where Shift is held: letters are others then on some keyboards. */
function withControl({ key, code, shiftKey }: Pressed): Does | null {
  if (!shiftKey) return key.toLowerCase() === "k" ? "new" : null;
  const letter = key.toLowerCase();
  if (letter === "f" || code === "KeyF") return "search";
  if (letter === "m" || code === "KeyM") return "panel";
  if (letter === "s" || code === "KeyS") return "list";
  return null;
}

/** What each key does, in words, in the order of the list. */
export function keys(): readonly (readonly [string, readonly string[]])[] {
  const send = enterSends.value ? ["Enter"] : [control, "Enter"];
  const line = enterSends.value ? ["Shift", "Enter"] : ["Enter"];
  return [
    [t("settings.keys_send"), send],
    [t("settings.keys_line"), line],
    [t("settings.keys_stop"), ["Esc"]],
    [t("settings.keys_edit"), ["↑"]],
    [t("settings.keys_new"), [control, "K"]],
    [t("settings.keys_search"), ["/"]],
    [t("app.keys_search_too"), [control, "Shift", "F"]],
    [t("settings.keys_sidebar"), [control, "Shift", "S"]],
    [t("settings.keys_memory"), [control, "Shift", "M"]],
    [t("app.keys_messages"), ["j", "k"]],
    [t("app.keys_version"), ["←", "→"]],
    [t("app.keys_close"), ["Esc"]],
    [t("settings.keys_list"), ["?"]],
  ];
}
