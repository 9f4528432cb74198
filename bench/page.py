"""The page in real Chromium: bytes, first paint, script, long conversations; and beside its peers.

Servers and browsers take turns, round after round; each visit is a browser with an empty cache.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from chats import Served, free_port, model, served
from children import tertulia
from figures import median, rounded
from playwright.sync_api import Browser, Page, sync_playwright

from tertulia.ports.archive import Past
from tertulia.stores.sql.sqlite import SQLiteStore
from tertulia.values.message import Author, Place

ROUNDS = 5
NAMES = ("tertulia", "streamlit", "chainlit")
LONG, SHORT = 5000, 50
BOX = "textarea, [contenteditable=true]"
CHROMIUM = ("--no-sandbox", "--headless=new", "--disable-gpu", "--disable-dev-shm-usage")
SETTINGS = """
[bots.bench]
persona = "You are Bench."
model = {{ provider = "openai", name = "bench-1", base_url = "{url}", api_key = "env:BENCH_KEY" }}
memory = ["window"]
"""
BODIES = """
["navigation", "resource"].flatMap((kind) => performance.getEntriesByType(kind))
  .reduce((sum, one) => sum + one.encodedBodySize, 0)
"""
REPLY = (
    "## Section {n}\n\nSome *words* with `code`, a [link](https://example.org/{n}) and **more** of "
    "them, so that a paragraph has what replies have.\n\n- one\n- two, with `x = {n}`\n\n"
    "```python\nfor number in range({n}):\n    print(number)\n```\n\n"
)


def measure(rounds: int) -> dict[str, object]:
    """All figures of this file."""
    with sync_playwright() as playwright:
        found = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=found, args=CHROMIUM)
        figures = _beside(browser, rounds) | _streamed(browser, rounds) | _long(browser, rounds)
        browser.close()
    return figures


# Beside the peers


def _beside(browser: Browser, rounds: int) -> dict[str, object]:
    taken: dict[str, dict[str, list[float]]] = {name: {} for name in NAMES}
    for _ in range(rounds):
        for name in NAMES:
            for figure, value in _hello(browser, name).items():
                taken[name].setdefault(figure, []).append(value)
    by_figure = {
        figure: {name: median(taken[name][figure]) for name in NAMES}
        for figure in taken["tertulia"]
    }
    return {f"page_{figure}": values for figure, values in by_figure.items()} | {
        f"page_{figure}_ratio_to_{name}": rounded(values["tertulia"] / values[name])
        for figure, values in by_figure.items()
        if figure in ("kb", "paint_ms")
        for name in NAMES[1:]
    }


def _hello(browser: Browser, name: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, served(name, Path(folder)) as here:
        idle = here.rss_mb()
        with _visit(browser) as page:
            told = page.context.new_cdp_session(page)
            sizes: list[float] = []
            told.on("Network.loadingFinished", lambda it: sizes.append(it["encodedDataLength"]))
            told.send("Network.enable")
            page.goto(here.url)
            page.locator(BOX).first.wait_for()
            page.wait_for_load_state("networkidle")
            kb = sum(sizes) / 1000
            bodies = page.evaluate(BODIES) / 1000
            paint = page.evaluate(
                "performance.getEntriesByName('first-contentful-paint')[0].startTime"
            )
            _say(page, "hello")
            turned = here.rss_mb()
        return {
            "cold_s": here.cold,
            "rss_idle_mb": idle,
            "rss_turn_mb": turned,
            "kb": kb,
            "body_kb": bodies,
            "paint_ms": paint,
        }


def _say(page: Page, text: str) -> None:
    """Say it, and wait until the chat has settled on an answer."""
    before = len(page.inner_text("body"))
    page.locator(BOX).first.click()
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    until = time.monotonic() + 30
    while len(page.inner_text("body")) < before + 2 * len(text) and time.monotonic() < until:
        page.wait_for_timeout(50)
    page.wait_for_timeout(500)


# A long reply


def _streamed(browser: Browser, rounds: int) -> dict[str, object]:
    text = "".join(REPLY.format(n=n) for n in range(100))[:16_384]
    firsts: list[float] = []
    laters: list[float] = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        home = Path(folder)
        (home / "reply.md").write_text(text)
        with model(0.002, home / "reply.md") as url:
            (home / "tertulia.toml").write_text(SETTINGS.format(url=url))
            with _ours(home) as here:
                for _ in range(rounds):
                    with _visit(browser) as page:
                        page.goto(here.url)
                        page.locator(BOX).first.wait_for()
                        page.wait_for_load_state("networkidle")
                        firsts.append(_script_of_a_reply(page, here.url, 2))
                        laters.append(_script_of_a_reply(page, here.url, 4))
    return {"page_script_ms_16kb": median(laters), "page_script_ms_16kb_first": median(firsts)}


def _script_of_a_reply(page: Page, url: str, seq: int) -> float:
    told = page.context.new_cdp_session(page)
    told.send("Performance.enable")
    page.locator(BOX).first.fill("go")
    which, said = _newest(page, url)
    wanted = (which, said + 2) if seq > 2 else (which + 1, 2)
    began = _script(told)
    page.keyboard.press("Enter")
    until = time.monotonic() + 60
    # Asked beside the page: what waits within it for an element is script as well.
    while _newest(page, url) < wanted and time.monotonic() < until:
        page.wait_for_timeout(50)
    page.wait_for_timeout(500)
    return (_script(told) - began) * 1000


def _newest(page: Page, url: str) -> tuple[int, int]:
    """The conversation in which something was said last, and the number of its last message."""
    listed = page.request.get(f"{url}/api/conversations?most=1").json()["conversations"]
    return (listed[0]["id"], listed[0]["last_seq"]) if listed else (0, 0)


def _script(told: object) -> float:
    metrics = told.send("Performance.getMetrics")["metrics"]  # type: ignore[attr-defined]
    return next(one["value"] for one in metrics if one["name"] == "ScriptDuration")


# A long conversation


def _long(browser: Browser, rounds: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        home = Path(folder)
        with ThreadPoolExecutor(1) as apart:  # the browser has this thread's event loop
            apart.submit(asyncio.run, _fill(home / "data" / "tertulia.db")).result()
        with _ours(home) as here:
            times: dict[int, list[float]] = {LONG: [], SHORT: []}
            for turn in range(-1, rounds):
                for number, many in enumerate((LONG, SHORT), 1):
                    with _visit(browser) as page:
                        took = _open(page, here.url, number, many)
                    if turn >= 0:
                        times[many].append(took)
            with _visit(browser) as page:
                _open(page, here.url, 1, LONG)
                frames, blank, seen = _scroll(page)
    medians = {str(many): median(of) for many, of in times.items()}
    return {
        "page_open_ms": medians,
        "page_open_ratio": rounded(medians[str(LONG)] / medians[str(SHORT)]),
        "page_scroll": {"frames": frames, "blank": blank, "oldest_seen": seen},
    }


async def _fill(path: Path) -> None:
    store = SQLiteStore(path)
    await store.open()
    me = Author(platform_id="local", name="bench")
    for many in (LONG, SHORT):
        place = Place(channel="web", account="local", spot=f"of-{many}")
        said = [
            Past(
                id=f"import:{many}:{n}",
                parent=f"import:{many}:{n - 1}" if n > 1 else None,
                role="user" if n % 2 else "assistant",
                name=None,
                text=REPLY.format(n=n) if n % 10 == 0 else f"Message {n} of {many}, some words.",
                tokens=40,
                said_at=1_700_000_000_000 + n * 60_000,
            )
            for n in range(1, many + 1)
        ]
        await store.take_in(place, "tertulia", me, said, said[-1].id, 1_700_000_000_000)
    await store.close()


def _open(page: Page, url: str, number: int, many: int) -> float:
    page.goto(f"{url}/c/{number}", wait_until="commit")
    page.wait_for_function(
        "id => document.querySelector(`[data-message='${id}']`)?.getBoundingClientRect().height",
        arg=f"{number}.{many}",
        polling="raf",
    )
    return float(page.evaluate("performance.now()"))


WATCH = """
() => {
  const log = document.querySelector('[role=log]');
  const box = log.closest('[data-scroller]') ?? log;
  window.seen = { frames: 0, blank: 0, oldest: Infinity };
  const look = () => {
    const where = box.getBoundingClientRect();
    seen.frames += 1;
    const shown = [0.25, 0.5, 0.75].some((part) => {
      const hit = document.elementFromPoint(
        where.left + where.width / 2, where.top + where.height * part);
      return hit?.closest('[data-message], [data-day]');
    });
    seen.blank += shown ? 0 : 1;
    for (const one of document.querySelectorAll('[data-message]')) {
      seen.oldest = Math.min(seen.oldest, Number(one.dataset.message.split('.')[1]));
      break;
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}
"""


def _scroll(page: Page) -> tuple[int, int, int]:
    """Turn the wheel until the oldest message is there; frames, blank ones, and the oldest seen."""
    page.evaluate(WATCH)
    page.mouse.move(640, 300)
    until = time.monotonic() + 90
    while page.evaluate("seen.oldest") > 1 and time.monotonic() < until:
        page.mouse.wheel(0, -1200)
    seen = page.evaluate("seen")
    return seen["frames"], seen["blank"], seen["oldest"]


@contextlib.contextmanager
def _ours(home: Path) -> Iterator[Served]:
    port = free_port()
    here = Served([tertulia(), "serve", "--port", str(port)], port, home)
    try:
        yield here
    finally:
        here.close()


@contextlib.contextmanager
def _visit(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    try:
        yield context.new_page()
    finally:
        context.close()


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]) if sys.argv[1:] else ROUNDS)))
