import { beforeEach, expect, test, vi } from "vitest";
import { Draft } from "../src/state/draft";
import { joined, place } from "../src/state/path";
import { type Line, Talk } from "../src/state/talk";
import type { Live, Message, Page } from "../src/types";

function message(seq: number, parent: number | null, more: Partial<Message> = {}): Message {
  return {
    id: `1.${seq}`,
    conversation: 1,
    seq,
    parent,
    role: seq % 2 ? "user" : "assistant",
    name: "",
    mine: seq % 2 === 1,
    text: `words ${seq}`,
    said_at: seq,
    finish_reason: null,
    versions: [`1.${seq}`],
    outcome: null,
    reason: null,
    model: null,
    usage: null,
    cost: null,
    notes: [],
    cause: null,
    receipt: false,
    attachments: [],
    ...more,
  };
}

const seqs = (messages: readonly Message[]) => messages.map((one) => one.seq);
const chain = (from: number, upto: number) =>
  Array.from({ length: upto - from + 1 }, (_, at) => message(from + at, from + at - 1 || null));

test("what follows the last message stands behind it, and nothing stands twice", () => {
  const first = place([], message(1, null));
  expect(first.doubtful).toBe(false);
  const second = place(first.messages, message(2, 1));
  expect(seqs(second.messages)).toEqual([1, 2]);
  const again = place(second.messages, message(2, 1, { text: "" }));
  expect(seqs(again.messages)).toEqual([1, 2]);
  expect(again.messages[1]?.text).toBe("");
  expect(again.doubtful).toBe(false);
});

test("another version takes the place of what stood behind its parent", () => {
  const placed = place(chain(1, 6), message(7, 2));
  expect(seqs(placed.messages)).toEqual([1, 2, 7]);
  expect(placed.doubtful).toBe(true);
});

test("a notice stands behind what it answers, and what follows passes it by", () => {
  const notice = message(4, 1, { role: "notice", mine: false });
  const placed = place(chain(1, 3), notice);
  expect(seqs(placed.messages)).toEqual([1, 4, 2, 3]);
  const next = place([message(1, null), notice], message(5, 1));
  expect(seqs(next.messages)).toEqual([1, 4, 5]);
  expect(next.doubtful).toBe(false);
});

test("a message whose parent is not known is a reason to ask", () => {
  expect(place(chain(1, 2), message(9, 8)).doubtful).toBe(true);
  expect(place([], message(9, 8)).doubtful).toBe(true);
  expect(place(chain(1, 2), message(9, 8, { role: "notice" })).doubtful).toBe(true);
});

test("pages that overlap are joined with none twice", () => {
  expect(seqs(joined(chain(1, 4), chain(3, 6)))).toEqual([1, 2, 3, 4, 5, 6]);
});

test("pieces of a draft fit together, however they come", () => {
  const draft = new Draft(3, null);
  let drawn = 0;
  const leave = draft.follow(() => (drawn += 1));
  expect(draft.add(0, "Hello ")).toBe(true);
  expect(draft.add(0, "Hello ")).toBe(true);
  expect(draft.add(3, "lo there")).toBe(true);
  expect(draft.text).toBe("Hello there");
  expect(draft.add(20, "gap")).toBe(false);
  expect(draft.add(5, "?")).toBe(false);
  expect(draft.add(9, "XX more")).toBe(false);
  expect(drawn).toBe(2);
  draft.become("Hello there, you");
  expect([draft.text, draft.round]).toEqual(["Hello there, you", 0]);
  draft.become("Else");
  expect([draft.text, draft.round]).toEqual(["Else", 1]);
  draft.restart();
  expect([draft.text, draft.round]).toEqual(["", 2]);
  leave();
  draft.add(0, "unseen");
  expect(drawn).toBe(5);
});

const conversation = { id: 1, bot: "ana", last_seq: 0, mine: true } as Page["conversation"];

/** A server with one conversation: its path, and what was asked. */
class Server {
  path: Message[] = [];
  readonly asked: string[] = [];
  status = 200;

