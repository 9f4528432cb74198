"""Hostile words for tests in a browser, and what looks at what the page makes of them."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
from playwright.sync_api import Browser, BrowserContext, Page, Request

import tertulia.channels.web
from browser.conftest import SECONDS, Served, Watched

HERE = Path(__file__).parent
AUDIT = (HERE / "audit.js").read_text(encoding="utf-8")
CONTENT = "div.prose, div.plain"
BOT = "tertulia"
BEGUN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

Object = dict[str, Any]


def vectors() -> list[str]:
    """Every hostile text."""
    lines = (HERE / "hostile.txt").read_text(encoding="utf-8").split("\n")
    return [line.replace("↵", "\n") for line in lines if line and not line.startswith("## ")]


def batches(texts: Sequence[str], size: int) -> list[list[str]]:
    return [list(texts[at : at + size]) for at in range(0, len(texts), size)]


def export(number: int, said: Iterable[tuple[str, str, str]], title: str) -> Object:
    """A conversation as `/export json` writes it, of (role, name, text)."""
    when = (BEGUN + timedelta(minutes=number)).isoformat()
    messages = [
        {
            "id": f"{number}.{seq}",
            "parent": f"{number}.{seq - 1}" if seq > 1 else None,
            "role": role,
            "name": name,
            "text": text,
            "said_at": when,
            "finish_reason": None,
        }
        for seq, (role, name, text) in enumerate(said, 1)
    ]
    return {
        "tertulia": 1,
        "conversation": f"spot{number}",
        "title": title,
        "channel": "web",
        "bot": BOT,
        "created_at": when,
        "messages": messages,
    }


class Api:
    """The HTTP interface, as a program uses it."""

    def __init__(self, served: Served) -> None:
        self._client = httpx2.Client(base_url=served.url, trust_env=False, timeout=SECONDS)

    def call(self, method: str, path: str, body: object = None, **more: Any) -> Any:
        """The object that is answered, where all is well; a file as the answer that has it."""
        if body is not None:
            more["json"] = body
        answer = self._client.request(method, path, **more)
        assert answer.is_success, (path, answer.status_code, answer.text)
        if "content-disposition" in answer.headers:
            return answer
        return answer.json() if answer.content else None

    def bring_in(self, name: str, content: bytes) -> Object:
        given = {"bot": BOT, "name": name}
        return self.call("POST", "/api/import", params=given, content=content)

    def bring(self, conversations: list[Object]) -> None:
        told = self.bring_in("ours.json", json.dumps(conversations).encode())
        assert told["conversations"] == len(conversations)

    def titled(self) -> dict[str, int]:
        """The numbers of the conversations by their titles."""
        listed = self.call("GET", "/api/conversations", params={"most": 200})
        return {one["title"]: one["id"] for one in listed["conversations"]}

    def close(self) -> None:
        self._client.close()


@contextmanager
def api(served: Served) -> Generator[Api]:
    made = Api(served)
    try:
        yield made
    finally:
        made.close()


@contextmanager
def audited(browser: Browser, watched: Watched, *, policy: bool) -> Generator[BrowserContext]:
    """A context whose pages are looked at as they change.

    Without the `policy` that the server sends, nothing but the page itself stands in the way of
    what is hostile.
    """
    context = browser.new_context(
        viewport={"width": 1280, "height": 800}, bypass_csp=not policy, reduced_motion="reduce"
    )
    context.set_default_timeout(SECONDS * 1000)
    watched.watch(context)
    context.on("request", lambda request: _known(request, watched))
    context.add_init_script(AUDIT)
    try:
        yield context
    finally:
        context.close()


def _known(request: Request, watched: Watched) -> None:
    """The page asks for its files and its interface: any other path is somebody's words."""
    path = urlsplit(request.url).path
    if path.startswith(("/assets/", "/api/")) or request.is_navigation_request():
        return
    if not request.url.startswith(("data:", "blob:", "file:")):
        watched.wrong.append(f"request: {request.url}")


def go(page: Page, path: str) -> None:
    """To another view, as a link of the page leads there."""
    page.evaluate(
        "(path) => { history.pushState(null, '', path);"
        " dispatchEvent(new PopStateEvent('popstate')); }",
        path,
    )


def look(page: Page) -> None:
    """Everything is clean, and was at each moment until now."""
    wrong = page.evaluate("__audit.look()")
    assert not wrong, wrong


def touch(page: Page, within: str = CONTENT) -> int:
    """Point at, focus and press all that words became; how much that was."""
    touched = page.evaluate("(within) => __audit.touch(within)", within)
    look(page)
    return touched


def show(page: Page, conversation: int, messages: int) -> None:
    """Open a conversation; all of its messages are drawn when this returns."""
    go(page, f"/c/{conversation}")
    page.wait_for_function(
        "([number, count]) => { const all = document.querySelectorAll("
        "`[data-message^='${number}.']`); return all.length === count &&"
        " !document.querySelector('[data-role=assistant] .prose .plain'); }",
        arg=[conversation, messages],
    )


def asset(served: Served, name: str) -> str:
    """Where the page has a piece of itself that it loads when it is needed."""
    folder = Path(tertulia.channels.web.__file__).parent / "assets" / "assets"
    (found,) = folder.glob(f"{name}-*.js")
    return f"{served.url}/assets/{found.name}"
