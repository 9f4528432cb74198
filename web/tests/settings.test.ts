import { expect, test } from "vitest";
import { answerOf } from "../src/importing/sending";
import { everyConversation } from "../src/settings/exporting";
import { checked } from "../src/settings/state";
import { usable, vendorName, webAddress, withoutVendor } from "../src/connect/vendors";
import type { Conversation } from "../src/types";

test("settings that are not what they should be are the usual ones", () => {
  const usual = { theme: "system", size: "medium", enter: true, language: "own" };
  expect([{}, null, "x", { theme: "pink", size: 3, enter: "no", language: 1 }].map(checked)).toEqual(
    Array(4).fill(usual),
  );
  const set = { theme: "dark", size: "large", enter: false, language: "es" };
  expect(checked(set)).toEqual(set);
});

function conversation(id: number, updated_at: number, pinned = false): Conversation {
  return { id, updated_at, pinned } as Conversation;
}

test("every conversation is found, pinned and archived ones too, each once", async () => {
  const asked: [boolean, number | null][] = [];
  const open = [conversation(9, 5, true), conversation(1, 90), conversation(2, 80), conversation(3, 70)];
  const found = await everyConversation((archived, before) => {
    asked.push([archived, before]);
    if (archived) return Promise.resolve(before === null ? [conversation(4, 60)] : []);
    const rest = before === null ? open.slice(0, 3) : open.filter((one) => one.updated_at < before);
    return Promise.resolve(rest);
  });
  expect(found.map((one) => one.id)).toEqual([9, 1, 2, 3, 4]);
  expect(asked.slice(0, 2)).toEqual([
    [false, null],
    [false, 80],
  ]);
});

test("an import is answered with its numbers or with a sentence", () => {
  const numbers = { conversations: 2, messages: 9, new: 9 };
  expect(answerOf(200, JSON.stringify(numbers))).toEqual(numbers);
  const failure = JSON.stringify({ error: { code: "cannot", message: "Nothing reads this file." } });
  expect(() => answerOf(422, failure)).toThrow("Nothing reads this file.");
  expect(() => answerOf(502, "<html>")).toThrow("error 502");
  expect(() => answerOf(200, "")).toThrow("error 200");
});

test("vendors are called as they call themselves", () => {
  expect(vendorName("openai")).toBe("OpenAI");
  expect(vendorName("somebody")).toBe("somebody");
  expect(withoutVendor("ollama:llama3.2:3b", "ollama")).toBe("llama3.2:3b");
  expect(withoutVendor("llama3.2:3b", "ollama")).toBe("llama3.2:3b");
});

test("a vendor is usable with the owner's key or one's own", () => {
  const vendor = { name: "x", ready: false, connected: false, kept: false, local: false, base_url: null };
  expect([vendor, { ...vendor, ready: true }, { ...vendor, connected: true }].map(usable)).toEqual([false, true, true]);
});

test("an address of this machine needs no http://, any other one does", () => {
  const taken = ["", " http://a.example/v1 ", "HTTPS://a.example", "localhost:8000/v1", "127.0.0.1", "[::1]:80"];
  expect(taken.map(webAddress)).toEqual([
    "",
    "http://a.example/v1",
    "HTTPS://a.example",
    "http://localhost:8000/v1",
    "http://127.0.0.1",
    "http://[::1]:80",
  ]);
  const wrong = ["a.example", "localhost.example", "ftp://a.example", "127.0.0.1.example", "1270.0.0.1"];
  expect(wrong.map(webAddress)).toEqual(wrong.map(() => null));
});
