// What a bot saw for a reply; a receipt never changes, except by forgetting.

import { get } from "../api/client";
import type { Id, Receipt } from "../types";

const most = 60;
const held = new Map<Id, Promise<Receipt>>();

export function receiptOf(message: Id): Promise<Receipt> {
  const known = held.get(message);
  if (known) return known;
  const asked = get<Receipt>(`/api/messages/${message}/receipt`);
  asked.catch(() => held.delete(message));
  held.set(message, asked);
  const [oldest] = held.keys();
  if (held.size > most && oldest) held.delete(oldest);
  return asked;
}

/** Something was forgotten: no receipt is sure any more. */
export function forgetReceipts(): void {
  held.clear();
}
