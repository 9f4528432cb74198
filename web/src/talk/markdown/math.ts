// Math drawn by the browser itself: KaTeX reads TeX and writes MathML, which needs no style and no font.

import katex from "katex";
import { purifier } from "./clean";

const LONGEST = 4_000;

const tags = (
  "math mrow mi mn mo ms mtext mspace msup msub msubsup mfrac msqrt mroot mstyle munder mover " +
  "munderover mmultiscripts mprescripts mtable mtr mtd mlabeledtr menclose mpadded mphantom merror"
).split(" ");
const attributes = (
  "display mathvariant stretchy fence separator lspace rspace accent accentunder columnalign " +
  "rowspacing columnspacing columnlines rowlines rowalign scriptlevel displaystyle mathcolor " +
  "mathbackground mathsize linethickness minsize maxsize width height depth voffset notation " +
  "movablelimits symmetric largeop form"
).split(" ");

const clean = purifier(tags, attributes);

const MOST = 200;
/** What was drawn once, by its TeX: a reply is drawn while it streams, and when it is stored. */
const drawn = new Map<string, DocumentFragment>();

/** Draws the TeX in an element; what is no TeX stays as it was written. */
export function draw(element: HTMLElement): void {
  const tex = element.textContent;
  if (tex.length > LONGEST || element.querySelector("math")) return;
  const block = element.classList.contains("block");
  try {
    const made = drawn.get(`${block} ${tex}`) ?? read(tex, block);
    drawn.set(`${block} ${tex}`, made);
    const [oldest] = drawn.keys();
    if (drawn.size > MOST && oldest) drawn.delete(oldest);
    element.replaceChildren(made.cloneNode(true));
    element.querySelector("math")?.setAttribute("alttext", tex);
  } catch {
    element.classList.add("odd");
  }
}

function read(tex: string, displayMode: boolean): DocumentFragment {
  const html = katex.renderToString(tex, {
    displayMode,
    output: "mathml",
    throwOnError: true,
    strict: "ignore",
    trust: false,
    maxExpand: 500,
    maxSize: 40,
  });
  return clean(html);
}
