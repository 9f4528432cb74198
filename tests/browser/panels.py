"""What people do beside the talk: the list, the memory, bots, keys; by the names that they hear."""

from __future__ import annotations

import json
import re
import secrets
import time
import urllib.request
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from browser.talking import Talking, button, mine, replies, say
from browsing import SECONDS, Served
from servers import Fixture, aimock, reply

SETTINGS = """
bot = "ofelia"

[bots.ofelia]
persona = { name = "Ofelia", instructions = "Be kind." }
model = "offline"

[bots.mock]
persona = { name = "Mock", instructions = "Be brief." }
model = { provider = "openai", name = "gpt-5-mini", base_url = "URL", retries = 0 }
memory = ["facts", "window"]

[engine]
lease_seconds = 5
"""
"""Ofelia, the offline bot, is spoken with unless Mock, before aimock, is picked."""


@contextmanager
def house(
    folder: Path, fixtures: Sequence[Fixture] = (), settings: str = SETTINGS, **environ: str
) -> Generator[Talking]:
    """A running server of its own; what no fixture of its model knows is answered with "Yes.".

    `URL` in the settings and in the environment is the model's.
    """
    with aimock([*fixtures, reply(None, "Yes.")]) as model:
        around = {name: value.replace("URL", model.url) for name, value in environ.items()}
        served = Served(folder, settings.replace("URL", model.url), around)
        try:
            yield Talking(served.start(), model)
        finally:
            served.stop()


# The interface, as a program has it: without accounts it needs no proof on this machine


def call(served: Served, method: str, path: str, body: Any = None) -> Any:
    """What `/api` answers."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{served.url}/api/{path}", data, method=method)
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=20) as answer:
        said = answer.read()
    return json.loads(said) if said else None


def read_for(made: Talking, text: str) -> list[dict[str, Any]]:
    """What the model read when this was said, and nothing before or behind it."""
    (lines,) = [lines for lines in made.prompts(text) if lines[-1]["content"] == text]
    return lines


def spoken(served: Served, texts: Sequence[str], **more: Any) -> int:
    """A conversation in which each was said and replied to; its number."""
    name, number = secrets.token_hex(8), 0
    for at, text in enumerate(texts):
        asked = {"id": f"{name}{at}", "text": text, "conversation": name, **more}
        told = call(served, "POST", "messages", asked)
        number = told["conversation"]
        _settled(served, number, told["message"])
    return number


def _settled(served: Served, number: int, message: str) -> None:
    until = time.monotonic() + SECONDS
    path = f"conversations/{number}/messages?most=10"
    while not any(
        one["id"] == message and one["outcome"] for one in call(served, "GET", path)["messages"]
    ):
        assert time.monotonic() < until, f"{message} was not replied to"
        time.sleep(0.01)


LISTS = ("conversations", "conversations?archived=1", "facts", "bots", "vendors", "me")
FORMS = ("md", "json", "html", "txt")


def answers(page: Page, words: str) -> Iterator[str]:
    """Every answer in which something that was said might stand, as this page's person reads it."""
    origin = page.evaluate("location.origin")

    def get(path: str) -> str:
        answer = page.request.get(f"{origin}/api/{path}")
        assert answer.ok or answer.status == 404, (path, answer.status)
        return answer.text()

    for path in LISTS:
        yield get(path)
    for word in words.split():
        yield get(f"search?q={word}")
    for path in LISTS[:2]:
        for one in json.loads(get(path))["conversations"]:
            yield from _of_conversation(get, one["id"])
    for fact in json.loads(get("facts"))["facts"]:
        yield get(f"facts/{fact['id']}/history")


def _of_conversation(get: Any, number: int) -> Iterator[str]:
    page = get(f"conversations/{number}/messages?most=200")
    yield page
    yield get(f"conversations/{number}/summaries")
    for form in FORMS:
        yield get(f"conversations/{number}/export?form={form}")
    for message in json.loads(page)["messages"]:
        if message["receipt"]:
            yield get(f"messages/{message['id']}/receipt")


