"""What stands beside the talk is words too: memory, notices, commands, bots, files, addresses."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

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
from servers import aimock, failure, reply
from tertulia.app.compose import database
from tertulia.app.plugins import load
from tertulia.values.attachment import Attachment
from tertulia.values.message import Author, Incoming, Measured, Place

pytestmark = pytest.mark.slow

LINES = [" ".join(text.split()) for text in vectors()]
SHORT = [line for line in LINES if len(line) <= 60]
WORDS = "words " * 300
BOLD = "<b onclick=alert(1)>Bo</b>"


@contextmanager
def opened(
    serve: Serve, visit: Visit, browser: Browser, watched: Watched, path: str = "/"
) -> Iterator[tuple[Served, Api, Page]]:
    """A server, its interface, and a page of it that is looked at."""
    served = serve()
    with api(served) as calls, audited(browser, watched, policy=False) as context:
        yield served, calls, visit(served, path, context=context)


def test_what_is_remembered_seen_and_forgotten_is_words(
    serve: Serve, visit: Visit, browser: Browser, watched: Watched
) -> None:
    """Facts, written and edited; what the bot saw, what it would read; what forgetting tells."""
    some = batches(LINES, 100)
    with opened(serve, visit, browser, watched) as (_, calls, page):
        made = [
            calls.call("POST", "/api/facts", {"bot": BOT, "statement": f"has {line}"})
            for line in LINES[::4]
        ]
        for fact, line in zip(made, LINES[1::8], strict=False):
            calls.call("PATCH", f"/api/facts/{fact['id']}", {"statement": f"had {line}"})
        calls.bring([export(1, [("user", "ana", "\n".join(each)) for each in some], "a talk")])
        (number,) = calls.titled().values()
        calls.call("POST", f"/api/conversations/{number}/messages", {"id": "x", "text": "alert"})
        page.reload()
        show(page, number, len(some) + 2)
        page.locator(".facts li.fact").nth(len(made) - 1).wait_for()
        look(page)
        page.get_by_role("button", name="History").first.click()
        page.locator(".fact-history").wait_for()
        page.get_by_role("button", name="Edit: ").first.click()
        page.locator(".facts textarea").wait_for()
        page.locator(".memory-panel textarea").last.fill(" ".join(LINES[:40]))
        page.get_by_role("button", name="Show the prompt").click()
        page.locator(".prompt pre").first.wait_for()
        look(page)
        page.get_by_role("tab").nth(1).click()
        page.locator(".memory-panel details").first.wait_for()
        for group in page.locator(".memory-panel summary").all():
            group.click()
        more = page.locator(".memory-panel .told button")
        while more.count():
            more.first.click()
        look(page)
        touch(page, ".told, .prompt, .fact")
        page.get_by_role("tab").nth(0).click()
        page.locator(".facts").get_by_role("button", name="Forget: ").first.click()
        page.locator("dialog[open] .stack li, dialog[open] .stack p").first.wait_for()
        look(page)


def test_a_failing_model_s_words_and_a_summary_s_are_words(
    serve: Serve, visit: Visit, browser: Browser, watched: Watched
) -> None:
    some = batches(LINES, 60)
    fixtures = [
        *(failure(f"fail {at}.", 400, " ".join(each)) for at, each in enumerate(some)),
        reply("talk", "Yes."),
        reply(None, " ".join(LINES[:30])),
    ]
    with (
        aimock(fixtures) as server,
        opened(serve, visit, browser, watched) as (_, calls, page),
    ):
        model = {"provider": "openai", "name": LINES[0], "base_url": server.url, "retries": 0}
        small = {**model, "context_window": 2000, "max_tokens": 300}
        persona = {"name": BOLD, "instructions": "Be kind."}
        calls.call("PUT", "/api/bots/bo", {"persona": persona, "model": small})
        page.reload()
        for at in range(7):
            say = {"conversation": "c", "bot": "bo", "id": f"t{at}", "text": f"talk {WORDS}"}
            number = calls.call("POST", "/api/messages", say)["conversation"]
            show(page, number, 2 * at + 2)
        page.locator("section:has(#summaries-title) .told").first.wait_for()
        look(page)
        for at in range(len(some)):
            say = {"id": f"f{at}", "text": f"fail {at}."}
            calls.call("POST", f"/api/conversations/{number}/messages", say)
            show(page, number, 2 * at + 16)
        assert page.locator(".notice .cause").count() == len(some)
        look(page)
        touch(page, ".notice, .told")


def test_the_answers_to_commands_are_words(
    serve: Serve, visit: Visit, browser: Browser, watched: Watched
) -> None:
    watched.expected = ("status of 422",)
    with opened(serve, visit, browser, watched) as (_, calls, page):
        for line in LINES[::5]:
            calls.call("POST", "/api/facts", {"bot": BOT, "statement": f"has {line}"})
        calls.bring([export(1, [("user", "ana", text) for text in vectors()[::9]], "a talk")])
        (number,) = calls.titled().values()
        page.reload()
        show(page, number, len(vectors()[::9]))
        for count, line in enumerate(["/memory", "/export", "/export html", *LINES[::40]]):
            page.locator("#say").fill(line if line.startswith("/") else f"/forget {line}")
            page.locator("#say").press("Enter")
            page.locator(".card").nth(count).wait_for()
        look(page)
        for line in LINES[::80]:
            page.locator("#say").fill(f"/model {line}")
            page.locator("#say").press("Enter")
            page.locator(".toast", has_text=line[:20]).first.wait_for()
        look(page)
        touch(page, ".card")


def test_bots_are_called_what_they_are_called(
    serve: Serve, visit: Visit, browser: Browser, watched: Watched
) -> None:
    """In the list, in the form, in the menu of the head, and over the whole page."""
    with opened(serve, visit, browser, watched) as (_, calls, page):
        for at, line in enumerate(SHORT[::6]):
            given: Object = {
                "persona": {"name": line, "instructions": "\n".join(vectors())},
                "model": {"provider": "offline", "stop": [line]},
                "choices": [f"openai:{line.split()[0]}"],
            }
            calls.call("PUT", f"/api/bots/b{at}", given)
        page.reload()
        page.get_by_role("button", name="Talk with").click()
        menu = page.get_by_role("menu", name="Talk with")
        menu.get_by_role("menuitemradio").nth(10).wait_for()
        look(page)
        menu.get_by_role("menuitemradio", name="<svg").first.click()
        page.locator(".hello h2", has_text="<svg").wait_for()
        page.get_by_role("tab").nth(2).click()
        page.locator(".about-name").wait_for()
        look(page)
        go(page, "/bots")
        page.locator(".bot-item").nth(len(SHORT[::6])).wait_for()
        look(page)
        page.locator(".bot-item", has_text="<svg").get_by_role("button").first.click()
        page.locator("form, .edit-bot").first.wait_for()
        look(page)


def attach(served: Served, texts: list[str]) -> None:
    """Pictures and files that came with messages of this machine's owner."""

    async def bring() -> None:
        store = load("stores", "sqlite")(database(served.data))
        await store.open()
        try:
            for at, text in enumerate(texts):
                kind = ("image/png", "image/svg+xml", "text/html", text[:60])[at % 4]
                content = f"<svg xmlns='http://www.w3.org/2000/svg'>{text}</svg>".encode()
                incoming = Incoming(
                    place=Place(channel="web", account="local", spot="files"),
                    bot=BOT,
                    author=Author(platform_id="local", name=text),
                    platform_id=f"m{at}",
                    text="a file",
                    said_at=at + 1,
                    attachments=(Attachment(name=text, media_type=kind, content=content),),
                )
                await store.accept(Measured(incoming=incoming, tokens=1), at + 1)
        finally:
            await store.close()

    with ThreadPoolExecutor() as apart:  # playwright has a loop of its own running here
        apart.submit(lambda: asyncio.run(bring())).result()


