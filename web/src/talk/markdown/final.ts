// Markdown as a whole, once: parsed by marked, cleaned by DOMPurify, put in the page's own pieces.

import createPurifier from "dompurify";
import { Marked, type TokenizerAndRendererExtension, type Tokens } from "marked";
import { linked } from "../plain";
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

const escapes: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const escaped = (text: string) => text.replace(/[&<>"']/g, (one) => escapes[one] ?? one);

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
  renderer: (token) => `<span class="math">${escaped(token["text"] as string)}</span>`,
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
  renderer: (token) => `<div class="math block">${escaped(token["text"] as string)}</div>`,
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
      return found
        ? { type: "html", raw: found[0], text: "<br>", inLink: false, inRawBlock: false, block: false }
        : undefined;
    },
    // As in the stream, and the words of a message are not lost in a footnote.
    def: () => undefined,
  },
  renderer: {
    html: ({ text }: Tokens.HTML | Tokens.Tag) => (text === "<br>" ? "<br>" : escaped(text)),
    // What is elsewhere never becomes an image, not even for a moment.
    image: ({ href, text }: Tokens.Image) =>
      `<span class="picture" title="${escaped(href)}">${escaped(text)}</span>`,
    checkbox: ({ checked }: Tokens.Checkbox) =>
      `<span class="task">${checked ? "☑" : "☐"}</span>`,
    code: ({ text, lang }: Tokens.Code) =>
      `<pre title="${escaped(lang ?? "")}"><code>${escaped(text)}</code></pre>`,
  },
});

const tags = (
  "p br hr h1 h2 h3 h4 h5 h6 ul ol li blockquote pre code em strong del a table thead tbody tr th " +
  "td span div"
).split(" ");
const attributes = ["href", "class", "title", "start", "align"];

const purify = createPurifier(window);

function clean(html: string): DocumentFragment {
  return purify.sanitize(html, {
    ALLOWED_TAGS: tags,
    ALLOWED_ATTR: attributes,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
  });
}

/** Marks that some library made, as nodes: these tags and attributes alone. */
export function marks(html: string, of: readonly string[], having: readonly string[]) {
  return purify.sanitize(html, {
    ALLOWED_TAGS: [...of],
    ALLOWED_ATTR: [...having],
    FORBID_CONTENTS: ["annotation", "annotation-xml", "script", "style"],
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
  });
}

const fitting = (one: Element, ...names: string[]) => names.includes(one.className);

/** What marked made, in the page's own pieces: nothing of its attributes stays unseen. */
function dress(from: Node, into: Node, depth = 0): void {
  for (const one of from.childNodes) {
    if (one.nodeType === Node.ELEMENT_NODE && depth < DEEPEST) piece(one as Element, into, depth);
    else into.appendChild(document.createTextNode(one.textContent ?? ""));
  }
}

function piece(one: Element, into: Node, depth: number): void {
  const name = one.tagName.toLowerCase();
  const made = (makers[name] ?? plain)(one, name);
  if (made === null) return dress(one, into, depth);
  into.appendChild(made.outer);
  if (made.inner) dress(one, made.inner, depth + 1);
}

interface Made {
  outer: Node;
  /** Where what is in it goes; null where it is there already. */
  inner: Node | null;
}
type Maker = (one: Element, name: string) => Made | null;

const both = (node: Node): Made => ({ outer: node, inner: node });
const whole = (node: Node): Made => ({ outer: node, inner: null });

const plain: Maker = (_, name) => both(document.createElement(name));

const directed: Maker = (one, name) => {
  const made = document.createElement(name);
  made.dir = "auto";
  if (made instanceof HTMLOListElement) made.start = Number(one.getAttribute("start") ?? 1);
  return both(made);
};

const titled: Maker = (_, name) => both(heading(Number(name.slice(1))));

const cell: Maker = (one, name) => {
  const made = document.createElement(name);
  const align = one.getAttribute("align");
  if (align === "center" || align === "right") made.className = align;
  return both(made);
};

const span: Maker = (one) => {
  if (fitting(one, "math", "math block")) {
    const made = math(one.className === "math block");
    made.textContent = one.textContent;
    return whole(made);
  }
  if (fitting(one, "task")) return whole(checkbox(one.textContent === "☑"));
  if (!fitting(one, "picture")) return null;
  const words = one.textContent;
  return whole(picture(one.getAttribute("title") ?? "", words) ?? document.createTextNode(words));
};

const makers: Record<string, Maker> = {
  p: directed,
  ul: directed,
  ol: directed,
  h1: titled,
  h2: titled,
  h3: titled,
  h4: titled,
  h5: titled,
  h6: titled,
  th: cell,
  td: cell,
  span,
  div: span,
  a: (one) => {
    const link = document.createElement("a");
    return lead(link, one.getAttribute("href") ?? "") ? both(link) : null;
  },
  table: () => {
    const table = document.createElement("table");
    return { outer: tableBox(table), inner: table };
  },
  pre: (one) => {
    const { block, code } = codeBlock();
    code.textContent = one.textContent;
    tagLanguage(code, one.getAttribute("title") ?? "");
    return whole(block);
  },
};

/** A stored text as nodes that are safe to show; as it was written where it is too much to draw. */
export function final(text: string): DocumentFragment {
  const made = document.createDocumentFragment();
  try {
    if (text.length > LONGEST) throw new RangeError();
    dress(clean(marked.parse(text, { async: false })), made);
  } catch {
    // Nested so deeply that it cannot be read, by marked as by anybody.
    const written = document.createElement("div");
    written.className = "plain";
    written.append(linked(text));
    made.replaceChildren(written);
  }
  return made;
}
