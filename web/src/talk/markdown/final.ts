// Markdown as a whole, once: marked takes it apart, and its pieces are built as nodes. No HTML is
// ever made of a message, so that none can be read from it.

import { Marked, type Token, type TokenizerAndRendererExtension, type Tokens } from "marked";
import { linked } from "../plain";
import { unescaped } from "./entities";
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

/** Drawing a text that is longer would hold up the page for seconds. */
const LONGEST = 100_000;

const inlineMath: TokenizerAndRendererExtension = {
  name: "inlineMath",
  level: "inline",
  start: (text) => /\$|\\\(/.exec(text)?.index,
  tokenizer(text) {
    const bracket = /^\\\(([\s\S]+?)\\\)/.exec(text);
    if (bracket) return { type: "inlineMath", raw: bracket[0], text: bracket[1] };
    const dollar = /^\$(?![$\d\s])((?:[^$\\\n]|\\.)+?)\$(?!\$)/.exec(text);
    const [raw = "", tex = ""] = dollar ?? [];
    if (!raw || !isMath(tex, text.slice(raw.length))) return undefined;
    return { type: "inlineMath", raw, text: tex };
  },
};

const blockMath: TokenizerAndRendererExtension = {
  name: "blockMath",
  level: "block",
  start: (text) => /(?:^|\n) {0,3}(?:\$\$|\\\[)/.exec(text)?.index,
  tokenizer(text) {
    const found =
      /^ {0,3}\$\$([\s\S]+?)\$\$[ \t]*(?:\n|$)/.exec(text) ??
      /^ {0,3}\\\[([\s\S]+?)\\\][ \t]*(?:\n|$)/.exec(text);
    if (!found?.[1]) return undefined;
    return { type: "blockMath", raw: found[0], text: found[1].trim() };
  },
};

const marked = new Marked({
  gfm: true,
  breaks: true,
  extensions: [inlineMath, blockMath],
  tokenizer: {
    // HTML is shown as it was written: what is markdown in it stays markdown, as in the stream.
    html: () => undefined,
    tag(text) {
      const found = /^<br\s*\/?>/i.exec(text);
      if (!found) return undefined;
      return { type: "html", raw: found[0], text: "", inLink: false, inRawBlock: false, block: false };
    },
    // The words of a message are not lost in a footnote.
    def: () => undefined,
  },
});

type Maker = (token: Token, into: Node) => void;

/** Puts what is within a token into a node of its own. */
function within(name: string, { dir = false } = {}): Maker {
  return (token, into) => {
    const made = document.createElement(name);
    if (dir) made.dir = "auto";
    build(inside(token), into.appendChild(made));
  };
}

function inside(token: Token): readonly Token[] {
  return "tokens" in token && token.tokens ? token.tokens : [];
}

function text(token: Token, into: Node): void {
  const tokens = inside(token);
  if (tokens.length) build(tokens, into);
  else into.appendChild(document.createTextNode(unescaped((token as Tokens.Text).text)));
}

function list(token: Token, into: Node): void {
  const { ordered, start, items } = token as Tokens.List;
  const made = document.createElement(ordered ? "ol" : "ul");
  made.dir = "auto";
  if (made instanceof HTMLOListElement && typeof start === "number" && start !== 1) made.start = start;
  for (const item of items) build(item.tokens, made.appendChild(document.createElement("li")));
  into.appendChild(made);
}

function table(token: Token, into: Node): void {
  const { header, rows } = token as Tokens.Table;
  const made = document.createElement("table");
  row(header, "th", made.createTHead());
  const body = made.createTBody();
  for (const cells of rows) row(cells, "td", body);
  into.appendChild(tableBox(made));
}

function row(cells: readonly Tokens.TableCell[], name: "th" | "td", into: Node): void {
  const made = into.appendChild(document.createElement("tr"));
  for (const cell of cells) {
    const one = made.appendChild(document.createElement(name));
    if (cell.align === "center" || cell.align === "right") one.className = cell.align;
    build(cell.tokens, one);
  }
}

function link(token: Token, into: Node): void {
  const made = document.createElement("a");
  // Where it may not lead there, its words are only words.
  const leads = lead(made, unescaped((token as Tokens.Link).href));
  build(inside(token), leads ? into.appendChild(made) : into);
}

function image(token: Token, into: Node): void {
  const { href, text: words } = token as Tokens.Image;
  const plain = unescaped(words);
  into.appendChild(picture(unescaped(href), plain) ?? document.createTextNode(plain));
}

function code(token: Token, into: Node): void {
  const { block, code: made } = codeBlock();
  made.textContent = (token as Tokens.Code).text;
  tagLanguage(made, (token as Tokens.Code).lang ?? "");
  into.appendChild(block);
}

/** An element that has nothing but text. */
function leaf(make: (token: Token) => HTMLElement): Maker {
  return (token, into) => {
    const made = make(token);
    made.textContent = (token as Tokens.Codespan).text;
    into.appendChild(made);
  };
}

const empty = (name: string): Maker => (_, into) => void into.appendChild(document.createElement(name));

const makers: Readonly<Record<string, Maker>> = {
  paragraph: within("p", { dir: true }),
  blockquote: within("blockquote"),
  heading: (token, into) => build(inside(token), into.appendChild(heading((token as Tokens.Heading).depth))),
  list,
  table,
  code,
  hr: empty("hr"),
  blockMath: leaf(() => math(true)),
  inlineMath: leaf(() => math(false)),
  strong: within("strong"),
  em: within("em"),
  del: within("del"),
  codespan: leaf(() => document.createElement("code")),
  br: empty("br"),
  // The only tag that is known: see the tokenizer.
  html: empty("br"),
  link,
  image,
  checkbox: (token, into) => void into.appendChild(checkbox((token as Tokens.Checkbox).checked)),
  text,
  escape: text,
  space: () => {},
};

let depth = 0;

/** What is nested too deeply to be drawn stands there as it was written. */
function build(tokens: readonly Token[], into: Node): void {
  depth += 1;
  for (const token of tokens) {
    const maker = depth > DEEPEST ? undefined : makers[token.type];
    if (maker) maker(token, into);
    else into.appendChild(document.createTextNode(token.raw));
  }
  depth -= 1;
}

/** A stored text as nodes that are safe to show; as it was written where it is too much to draw. */
export function final(source: string): DocumentFragment {
  const made = document.createDocumentFragment();
  const tokens = source.length > LONGEST ? null : tokensOf(source);
  if (tokens) build(tokens, made);
  else {
    const written = document.createElement("div");
    written.className = "plain";
    written.append(linked(source));
    made.append(written);
  }
  return made;
}

/** Null where it is nested so deeply that marked cannot follow. */
function tokensOf(source: string): Token[] | null {
  try {
    return marked.lexer(source);
  } catch {
    return null;
  }
}
