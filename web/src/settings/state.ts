// What somebody has set for themselves in this browser. `first.js` reads the same before all else.

import { effect, signal, untracked } from "@preact/signals";
import { keep, read } from "../state/kept";
import { speak } from "../texts";

export type Theme = "system" | "light" | "dark";
export type Size = "small" | "medium" | "large" | "larger";

export const themes = ["system", "light", "dark"] as const;
export const sizes = ["small", "medium", "large", "larger"] as const;

interface Kept {
  theme: Theme;
  size: Size;
  enter: boolean;
  language: string;
}

/** What was kept, each thing as it should be where it is not. */
export function checked(kept: unknown): Kept {
  const { theme, size, enter, language } = (kept ?? {}) as Partial<Record<keyof Kept, unknown>>;
  return {
    theme: themes.find((one) => one === theme) ?? "system",
    size: sizes.find((one) => one === size) ?? "medium",
    enter: enter !== false,
    language: typeof language === "string" ? language : "own",
  };
}

const begun = checked(read<unknown>("settings", {}));

export const theme = signal<Theme>(begun.theme);
export const size = signal<Size>(begun.size);
/** Whether Enter sends, so that Shift and Enter make a new line; else the other way about. */
export const enterSends = signal(begun.enter);
/** A tag such as "en", or "own" for the browser's. */
export const wantedLanguage = signal(begun.language);

/** Follows the settings from now on, in this tab and, where another changes them, after that. */
export function followSettings(): void {
  let first = true;
  effect(() => {
    const now: Kept = {
      theme: theme.value,
      size: size.value,
      enter: enterSends.value,
      language: wantedLanguage.value,
    };
    const root = document.documentElement;
    root.dataset.theme = now.theme;
    root.dataset.size = now.size;
    if (!first) keep("settings", now);
    first = false;
  });
  effect(() => {
    const wanted = wantedLanguage.value;
    untracked(() => void speak(wanted));
  });
  addEventListener("storage", (event) => {
    if (event.key !== "tertulia.settings") return;
    const now = checked(read<unknown>("settings", {}));
    theme.value = now.theme;
    size.value = now.size;
    enterSends.value = now.enter;
    wantedLanguage.value = now.language;
  });
}