def test_files_are_called_what_they_are_called_and_nothing_in_them_runs(
    serve: Serve, visit: Visit, browser: Browser, watched: Watched
) -> None:
    texts = LINES[::10]
    with opened(serve, visit, browser, watched) as (served, calls, page):
        attach(served, texts)
        (number,) = calls.titled().values()
        show(page, number, len(texts) + 1)  # and one reply to all of them
        # What says that it is a picture and is none is offered as a file.
        page.locator("[data-message]").first.scroll_into_view_if_needed()
        page.locator(".attachments li").nth(len(texts) - 1).wait_for()
        look(page)
        touch(page, ".attachments")
        for at in range(1, len(texts) + 1):
            answer = calls.call("GET", f"/api/attachments/{at}")
            headers = answer.headers
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["content-security-policy"].startswith("sandbox;")
            shown = headers["content-type"] == "image/png"
            assert shown is (at % 4 == 1)
            assert headers["content-disposition"].startswith("inline" if shown else "attachment;")
            assert shown or headers["content-type"] == "application/octet-stream"


def test_an_export_is_words_wherever_it_is_opened(
    serve: Serve, visit: Visit, browser: Browser, watched: Watched, tmp_path: Path
) -> None:
    """Out of the page, with nothing of the server's before it; and brought in again."""
    texts = [text for text in vectors() if text.strip()]
    said = [("user" if at % 2 else "assistant", text, text) for at, text in enumerate(texts)]
    with opened(serve, visit, browser, watched) as (_, calls, page):
        calls.bring([export(1, said, f"{LINES[0]} {LINES[30]}")])
        (number,) = calls.titled().values()
        path = f"/api/conversations/{number}/export"
        calls.call("PATCH", f"/api/conversations/{number}", {"title": LINES[30][:200]})
        for form in ("md", "txt", "json", "html"):
            answer = calls.call("GET", path, params={"form": form})
            assert answer.headers["content-disposition"].startswith("attachment;")
            assert answer.headers["content-security-policy"].startswith("sandbox;")
            (tmp_path / f"export.{form}").write_bytes(answer.content)
        other = page.context.new_page()
        other.goto((tmp_path / "export.html").as_uri())
        assert other.locator("article").count() == len(texts)
        assert other.locator("article pre").all_text_contents() == texts
        look(other)
        touch(other, "body")
        other.close()
        told = calls.bring_in("export.json", (tmp_path / "export.json").read_bytes())
        assert told["messages"] == len(texts)


