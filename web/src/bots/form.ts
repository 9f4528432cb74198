// A bot as it is filled in: every field a text until it is saved, checked all at once.

import { number, t } from "../texts";
import type { Bot, Given } from "../types";
import { LAST_MAX, LAST_MIN, LEAST_WINDOW, sharesOf, usualShare, WINDOW, windowShare } from "./shares";

export interface MemoryRow {
  name: string;
  on: boolean;
  share: string;
  most: string;
}

/** What a number may be; the vendor says the rest. */
interface Range {
  whole?: boolean;
  least?: number;
  most?: number;
  step?: number;
}

export const numbers = {
  temperature: { least: 0, most: 2, step: 0.1 },
  top_p: { least: 0, most: 1, step: 0.05 },
  max_tokens: { whole: true, least: 1 },
  presence_penalty: { least: -2, most: 2, step: 0.1 },
  frequency_penalty: { least: -2, most: 2, step: 0.1 },
  seed: { whole: true },
  context_window: { whole: true, least: 1 },
  timeout: { least: 0.1, step: 5 },
  retries: { whole: true, least: 0 },
} as const satisfies Record<string, Range>;

export type NumberName = keyof typeof numbers;
export const numberNames = Object.keys(numbers) as NumberName[];

export interface Form {
  name: string;
  called: string;
  instructions: string;
  vendor: string;
  model: string;
  base_url: string;
  numbers: Record<NumberName, string>;
  stop: string;
  memories: MemoryRow[];
  /** Null: as many exchanges as fit. */
  last: string | null;
  choices: string[];
  /** What the form does not show of its model, and gives back as it came. */
  unseen: Record<string, unknown>;
}

/** Where something is wrong: a field's name, "memory.facts.share", or "" for the whole. */
export type Wrong = Readonly<Record<string, string>>;

function text(value: number | undefined | null): string {
  return value === undefined || value === null ? "" : String(value);
}

/** The memories that the bot uses in their order, then those that it might. */
function rows(given: Given["memory"], all: readonly string[]): MemoryRow[] {
  const used = sharesOf(given).shares;
  const rest = all.filter((name) => name !== WINDOW && !used.some((one) => one.name === name));
  const row = (on: boolean) => (one: { name: string; share: number; most: number }) => ({
    name: one.name,
    on,
    share: text(one.share),
    most: text(one.most),
  });
  return [...used.map(row(true)), ...rest.map(usualShare).map(row(false))];
}

/** The settings of a model that the form has a place for. */
const placesOfModel = new Set(["provider", "name", "base_url", "stop", ...numberNames]);

/** A bot that cannot be read any more may have less than a bot has. */
export function formOf(bot: Pick<Bot, "name" | "model" | "memories"> & { given: Partial<Given> }): Form {
  const persona = bot.given.persona ?? { name: bot.name, instructions: "" };
  const model: Partial<Given["model"]> = bot.given.model ?? {};
  const { memory = {}, choices = [] } = bot.given;
  const unseen = Object.entries(model).filter(([name]) => !placesOfModel.has(name));
  return {
    name: bot.name,
    called: persona.name === bot.name ? "" : persona.name,
    instructions: persona.instructions,
    vendor: model.provider ?? bot.model.split(":", 1)[0] ?? "",
    model: model.name ?? "",
    base_url: model.base_url ?? "",
    numbers: Object.fromEntries(numberNames.map((name) => [name, text(model[name])])) as Form["numbers"],
    stop: [model.stop ?? []].flat().map(shownStop).join("\n"),
    memories: rows(memory, bot.memories),
    last: sharesOf(memory).last === null ? null : text(sharesOf(memory).last),
    choices: [...choices],
    unseen: Object.fromEntries(unseen),
  };
}

/** A new bot: the memories of `like`, and nothing else. */
export function blank(like: Pick<Bot, "memories"> | undefined, vendor: string): Form {
  const memories = like?.memories.length ? like.memories : ["facts", "summary", "recall"];
  const memory = Object.fromEntries(
    memories.filter((name) => name !== WINDOW).map((name) => [name, usualShare(name)]),
  );
  return formOf({
    name: "",
    model: vendor,
    memories,
    given: { persona: { name: "", instructions: "" }, model: { provider: vendor }, memory, choices: [] },
  });
}

/** A name for a copy that no bot has yet. */
export function copyName(name: string, taken: readonly string[]): string {
  const base = `${name.slice(0, 56)}-copy`;
  if (!taken.includes(base)) return base;
  let n = 2;
  while (taken.includes(`${base}-${n}`)) n += 1;
  return `${base}-${n}`;
}

/** A text to stop at, on one line: \n and \t stand for what cannot be seen. */
function shownStop(stop: string): string {
  return stop.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\t", "\\t");
}

function readStop(line: string): string {
  const meant: Record<string, string> = { n: "\n", t: "\t", "\\": "\\" };
  return line.replace(/\\([nt\\])/g, (_all, letter: string) => meant[letter] ?? letter);
}

export function stops(lines: string): string[] {
  return lines.split("\n").filter(Boolean).map(readStop);
}

/** A number as people type it, with a comma or a point; null where it is none. */
export function readNumber(typed: string): number | null {
  const plain = typed.trim().replace("−", "-").replace(",", ".");
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(plain) && Number.isFinite(Number(plain))
    ? Number(plain)
    : null;
}

