// Facts as a list: found by words, put together by whom they tell of, and what they said before.

import { t } from "../texts";
import type { Fact, Id } from "../types";

/** Without the accents and in small letters: people do not type them when they look for something. */
function plain(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();
}

/** The facts that have all the words, in the statement or in whom it is about. */
export function found(facts: readonly Fact[], wanted: string): readonly Fact[] {
  const words = plain(wanted).split(/\s+/).filter(Boolean);
  return facts.filter((fact) => {
    const text = plain(`${fact.statement} ${fact.subject}`);
    return words.every((word) => text.includes(word));
  });
}

/** The facts by subject where everybody's are shown; else all of them under no heading. */
export function bySubject(facts: readonly Fact[], apart: boolean): [string, readonly Fact[]][] {
  if (!apart) return facts.length ? [["", facts]] : [];
  const groups = new Map<string, Fact[]>();
  for (const fact of facts) {
    const there = groups.get(fact.subject);
    if (there) there.push(fact);
    else groups.set(fact.subject, [fact]);
  }
  return [...groups].sort(([one], [other]) => one.localeCompare(other));
}

/** Whether a fact is about whoever reads it: nobody has told a name, or it is theirs. */
function isYou(subject: string, you: string): boolean {
  return !subject || subject === NAMELESS || subject === you;
}

/** What a person is called in facts as long as nobody has told a name. */
const NAMELESS = "the person";
const OF_THEIRS = /^the person['’]s (.+)$/;

/** A fact as one reads it: "Lives in Lima", "Your sister is called Inés", "Bo sings". */
export function inWords(fact: Pick<Fact, "subject" | "statement">, you: string): string {
  const { statement, subject } = fact;
  if (isYou(subject, you)) return capital(statement);
  const theirs = OF_THEIRS.exec(subject)?.[1];
  const who = theirs ? t("memory.yours", theirs) : capital(subject);
  // What begins with a capital is a sentence of its own: "Bo: I sing."
  return /^\p{Lu}/u.test(statement) ? `${who}: ${statement}` : `${who} ${statement}`;
}

export function capital(text: string): string {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}

/** The newest first: what was just told or written is what one looks for. */
export function newestFirst(facts: readonly Fact[]): readonly Fact[] {
  return facts.toSorted((one, other) => other.recorded_at - one.recorded_at);
}

export interface Former {
  id: Id;
  statement: string;
  from: number;
  /** Null: it still holds. */
  until: number | null;
}

/** What a fact said, the newest first, each with the time for which it held or was believed. */
export function past(history: readonly Fact[]): Former[] {
  return history.toReversed().map((one) => ({
    id: one.id,
    statement: one.statement,
    from: one.origin === "said" ? one.valid_from : one.recorded_at,
    until: one.valid_to ?? one.closed_at,
  }));
}
