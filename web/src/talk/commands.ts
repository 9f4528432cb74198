// Lines that begin with a slash: which of them are commands, and which are only said.

import { t, type Key } from "../texts";

const known = ["new", "memory", "forget", "model", "export", "link", "unlink", "help"] as const;

export interface Known {
  word: string;
  does: string;
}

export function commands(): Known[] {
  return known.map((word) => ({ word, does: t(`talk.command_${word}` as Key) }));
}

/** The commands that what was typed may become. */
export function fitting(text: string): Known[] {
  const word = /^\/([a-z]*)$/i.exec(text)?.[1];
  return word === undefined
    ? []
    : commands().filter((one) => one.word.startsWith(word.toLowerCase()));
}

/** What a text is: a command, or words to say; two slashes say one. */
export function read(text: string): { command: string } | { say: string } {
  if (text.startsWith("//")) return { say: text.slice(1) };
  const word = /^\/(\w+)/.exec(text)?.[1]?.toLowerCase();
  const is = !text.includes("\n") && known.some((one) => one === word);
  return is ? { command: text } : { say: text };
}
