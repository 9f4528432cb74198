// What vendors are called, and who is chosen first.

import type { Vendor } from "../types";

export const OFFLINE = "offline";

const names: Readonly<Record<string, string>> = {
  anthropic: "Anthropic",
  azure: "Azure",
  deepseek: "DeepSeek",
  gemini: "Gemini",
  groq: "Groq",
  llamacpp: "llama.cpp",
  lmstudio: "LM Studio",
  mistral: "Mistral",
  offline: "Offline",
  ollama: "Ollama",
  openai: "OpenAI",
  openrouter: "OpenRouter",
  together: "Together",
  vllm: "vLLM",
  xai: "xAI",
};

/** A vendor's own way to write its name; one that is not known here is written as it is. */
export function vendorName(vendor: string): string {
  return names[vendor] ?? vendor;
}

/** "gpt-5" of "openai:gpt-5", and "llama3.2:3b" of "ollama:llama3.2:3b". */
export function withoutVendor(model: string, vendor: string): string {
  return model.startsWith(`${vendor}:`) ? model.slice(vendor.length + 1) : model;
}

/** Whether a model of this vendor can be talked with now. */
export function usable(vendor: Vendor): boolean {
  return vendor.ready || vendor.connected;
}

/** The vendor by whose protocol any other server is spoken with. */
export const ANY = "openai";

const near = /^(localhost|127(\.\d{1,3}){3}|\[::1\])([:/]|$)/i;

/** An address as the server takes it: of this machine it may be written without http://; null: none. */
export function webAddress(text: string): string | null {
  const address = text.trim();
  if (!address || /^https?:\/\//i.test(address)) return address;
  return near.test(address) ? `http://${address}` : null;
}

/** The vendors that need a key or a server: all but the offline model. */
export function connectable(vendors: readonly Vendor[]): readonly Vendor[] {
  return vendors.filter((one) => one.name !== OFFLINE);
}
