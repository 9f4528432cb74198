import { expect, test, vi } from "vitest";
import { query } from "../src/api/client";
import { passes, Refused, told, Unreachable } from "../src/api/errors";
import { parse, pathTo } from "../src/routes";
import { doing } from "../src/shortcuts/keys";
import { grouped, Listing } from "../src/state/conversations";
import { Draft } from "../src/state/draft";
import { draftIn, draftsOf, flush, keepDraft } from "../src/state/drafts";
import type { Pending } from "../src/state/outbox";
import { pieces } from "../src/state/search";
import { fitting, read } from "../src/talk/commands";
import { composes, sends } from "../src/talk/keys";
import { isMath } from "../src/talk/markdown/pieces";
import { allowed, isOurs } from "../src/talk/markdown/urls";
import { fenced, folded } from "../src/talk/plain";
import { height, rows, shown } from "../src/talk/rows";
import type { Conversation, Message } from "../src/types";

test("addresses of the page", () => {
  expect(parse("/")).toEqual({ view: "new" });
  expect(parse("/c/12")).toEqual({ view: "talk", conversation: 12, message: null });
  expect(parse("/c/12/m/12.3")).toEqual({ view: "talk", conversation: 12, message: "12.3" });
  expect(["/bots", "/settings", "/archive", "/login"].map((path) => parse(path).view)).toEqual([
    "bots",
    "settings",
    "archive",
    "login",
  ]);
  for (const path of ["/c/x", "/c/12/m/x", "/c/12/x/1.2", "/else", "/bots/3"])
    expect(parse(path).view).toBe("lost");
  expect(parse(pathTo.message("12.3"))).toEqual({ view: "talk", conversation: 12, message: "12.3" });
  expect(parse(pathTo.talk(4)).view).toBe("talk");
});

test("a query has what is said, and nothing else", () => {
  expect(query("/api/x", { a: "1 2", b: null, c: undefined, d: false, e: true, f: 0 })).toBe(
    "/api/x?a=1+2&e=1&f=0",
  );
  expect(query("/api/x", {})).toBe("/api/x");
});

test("what passes by itself is tried again, and the rest is told", () => {
  expect([429, 502, 503, 504].every((status) => passes(new Refused(status, "", "")))).toBe(true);
  expect([400, 403, 404, 409, 413, 422].some((status) => passes(new Refused(status, "", "")))).toBe(false);
  expect(passes(new Unreachable("away"))).toBe(true);
  expect(passes(new Error("ours"))).toBe(false);
  expect(told(new Refused(422, "cannot", "Say more."))).toBe("Say more.");
});

test("links lead to the web and to mail, and nowhere else", () => {
  expect(allowed("https://example.com/a?b=1")).toBe("https://example.com/a?b=1");
  expect(allowed(" <http://example.com> ")).toBe("http://example.com/");
  expect(allowed("mailto:ana@example.com")).toBe("mailto:ana@example.com");
  const bad = ["javascript:alert(1)", " jAvAsCrIpT:alert(1)", "java\nscript:alert(1)", "data:text/html,x",
    "vbscript:x", "file:///etc/passwd", "blob:https://x", "//example.com", "/api/logout", "x", "", "https://"];
  expect(bad.map(allowed)).toEqual(bad.map(() => null));
});

test("only this server's own pictures are shown", () => {
  expect(isOurs("/api/attachments/12")).toBe(true);
  const others = ["https://x.example/api/attachments/1", "/api/attachments/1?x", "/api/attachments/../me",
    "//x/api/attachments/1", "data:image/png;base64,x"];
  expect(others.map(isOurs)).toEqual(others.map(() => false));
});

test("math between dollars, and prices that are none", () => {
  expect(isMath("e^x", " is")).toBe(true);
  expect([isMath("5 and ", "10"), isMath(" x", ""), isMath("x", "5"), isMath("", "")]).toEqual([false, false, false, false]);
});

