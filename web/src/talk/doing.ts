// What people do with messages; what goes wrong is told in a toast.

import { told } from "../api/errors";
import { freshBlank, freshBotName, freshId, freshModel, usualModel } from "../state/fresh";
import { talk } from "../state/live";
import { bots, loadBots } from "../state/bots";
import { usual as remembered } from "../state/usual";
import { say } from "../state/outbox";
import type { Talk } from "../state/talk";
import { t } from "../texts";
import type { Message } from "../types";
import { toast } from "../ui";
import { read } from "./commands";

/** Tells what went wrong; whether it went well. */
export async function trying(what: () => Promise<unknown>): Promise<boolean> {
  try {
    await what();
    return true;
  } catch (error) {
    toast(told(error), { bad: true });
    return false;
  }
}

/** Copies a text to the clipboard, and says so. */
export async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast(t("talk.copied"));
  } catch {
    toast(copied(text) ? t("talk.copied") : t("talk.copy_failed"));
  }
}

/** Where the page is not on a safe address there is only the old way. */
function copied(text: string): boolean {
  const box = document.createElement("textarea");
  const was = document.activeElement;
  box.value = text;
  box.className = "only-heard";
  document.body.append(box);
  box.select();
  const done = document.execCommand("copy");
  box.remove();
  if (was instanceof HTMLElement) was.focus();
  return done;
}

/** Sends what was written, or runs it as a command; false where it is to stay in the box. */
export async function send(text: string): Promise<boolean> {
  const open = talk.peek();
  const what = read(text);
  if ("command" in what) {
    if (!open) {
      toast(t("talk.command_early"));
      return false;
    }
    try {
      if (await open.command(what.command)) return true;
    } catch (error) {
      toast(told(error), { bad: true });
      return false;
    }
  }
  const words = "say" in what ? what.say : text;
  if (open) {
    say({ to: open.number, text: words, after: newest(open), ...instead(open) });
    return true;
  }
  const bot = freshBotName() || undefined;
  // Whether the usual model is for this bot is seen from the bot.
  if (remembered.peek() && !bots.peek().length) await loadBots().catch(() => undefined);
  const usual = freshModel.peek() === null ? usualModel() : null;
  const model = freshModel.peek() ?? usual ?? undefined;
  const blank = freshBlank.peek() || undefined;
  say({ to: freshId.peek(), text: words, bot, model, blank, usual: usual !== null || undefined });
  return true;
}

function newest(open: Talk): number | undefined {
  return open.conversation.peek()?.last_seq;
}

function instead(open: Talk): { instead_of?: string } {
  const branch = open.branch.peek();
  open.branch.value = null;
  return branch === null ? {} : { instead_of: branch };
}

/** Says one's own message otherwise; the reply to the old words is stopped by the server. */
export function sayOtherwise(open: Talk, one: Message, text: string): void {
  say({ to: open.number, text, after: newest(open), instead_of: one.id });
}

/** The other version `step` away, where there is one. */
export function otherVersion(one: Message, step: number): string | undefined {
  return one.versions[one.versions.indexOf(one.id) + step];
}
