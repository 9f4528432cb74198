// What memories are called; one of somebody else's package goes by its own name.

import { t } from "../texts";

const own = new Set(["facts", "summary", "recall", "window"]);
type Own = "facts" | "summary" | "recall" | "window";

export function memoryName(name: string): string {
  return own.has(name) ? t(`bots.memory_${name as Own}`) : name;
}

export function memoryText(name: string): string | null {
  return own.has(name) ? t(`bots.memory_${name as Own}_text`) : null;
}