test("commands, and what is only said", () => {
  expect(read("/help")).toEqual({ command: "/help" });
  expect(read("/Memory rivers")).toEqual({ command: "/Memory rivers" });
  expect(read("//help")).toEqual({ say: "/help" });
  expect(read("/dance")).toEqual({ say: "/dance" });
  expect(read("/newer things")).toEqual({ say: "/newer things" });
  expect(read("/new\nand more")).toEqual({ say: "/new\nand more" });
  expect(read("hello /new")).toEqual({ say: "hello /new" });
  expect(fitting("/m").map((one) => one.word)).toEqual(["memory", "model"]);
  expect(fitting("/").length).toBe(8);
  expect([fitting("m"), fitting("/new x"), fitting("")]).toEqual([[], [], []]);
});

const key = (pressed: object) => ({ key: "", code: "", keyCode: 0, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, isComposing: false, ...pressed });

test("Enter sends, unless somebody composes or has it otherwise", () => {
  expect(sends(key({ key: "Enter" }), true)).toBe(true);
  expect(sends(key({ key: "Enter", shiftKey: true }), true)).toBe(false);
  expect(sends(key({ key: "Enter" }), false)).toBe(false);
  expect(sends(key({ key: "Enter", ctrlKey: true }), false)).toBe(true);
  expect(sends(key({ key: "Enter", metaKey: true }), true)).toBe(true);
  expect(sends(key({ key: "Enter", isComposing: true }), true)).toBe(false);
  expect(sends(key({ key: "Enter", keyCode: 229 }), true)).toBe(false);
  expect(sends(key({ key: "a" }), true)).toBe(false);
  expect(composes(key({ keyCode: 229 }))).toBe(true);
});

test("keys of the page, while writing and while not", () => {
  expect(doing(key({ key: "k", ctrlKey: true }), true)).toBe("new");
  expect(doing(key({ key: "k", metaKey: true }), false)).toBe("new");
  expect(doing(key({ key: "F", ctrlKey: true, shiftKey: true }), true)).toBe("search");
  expect(doing(key({ key: "Ь", code: "KeyM", ctrlKey: true, shiftKey: true }), true)).toBe("panel");
  expect(doing(key({ key: "S", ctrlKey: true, shiftKey: true }), true)).toBe("list");
  expect([doing(key({ key: "/" }), false), doing(key({ key: "/" }), true)]).toEqual(["search", null]);
  expect([doing(key({ key: "?" }), false), doing(key({ key: "?" }), true)]).toEqual(["help", null]);
  expect(doing(key({ key: "Escape" }), true)).toBe("stop");
  expect(doing(key({ key: "k", ctrlKey: true, altKey: true }), false)).toBeNull();
  expect(doing(key({ key: "x", ctrlKey: true }), false)).toBeNull();
});

test("long pastes are folded, short ones are not", () => {
  expect(folded("a\nb")).toBeNull();
  const long = folded(Array.from({ length: 200 }, (_, at) => `line ${at}`).join("\n"));
  expect(long?.lines).toBe(200);
  expect(long?.beginning.split("\n")).toHaveLength(12);
  expect(folded("x".repeat(5_000))?.beginning.length).toBeLessThan(1_300);
  expect([fenced("```js\nx\n```"), fenced("a ``` b"), fenced("~~~")]).toEqual([true, false, true]);
});

const names = { pinned: "P", today: "T", yesterday: "Y", week: "W", month: (at: number) => `M${new Date(at).getMonth()}` };
const now = new Date(2026, 2, 30, 15).getTime();
const listed = (id: number, day: number, hour = 12, pinned = false) =>
  ({ id, pinned, updated_at: new Date(2026, 2, day, hour).getTime() }) as Conversation;

test("the list is grouped by days, weeks and months", () => {
  const all = [listed(1, 1, 1, true), listed(2, 30), listed(3, 30, 0), listed(4, 29, 23), listed(5, 29, 0), listed(6, 25), listed(7, 10), listed(8, -40)];
  expect(grouped(all, names, now).map(({ label, items }) => [label, items.map((one) => one.id)])).toEqual([
    ["P", [1]],
    ["T", [2, 3]],
    ["Y", [4, 5]],
    ["W", [6]],
    ["M2", [7]],
    ["M0", [8]],
  ]);
  expect(grouped([], names, now)).toEqual([]);
});

