import { expect, test } from "vitest";
import { matching } from "../src/ui/combo";
import { isLetter, step, typed } from "../src/ui/keys";
import { place } from "../src/ui/place";

test("arrows go round, Home and End to the ends, other keys nowhere", () => {
  expect(step("ArrowDown", -1, 3)).toBe(0);
  expect(step("ArrowDown", 2, 3)).toBe(0);
  expect(step("ArrowUp", 0, 3)).toBe(2);
  expect(step("ArrowUp", -1, 3)).toBe(2);
  expect(step("Home", 2, 3)).toBe(0);
  expect(step("End", 0, 3)).toBe(2);
  expect(step("ArrowRight", 0, 3)).toBeNull();
  expect(step("ArrowDown", 0, 0)).toBeNull();
});

test("tabs go across", () => {
  expect(step("ArrowRight", 2, 3, true)).toBe(0);
  expect(step("ArrowLeft", 0, 3, true)).toBe(2);
  expect(step("ArrowDown", 0, 3, true)).toBeNull();
});

const labels = ["Rename", "Remove", "Pin", "Éxport", "pin it"];

test("what is typed leads to what begins with it", () => {
  expect(typed("p", -1, labels)).toBe(2);
  expect(typed("p", 2, labels)).toBe(4);
  expect(typed("rem", 0, labels)).toBe(1);
  expect(typed("é", 0, labels)).toBe(3);
  expect(typed("x", 0, labels)).toBeNull();
});

test("more letters stay where they fit, the same letter again goes on", () => {
  expect(typed("re", 0, labels)).toBe(0);
  expect(typed("rr", 0, labels)).toBe(1);
  expect(typed("pp", 2, labels)).toBe(4);
});

test("a letter is no command", () => {
  const plain = { ctrlKey: false, metaKey: false, altKey: false };
  expect(isLetter({ key: "a", ...plain })).toBe(true);
  expect(isLetter({ key: " ", ...plain })).toBe(false);
  expect(isLetter({ key: "Enter", ...plain })).toBe(false);
  expect(isLetter({ key: "a", ...plain, ctrlKey: true })).toBe(false);
});

const window = { width: 400, height: 600 };
const at = (left: number, top: number) => ({ left, top, right: left + 30, bottom: top + 30 });

test("what pops up stands below its button", () => {
  expect(place(at(50, 50), { width: 100, height: 200 }, window)).toEqual({ left: 50, top: 84, height: 200 });
});

test("above it where there is more room", () => {
  const found = place(at(50, 500), { width: 100, height: 200 }, window);
  expect(found).toEqual({ left: 50, top: 296, height: 200 });
});

test("never beyond the edges", () => {
  expect(place(at(380, 50), { width: 100, height: 20 }, window).left).toBe(292);
  expect(place(at(0, 50), { width: 100, height: 20 }, window, "end").left).toBe(8);
});

test("cut to the room that there is", () => {
  const found = place(at(50, 250), { width: 100, height: 900 }, window);
  expect(found.top + found.height).toBeLessThanOrEqual(600 - 8);
  expect(place(at(50, 400), { width: 100, height: 900 }, window)).toEqual({ left: 50, top: 8, height: 388 });
});

test("a list is searched by all words", () => {
  const models = ["gpt-5", "gpt-5-mini", "o3-mini"];
  expect(matching(models, "MINI gpt")).toEqual(["gpt-5-mini"]);
  expect(matching(models, " ")).toEqual(models);
});
