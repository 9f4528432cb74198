"""Nothing that anybody says runs in the page, leads it away or calls home."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page

from browser.conftest import Serve, Served, Visit, Watched
from browser.hostile import (
    BOT,
    Api,
    Object,
    api,
    audited,
    batches,
    export,
    go,
    look,
    show,
    touch,
    vectors,
)
from chatgpt_exports import straight
from servers import Aimock, aimock, reply

pytestmark = pytest.mark.slow

EACH = 24
CODE = re.compile("^(```|~~~)", re.MULTILINE)
FENCE = "```\ncode\n```\n"
NAMES = [" ".join(text.split()) for text in vectors()]
BOLD = "<b onclick=alert(1)>Bo</b>"


@contextmanager
def opened(
    serve: Serve, visit: Visit, browser: Browser, watched: Watched, *, policy: bool = False
) -> Iterator[tuple[Served, Api, Page]]:
    """A server, its interface, and a page of it that is looked at."""
    served = serve()
    with api(served) as calls, audited(browser, watched, policy=policy) as context:
        yield served, calls, visit(served, context=context)


def talk_of(number: int, texts: list[str], *, fenced: bool) -> Object:
    """Each text as a person's words, under it as a name, and as a reply."""
    said = [
        each
        for text in texts
        for each in (("user", text, FENCE + text if fenced else text), ("assistant", BOT, text))
    ]
    return export(number, said, f"talk {number}")


@pytest.mark.parametrize("policy", [True, False], ids=["policy", "no policy"])
def test_nothing_that_was_said_runs(
    serve: Serve, visit: Visit, browser: Browser, watched: Watched, policy: bool
) -> None:
    """As a person's words, as theirs with code among them, as a reply, as a name."""
    some = batches(vectors(), EACH)
    all_ = [*some, *some]
    with opened(serve, visit, browser, watched, policy=policy) as (_, calls, page):
        calls.bring(
            [talk_of(at, texts, fenced=at >= len(some)) for at, texts in enumerate(all_)],
        )
        for title, number in calls.titled().items():
            at = int(title.split()[1])
            texts = all_[at]
            show(page, number, 2 * len(texts))
            look(page)
            if at < len(some):
                shown = page.locator(".bubble > div.plain").all_text_contents()
                assert shown == [text for text in texts if not CODE.search(text)]
            touch(page)


def test_titles_names_and_what_is_found_are_words(
    serve: Serve, visit: Visit, browser: Browser, watched: Watched
) -> None:
    """In an import of ChatGPT's and of ours, in the lists, in the head, in what a search finds."""
    chats = [
        straight([f"houses {text}" for text in texts], number=at, title=f"{texts[0]} {at}")
        for at, texts in enumerate(batches(NAMES, 12), len(NAMES))
    ]
    with opened(serve, visit, browser, watched) as (_, calls, page):
        calls.bring(
            [
                export(at, [("user", name, f"houses {name}")], f"{name} {at}")
                for at, name in enumerate(NAMES)
            ]
        )
        told = calls.bring_in("conversations.json", json.dumps(chats).encode())
        assert told["conversations"] == len(chats)
        page.reload()
        page.locator(".row-item").first.wait_for()
        page.wait_for_function(
            "(all) => { const box = document.querySelector('.sidebar .scrolls');"
            " box.scrollTop = box.scrollHeight;"
            " return document.querySelectorAll('.row-item').length === all; }",
            arg=len(NAMES) + len(chats),
        )
        look(page)
        touch(page, ".row-title, .row-item time")
        for word in ("alert", "img", "script", "onerror", "evil", "style", "svg", "houses"):
            page.locator("#search").fill(word)
            page.wait_for_function(
                "(word) => document.querySelector('mark')?.textContent.toLowerCase() === word",
                arg=word,
            )
            look(page)
        page.locator(".hit a").first.click()
        page.locator("[data-message].flash, [data-message]:focus").first.wait_for()
        look(page)


def bot_of(server: Aimock, name: str) -> Object:
    return {
        "persona": {"name": name, "instructions": "\n".join(vectors())},
        "model": {
            "provider": "openai",
            "name": "m",
            "base_url": server.url,
            "retries": 0,
            "stop": ["<script>alert(1)</script>"],
        },
        "choices": ["openai:<img/src=x/onerror=alert(1)>"],
    }


@pytest.mark.parametrize("policy", [True, False], ids=["policy", "no policy"])
def test_a_reply_that_comes_in_is_words_at_each_moment(
    serve: Serve, visit: Visit, browser: Browser, watched: Watched, policy: bool
) -> None:
    """Streamed in small pieces, looked at in the midst, stored, and shown again by a reload."""
    some = batches(vectors(), 75)
    fixtures = [
        reply(f"piece {at}.", "\n\n".join(texts), chunkSize=9, latency=1)
        for at, texts in enumerate(some)
    ]
    with (
        aimock(fixtures) as server,
        opened(serve, visit, browser, watched, policy=policy) as (_, calls, page),
    ):
        calls.call("PUT", "/api/bots/bo", bot_of(server, BOLD))
        page.reload()
        for at in range(len(some)):
            begin = {"id": f"a{at}", "conversation": f"c{at}", "bot": "bo", "text": f"piece {at}."}
            number = calls.call("POST", "/api/messages", begin)["conversation"]
            go(page, f"/c/{number}")
            page.wait_for_function(
                "() => document.querySelector('.prose.streaming')?.textContent.length > 300"
                " && __audit.look()"
            )
            touch(page)
            show(page, number, 2)
            look(page)
            assert touch(page) > 10
        page.reload()
        show(page, number, 2)
        look(page)
