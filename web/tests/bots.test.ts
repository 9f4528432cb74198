import { expect, test } from "vitest";
import { blank, copyName, type Form, formOf, givenOf, placed, readNumber, stops, wrong } from "../src/bots/form";
import { moved, sharesOf, usualShare, windowShare } from "../src/bots/shares";
import type { Given } from "../src/types";

const given: Given = {
  persona: { name: "Ana", instructions: "You are Ana." },
  model: { provider: "openai", name: "gpt-5-mini", temperature: 0, timeout: 60, retries: 2, stop: ["\n\n", "END"] },
  memory: { recall: { share: 25, most: 4000 }, facts: { share: 12.5, most: 900 }, window: { last: 12 } },
  choices: ["openai:gpt-5"],
};
const bot = { name: "ana", model: "openai:gpt-5-mini", memories: ["facts", "summary", "recall"], given };
const form = (some: Partial<Form> = {}): Form => ({ ...formOf(bot), ...some });

test("a bot that is read into the form and saved is the same bot", () => {
  expect(givenOf(formOf(bot))).toEqual(given);
  expect(Object.keys(givenOf(formOf(bot)).memory)).toEqual(["recall", "facts", "window"]);
});

test("what the form does not show is given back as it came", () => {
  const model = { ...given.model, fallback: [{ provider: "offline" }], extra: { a: 1 } };
  const full = { ...bot, given: { ...given, model } };
  expect(givenOf(formOf(full)).model).toEqual(model);
});

test("0 is a value, and what is empty is not sent", () => {
  const model = givenOf(form()).model;
  expect(model.temperature).toBe(0);
  expect("top_p" in model).toBe(false);
  const numbers = { ...form().numbers, temperature: "", retries: "0" };
  expect(givenOf(form({ numbers })).model).toMatchObject({ retries: 0 });
  expect("temperature" in givenOf(form({ numbers })).model).toBe(false);
});

test("memories that are not used can be taken up with their usual share", () => {
  const row = form().memories.find((one) => one.name === "summary");
  expect(row).toEqual({ name: "summary", on: false, share: "30", most: "8000" });
  expect("summary" in givenOf(form()).memory).toBe(false);
});

test("a new bot begins with every memory, and says what it lacks", () => {
  const fresh = blank(bot, "offline");
  expect(fresh.memories.map((row) => [row.name, row.on])).toEqual([
    ["facts", true],
    ["summary", true],
    ["recall", true],
  ]);
  expect(Object.keys(wrong(fresh, []))).toEqual(["name", "instructions"]);
});

test("a bot that cannot be read any more can still be mended", () => {
  const broken = formOf({ ...bot, given: {} });
  expect(broken.vendor).toBe("openai");
  expect(Object.keys(wrong(broken, []))).toEqual(["instructions"]);
});

test("all mistakes are told at once, each at its place", () => {
  const numbers = { ...form().numbers, temperature: "warm", top_p: "1.5", max_tokens: "2.5", retries: "-1" };
  const memories = form().memories.map((row) => ({ ...row, share: "0", most: "" }));
  const found = wrong(form({ name: "a b", numbers, memories, last: "2", choices: [":x"] }), []);
  expect(Object.keys(found).sort()).toEqual([
    "choices.0",
    "last",
    "max_tokens",
    "memory.facts.most",
    "memory.facts.share",
    "memory.recall.most",
    "memory.recall.share",
    "name",
    "retries",
    "temperature",
    "top_p",
  ]);
});

test("a good form has none, and a taken name is one", () => {
  expect(wrong(form(), [])).toEqual({});
  expect(wrong(form(), ["ana"])).toEqual({ name: "There is a bot of this name." });
  expect(wrong(form({ name: "añá_1" }), [])).toEqual({});
});

test("the window keeps a fifth", () => {
  const set = (share: string) => form({ memories: form().memories.map((row) => ({ ...row, share })) });
  expect(wrong(set("40"), [])).toEqual({});
  expect(wrong(set("40.1"), []).memory).toContain("80.2 percent");
  expect(windowShare([{ share: 33.3 }, { share: 33.3 }])).toBe(33.4);
  expect(windowShare([{ share: 90 }, { share: 30 }])).toBe(-20);
});

test("numbers are read as people type them", () => {
  expect(["0", " 0,7 ", "-.5", "−2", "1e3", "+3"].map(readNumber)).toEqual([0, 0.7, -0.5, -2, 1000, 3]);
  expect(["", "x", "1.2.3", "0x10", "1 000", "Infinity", "."].map(readNumber)).toEqual(Array(7).fill(null));
});

test("what a reply stops at may have line breaks in it", () => {
  expect(stops("\\n\\n\nEND\n\n\\\\n")).toEqual(["\n\n", "END", "\\n"]);
  expect(formOf({ ...bot, given: { ...given, model: { provider: "x", stop: "a\\n\tb" } } }).stop).toBe("a\\\\n\\tb");
});

test("the server's sentences stand where they belong", () => {
  const message = [
    "model.timeout must be a number of seconds, at least 0.1, not 0.",
    'model.provider: there is no provider "x".',
    "memory.facts.share must be a number of percent, above 0, not 0.",
    "memory.window.last must be a whole number from 3 to 1000, not 2.",
    "memory: the shares are 90 percent together.",
    'choices[0]: there is no provider "opnai".',
    "choices[7]: it is gone.",
    "persona.name must be a text.",
    'bots.ana.persona.instructions: "file:x" cannot be read.',
    "Something else.",
  ].join("\n");
  expect(Object.keys(placed(message, form())).sort()).toEqual([
    "",
    "called",
    "choices",
    "choices.0",
    "instructions",
    "last",
    "memory",
    "memory.facts.share",
    "timeout",
    "vendor",
  ]);
});

test("a copy has a name of its own, not too long", () => {
  expect(copyName("ana", ["ana"])).toBe("ana-copy");
  expect(copyName("ana", ["ana", "ana-copy", "ana-copy-2"])).toBe("ana-copy-3");
  expect(copyName("x".repeat(64), [])).toHaveLength(61);
});

test("memories move by one place, not beyond the ends", () => {
  expect(moved(["a", "b", "c"], 0, 1)).toEqual(["b", "a", "c"]);
  expect(moved(["a", "b", "c"], 2, -1)).toEqual(["a", "c", "b"]);
  expect(moved(["a", "b", "c"], 0, -1)).toEqual(["a", "b", "c"]);
});

test("a memory of somebody else's package has a share too", () => {
  expect(usualShare("calendar")).toEqual({ name: "calendar", share: 15, most: 2000 });
  expect(sharesOf({ calendar: {}, window: {} })).toEqual({ shares: [usualShare("calendar")], last: null });
});
