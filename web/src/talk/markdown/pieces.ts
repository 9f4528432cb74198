// The pieces that a reply is made of, the same while it streams and when it is stored.

import { t } from "../../texts";
import { allowed, isOurs } from "./urls";

/** Pieces within pieces: more than anybody reads, far less than what breaks a browser's layout. */
export const DEEPEST = 24;

/** A heading of any rank is one below the message's own: ranks are for the eye. */
export function heading(rank: number): HTMLElement {
  const made = document.createElement("h3");
  made.className = `h${rank}`;
  made.dir = "auto";
  return made;
}

/** A code block with its language and a button that copies it; the code goes into `code`. */
export function codeBlock(): { block: HTMLElement; code: HTMLElement } {
  const block = document.createElement("figure");
  block.className = "code";
  const head = document.createElement("figcaption");
  const label = document.createElement("span");
  label.textContent = t("talk.code");
  const copy = document.createElement("button");
  copy.type = "button";
  copy.className = "copy-code";
  copy.textContent = t("talk.copy");
  copy.ariaLabel = t("talk.code_copy");
  head.append(label, copy);
  const pre = document.createElement("pre");
  pre.tabIndex = 0;
  pre.dir = "ltr";
  const code = document.createElement("code");
  pre.append(code);
  block.append(head, pre);
  return { block, code };
}

/** Says in which language a code block is. */
export function tagLanguage(code: HTMLElement, info: string): void {
  const language = /^[\w+#.-]{1,24}/.exec(info.trim())?.[0] ?? "";
  const block = code.closest<HTMLElement>("figure.code");
  if (!language || !block) return;
  block.dataset["language"] = language.toLowerCase();
  const label = block.querySelector("figcaption > span");
  if (label) label.textContent = language;
}

/** A table in a box that scrolls by itself where it is wider than the talk. */
export function tableBox(table: HTMLElement): HTMLElement {
  const box = document.createElement("div");
  box.className = "table";
  box.tabIndex = 0;
  box.role = "group";
  box.ariaLabel = t("talk.table");
  table.dir = "auto";
  box.append(table);
  return box;
}

/** Has a link lead away safely; false where it may not lead there at all. */
export function lead(link: HTMLAnchorElement, address: string): boolean {
  const href = allowed(address);
  if (href === null) return false;
  link.href = href;
  link.target = "_blank";
  link.rel = "noopener noreferrer nofollow";
  return true;
}

/** A picture of this server, or a link to one that is elsewhere. */
export function picture(address: string, words: string): HTMLElement | null {
  if (isOurs(address)) {
    const image = document.createElement("img");
    image.alt = words;
    image.loading = "lazy";
    image.src = address;
    return image;
  }
  const link = document.createElement("a");
  link.textContent = t("talk.remote_image", words);
  return lead(link, address) ? link : null;
}

export function checkbox(done: boolean): HTMLElement {
  const box = document.createElement("span");
  box.className = "task";
  box.textContent = done ? "☑" : "☐";
  return box;
}

/** Math as it was written, until it is drawn. */
export function math(block: boolean): HTMLElement {
  const made = document.createElement(block ? "div" : "span");
  made.className = block ? "math block" : "math";
  made.dir = "ltr";
  return made;
}

/** Whether what stands between two single dollars is math and no price: as Pandoc has it. */
export function isMath(tex: string, next: string): boolean {
  return tex !== "" && !/^\s|\s$/.test(tex) && !/^\d/.test(next);
}
