"""Real Chromium before a real server: a page that errs or calls elsewhere fails its test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

from browsing import ARGUMENTS, SECONDS, Served

Serve = Callable[..., Served]


@pytest.fixture
def serve(tmp_path: Path) -> Generator[Serve]:
    """Starts servers, and ends them behind the test."""
    started: list[Served] = []

    def start(settings: str = "", **environ: str) -> Served:
        folder = tmp_path / f"served{len(started)}"
        folder.mkdir()
        made = Served(folder, settings, environ)
        started.append(made)
        return made.start()

    yield start
    for made in started:
        made.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """For a module, no longer: as long as Playwright runs, no other loop can in this thread."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield launched
        launched.close()


@dataclass
class Watched:
    """What a browser did that no page of ours may do."""

    own: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()

    def watch(self, context: BrowserContext) -> None:
        context.on("request", self._request)
        context.on("page", self._page)
        context.add_init_script(
            "addEventListener('securitypolicyviolation', (e) => console.error("
            "`CSP: ${e.violatedDirective} ${e.blockedURI}`))"
        )

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc not in self.own:
            self.wrong.append(f"request: {request.url}")

    def _page(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (self.wrong.append("dialog"), dialog.dismiss()))
        page.on("console", lambda told: told.type == "error" and self._told(told.text))

    def _told(self, text: str) -> None:
        self.wrong.append(f"console: {text}")

    def check(self) -> None:
        left = [one for one in self.wrong if not any(word in one for word in self.expected)]
        assert not left, left


Visit = Callable[..., Page]


@pytest.fixture
def watched() -> Watched:
    """Add to `expected` what a test provokes, such as the console's word on a 404."""
    return Watched()


@pytest.fixture
def visit(browser: Browser, watched: Watched) -> Generator[Visit]:
    """Opens pages: those of one `context` share cookies and storage, as tabs do."""
    contexts: list[BrowserContext] = []

    def open_(
        served: Served, path: str = "/", *, context: BrowserContext | None = None, **options: object
    ) -> Page:
        watched.own.add(f"127.0.0.1:{served.port}")
        if context is None:
            context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})  # type: ignore[arg-type]
            context.set_default_timeout(SECONDS * 1000)
            watched.watch(context)
            contexts.append(context)
        page = context.new_page()
        page.goto(served.url + path)
        return page

    yield open_
    with _closing(contexts):
        watched.check()


@contextmanager
def _closing(contexts: list[BrowserContext]) -> Iterator[None]:
    try:
        yield
    finally:
        for context in contexts:
            context.close()
