// All that the page says, by area and key: `t("talk.stop")`, `t("memory.sources", 2)`.

import { signal } from "@preact/signals";
import en from "./en";
import { choose, language } from "./language";
import { languages } from "./languages";

export { bytes, count, day, moment, number, time, when } from "./format";
export { language } from "./language";
export { languages } from "./languages";

type Texts = typeof en;
type Said<T> = T extends (...args: infer A) => string ? (...args: A) => string : string;

/** Another language: the same keys, as far as somebody has translated them. */
export type Translation = {
  [A in keyof Texts]?: { [K in keyof Texts[A]]?: Said<Texts[A][K]> };
};

type Keys = { [A in keyof Texts & string]: `${A}.${keyof Texts[A] & string}` };
export type Key = Keys[keyof Keys];
type At<K extends Key> = K extends `${infer A}.${infer N}`
  ? A extends keyof Texts
    ? N extends keyof Texts[A]
      ? Texts[A][N]
      : never
    : never
  : never;
type Values<K extends Key> = At<K> extends (...args: infer A) => string ? A : [];

type Loose = Record<string, Record<string, unknown> | undefined>;

const spoken = signal<Translation>({});

/** The text of a key in the page's language, in English where that has none. */
export function t<K extends Key>(key: K, ...values: Values<K>): string {
  const dot = key.indexOf(".");
  const [area, name] = [key.slice(0, dot), key.slice(dot + 1)];
  const text = (spoken.value as Loose)[area]?.[name] ?? (en as Loose)[area]?.[name];
  return typeof text === "function" ? String(text(...values)) : String(text ?? key);
}

/** Speaks this language from now on: a tag, or "own" for the browser's. */
export async function speak(wanted: string): Promise<void> {
  const tag = choose(wanted, ["en", ...Object.keys(languages)], navigator.languages);
  const loaded = await languages[tag]?.load();
  spoken.value = loaded?.default ?? {};
  language.value = tag;
  document.documentElement.lang = tag;
}