test("the list reads on behind its last one, and knows when it is at the end", async () => {
  const all = Array.from({ length: 120 }, (_, at) => ({ id: at, pinned: at === 0, updated_at: 1000 - at }) as Conversation);
  vi.stubGlobal("fetch", (address: string) => {
    const words = new URL(address, "http://page").searchParams;
    const before = Number(words.get("before") ?? Infinity);
    const part = all.filter((one) => (words.has("before") ? one.updated_at < before && !one.pinned : true));
    return Promise.resolve(Response.json({ conversations: part.slice(0, Number(words.get("most"))) }));
  });
  const listing = new Listing(false);
  await listing.load();
  expect([listing.items.value.length, listing.more.value]).toEqual([50, true]);
  await listing.next();
  await listing.next();
  expect([listing.items.value.length, listing.more.value]).toEqual([120, false]);
  expect(new Set(listing.items.value.map((one) => one.id)).size).toBe(120);
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError()));
  await listing.load();
  expect(listing.items.value.length).toBe(120);
  expect(listing.error.value).toBeInstanceOf(Unreachable);
});

test("what was looked for is seen in what was found", () => {
  const found = (text: string, words: string) => pieces(text, words).filter((one) => one.found).map((one) => one.text);
  expect(found("We walked along the river in Cusco.", "rivers cusco")).toEqual(["river", "Cusco"]);
  expect(found("café", "cafe")).toEqual(["café"]);
  expect(found("nothing here", "(*")).toEqual([]);
  const long = pieces(`${"before ".repeat(60)}xylophone ${"after ".repeat(60)}`, "xylophone");
  const text = long.map((one) => one.text).join("");
  expect(text.startsWith("… ") && text.endsWith(" …") && text.includes("xylophone")).toBe(true);
  expect(text.length).toBeLessThan(200);
});

const said = (seq: number, more: Partial<Message> = {}) =>
  ({ id: `1.${seq}`, seq, parent: seq - 1 || null, role: seq % 2 ? "user" : "assistant", name: seq % 2 ? "you" : "Ana",
    mine: seq % 2 === 1, text: "x", said_at: new Date(2026, 2, 3, 12).getTime(), attachments: [], ...more }) as Message;
const waiting = (more: Partial<Pending>) => ({ id: "p", to: 1, text: "x", refused: null, message: null, stored: false, ...more }) as Pending;

test("days and windows part the messages, and answers to commands stand where they were given", () => {
  const day = new Date(2026, 2, 4, 9).getTime();
  const all = [said(1), said(2), said(3, { said_at: day, parent: null }), said(4, { said_at: day }), said(5, { said_at: day, role: "assistant", mine: false, name: "Ana" })];
  const card = (id: number, behind: string | null) => ({ id, line: "/help", answer: "", behind });
  const made = rows(all, [card(1, "1.2"), card(2, null), card(3, "1.99")]);
  expect(made.map((row) => row.kind)).toEqual(
    ["card", "day", "message", "message", "card", "day", "window", "message", "message", "message", "card"]);
  expect(made.flatMap((row) => (row.kind === "message" && row.follows ? [row.one.id] : []))).toEqual(["1.5"]);
});

test("what another version takes the place of is not shown meanwhile", () => {
  const all = [said(1), said(2), said(3), said(4)];
  const draft = new Draft(3, "1.4");
  expect(shown(all, draft, []).messages).toHaveLength(3);
  const edit = shown(all, draft, [waiting({ instead_of: "1.3" })]);
  expect([edit.messages.length, edit.draft]).toEqual([2, null]);
  const other = shown(all, draft, [waiting({ instead_of: "1.3", refused: "no" })]);
  expect([other.messages.length, other.draft]).toEqual([3, draft]);
  expect(shown(all, null, [waiting({ message: "1.3" }), waiting({ message: "1.9" })]).pending).toHaveLength(1);
});

test("a message that was never drawn has about its height", () => {
  expect(height(said(2, { text: "x".repeat(800) }))).toBeGreaterThan(height(said(2)) + 200);
});

test("what is being written is kept for each conversation and each person", () => {
  draftsOf("ada");
  keepDraft("1", "half a thought");
  keepDraft("2", "another");
  expect(draftIn("1")).toBe("half a thought");
  flush();
  draftsOf("bob");
  expect(draftIn("1")).toBe("");
  draftsOf("ada");
  expect(draftIn("2")).toBe("another");
  keepDraft("2", "");
  flush();
  expect(draftIn("2")).toBe("");
});
