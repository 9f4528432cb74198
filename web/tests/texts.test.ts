import { afterEach, expect, test, vi } from "vitest";
import { bytes, count, day, number, t, when } from "../src/texts";
import { choose, language } from "../src/texts/language";

vi.stubGlobal("navigator", { language: "en-US", languages: ["en-US"] });

afterEach(() => {
  language.value = "en";
});

test("a text is found by its key, and a function gets its values", () => {
  expect(t("ui.close")).toBe("Close");
  expect(t("memory.sources", 1)).toBe("1 source");
  expect(t("memory.sources", 1200)).toBe("1,200 sources");
});

test("a key that does not exist says itself", () => {
  expect(t("ui.nothing" as "ui.close")).toBe("ui.nothing");
});

test.each([
  ["own", ["es"], ["es-PE", "en"], "es"],
  ["own", ["es", "pt-br"], ["pt-BR", "es"], "pt-br"],
  ["own", ["es"], ["fr", "de"], "en"],
  ["es", ["es"], ["en"], "es"],
  ["gone", ["es"], ["es"], "en"],
  ["own", [], [], "en"],
])("of %s among %j a browser with %j speaks %s", (wanted, known, browser, spoken) => {
  expect(choose(wanted, ["en", ...known], browser)).toBe(spoken);
});

test("numbers and sizes are written for people", () => {
  expect(number(12345.678)).toBe("12,346");
  expect(number(0.125, 2)).toBe("0.13");
  expect(count(0, "fact", "facts")).toBe("0 facts");
  expect([1, 999, 1000, 1550, 999_499, 999_600, 52_000_000, 3e12].map(bytes)).toEqual([
    "1 byte",
    "999 bytes",
    "1 kB",
    "1.6 kB",
    "999 kB",
    "1 MB",
    "52 MB",
    "3,000 GB",
  ]);
});

test("numbers follow the language", () => {
  language.value = "de";
  expect(number(1234.5, 1)).toBe("1.234,5");
});

test("a day has its year where it is another", () => {
  const now = new Date(2026, 10, 20, 15).getTime();
  expect(day(new Date(2026, 4, 3, 1).getTime(), now)).toBe("May 3");
  expect(day(new Date(2025, 4, 3, 1).getTime(), now)).toBe("May 3, 2025");
});

test("lists tell the time of today, then the weekday, then the day", () => {
  const now = new Date(2026, 10, 20, 15).getTime();
  expect(when(new Date(2026, 10, 20, 0, 5).getTime(), now)).toMatch(/^12:05/);
  expect(when(new Date(2026, 10, 19, 23).getTime(), now)).toBe("Thu");
  expect(when(new Date(2026, 10, 14, 1).getTime(), now)).toBe("Sat");
  expect(when(new Date(2026, 10, 13, 23).getTime(), now)).toBe("Nov 13");
  expect(when(new Date(2024, 10, 13).getTime(), now)).toBe("Nov 2024");
});
