import { beforeEach, expect, test, vi } from "vitest";
import type { Message } from "../src/types";

type Outbox = typeof import("../src/state/outbox");

const kept = new Map<string, string>();
let posts: { path: string; body: Record<string, unknown> }[];
let answers: (() => Response | Promise<Response>)[];
let outbox: Outbox;

const accepted = (conversation: number, message: string, duplicate = false) => () =>
  Response.json({ conversation, message, duplicate }, { status: 202 });
const refused = (status: number, code: string, headers = {}) => () =>
  Response.json({ error: { code, message: `no: ${code}` } }, { status, headers });
const away = () => Promise.reject(new TypeError("away"));

async function fresh(): Promise<Outbox> {
  vi.resetModules();
  return import("../src/state/outbox");
}

beforeEach(async () => {
  vi.useFakeTimers();
  kept.clear();
  posts = [];
  answers = [];
  vi.stubGlobal("localStorage", {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, text: string) => kept.set(name, text),
    removeItem: (name: string) => kept.delete(name),
  });
  vi.stubGlobal("fetch", (path: string, init: RequestInit) => {
    posts.push({ path, body: JSON.parse(String(init.body ?? "{}")) as Record<string, unknown> });
    return Promise.resolve((answers.shift() ?? away)());
  });
  outbox = await fresh();
  outbox.outboxOf("ada");
});

const soon = () => vi.advanceTimersByTimeAsync(0);
const left = () => JSON.parse(kept.get("tertulia.outbox.ada") ?? "[]") as { text: string }[];

test("on another network what was underway is sent anew, and is the same message", async () => {
  const signals: AbortSignal[] = [];
  const silent = () =>
    new Promise<Response>((_, reject) => {
      const signal = signals.at(-1);
      signal?.addEventListener("abort", () => reject(signal.reason as Error));
    });
  const plain = globalThis.fetch;
  vi.stubGlobal("fetch", (path: string, init: RequestInit) => {
    if (init.signal) signals.push(init.signal);
    return plain(path, init);
  });
  answers = [silent, silent, accepted(1, "1.5", true)];
  const one = outbox.say({ to: 1, text: "hello" });
  await soon();
  outbox.nudge();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(posts).toHaveLength(1);
  outbox.nudge({ anew: true });
  await vi.advanceTimersByTimeAsync(5_000);
  expect(posts).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(70_000);
  expect(posts.map(({ body }) => body["id"])).toEqual([one.id, one.id, one.id]);
  expect(left()).toEqual([]);
});

test("what is said is kept until it is stored, and is gone once it is seen", async () => {
  answers = [accepted(1, "1.5")];
  const one = outbox.say({ to: 1, text: "hello" });
  expect(left().map((other) => other.text)).toEqual(["hello"]);
  await soon();
  expect(posts).toEqual([{ path: "/api/conversations/1/messages", body: { id: one.id, text: "hello" } }]);
  expect(left()).toEqual([]);
  expect(outbox.outbox.value[0]?.message).toBe("1.5");
  outbox.arrived({ id: "1.5", conversation: 1, mine: true, text: "hello" } as Message);
  expect(outbox.outbox.value).toEqual([]);
});

test("without an answer the same message is sent again, under the same id", async () => {
  answers = [away, refused(503, "store_failed"), accepted(1, "1.5", true)];
  const one = outbox.say({ to: 1, text: "hello" });
  await vi.advanceTimersByTimeAsync(5_000);
  expect(posts.map(({ body }) => body["id"])).toEqual([one.id, one.id, one.id]);
  expect(left()).toEqual([]);
});

test("the server's wish to wait is heeded", async () => {
  answers = [refused(429, "too_many", { "Retry-After": "7" }), accepted(1, "1.5")];
  outbox.say({ to: 1, text: "hello" });
  await vi.advanceTimersByTimeAsync(6_900);
  expect(posts).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(200);
  expect(posts).toHaveLength(2);
});

test("messages go one after another, in their order", async () => {
  answers = [away, accepted(1, "1.1"), accepted(1, "1.2")];
  outbox.say({ to: 1, text: "one" });
  outbox.say({ to: 1, text: "two" });
  await soon();
  expect(posts).toHaveLength(1);
  outbox.nudge();
  await soon();
  expect(posts.map(({ body }) => body["text"])).toEqual(["one", "one", "two"]);
});

