import { beforeEach, expect, test } from "vitest";
import { type Outside, pause, Wire } from "../src/api/live";
import type { Live } from "../src/types";

class Socket {
  static readonly all: Socket[] = [];
  readyState = 0;
  readonly said: unknown[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  constructor() {
    Socket.all.push(this);
  }
  send(text: string) {
    this.said.push(JSON.parse(text));
  }
  close() {
    this.readyState = 3;
  }
  open() {
    this.readyState = 1;
    this.onopen?.();
  }
  tell(event: Live) {
    this.onmessage?.({ data: JSON.stringify(event) });
  }
  lose() {
    this.readyState = 3;
    this.onclose?.();
  }
}

const timers = new Map<number, { run: () => void; ms: number }>();
let nextTimer = 1;

const outside: Outside = {
  socket: () => new Socket() as unknown as WebSocket,
  random: () => 1,
  later: (run, ms) => {
    timers.set(nextTimer, { run, ms });
    return nextTimer++;
  },
  never: (timer) => timers.delete(timer),
};

function fire(): void {
  const [[timer, { run }] = [0, { run: () => {} }]] = timers;
  timers.delete(timer);
  run();
}

function wired() {
  const heard: Live[] = [];
  let back = 0;
  const wire = new Wire({ heard: (event) => heard.push(event), back: () => (back += 1) }, outside);
  wire.start();
  return { wire, heard, times: () => back };
}

const socket = () => Socket.all.at(-1) as Socket;

beforeEach(() => {
  Socket.all.length = 0;
  timers.clear();
  Object.assign(globalThis, { WebSocket: { OPEN: 1 } });
});

test("what is watched is said once the socket is open, and again after it was lost", () => {
  const { wire, times } = wired();
  let known = 3;
  wire.watch(12, () => known);
  expect(socket().said).toEqual([]);
  socket().open();
  expect(socket().said).toEqual([{ watch: 12, after: 3 }]);
  expect(times()).toBe(0);
  known = 7;
  socket().lose();
  expect(wire.link.value).toBe("lost");
  fire();
  socket().open();
  expect(Socket.all).toHaveLength(2);
  expect(socket().said).toEqual([{ watch: 12, after: 7 }]);
  expect(wire.link.value).toBe("open");
  expect(times()).toBe(1);
});

test("a conversation that is left is not watched any more", () => {
  const { wire } = wired();
  socket().open();
  wire.watch(12, () => 0);
  wire.unwatch(12);
  wire.unwatch(13);
  expect(socket().said).toEqual([{ watch: 12, after: 0 }, { unwatch: 12 }]);
  socket().lose();
  fire();
  socket().open();
  expect(socket().said).toEqual([]);
});

test("each try waits longer, with jitter, up to a quarter of a minute", () => {
  expect([0, 1, 2, 10].map((tries) => pause(tries, 1))).toEqual([400, 800, 1600, 15_000]);
  expect(pause(0, 0)).toBe(200);
  const { wire } = wired();
  const waits: number[] = [];
  for (let tries = 0; tries < 3; tries += 1) {
    socket().lose();
    waits.push([...timers.values()][0]?.ms ?? 0);
    fire();
  }
  expect(waits).toEqual([400, 800, 1600]);
  socket().open();
  socket().tell({ type: "conversations" });
  socket().lose();
  expect([...timers.values()][0]?.ms).toBe(400);
  wire.stop();
  expect(timers.size).toBe(0);
});

test("when the network is back nobody waits", () => {
  const { wire } = wired();
  socket().open();
  socket().lose();
  wire.nudge();
  expect(Socket.all).toHaveLength(2);
  expect(timers.size).toBe(0);
});

test("a line that says nothing any more is given up", () => {
  const { wire, heard } = wired();
  socket().open();
  wire.watch(12, () => 5);
  wire.nudge();
  expect(socket().said).toHaveLength(2);
  socket().tell({ type: "watching", conversation: 12, last_seq: 5 });
  expect(timers.size).toBe(0);
  expect(heard).toHaveLength(1);
  wire.nudge();
  fire();
  expect(wire.link.value).toBe("lost");
  fire();
  expect(Socket.all).toHaveLength(2);
});

test("a server that ends is come back to; what an old socket says is not heard", () => {
  const { wire, heard } = wired();
  socket().open();
  const old = socket();
  const hear = old.onmessage;
  old.tell({ type: "ending" });
  expect(wire.link.value).toBe("lost");
  hear?.({ data: JSON.stringify({ type: "conversations" }) });
  expect(heard).toEqual([]);
  fire();
  expect(Socket.all).toHaveLength(2);
});
