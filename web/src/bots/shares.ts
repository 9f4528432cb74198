// How a bot's memories share the prompt, in percent; the window has what they leave.

import type { Given } from "../types";

export const WINDOW = "window";
export const LEAST_WINDOW = 20;
export const LAST_MIN = 3;
export const LAST_MAX = 1000;

export interface Share {
  name: string;
  share: number;
  most: number;
}

/** What the settings have where nobody has said anything. */
const usual: Readonly<Record<string, Omit<Share, "name">>> = {
  facts: { share: 10, most: 1000 },
  summary: { share: 30, most: 8000 },
  recall: { share: 25, most: 4000 },
};
const others = { share: 15, most: 2000 };

export function usualShare(name: string): Share {
  return { name, ...(usual[name] ?? others) };
}

/** The memories in their order, and how many exchanges the window holds (null: what fits). */
export function sharesOf(memory: Given["memory"]): { shares: Share[]; last: number | null } {
  const shares: Share[] = [];
  let last: number | null = null;
  for (const [name, told] of Object.entries(memory)) {
    if (name === WINDOW) last = "last" in told ? (told.last ?? null) : null;
    else if ("share" in told) shares.push({ name, share: told.share, most: told.most });
    else shares.push(usualShare(name));
  }
  return { shares, last };
}

/** What is left to the window, in percent; below 0 where the others want more than all. */
export function windowShare(shares: readonly Pick<Share, "share">[]): number {
  const all = shares.reduce((sum, one) => sum + one.share, 0);
  return Math.round((100 - all) * 10) / 10;
}

/** The list with the entry at `from` moved one place up (-1) or down (1), where that is possible. */
export function moved<T>(list: readonly T[], from: number, by: -1 | 1): T[] {
  const to = from + by;
  const [one, other] = [list[from], list[to]];
  if (one === undefined || other === undefined) return [...list];
  return list.map((entry, at) => (at === from ? other : at === to ? one : entry));
}