test("what the server does not take is kept for the one who said it", async () => {
  answers = [refused(422, "cannot"), accepted(1, "1.2")];
  const one = outbox.say({ to: 1, text: "one" });
  outbox.say({ to: 1, text: "two" });
  await soon();
  expect(outbox.outbox.value[0]?.refused).toBe("no: cannot");
  expect(posts.map(({ body }) => body["text"])).toEqual(["one", "two"]);
  answers = [accepted(1, "1.3")];
  outbox.tryAgain(one.id);
  await soon();
  expect(outbox.outbox.value.every((other) => other.stored)).toBe(true);
  const other = outbox.say({ to: 1, text: "three" });
  expect(outbox.takeBack(other.id)?.text).toBe("three");
  expect(left()).toEqual([]);
});

test("after a reload what was not sent goes on its way", async () => {
  const one = outbox.say({ to: 1, text: "half sent" });
  await soon();
  const before = posts.length;
  outbox = await fresh();
  answers = [accepted(1, "1.9", true)];
  outbox.outboxOf("ada");
  await soon();
  expect(posts.slice(before).map(({ body }) => body["id"])).toEqual([one.id]);
  expect(left()).toEqual([]);
});

test("a conversation begins with its first message, and what follows goes to its number", async () => {
  answers = [accepted(7, "7.1"), accepted(7, "7.2")];
  outbox.say({ to: "mine", text: "one", bot: "ana", blank: true });
  outbox.say({ to: "mine", text: "two", bot: "ana", blank: true });
  await soon();
  expect(outbox.begun.value.get("mine")).toBe(7);
  expect(posts[0]).toMatchObject({
    path: "/api/messages",
    body: { text: "one", conversation: "mine", bot: "ana", blank: true },
  });
  expect(posts[1]?.path).toBe("/api/conversations/7/messages");
  expect(posts[1]?.body).not.toHaveProperty("blank");
});

test("a message that is seen before its answer is not shown twice", async () => {
  let answer: (response: Response) => void = () => {};
  answers = [() => new Promise((resolve) => (answer = resolve))];
  outbox.say({ to: 1, text: "hello " });
  outbox.arrived({ id: "1.5", conversation: 1, mine: true, text: "hello" } as Message);
  expect(outbox.outbox.value[0]).toMatchObject({ message: "1.5", stored: false });
  answer(accepted(1, "1.5")());
  await soon();
  expect(outbox.outbox.value).toEqual([]);
});

test("the same words again are another message than those that were said before", () => {
  answers = [away];
  outbox.say({ to: 1, text: "yes", after: 5 });
  outbox.arrived({ id: "1.5", conversation: 1, mine: true, text: "yes" } as Message);
  expect(outbox.outbox.value[0]).toMatchObject({ message: null });
  outbox.arrived({ id: "1.7", conversation: 1, mine: true, text: "yes" } as Message);
  expect(outbox.outbox.value[0]).toMatchObject({ message: "1.7" });
});

test("another version waits a little where a reply is still running", async () => {
  answers = [refused(409, "busy"), accepted(1, "1.5")];
  outbox.say({ to: 1, text: "else", instead_of: "1.1" });
  await vi.advanceTimersByTimeAsync(600);
  expect(posts).toHaveLength(2);
  expect(posts[1]?.body).toMatchObject({ instead_of: "1.1" });
});

test("who is logged out is not asked to send, and sends when they are back", async () => {
  answers = [refused(401, "log_in")];
  outbox.say({ to: 1, text: "hello" });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(posts).toHaveLength(1);
  expect(left()).toHaveLength(1);
  answers = [accepted(1, "1.5")];
  outbox.outboxOf("ada");
  await soon();
  expect(posts).toHaveLength(2);
});

test("the usual model goes along, and is given up where the server does not have it", async () => {
  const { keepUsual, usual, usualOf } = await import("../src/state/usual");
  usualOf("ada");
  keepUsual("openai:gpt-4o");
  answers = [refused(422, "cannot"), accepted(4, "4.1")];
  outbox.say({ to: "begin", text: "hello", model: "openai:gpt-4o", usual: true });
  await soon();
  expect(posts.map(({ body }) => body["model"])).toEqual(["openai:gpt-4o", undefined]);
  expect(posts.map(({ body }) => "usual" in body)).toEqual([false, false]);
  expect(usual.value).toBeNull();
  expect([...kept.keys()]).not.toContain("tertulia.model.ada");

  answers = [refused(422, "cannot")];
  outbox.say({ to: "another", text: "hello", model: "openai:gpt-4o" });
  await soon();
  expect(outbox.outbox.value.at(-1)?.refused).toBe("no: cannot");
});
