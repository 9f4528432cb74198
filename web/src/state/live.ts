// What is open in this tab, joined to its socket: one talk at a time.

import { effect, signal } from "@preact/signals";
import { loggedOut } from "../api/client";
import { browser, Wire } from "../api/live";
import { t } from "../texts";
import type { Id, Live, Message } from "../types";
import { announce } from "./announce";
import { callName } from "./bots";
import { archive, conversations } from "./conversations";
import { flush } from "./drafts";
import { forgetReceipts } from "./receipts";
import { nudge, sweep } from "./outbox";
import { Talk } from "./talk";

export const talk = signal<Talk | null>(null);

const wire = new Wire({ heard, back }, browser);
export const link = wire.link;

const WORDS = 12;

function heard(event: Live): void {
  if (event.type === "conversations") {
    conversations.changed();
    if (archive.ready.peek()) archive.changed();
    return;
  }
  if (event.type === "changed") forgetReceipts();
  talk.peek()?.hear(event);
}

/** How often the line was lost and came back. */
export const returns = signal(0);

/** What happened while the line was down may be more than the messages: all of it is read again. */
function back(): void {
  returns.value += 1;
  conversations.changed();
  talk.peek()?.reread();
  nudge();
}

function firstWords(text: string): string {
  const words = text.replace(/[#*_`>|~]+/g, " ").trim().split(/\s+/);
  return words.length > WORDS ? `${words.slice(0, WORDS).join(" ")} …` : words.join(" ");
}

/** Opens a conversation, around a message where one is given. */
export function openTalk(number: number, around: Id | null): void {
  const open = talk.peek();
  if (open?.number === number) {
    if (around !== null) void open.jumpTo(around).catch(() => open.open(around));
    return;
  }
  open?.close();
  sweep(number);
  const next = new Talk(number, wire, {
    message: (one: Message) => {
      const name = one.name || callName(next.conversation.peek()?.bot ?? "");
      if (one.role === "assistant") announce(t("talk.answered", name, firstWords(one.text)));
      if (one.role === "notice") announce(t("talk.noticed", one.text));
    },
    started: () => announce(t("talk.answering", callName(next.conversation.peek()?.bot ?? ""))),
  });
  talk.value = next;
  void next.open(around);
}

export function closeTalk(): void {
  talk.peek()?.close();
  talk.value = null;
  sweep(null);
}

/** Follows the network and the tab: comes back at once when there is reason to. */
export function followTab(): void {
  effect(() => {
    if (loggedOut.value) wire.stop();
  });
  const wake = () => {
    wire.nudge();
    nudge();
  };
  addEventListener("online", () => {
    wire.nudge();
    nudge({ anew: true });
  });
  addEventListener("pageshow", (event) => event.persisted && wake());
  addEventListener("pagehide", flush);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") wake();
    else flush();
  });
}

export function connect(): void {
  wire.start();
}
