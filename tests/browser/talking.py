"""A page before a model of the test's own, and what people do there, by names that are heard."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as Late

from browser.conftest import SECONDS, Served
from servers import Aimock, Fixture, aimock, reply

expect.set_options(timeout=SECONDS * 1000)

WORDS = 200
EACH = 5
"""Characters of a word of `COUNTED` with its space: as a chunk's size, a chunk is one word."""
COUNTED = " ".join(f"w{n:03}" for n in range(1, WORDS + 1))

SETTINGS = """
bot = "mock"

[bots.mock]
persona = {{ name = "Mock", instructions = "Be brief." }}
model = {{ provider = "openai", name = "gpt-5-mini", base_url = "{url}", retries = 0 }}
memory = ["window"]

[bots.ofelia]
persona = {{ name = "Ofelia", instructions = "Be kind." }}
model = "offline"

[bots.tiny]
persona = {{ name = "Tiny", instructions = "Be brief." }}
memory = ["window"]

[bots.tiny.model]
provider = "openai"
name = "gpt-5-mini"
base_url = "{url}"
context_window = 400
max_tokens = 50

[engine]
lease_seconds = 3
"""

AWAY = ("WebSocket", "Failed to load resource", "ERR_")
"""What Chromium's console says while the server or the network is away."""


@dataclass(frozen=True)
class Talking:
    """A server with three bots.

    Mock and Tiny (which reads little at once) answer as the fixtures say, Ofelia is offline.
    """

    served: Served
    model: Aimock

    def prompts(self, word: str) -> list[list[dict[str, Any]]]:
        """What the model read, each time that `word` stood in what was said last."""
        all_ = [asked["messages"] for asked in self.model.requests()]
        return [lines for lines in all_ if word in str(lines[-1]["content"])]


@contextmanager
def talking(folder: Path, fixtures: Sequence[Fixture]) -> Generator[Talking]:
    """A running server of its own; what no fixture knows is answered with "Yes."."""
    with aimock([*fixtures, reply(None, "Yes.")]) as model:
        served = Served(folder, SETTINGS.format(url=model.url))
        try:
            yield Talking(served.start(), model)
        finally:
            served.stop()


def nth(user: str, time: int, content: str, **more: Any) -> Fixture:
    """What is answered the time that `user` is heard (0: the first)."""
    made = reply(user, content, **more)
    return {**made, "match": {**made["match"], "sequenceIndex": time}}


def counted(user: str, latency: int) -> Fixture:
    """`COUNTED`, a word each `latency` milliseconds."""
    return reply(user, COUNTED, latency=latency, chunkSize=EACH)


# Where one writes


def box(page: Page) -> Locator:
    return page.get_by_role("textbox", name=re.compile("^Message "))


def say(page: Page, text: str) -> None:
    """Type it as it is, and press Enter."""
    box(page).fill(text)
    box(page).press("Enter")


def begin(page: Page, text: str) -> int:
    """Say the first words of a conversation; its number."""
    say(page, text)
    page.wait_for_url(re.compile(r"/c/\d+$"))
    return number(page)


def number(page: Page) -> int:
    return int(page.url.split("/c/")[1].split("/")[0])


def button(page: Page | Locator, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


# What is seen of a talk


def mine(page: Page) -> Locator:
    return page.locator("article.mine")


def replies(page: Page) -> Locator:
    """Those that are stored."""
    return page.locator("article[data-role=assistant]")


def under(message: Locator, name: str) -> Locator:
    """What can be done with a message; some of it is seen only where one points at that."""
    message.hover()
    return button(message, name)


def draft(page: Page) -> Locator:
    """The reply that is being made."""
    return page.locator("article[aria-busy=true]")


def answered(page: Page, text: str) -> None:
    """Wait until the last reply is stored, and is this."""
    expect(replies(page).last.locator(".prose")).to_have_text(text)
    expect(draft(page)).to_have_count(0)


def came(page: Page, word: str, *, seconds: float = SECONDS) -> None:
    """Wait until the draft has come to a word."""
    expect(draft(page)).to_contain_text(word, timeout=seconds * 1000)


def words(page: Page) -> str:
    """The last reply that is stored, letter by letter."""
    return replies(page).last.locator(".prose").inner_text()


IN_ORDER = """
(whole) => {
  window.wrong = [];
  const look = () => {
    for (const one of document.querySelectorAll('article[aria-busy=true] .prose')) {
      const text = one.textContent.trimEnd();
      if (/w\\d/.test(text) && !whole.startsWith(text)) window.wrong.push(text);
    }
  };
  const all = { subtree: true, childList: true, characterData: true };
  new MutationObserver(look).observe(document.body, all);
}
"""


def watch_order(page: Page) -> None:
    """From now on, look at each thing that is drawn of a reply that should become `COUNTED`."""
    page.evaluate(IN_ORDER, COUNTED)


def in_order(page: Page) -> None:
    """At no moment since `watch_order` was a word missing, twice or in the wrong place."""
    wrong = page.evaluate("wrong")
    assert wrong == [], wrong


TOLD = """
() => [...document.querySelectorAll('article.message')].map((one) => [
  one.dataset.role ?? one.dataset.state ?? one.dataset.message,
  (one.querySelector('.prose, .plain, .notice p')?.textContent ?? '').trim(),
])
"""


def told(page: Page) -> list[tuple[str, str]]:
    """All that is shown of the talk: who, and what."""
    return [(who, what) for who, what in page.evaluate(TOLD)]


def shows(page: Page, *all_: tuple[str, str], seconds: float = SECONDS) -> None:
    """Wait until the talk is exactly this: "user", "assistant", "notice" or "draft", and words."""
    try:
        page.wait_for_function(
            f"(wanted) => JSON.stringify(({TOLD})()) === JSON.stringify(wanted)",
            arg=[list(one) for one in all_],
            timeout=seconds * 1000,
        )
    except Late:
        now = told(page)
        assert now == list(all_), now


# Without a browser


def apart(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine where the browser's own event loop is not."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()