def test_an_address_is_no_more_than_an_address(
    serve: Serve, visit: Visit, browser: Browser, watched: Watched
) -> None:
    forms = ["/c/{}", "/c/1/m/{}", "/{}", "/bots/{}", "/login/{}", "/#{}", "/?q={}"]
    paths = [forms[at % len(forms)].format(quote(line, safe="")) for at, line in enumerate(LINES)]
    with opened(serve, visit, browser, watched, paths[0]) as (served, _, page):
        for path in [form.format(quote(LINES[30], safe="")) for form in forms]:
            page.goto(served.url + path)
            page.locator("#page main").first.wait_for()
            look(page)
        page.evaluate(
            """async (paths) => {
              for (const path of paths) {
                history.pushState(null, "", path);
                dispatchEvent(new PopStateEvent("popstate"));
                await new Promise((done) => setTimeout(done));
              }
            }""",
            paths,
        )
        look(page)


def test_what_the_browser_kept_is_words(
    serve: Serve, visit: Visit, browser: Browser, watched: Watched
) -> None:
    """Drafts, what was not sent yet, settings; and none of them as it should be."""
    with opened(serve, visit, browser, watched) as (_, calls, page):
        calls.bring([export(1, [("user", "ana", "x")], "a talk")])
        (number,) = calls.titled().values()
        unsent = [
            {"id": f"p{at}", "to": number, "text": text, "at": at, "refused": text, "message": None}
            for at, text in enumerate(vectors()[::4])
        ]
        everything = "\n".join(vectors())
        kept = {
            "draft.local.new": everything,
            f"draft.local.{number}": everything,
            "outbox.local": unsent,
            "settings": dict.fromkeys(("theme", "size", "language", "enter"), LINES[30]),
        }
        odd = {name: [{"__proto__": None}, 5, None, LINES[30]] for name in [*kept, "list", "panel"]}
        for values in (kept, odd):
            page.evaluate(
                "(kept) => { for (const [name, value] of Object.entries(kept))"
                " localStorage.setItem(`tertulia.${name}`, JSON.stringify(value)); }",
                values,
            )
            page.goto(page.url.split("/c/")[0])
            page.locator("#say").wait_for()
            look(page)
            if values is kept:
                assert page.locator("#say").input_value() == everything
            go(page, f"/c/{number}")
            page.locator(f"[data-message='{number}.1']").wait_for()
            if values is kept:
                page.locator(".bubble").nth(len(unsent)).wait_for()
            look(page)
            touch(page)


def test_a_link_leads_to_another_tab_that_knows_nothing_of_this_one(
    serve: Serve, visit: Visit, browser: Browser, watched: Watched
) -> None:
    watched.expected = ("request: https://evil.test/",)
    with opened(serve, visit, browser, watched) as (_, calls, page):
        said = [
            ("user", "ana", "https://evil.test/1"),
            ("assistant", BOT, "[x](https://evil.test/2)"),
        ]
        calls.bring([export(1, said, "a talk")])
        (number,) = calls.titled().values()
        seen: list[dict[str, str]] = []
        page.context.route(
            "https://evil.test/**",
            lambda route: (seen.append(route.request.headers), route.fulfill(body="<p>x")),
        )
        show(page, number, 2)
        for link in page.locator("div.prose a, div.plain a").all():
            with page.expect_popup() as opening:
                link.click()
            assert opening.value.evaluate("[opener, document.referrer]") == [None, ""]
            opening.value.close()
        assert len(seen) == 2
        assert all("referer" not in headers for headers in seen)
        assert page.url.endswith(f"/c/{number}")
