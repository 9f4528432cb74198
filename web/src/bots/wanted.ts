// The bot that somebody wants to see next: set by a link that leads to the bots from elsewhere.

import { signal } from "@preact/signals";

export const wantedBot = signal<string | null>(null);
