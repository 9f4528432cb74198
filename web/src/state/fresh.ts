// The conversation that is not begun yet: with which bot and model, and whether it is blank.

import { signal } from "@preact/signals";
import { draftIn, keepDraft } from "./drafts";
import { me } from "./me";
import { newId } from "./outbox";

const name = "tertulia.fresh";

function kept(): string {
  try {
    return sessionStorage.getItem(name) ?? another();
  } catch {
    return newId();
  }
}

function another(): string {
  const id = newId();
  try {
    sessionStorage.setItem(name, id);
  } catch {
    // Then it lasts as long as the page.
  }
  return id;
}

/** The page's own id of it, the same after a reload. */
export const freshId = signal(kept());
/** The bot that was picked for it; null: the default one. */
export const freshBot = signal<string | null>(null);
export const freshModel = signal<string | null>(null);
export const freshBlank = signal(false);

export const DRAFT = "new";

export function freshBotName(): string {
  return freshBot.value ?? me.value?.default_bot ?? "";
}

/** Another one; what was begun to be written stays. */
export function renew({ bot = null, blank = false }: { bot?: string | null; blank?: boolean } = {}) {
  freshId.value = another();
  freshBot.value = bot;
  freshModel.value = null;
  freshBlank.value = blank;
}

/** It has begun, under a number: what is being written goes on there. */
export function moveDraft(conversation: number): void {
  const text = draftIn(DRAFT);
  keepDraft(DRAFT, "");
  if (text) keepDraft(String(conversation), text);
}
