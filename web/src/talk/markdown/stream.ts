// Markdown while it comes in: what was drawn once stays, and more is put behind it.

import * as smd from "streaming-markdown";
import { finish } from "./late";
import {
  checkbox,
  codeBlock,
  DEEPEST,
  heading,
  isMath,
  lead,
  math,
  picture,
  tableBox,
  tagLanguage,
} from "./pieces";

interface Data {
  nodes: Node[];
  /** Images are put in place when they end: their words and address are known then. */
  image: { words: string; address: string } | null;
  /** How many have begun that are nested too deeply to be drawn. */
  deep: number;
}

/** So much is drawn at once, in UTF-16 units: what comes in one piece may nest as deeply. */
const AT_ONCE = 256;

const plain: Partial<Record<smd.Token, string>> = {
  [smd.BLOCKQUOTE]: "blockquote",
  [smd.PARAGRAPH]: "p",
  [smd.ITALIC_AST]: "em",
  [smd.ITALIC_UND]: "em",
  [smd.STRONG_AST]: "strong",
  [smd.STRONG_UND]: "strong",
  [smd.STRIKE]: "del",
  [smd.CODE_INLINE]: "code",
  [smd.LINE_BREAK]: "br",
  [smd.RULE]: "hr",
  [smd.LIST_UNORDERED]: "ul",
  [smd.LIST_ORDERED]: "ol",
  [smd.LIST_ITEM]: "li",
  [smd.TABLE]: "table",
  [smd.RAW_URL]: "a",
  [smd.LINK]: "a",
};

const ownDirection = new Set<smd.Token>([smd.PARAGRAPH, smd.LIST_UNORDERED, smd.LIST_ORDERED]);

function make(type: smd.Token): HTMLElement {
  if (type >= smd.HEADING_1 && type <= smd.HEADING_6) return heading(type - smd.HEADING_1 + 1);
  if (type === smd.EQUATION_BLOCK || type === smd.EQUATION_INLINE)
    return math(type === smd.EQUATION_BLOCK);
  if (type === smd.CHECKBOX) return checkbox(false);
  const made = document.createElement(plain[type] ?? "span");
  if (ownDirection.has(type)) made.dir = "auto";
  if (type === smd.LINK || type === smd.RAW_URL) made.dataset["kind"] = type === smd.LINK ? "link" : "url";
  return made;
}

function addToken(data: Data, type: smd.Token): void {
  const parent = data.nodes.at(-1);
  if (type === smd.DOCUMENT || !parent) return;
  if (data.deep || data.nodes.length > DEEPEST) {
    data.deep += 1;
    return;
  }
  if (type === smd.IMAGE) {
    data.image = { words: "", address: "" };
    data.nodes.push(document.createElement("span"));
    return;
  }
  if (type === smd.CODE_BLOCK || type === smd.CODE_FENCE) {
    const { block, code } = codeBlock();
    parent.appendChild(block);
    data.nodes.push(code);
    return;
  }
  if (type === smd.TABLE_ROW) return row(data, parent as HTMLTableElement);
  if (type === smd.TABLE_CELL) {
    const inHead = parent.parentElement?.tagName === "THEAD";
    data.nodes.push(parent.appendChild(document.createElement(inHead ? "th" : "td")));
    return;
  }
  const made = make(type);
  parent.appendChild(type === smd.TABLE ? tableBox(made) : made);
  data.nodes.push(made);
}

function row(data: Data, table: HTMLTableElement): void {
  const inHead = table.tHead === null;
  const part = inHead ? table.createTHead() : (table.tBodies[0] ?? table.createTBody());
  data.nodes.push(part.appendChild(document.createElement("tr")));
}

function endToken(data: Data): void {
  if (data.deep) {
    data.deep -= 1;
    return;
  }
  const node = data.nodes.length > 1 ? data.nodes.pop() : undefined;
  if (!(node instanceof HTMLElement)) return;
  if (data.image) endImage(data);
  else if (node.dataset["kind"] === "url") endUrl(node as HTMLAnchorElement);
  else if (node.dataset["kind"] === "link") endLink(node as HTMLAnchorElement);
  else if (node.className === "math" && !isMath(node.textContent, "")) node.replaceWith(`$${node.textContent}$`);
  else if (node.classList.contains("math")) finish(node);
}

function endImage(data: Data): void {
  const { words, address } = data.image ?? { words: "", address: "" };
  data.image = null;
  data.nodes.at(-1)?.appendChild(picture(address, words) ?? document.createTextNode(words));
}

/** What ends a sentence is not part of the address before it. */
function endUrl(link: HTMLAnchorElement): void {
  const [rest = ""] = /[.,;:!?'"*_~)]+$/.exec(link.textContent) ?? [];
  delete link.dataset["kind"];
  if (!rest) return;
  const address = link.textContent.slice(0, -rest.length);
  link.textContent = address;
  lead(link, address);
  link.after(rest);
}

/** Brackets that no address followed were only brackets. */
function endLink(link: HTMLAnchorElement): void {
  const led = link.dataset["led"];
  delete link.dataset["kind"];
  delete link.dataset["led"];
  if (led === "yes") return;
  if (led === undefined) {
    link.prepend("[");
    link.append("]");
  }
  link.replaceWith(...link.childNodes);
}

function addText(data: Data, text: string): void {
  if (data.image) data.image.words += text;
  else data.nodes.at(-1)?.appendChild(document.createTextNode(text));
}

function setAttr(data: Data, type: smd.Attr, value: string): void {
  const node = data.nodes.at(-1);
  if (data.deep || !(node instanceof HTMLElement)) return;
  if (type === smd.SRC && data.image) data.image.address = value;
  else if (type === smd.HREF && node instanceof HTMLAnchorElement)
    node.dataset["led"] = lead(node, value.replace(/\s+["'(].*$/, "")) ? "yes" : "no";
  else if (type === smd.LANG) tagLanguage(node, value);
  else if (type === smd.CHECKED) node.replaceChildren(checkbox(true).textContent);
  else if (type === smd.START && node instanceof HTMLOListElement) node.start = Number(value) || 1;
}

/** The place, or the one behind it where that would part a character's two halves. */
function whole(text: string, at: number): number {
  const half = /[\ud800-\udbff]/.test(text.charAt(at - 1));
  return Math.min(text.length, half ? at + 1 : at);
}

/** Draws text into an element as it comes. */
export class Stream {
  readonly #data: Data;
  readonly #parser: smd.Parser;
  #drawn = 0;
  /** What stands behind something that is nested too deeply is shown as it was written. */
  #ended = false;

  constructor(into: HTMLElement) {
    this.#data = { nodes: [into], image: null, deep: 0 };
    this.#parser = smd.parser({
      data: this.#data,
      add_token: addToken,
      end_token: endToken,
      add_text: addText,
      set_attr: setAttr,
    });
  }

  /** Draws what of the whole text is not drawn yet. */
  become(text: string): void {
    while (this.#drawn < text.length && !this.#ended) {
      const upto = whole(text, this.#drawn + AT_ONCE);
      smd.parser_write(this.#parser, text.slice(this.#drawn, upto));
      this.#drawn = upto;
      if (this.#data.deep) this.end();
    }
    if (this.#drawn < text.length) addText(this.#data, text.slice(this.#drawn));
    this.#drawn = text.length;
  }

  end(): void {
    if (!this.#ended) smd.parser_end(this.#parser);
    this.#ended = true;
  }
}
