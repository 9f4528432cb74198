// Numbers, sizes, days and times, as people write them in the page's language.

import { language } from "./language";

/** The browser's own form of the language, which may know a country: "en-GB" for "en". */
function locale(): string {
  const own = typeof navigator === "undefined" ? undefined : navigator.language;
  return own?.split("-")[0] === language.value ? own : language.value;
}

const made = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>();

function kept<F extends Intl.NumberFormat | Intl.DateTimeFormat>(key: string, make: () => F): F {
  const name = `${locale()} ${key}`;
  const found = made.get(name) ?? make();
  made.set(name, found);
  return found as F;
}

export function number(value: number, digits = 0): string {
  return kept(`number ${digits}`, () => new Intl.NumberFormat(locale(), { maximumFractionDigits: digits }))
    .format(value);
}

/** "1 message", "3 messages": for languages with two forms. */
export function count(value: number, one: string, many: string): string {
  return `${number(value)} ${value === 1 ? one : many}`;
}

const units = ["kB", "MB", "GB"] as const;

export function bytes(size: number): string {
  if (size < 1000) return count(size, "byte", "bytes");
  let [value, unit] = [size / 1000, 0];
  while (value >= 999.5 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${number(value, value < 10 ? 1 : 0)} ${units[unit] ?? "GB"}`;
}

function written(key: string, at: number, form: Intl.DateTimeFormatOptions): string {
  return kept(key, () => new Intl.DateTimeFormat(locale(), form)).format(at);
}

const thisYear = (at: number, now: number) => new Date(at).getFullYear() === new Date(now).getFullYear();

/** "3 May", with the year where it is another. */
export function day(at: number, now = Date.now()): string {
  return thisYear(at, now)
    ? written("day", at, { day: "numeric", month: "long" })
    : written("day and year", at, { day: "numeric", month: "long", year: "numeric" });
}

/** "14:05". */
export function time(at: number): string {
  return written("time", at, { hour: "numeric", minute: "2-digit" });
}

/** All of it, for those who want to know exactly. */
export function moment(at: number): string {
  return written("moment", at, { dateStyle: "full", timeStyle: "short" });
}

/** The time where it is today, the weekday within a week, else the day: short, for lists. */
export function when(at: number, now = Date.now()): string {
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  if (at >= midnight) return time(at);
  if (at >= midnight - 6 * 86_400_000) return written("weekday", at, { weekday: "short" });
  return thisYear(at, now)
    ? written("short day", at, { day: "numeric", month: "short" })
    : written("short year", at, { month: "short", year: "numeric" });
}
