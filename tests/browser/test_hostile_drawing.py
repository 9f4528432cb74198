"""What draws words, by itself: letter by letter, and where something nests without end."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from browser.conftest import Serve, Served, Visit, Watched
from browser.hostile import asset, audited, look, touch, vectors

pytestmark = pytest.mark.slow

BY_LETTERS = """async ([stream, final, texts]) => {
  const { Stream } = await import(stream);
  const { final: whole } = await import(final);
  const box = document.createElement("div");
  box.className = "prose";
  document.body.append(box);
  let looked = 0;
  for (const text of texts) {
    box.replaceChildren();
    const drawn = new Stream(box);
    for (let at = 1; at <= text.length; at += 1) {
      drawn.become(text.slice(0, at));
      __audit.see(box);
      looked += 1;
    }
    drawn.end();
    __audit.see(box);
    // A reply may be stopped anywhere: each beginning is a whole text too.
    for (let at = 1; at <= text.length; at += 1) {
      box.replaceChildren(whole(text.slice(0, at)));
      __audit.see(box);
    }
    // What comes late, such as math, is there in a moment.
    await new Promise((done) => setTimeout(done));
  }
  return looked;
}"""

NESTED = """async ([stream, final, text]) => {
  const { Stream } = await import(stream);
  const { final: whole } = await import(final);
  const box = document.createElement("div");
  box.className = "prose";
  document.body.append(box);
  const depth = (one) => Math.max(0, ...[...one.children].map((each) => 1 + depth(each)));
  const drawn = new Stream(box);
  for (let at = 0; at <= text.length; at += 40) drawn.become(text.slice(0, at));
  drawn.become(text);
  drawn.end();
  const streamed = [depth(box), box.textContent.includes("x")];
  box.getBoundingClientRect();
  box.replaceChildren(whole(text));
  box.getBoundingClientRect();
  const [deepest, shown] = [depth(box), box.textContent.includes("x")];
  box.remove();
  return [streamed[0], deepest, streamed[1], shown];
}"""

MADE = """async (texts) => {
  const told = { seen: [], kinds: [] };
  const box = document.createElement("div");
  box.className = "prose";
  document.body.append(box);
  for (const text of texts) {
    box.innerHTML = text;
    if (__audit.look().length) told.seen.push(text);
    told.kinds.push(...__audit.wrong.map((one) => one.replace(/:.*/s, "")));
    __audit.wrong.length = 0;
  }
  box.innerHTML = "<img src=/x onerror=alert(1)>";
  await new Promise((done) => setTimeout(done, 200));
  told.kinds.push(...__audit.wrong.map((one) => one.replace(/:.*/s, "")));
  return { seen: told.seen.length, kinds: [...new Set(told.kinds)] };
}"""

MARKS = ["> ", ">", "1. ", "- ", "* > ", "*_", "**a ", "~~*", "[", "![", "`", "$$a", "\\[a\n", "| "]


def pieces(served: Served) -> list[str]:
    return [asset(served, "stream"), asset(served, "final")]


def test_each_beginning_of_a_text_is_words(
    serve: Serve, visit: Visit, browser: Browser, watched: Watched
) -> None:
    """While it comes in letter by letter, and as what is stored of a reply that was stopped."""
    served = serve()
    with audited(browser, watched, policy=False) as context:
        page = visit(served, context=context)
        texts = vectors()
        looked = page.evaluate(BY_LETTERS, [*pieces(served), texts])
        assert looked == sum(len(text.encode("utf-16-le")) // 2 for text in texts)
        look(page)
        touch(page)


def test_what_nests_without_end_does_not_bring_the_page_down(
    serve: Serve, visit: Visit, browser: Browser, watched: Watched
) -> None:
    """A model that says one thing for ever does this, and so does a file that is brought in."""
    served = serve()
    with audited(browser, watched, policy=True) as context:
        page = visit(served, context=context)
        for mark in MARKS:
            for deep in (60, 4_000):
                told = page.evaluate(NESTED, [*pieces(served), f"{mark * deep}x"])
                assert told[0] <= 60, (mark, deep, told)
                assert told[1] <= 60, (mark, deep, told)
                # Of a picture that comes in nothing is seen before its words have an end.
                assert told[2] is (mark != "!["), (mark, deep, told)
                assert told[3], (mark, deep, told)
        look(page)


def test_what_looks_sees_what_is_hostile(serve: Serve, visit: Visit, browser: Browser) -> None:
    """As HTML the same texts are what they are meant to be: this would be told."""
    served = serve()
    with audited(browser, Watched(), policy=False) as context:
        context.route(lambda url: not url.startswith(served.url), lambda route: route.abort())
        page = visit(served, context=context)
        page.locator("#say").wait_for()
        told = page.evaluate(MADE, vectors())
    assert told["seen"] > 300
    assert {"ran", "element", "handler", "address", "link", "two of one id"} <= set(told["kinds"])
