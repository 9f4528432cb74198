// Characters that a text names in place of writing them.

const named: Readonly<Record<string, string>> = {
  amp: "&",
  apos: "'",
  bull: "•",
  cent: "¢",
  copy: "©",
  deg: "°",
  divide: "÷",
  emsp: "\u2003",
  ensp: "\u2002",
  euro: "€",
  frac12: "½",
  ge: "≥",
  gt: ">",
  harr: "↔",
  hellip: "…",
  infin: "∞",
  laquo: "«",
  larr: "←",
  ldquo: "“",
  le: "≤",
  lsquo: "‘",
  lt: "<",
  mdash: "—",
  middot: "·",
  minus: "−",
  nbsp: "\u00a0",
  ndash: "–",
  ne: "≠",
  para: "¶",
  plusmn: "±",
  pound: "£",
  quot: '"',
  raquo: "»",
  rarr: "→",
  rdquo: "”",
  reg: "®",
  rsquo: "’",
  sect: "§",
  shy: "\u00ad",
  thinsp: "\u2009",
  times: "×",
  trade: "™",
  yen: "¥",
};

const LAST = 0x10ffff;

/** The text with the characters themselves; what is no name of one stays as it was written. */
export function unescaped(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w{2,8}));/gi, (whole, ten, hex, name) => {
    if (name) return (Object.hasOwn(named, String(name)) && named[String(name)]) || whole;
    const point = ten ? Number(ten) : parseInt(String(hex), 16);
    return point > 0 && point <= LAST ? String.fromCodePoint(point) : whole;
  });
}