  answer(address: string): Response {
    this.asked.push(address.replace("/api/conversations/1/messages?", ""));
    if (this.status !== 200)
      return Response.json({ error: { code: "not_there", message: "gone" } }, { status: this.status });
    const words = new URL(address, "http://page").searchParams;
    const [most, before, after] = ["most", "before", "after"].map((name) => Number(words.get(name)));
    let part = this.path;
    if (before) part = part.filter((one) => one.seq < before);
    if (after) part = part.filter((one) => one.seq > after).slice(0, most);
    else part = part.slice(-(most ?? 50));
    const around = Number(words.get("around"));
    if (around) part = this.path.filter((one) => Math.abs(one.seq - around) <= 25);
    return Response.json({
      conversation,
      messages: part,
      older: part[0] !== this.path[0],
      newer: part.at(-1) !== this.path.at(-1),
      last_seq: Math.max(0, ...this.path.map((one) => one.seq)),
    } satisfies Page);
  }
}

let server: Server;
let told: unknown[];
let line: Line;
const heard: string[] = [];

beforeEach(() => {
  server = new Server();
  told = [];
  heard.length = 0;
  line = {
    watch: (number, after) => told.push(["watch", number, after()]),
    unwatch: (number) => told.push(["unwatch", number]),
    again: (number) => told.push(["again", number]),
  };
  vi.stubGlobal("fetch", (address: string) => Promise.resolve(server.answer(address)));
});

function talk(): Talk {
  return new Talk(1, line, {
    message: (one) => heard.push(one.id),
    started: () => heard.push("started"),
  });
}

const live = (event: object): Live => ({ conversation: 1, ...event }) as Live;

test("a talk opens with the newest messages and follows what comes behind them", async () => {
  server.path = chain(1, 120);
  const open = talk();
  await open.open();
  expect(seqs(open.messages.value)).toEqual(seqs(chain(71, 120)));
  expect([open.older.value, open.newer.value]).toEqual([true, false]);
  expect(told).toEqual([["watch", 1, 120]]);
  expect(await open.loadOlder()).toBe(true);
  expect(open.messages.value).toHaveLength(100);
  open.close();
  expect(told.at(-1)).toEqual(["unwatch", 1]);
});

test("a reply comes in, is stored once, and takes the place of its draft", async () => {
  server.path = [message(1, null)];
  const open = talk();
  await open.open();
  open.hear(live({ type: "started", upto: 1, again: null }));
  open.hear(live({ type: "text", at: 0, text: "Hel" }));
  open.hear(live({ type: "text", at: 3, text: "lo" }));
  expect(open.draft.value?.text).toBe("Hello");
  open.hear(live({ type: "text", at: 9, text: "lost" }));
  expect(told.at(-1)).toEqual(["again", 1]);
  open.hear(live({ type: "draft", upto: 1, again: null, text: "Hello you" }));
  expect(open.draft.value?.text).toBe("Hello you");
  open.hear(live({ type: "message", message: message(2, 1) }));
  open.hear(live({ type: "message", message: message(2, 1) }));
  expect(open.draft.value).toBeNull();
  expect(seqs(open.messages.value)).toEqual([1, 2]);
  expect(heard).toEqual(["started", "1.2"]);
  expect(open.conversation.value?.last_seq).toBe(2);
});

test("what another conversation says is not heard, and nothing after the talk is left", async () => {
  server.path = [message(1, null)];
  const open = talk();
  await open.open();
  open.hear({ type: "started", conversation: 2, upto: 1, again: null });
  expect(open.draft.value).toBeNull();
  open.close();
  open.hear(live({ type: "started", upto: 1, again: null }));
  expect(open.draft.value).toBeNull();
});

test("a piece without a draft has the line tell it anew", async () => {
  server.path = [message(1, null)];
  const open = talk();
  await open.open();
  open.hear(live({ type: "text", at: 4, text: "late" }));
  expect(told.at(-1)).toEqual(["again", 1]);
});

test("what is stored while a page is read is not lost", async () => {
  server.path = chain(1, 2);
  const open = talk();
  const opening = open.open();
  open.hear(live({ type: "message", message: message(3, 2) }));
  await opening;
  expect(seqs(open.messages.value)).toEqual([1, 2, 3]);
});

