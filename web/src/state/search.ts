// Looking for what was said: the words, and what was found.

import { batch, signal } from "@preact/signals";
import { get, query } from "../api/client";
import { told } from "../api/errors";
import type { Hit } from "../types";
import { everybody } from "./conversations";

const REST = 180;
const MOST = 50;

export const wanted = signal("");
/** Null until something was looked for. */
export const hits = signal<readonly Hit[] | null>(null);
export const failed = signal<string | null>(null);
export const looking = signal(false);

let timer: ReturnType<typeof setTimeout> | undefined;
let running: AbortController | null = null;

/** Looks for these words in a moment: while somebody types, the last ones count. */
export function search(words: string): void {
  wanted.value = words;
  clearTimeout(timer);
  running?.abort();
  if (!words.trim()) return clear();
  looking.value = true;
  timer = setTimeout(() => void look(words.trim()), REST);
}

function clear(): void {
  batch(() => {
    hits.value = null;
    failed.value = null;
    looking.value = false;
  });
}

async function look(words: string): Promise<void> {
  const mine = new AbortController();
  running = mine;
  const path = query("/api/search", { q: words, everybody: everybody.peek(), most: MOST });
  try {
    const found = await get<{ hits: Hit[] }>(path, mine.signal);
    batch(() => {
      hits.value = found.hits;
      failed.value = null;
      looking.value = false;
    });
  } catch (error) {
    if (mine.signal.aborted) return;
    batch(() => {
      failed.value = told(error);
      looking.value = false;
    });
  }
}

const SHOWN = 160;
const BEFORE = 40;

export interface Piece {
  text: string;
  found: boolean;
}

const letters = /[\p{L}\p{N}]+/gu;
/** Two words are taken for forms of one where they begin alike. */
const STEM = 4;

function alike(one: string, other: string): boolean {
  const [a, b] = [plain(one), plain(other)];
  if (a === b) return true;
  const length = Math.max(STEM, Math.min(a.length, b.length) - 2);
  return a.length >= STEM && b.length >= STEM && a.slice(0, length) === b.slice(0, length);
}

const plain = (text: string) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** The part of a text around the first word that was looked for, cut into what was found and not. */
export function pieces(text: string, words: string): Piece[] {
  const looked = words.match(letters) ?? [];
  const flat = text.replace(/\s+/g, " ").trim();
  const found = [...flat.matchAll(letters)].filter((word) =>
    looked.some((one) => alike(one, word[0])),
  );
  const first = found[0]?.index ?? 0;
  const from = first > BEFORE ? flat.lastIndexOf(" ", first - BEFORE / 2) + 1 : 0;
  const until = Math.min(flat.length, from + SHOWN);
  const all: Piece[] = from > 0 ? [{ text: "… ", found: false }] : [];
  let at = from;
  for (const word of found) {
    const end = word.index + word[0].length;
    if (word.index < from || end > until) continue;
    if (word.index > at) all.push({ text: flat.slice(at, word.index), found: false });
    all.push({ text: word[0], found: true });
    at = end;
  }
  const rest = flat.slice(at, until) + (until < flat.length ? " …" : "");
  return rest ? [...all, { text: rest, found: false }] : all;
}
