// The conversation that is not begun yet: with which bot and model, and whether it is blank.

import { signal } from "@preact/signals";
import { OFFLINE, usable } from "../connect/vendors";
import { botNamed, vendors } from "./bots";
import { draftIn, keepDraft } from "./drafts";
import { me } from "./me";
import { newId } from "./outbox";
import { usual } from "./usual";

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
/** The model that was picked for it; null: none was. */
export const freshModel = signal<string | null>(null);
export const freshBlank = signal(false);

export const DRAFT = "new";

export function freshBotName(): string {
  return freshBot.value ?? me.value?.default_bot ?? "";
}

/** The model that was picked last, where the bot has only the offline one and the key is still there. */
export function usualModel(): string | null {
  const bot = botNamed(freshBotName());
  const model = usual.value;
  if (!model || bot?.model !== OFFLINE) return null;
  const vendor = vendors.value.find((one) => model.startsWith(`${one.name}:`));
  // As long as they are not read, it is tried: the server refuses what is not for this person.
  return !vendors.value.length || (vendor && usable(vendor)) ? model : null;
}

/** The model that it begins with; null: the bot's own. */
export function freshModelName(): string | null {
  return freshModel.value ?? usualModel();
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