function wrongNumber(typed: string, { whole, least, most }: Range): string | null {
  if (!typed.trim()) return null;
  const value = readNumber(typed);
  if (value === null) return t("bots.not_number");
  if (whole && !Number.isInteger(value)) return t("bots.not_whole");
  if (least !== undefined && value < least) return t("bots.at_least", number(least, 1));
  if (most !== undefined && value > most) return t("bots.at_most", number(most, 1));
  return null;
}

const goodName = /^[\p{L}\p{N}_-]{1,64}$/u;

/** Everything that is wrong, by its place; `taken` are names that a new bot cannot have. */
export function wrong(form: Form, taken: readonly string[]): Wrong {
  const found: Record<string, string | null> = {
    name: wrongName(form.name, taken),
    instructions: form.instructions.trim() ? null : t("bots.instructions_missing"),
    memory: wrongShares(form),
    last: wrongLast(form.last),
  };
  for (const name of numberNames) found[name] = wrongNumber(form.numbers[name], numbers[name]);
  for (const row of form.memories) {
    if (!row.on) continue;
    const share = readNumber(row.share);
    found[`memory.${row.name}.share`] = share !== null && share > 0 ? null : t("bots.share_wrong");
    const most = row.most.trim() ? wrongNumber(row.most, { whole: true, least: 1 }) : t("bots.not_whole");
    found[`memory.${row.name}.most`] = most;
  }
  form.choices.forEach((choice, at) => {
    found[`choices.${at}`] = /^[^\s:]+(:\S+)?$/.test(choice.trim()) ? null : t("bots.choices_rule");
  });
  return Object.fromEntries(Object.entries(found).filter((one): one is [string, string] => !!one[1]));
}

function wrongName(name: string, taken: readonly string[]): string | null {
  if (!goodName.test(name)) return t("bots.name_rule");
  return taken.includes(name) ? t("bots.name_taken") : null;
}

/** The shares as numbers, a field that is no number counting as nothing. */
export function sharesIn(form: Form): { name: string; share: number }[] {
  return form.memories
    .filter((row) => row.on)
    .map((row) => ({ name: row.name, share: Math.max(0, readNumber(row.share) ?? 0) }));
}

function wrongShares(form: Form): string | null {
  const rest = windowShare(sharesIn(form));
  return rest < LEAST_WINDOW ? t("bots.too_much", number(100 - rest, 1)) : null;
}

function wrongLast(last: string | null): string | null {
  if (last === null) return null;
  const value = readNumber(last);
  const fits = value !== null && Number.isInteger(value) && value >= LAST_MIN && value <= LAST_MAX;
  return fits ? null : t("bots.k_wrong");
}

/** The bot as the server takes it; only for a form in which nothing is wrong. */
export function givenOf(form: Form): Given {
  const model: Given["model"] = { ...form.unseen, provider: form.vendor };
  if (form.model.trim()) model.name = form.model.trim();
  if (form.base_url.trim()) model.base_url = form.base_url.trim();
  for (const name of numberNames) {
    const value = readNumber(form.numbers[name]);
    if (value !== null) model[name] = value;
  }
  const ends = stops(form.stop);
  if (ends.length) model.stop = ends;
  const memory: Given["memory"] = {};
  for (const row of form.memories)
    if (row.on) memory[row.name] = { share: readNumber(row.share) ?? 0, most: readNumber(row.most) ?? 0 };
  memory[WINDOW] = form.last === null ? {} : { last: readNumber(form.last) ?? LAST_MIN };
  return {
    persona: { name: form.called.trim() || form.name, instructions: form.instructions.trim() },
    model,
    memory,
    choices: form.choices.map((choice) => choice.trim()).filter(Boolean),
  };
}

/** The server's sentences, each at the place that it names; what names none is for the whole. */
export function placed(message: string, form: Form): Wrong {
  const found: Record<string, string> = {};
  for (const sentence of message.split("\n").map((line) => line.trim()).filter(Boolean)) {
    const at = placeOf(sentence, form);
    found[at] = found[at] ? `${found[at]} ${sentence}` : sentence;
  }
  return found;
}

function placeOf(sentence: string, form: Form): string {
  const path = /^["“]?(?:bots\.[^.\s]+\.)?((?:persona|model|memory|choices)[\w.[\]-]*)/.exec(sentence)?.[1];
  if (!path) return "";
  const [first, ...rest] = path.replace(/[.:]+$/, "").replaceAll("[", ".").replaceAll("]", "").split(".");
  const second = rest[0] ?? "";
  if (first === "persona") return second === "name" ? "called" : "instructions";
  if (first === "choices") return second && form.choices[Number(second)] !== undefined ? `choices.${second}` : "choices";
  if (first === "memory") {
    if (second === WINDOW) return "last";
    if (!form.memories.some((row) => row.name === second && row.on)) return "memory";
    return `memory.${second}.${rest[1] === "most" ? "most" : "share"}`;
  }
  if (second === "provider") return "vendor";
  if (second === "name" || !second) return "model";
  return second === "base_url" || second === "stop" || second in numbers ? second : "model";
}
