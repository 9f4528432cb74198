import { expect, test } from "vitest";
import { bySubject, found, inWords, newestFirst, past } from "../src/memory/factlist";
import { spelled } from "../src/memory/forget";
import { colourOf, frame, free, grouped, isMessage, named, omitted, parts, reason } from "../src/memory/receipt";
import type { Fact, LeftOut, Receipt, ReceiptItem } from "../src/types";

function item(origin: string, tokens: number, id = "12.1"): ReceiptItem {
  return { origin, id, tokens, score: null, text: "…", speaker: null, said_at: null };
}

const receipt: Receipt = {
  budget: 1000,
  prompt_tokens: 203,
  items: [item("persona", 100), item("facts", 20, "f1"), item("facts", 30, "f2"), item("calendar", 40), item("message", 10)],
  left_out: [],
};

test("items go together by origin, in the order of the prompt", () => {
  const groups = grouped(receipt).map(({ origin, items, tokens }) => [origin, items.length, tokens]);
  expect(groups).toEqual([
    ["persona", 1, 100],
    ["facts", 2, 50],
    ["calendar", 1, 40],
    ["message", 1, 10],
  ]);
});

test("the parts of the bar are the whole budget", () => {
  expect(frame(receipt)).toBe(3);
  expect(free(receipt)).toBe(797);
  expect(parts(receipt).reduce((sum, part) => sum + part.tokens, 0)).toBe(1000);
  expect(parts(receipt).map((part) => part.name)).toEqual([
    "Persona",
    "2 facts",
    "Calendar",
    "What was said",
    "Around them",
    "Free",
  ]);
});

test("a prompt beyond its budget leaves nothing free", () => {
  const over = { ...receipt, budget: 200 };
  expect(free(over)).toBe(0);
  expect(parts(over).at(-1)?.origin).toBe("frame");
});

test("an origin that the page does not know has its own name and the last colour", () => {
  expect(named("calendar", 2)).toBe("Calendar (2)");
  expect(colourOf("calendar")).toBe("from-other");
  expect(colourOf("recall")).toBe("from-recall");
});

const left = (origin: string, from: string, count: number, why: string): LeftOut => ({
  origin,
  from,
  to: from,
  count,
  tokens: 10 * count,
  why,
});

test("what was left out is told in plain words, alike things of a memory once", () => {
  const told = omitted([
    left("window", "12.1", 9, "stood for by summary s3"),
    left("window", "12.10", 3, "no room in the token budget"),
    left("recall", "7.2", 1, "its memory's share of the token budget is full"),
    left("recall", "7.9", 1, "its memory's share of the token budget is full"),
    left("facts", "f7", 1, "something new"),
  ]);
  expect(told.map(({ what, why, tokens, message }) => [what, why, tokens, message])).toEqual([
    ["9 older messages", "a summary stands for them", 90, "12.1"],
    ["3 older messages", "no room in the token budget", 30, "12.10"],
    ["2 recalled messages", "its memory’s share was full", 20, "7.2"],
    ["1 fact", "something new", 10, null],
  ]);
});

test("each of the engine's reasons has words here", () => {
  const engine = [
    "no room in the token budget",
    "its memory's share of the token budget is full",
    "not everybody here has heard it",
    "behind a long stretch that not everybody here has heard",
    "beyond the last exchanges that the window is set to",
    "cut: instructions get at most half of the token budget",
    "cut: this message alone is larger than the token budget",
  ];
  const words = engine.map(reason);
  expect(new Set(words).size).toBe(engine.length);
});

test("only messages can be jumped to", () => {
  expect(["12.3", "f5", "s3", "ana", "12.3.4", ""].filter(isMessage)).toEqual(["12.3"]);
});

function fact(id: string, statement: string, more: Partial<Fact> = {}): Fact {
  const at = 1000;
  return {
    id,
    statement,
    subject: "Maria",
    origin: "said",
    sources: [],
    valid_from: at,
    valid_to: null,
    recorded_at: at + 5,
    closed_at: null,
    ...more,
  };
}

test("facts are found by all words, without regard to accents and case", () => {
  const facts = [fact("f1", "Lives in Lima"), fact("f2", "Has a café in LIMA"), fact("f3", "Sings", { subject: "Inés" })];
  const ids = (wanted: string) => found(facts, wanted).map((one) => one.id);
  expect(ids("lima")).toEqual(["f1", "f2"]);
  expect(ids("lima cafe")).toEqual(["f2"]);
  expect(ids("ines")).toEqual(["f3"]);
  expect(ids("  ")).toEqual(["f1", "f2", "f3"]);
});

test("everybody's facts stand under whom they tell of", () => {
  const facts = [fact("f1", "a"), fact("f2", "b", { subject: "Bo" }), fact("f3", "c")];
  const groups = bySubject(facts, true).map(([name, some]) => [name, some.map((one) => one.id)]);
  expect(groups).toEqual([
    ["Bo", ["f2"]],
    ["Maria", ["f1", "f3"]],
  ]);
  expect(bySubject(facts, false)).toEqual([["", facts]]);
  expect(bySubject([], false)).toEqual([]);
});

test("a fact's history begins with what holds", () => {
  const history = [
    fact("f1", "Lived in Arequipa", { closed_at: 2000 }),
    fact("f2", "Lives in Lima", { origin: "written" }),
  ];
  expect(past(history)).toEqual([
    { id: "f2", statement: "Lives in Lima", from: 1005, until: null },
    { id: "f1", statement: "Lived in Arequipa", from: 1000, until: 2000 },
  ]);
});

test("a fact is read as a sentence about whom it tells of", () => {
  const words = (subject: string, statement: string) => inWords({ subject, statement }, "Maria");
  expect(words("the person", "lives in Lima")).toBe("Lives in Lima");
  expect(words("Maria", "lives in Lima")).toBe("Lives in Lima");
  expect(words("", "x")).toBe("X");
  expect(words("the person's sister", "is called Inés")).toBe("Your sister is called Inés");
  expect(words("Bo", "sings")).toBe("Bo sings");
  expect(words("the cat", "I sleep.")).toBe("The cat: I sleep.");
});

test("the newest facts come first", () => {
  const facts = [fact("f1", "a", { recorded_at: 1 }), fact("f2", "b", { recorded_at: 3 }), fact("f3", "c", { recorded_at: 2 })];
  expect(newestFirst(facts).map((one) => one.id)).toEqual(["f2", "f3", "f1"]);
});

test("what would be forgotten names facts by their words where they are at hand", () => {
  const names = new Map([["f6", "Lives in Lima"]]);
  expect(spelled("This would go: 2 facts (f6, f8).", names)).toBe("This would go: 2 facts (“Lives in Lima”, f8).");
  expect(spelled("This would go: 1 message (6.6).", names)).toBe("This would go: 1 message (6.6).");
});
