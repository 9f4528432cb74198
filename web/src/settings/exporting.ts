// Everything that one heard as one file, which Tertulia itself takes in again.

import { get, query } from "../api/client";
import { Refused } from "../api/errors";
import { t } from "../texts";
import type { Conversation } from "../types";

const atOnce = 200;

/** All conversations, archived ones too, each once. */
export async function everyConversation(
  page: (archived: boolean, before: number | null) => Promise<readonly Conversation[]>,
): Promise<Conversation[]> {
  const found = new Map<number, Conversation>();
  for (const archived of [false, true]) {
    let before: number | null = null;
    for (;;) {
      const some = await page(archived, before);
      const fresh = some.filter((one) => !found.has(one.id));
      for (const one of fresh) found.set(one.id, one);
      // Pinned ones come first whatever their time: only the last of the others leads on.
      const last = some.findLast((one) => !one.pinned);
      if (!fresh.length || !last) break;
      before = last.updated_at;
    }
  }
  return [...found.values()];
}

function page(archived: boolean, before: number | null): Promise<readonly Conversation[]> {
  const path = query("/api/conversations", { archived, before, most: atOnce });
  return get<{ conversations: Conversation[] }>(path).then((said) => said.conversations);
}

async function exported(conversation: number): Promise<string> {
  const answer = await fetch(`/api/conversations/${conversation}/export?form=json`);
  if (answer.ok) return answer.text();
  throw new Refused(answer.status, "", t("api.failed", { status: answer.status }));
}

/** Gives the file to the browser; how many conversations are in it. */
export async function exportAll(told: (done: number, all: number) => void): Promise<number> {
  const all = await everyConversation(page);
  const texts: string[] = [];
  for (const one of all) {
    told(texts.length, all.length);
    texts.push((await exported(one.id)).trimEnd());
  }
  if (texts.length) save(`${texts.join("\n")}\n`);
  return texts.length;
}

function save(text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = `tertulia-${new Date().toISOString().slice(0, 10)}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
