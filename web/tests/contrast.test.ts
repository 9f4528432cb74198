import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const css = readFileSync(new URL("../src/styles/tokens.css", import.meta.url), "utf8");
const pairs = [...css.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g)];
const tokens = new Map(pairs.map(([, name = "", light = "", dark = ""]) => [name, { light, dark }]));

type Theme = "light" | "dark";

function colour(name: string, theme: Theme): string {
  const found = tokens.get(name);
  if (!found) throw new Error(`no colour --${name}`);
  return found[theme];
}

function luminance(hex: string): number {
  const parts = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255);
  const [r = 0, g = 0, b = 0] = parts.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

const grounds = ["paper", "raised", "sunk", "hover", "accent-soft"];
const read = [
  ...grounds.flatMap((ground) => ["ink", "soft", "accent", "danger"].map((text) => [text, ground])),
  ...["danger-soft", "good-soft"].map((ground) => ["ink", ground]),
  ["danger", "danger-soft"],
  ["good", "good-soft"],
  ["good", "paper"],
  ["accent-strong", "paper"],
  ["on-accent", "accent"],
  ["on-accent", "accent-strong"],
  ["on-danger", "danger"],
] as const;
const seen = ["paper", "raised", "sunk"].flatMap((ground) =>
  ["edge", "accent", "persona", "facts", "summary", "recall", "window", "message", "other"].map(
    (shape) => [shape, ground],
  ),
);

test.each(["light", "dark"] as const)("what is read stands out, %s", (theme) => {
  const weak = read
    .map(([text = "", ground = ""]) => ({ text, ground, is: contrast(colour(text, theme), colour(ground, theme)) }))
    .filter(({ is }) => is < 4.5);
  expect(weak).toEqual([]);
});

test.each(["light", "dark"] as const)("what is only seen stands out, %s", (theme) => {
  const weak = seen
    .map(([shape = "", ground = ""]) => ({ shape, ground, is: contrast(colour(shape, theme), colour(ground, theme)) }))
    .filter(({ is }) => is < 3);
  expect(weak).toEqual([]);
});