test("opened around a message it reads on to the newest, and does not mix in what comes", async () => {
  server.path = chain(1, 200);
  const open = talk();
  await open.open("1.80");
  expect(open.goal.value).toBe("1.80");
  expect([open.older.value, open.newer.value]).toEqual([true, true]);
  open.hear(live({ type: "message", message: message(201, 200) }));
  expect(open.messages.value.at(-1)?.seq).toBe(105);
  expect(open.beyond.value).toBe(1);
  server.path = chain(1, 201);
  while (open.newer.value) await open.loadNewer();
  expect(seqs(open.messages.value)).toEqual(seqs(chain(55, 201)));
  expect(open.beyond.value).toBe(0);
});

test("after a change all that is shown is read again", async () => {
  vi.useFakeTimers();
  server.path = chain(1, 260);
  const open = talk();
  await open.open();
  for (let times = 0; times < 4; times += 1) await open.loadOlder();
  expect(open.messages.value).toHaveLength(250);
  server.path = server.path.filter((one) => one.seq !== 30 && one.seq !== 200);
  open.hear(live({ type: "changed" }));
  open.hear(live({ type: "changed" }));
  const before = server.asked.length;
  await vi.runAllTimersAsync();
  expect(seqs(open.messages.value)).not.toContain(30);
  expect(seqs(open.messages.value)).not.toContain(200);
  expect(open.messages.value[0]?.seq).toBeLessThanOrEqual(11);
  expect(server.asked.length - before).toBe(3);
  vi.useRealTimers();
});

test("a change while older messages are read is read as well", async () => {
  vi.useFakeTimers();
  server.path = chain(1, 160);
  const open = talk();
  await open.open();
  server.path = server.path.map((one) => (one.seq === 150 ? { ...one, text: "" } : one));
  open.hear(live({ type: "changed" }));
  const older = open.loadOlder();
  await vi.runAllTimersAsync();
  expect(await older).toBe(true);
  expect(open.messages.value).toHaveLength(100);
  expect(open.messages.value.find((one) => one.seq === 150)?.text).toBe("");
  vi.useRealTimers();
});

test("what could not be read again is tried once more", async () => {
  vi.useFakeTimers();
  server.path = chain(1, 2);
  const open = talk();
  await open.open();
  server.status = 503;
  server.path = chain(1, 1);
  open.hear(live({ type: "changed" }));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(open.messages.value).toHaveLength(2);
  server.status = 200;
  await vi.advanceTimersByTimeAsync(2_000);
  expect(open.messages.value).toHaveLength(1);
  vi.useRealTimers();
});

test("a draft that nobody tells any more is let go after the line was lost", async () => {
  vi.useFakeTimers();
  server.path = [message(1, null)];
  const open = talk();
  await open.open();
  open.hear(live({ type: "draft", upto: 1, again: null, text: "Hel" }));
  open.hear(live({ type: "watching", last_seq: 1 }));
  open.hear(live({ type: "draft", upto: 1, again: null, text: "Hello" }));
  await vi.advanceTimersByTimeAsync(5_000);
  expect(open.draft.value?.text).toBe("Hello");
  open.hear(live({ type: "watching", last_seq: 1 }));
  await vi.advanceTimersByTimeAsync(5_000);
  expect(open.draft.value).toBeNull();
  vi.useRealTimers();
});

test("when nothing waits any more a message without an outcome is looked at again", async () => {
  vi.useFakeTimers();
  server.path = [message(1, null)];
  const open = talk();
  await open.open();
  open.hear(live({ type: "started", upto: 1, again: null }));
  server.path = [message(1, null, { outcome: "unanswered", reason: "stopped" })];
  open.hear(live({ type: "settled" }));
  expect(open.draft.value).toBeNull();
  await vi.runAllTimersAsync();
  expect(open.messages.value[0]?.reason).toBe("stopped");
  vi.useRealTimers();
});

test("a conversation that is not there is said to be so; a message that is not is let go", async () => {
  server.status = 404;
  const open = talk();
  await open.open("1.5");
  expect(open.why).toBe("gone");
  expect(server.asked).toHaveLength(2);
  expect(told).toEqual([]);
});
