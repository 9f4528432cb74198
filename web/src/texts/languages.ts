// The languages that there are besides English. Each is loaded when somebody wants it.

import type { Translation } from "./index";

export interface Language {
  /** What those who speak it call it. */
  name: string;
  load: () => Promise<{ default: Translation }>;
}

export const languages: Readonly<Record<string, Language>> = {};
