// The bots that there are, and the models that they can talk with.

import { signal } from "@preact/signals";
import { get } from "../api/client";
import type { Bot, Vendor } from "../types";

export const bots = signal<readonly Bot[]>([]);
export const vendors = signal<readonly Vendor[]>([]);

export async function loadBots(): Promise<void> {
  bots.value = (await get<{ bots: Bot[] }>("/api/bots")).bots;
}

export async function loadVendors(): Promise<void> {
  vendors.value = (await get<{ vendors: Vendor[] }>("/api/vendors")).vendors;
}

export function botNamed(name: string): Bot | undefined {
  return bots.value.find((one) => one.name === name);
}

/** What a bot is called in a talk: its persona's name. */
export function callName(name: string): string {
  return botNamed(name)?.given.persona.name || name;
}

/** The last part of a model's name: "gpt-5-mini" of "openai:gpt-5-mini". */
export function shortModel(model: string): string {
  return model.slice(model.indexOf(":") + 1) || model;
}

const modelLists = new Map<string, Promise<readonly string[]>>();

/** The models that a vendor's server names; read once, and again where that failed. */
export function modelsOf(vendor: string): Promise<readonly string[]> {
  const known = modelLists.get(vendor);
  if (known) return known;
  const asked = get<{ models: string[] }>(`/api/vendors/${encodeURIComponent(vendor)}/models`).then(
    (said) => said.models,
  );
  asked.catch(() => modelLists.delete(vendor));
  modelLists.set(vendor, asked);
  return asked;
}

/** After a key was given or taken away. */
export async function vendorsChanged(): Promise<void> {
  modelLists.clear();
  await Promise.all([loadVendors(), loadBots()]);
}