def nowhere(page: Page, word: str) -> None:
    """Not a word of it is in any answer."""
    for answer in answers(page, word):
        assert word.casefold() not in answer.casefold(), answer[:500]


def on_disk(served: Served) -> bytes:
    """All that the server has written."""
    files = [one for one in served.folder.rglob("*") if one.is_file()]
    return b"\n".join(one.read_bytes() for one in files if one.name != "tertulia.toml")


# The list


def listed(page: Page) -> Locator:
    """The titles in the list of conversations."""
    return page.get_by_role("navigation", name="Conversations").locator(".row-title")


def row(page: Page, title: str) -> Locator:
    return page.locator(".row-item").filter(has=page.get_by_text(title, exact=True))


def link(page: Page, title: str) -> Locator:
    """What leads to a conversation."""
    return row(page, title).locator("> a")


def in_row(page: Page, title: str, entry: str) -> None:
    """Pick something from a conversation's menu."""
    row(page, title).hover()
    button(page, f"Rename, pin, archive, export, forget: {title}").click()
    page.get_by_role("menuitem", name=entry, exact=True).click()


def in_more(page: Page, entry: str) -> None:
    """Pick something from the menu above the list."""
    button(page, "More to do with conversations").click()
    page.get_by_role("menuitem", name=entry, exact=True).click()


def group(page: Page, name: str) -> Locator:
    """The titles below a heading of the list."""
    return page.get_by_role("list", name=name, exact=True).locator(".row-title")


def with_bot(page: Page, name: str) -> None:
    """Pick the bot for what is to begin."""
    page.get_by_role("button", name=re.compile("choose another bot$")).click()
    page.get_by_role("menuitemradio", name=name, exact=True).click()
    expect(page.get_by_role("textbox", name=f"Message {name}")).to_be_visible()


def said(page: Page, *texts: str) -> None:
    """Say each, and wait for each reply."""
    for text in texts:
        say(page, text)
        expect(mine(page).last).to_contain_text(text)
        expect(replies(page)).to_have_count(mine(page).count())


def sure(page: Page, yes: str = "Forget it") -> str:
    """Read what would go, and have it forgotten; those words."""
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("It cannot be brought back.")).to_be_visible()
    words = dialog.inner_text()
    button(dialog, yes).click()
    expect(dialog).to_have_count(0)
    return words


def drop(page: Page, name: str, content: bytes) -> None:
    """Drag a file over the page, and let it go there."""
    held = page.evaluate_handle(
        "([name, bytes]) => { const held = new DataTransfer();"
        " held.items.add(new File([new Uint8Array(bytes)], name)); return held }",
        [name, list(content)],
    )
    expect(page.locator(".page")).to_be_visible()
    # Whoever drags enters one thing after the other.
    page.wait_for_function(
        "(held) => { document.querySelector('main').dispatchEvent("
        "new DragEvent('dragenter', { bubbles: true, dataTransfer: held }));"
        " return document.querySelector('.drop-here') !== null }",
        arg=held,
    )
    expect(page.get_by_text("Drop it to import your conversations")).to_be_visible()
    for event in ("dragover", "drop"):
        page.dispatch_event("main", event, {"dataTransfer": held})
    expect(page.get_by_text("Drop it to import your conversations")).to_have_count(0)


def search(page: Page, words: str) -> None:
    page.get_by_role("searchbox", name="Search all that was said").fill(words)


def hits(page: Page) -> list[str]:
    """What was found, once something was."""
    found = page.get_by_role("list", name="What was found").get_by_role("listitem")
    expect(found).not_to_have_count(0)
    return found.all_inner_texts()


# Beside the talk


def panel(page: Page) -> Locator:
    return page.get_by_role("complementary", name="Memory")


def tab(page: Page, name: str) -> Locator:
    """Open a tab of the memory; what it shows."""
    page.get_by_role("tab", name=name, exact=True).click()
    return page.get_by_role("tabpanel")


def facts(page: Page) -> Locator:
    """The remembered sentences."""
    return page.locator(".facts .fact > p")


def told_page(page: Page, words: str) -> None:
    """Wait until a short message says it."""
    expect(page.locator(".toast").filter(has_text=words).first).to_be_visible()
