// Importing from anywhere on the page: what opens the choice of a file, once it is loaded.

import { signal } from "@preact/signals";

/** Whether what takes files in is to be loaded. */
export const importing = signal(false);

let choose: (() => void) | null = null;
let wanted = false;

/** What takes files in is there; somebody may wait for it already. */
export function importReady(open: () => void): void {
  choose = open;
  if (wanted) open();
  wanted = false;
}

export function chooseImport(): void {
  importing.value = true;
  if (choose) choose();
  else wanted = true;
}
