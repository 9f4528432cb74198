"""The talk as people have it: a first visit, streamed replies, and all that is done with them."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Serve, Visit
from browser.talking import (
    Talking,
    answered,
    apart,
    begin,
    box,
    button,
    draft,
    mine,
    nth,
    replies,
    say,
    talking,
    under,
)
from servers import failure, reply
from tertulia.stores.sql.sqlite import SQLiteStore
from tertulia.values.attachment import Attachment
from tertulia.values.caller import LOCAL
from tertulia.values.message import Author, Incoming, Measured, Place

pytestmark = pytest.mark.slow

MARKDOWN = """# Lima

Some **bold** and *slanted* words, `code` and a [link](https://example.org/lima).

1. One
2. Two

| City | Height |
|------|-------:|
| Lima | 154 m  |

> Quoted.

```python
def double(number):
    return 2 * number  # twice
```

The sum is $a^2 + b^2 = c^2$, and

$$\\int_0^1 x\\,dx = \\frac{1}{2}$$

It costs $5 or $6.
"""
CODE = "def double(number):\n    return 2 * number  # twice"
LONG = "\n\n".join(f"Paragraph {n} " + "has some more words " * 12 for n in range(1, 61))

FIXTURES = [
    reply("show me all", MARKDOWN, latency=10, chunkSize=7),
    reply("at length", LONG, latency=2, chunkSize=160),
    reply("A capital?", "Lima."),
    reply("Which hills?", "San Cristobal."),
    failure("refuse me", 400, "this model takes no such words"),
    nth("fail once", 0, "") | {"response": failure(None, 400, "not this time")["response"]},
    nth("fail once", 1, "Now it works."),
]


DRAWN = """
() => {
  window.drawn = new Set();
  window.lengths = new Set();
  new MutationObserver(() => {
    for (const one of document.querySelectorAll('article[aria-busy=true] .prose *')) {
      drawn.add(one.localName);
      lengths.add(one.closest('.prose').textContent.length);
    }
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}
"""


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Generator[Talking]:
    with talking(tmp_path_factory.mktemp("talk"), FIXTURES) as made:
        yield made


def clipboard(page: Page) -> str:
    return page.evaluate("navigator.clipboard.readText()")


# A newcomer


def test_a_newcomer_is_greeted_and_led(serve: Serve, visit: Visit) -> None:
    page = visit(serve())
    expect(page.get_by_role("heading", name="Hello, I am Tertulia.")).to_be_visible()
    expect(page.get_by_text("No conversation yet")).to_be_visible()
    expect(box(page)).to_be_focused()
    hint = page.get_by_role("note", name="This is the offline model")
    expect(hint).to_contain_text("Connect a model to talk with a real one.")

    things = page.get_by_role("list", name="Things to try")
    expect(things.get_by_role("button")).to_have_count(3)
    button(things, "Remember that I live in Lima.").click()
    page.wait_for_url(re.compile(r"/c/1$"))
    expect(mine(page)).to_contain_text("Remember that I live in Lima.")
    expect(replies(page).locator(".prose")).to_contain_text(re.compile(r"\w"))
    expect(page).to_have_title(re.compile("Remember that I live in Lima"))
    say(page, "Where do I live?")
    expect(replies(page)).to_have_count(2)
    expect(replies(page).last.locator(".prose")).to_contain_text("Lima")


def test_the_hint_leads_to_connecting_a_model(here: Talking, visit: Visit) -> None:
    page = visit(here.served)
    page.get_by_role("button", name="Talk with Mock: choose another bot").click()
    page.get_by_role("menuitemradio", name="Ofelia").click()
    expect(page.get_by_role("heading", name="Hello, I am Ofelia.")).to_be_visible()
    button(page, "Connect a model").click()
    expect(page.get_by_role("dialog", name="Connect a model")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(button(page, "Connect a model")).to_be_focused()


# Replies


def test_a_reply_is_drawn_as_it_comes_and_whole_at_the_end(here: Talking, visit: Visit) -> None:
    page = visit(here.served)
    page.evaluate(DRAWN)
    begin(page, "show me all")
    prose = replies(page).last.locator(".prose")
    expect(prose).to_contain_text("It costs $5 or $6.")
    drawn = set(page.evaluate("[...drawn]"))
    assert {"h3", "strong", "em", "p", "code", "a", "ol", "li", "table", "figure"} <= drawn
    assert page.evaluate("lengths.size") > 5
    for name in ("h3.h1", "strong", "em", "ol > li", "table", "blockquote", "figure.code"):
        expect(prose.locator(name).first).to_be_visible()
    link = prose.get_by_role("link", name="link")
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
    expect(link).to_have_attribute("target", "_blank")


def test_code_has_colours_and_is_copied(here: Talking, visit: Visit) -> None:
    page = visit(here.served, permissions=["clipboard-read", "clipboard-write"])
    begin(page, "show me all")
    expect(draft(page)).to_have_count(0)
    code = replies(page).last.locator("figure.code")
    expect(code.locator("figcaption")).to_contain_text("python")
    expect(code.locator(".hljs-keyword").first).to_have_text("def")
    expect(code.locator(".hljs-comment")).to_have_text("# twice")
    button(page, "Copy code").click()
    expect(page.get_by_role("status").get_by_text("Copied")).to_be_visible()
    assert clipboard(page) == CODE


def test_math_is_drawn_and_prices_are_not(here: Talking, visit: Visit) -> None:
    page = visit(here.served)
    begin(page, "show me all")
    expect(draft(page)).to_have_count(0)
    prose = replies(page).last.locator(".prose")
    expect(prose.locator("math")).to_have_count(2)
    expect(prose.locator("math msup").first).to_be_visible()
    expect(prose.locator("math[display=block] mfrac")).to_be_visible()
    expect(prose.locator("p").last).to_have_text("It costs $5 or $6.")


def test_a_long_reply_is_followed_to_its_end_unless_one_reads_above(
    here: Talking, visit: Visit
) -> None:
    page = visit(here.served)
    begin(page, "at length")
    answered(page, re.sub(r"\s+", " ", LONG).strip())
    expect(replies(page).last.locator("p").last).to_be_in_viewport()
    log = page.get_by_role("log")
    log.hover()
    page.mouse.wheel(0, -3000)
    expect(button(page, "Jump to the newest")).to_be_visible()
    button(page, "Jump to the newest").click()
    expect(replies(page).last.locator("p").last).to_be_in_viewport()


# What goes wrong


def test_a_model_that_refuses_is_told_with_its_cause(here: Talking, visit: Visit) -> None:
    page = visit(here.served)
    begin(page, "refuse me")
    notice = page.locator("article[data-role=notice]")
    expect(notice).to_contain_text(re.compile(r"\w+ .*\."))
    expect(notice).to_contain_text("For you as the owner:")
    expect(notice.locator(".cause")).to_contain_text("this model takes no such words")
    expect(button(notice, "Try again").first).to_be_visible()
    expect(draft(page)).to_have_count(0)


def test_after_a_notice_it_is_tried_again(here: Talking, visit: Visit) -> None:
    page = visit(here.served)
    begin(page, "fail once")
    notice = page.locator("article[data-role=notice]")
    button(notice, "Try again").first.click()
    answered(page, "Now it works.")
    say(page, "A capital?")
    answered(page, "Lima.")


def test_what_a_bot_could_not_read_stands_in_a_note(here: Talking, visit: Visit) -> None:
    page = visit(here.served)
    page.get_by_role("button", name="Talk with Mock: choose another bot").click()
    page.get_by_role("menuitemradio", name="Tiny").click()
    begin(page, "A capital? " + "and so on " * 600)
    answered(page, "Lima.")
    notes = replies(page).get_by_role("list").filter(has_text="tokens")
    expect(notes).to_contain_text("Your message was longer than I can read at once")
    page.reload()
    expect(notes).to_contain_text("were cut from its middle.")


# Words and files


def test_what_was_said_is_copied(here: Talking, visit: Visit) -> None:
    page = visit(here.served, permissions=["clipboard-read", "clipboard-write"])
    begin(page, "A capital?")
    answered(page, "Lima.")
    under(replies(page), "Copy").click()
    expect(page.get_by_role("status").get_by_text("Copied")).to_be_visible()
    assert clipboard(page) == "Lima."
    under(mine(page), "Copy").click()
    page.wait_for_function("async () => await navigator.clipboard.readText() === 'A capital?'")


def test_commands_are_answered_beside_the_talk(here: Talking, visit: Visit) -> None:
    page = visit(here.served)
    begin(page, "A capital?")
    answered(page, "Lima.")
    box(page).fill("/me")
    commands = page.get_by_role("list", name="Commands")
    expect(commands.get_by_role("button")).to_have_text("/memoryShow what is remembered of you")
    say(page, "/memory")
    card = page.get_by_role("region", name="Answer to /memory")
    expect(card).to_contain_text("Only shown here, and kept nowhere")
    say(page, "//memory is a word")
    expect(mine(page).last).to_contain_text("/memory is a word")
    answered(page, "Yes.")
    say(page, "/new")
    expect(page.get_by_role("region", name="Answer to /new")).to_be_visible()
    say(page, "Which hills?")
    answered(page, "San Cristobal.")
    expect(page.get_by_text("A new window: what stands above is not read any more")).to_be_visible()
    assert [line["content"] for line in here.prompts("Which hills?")[-1][1:]] == ["Which hills?"]
    button(card, "Close this answer").click()
    expect(card).to_have_count(0)
    page.reload()
    expect(replies(page)).to_have_count(3)
    expect(page.get_by_role("region", name=re.compile("^Answer to"))).to_have_count(0)


def test_a_command_needs_a_conversation(here: Talking, visit: Visit) -> None:
    page = visit(here.served)
    say(page, "/memory")
    expect(page.get_by_text("Commands work in a conversation that has begun.")).to_be_visible()
    expect(box(page)).to_have_value("/memory")


def test_what_was_begun_to_be_written_is_kept_for_each_conversation(
    here: Talking, visit: Visit
) -> None:
    page = visit(here.served)
    one = begin(page, "A capital?")
    answered(page, "Lima.")
    box(page).fill("begun in the first")
    button(page, "New conversation").click()
    expect(box(page)).to_have_value("")
    two = begin(page, "Which hills?")
    answered(page, "San Cristobal.")
    box(page).fill("begun in the\nsecond")
    for number, words in ((one, "begun in the first"), (two, "begun in the\nsecond")):
        page.locator(f"[data-conversation='{number}'] > a").click()
        expect(box(page)).to_have_value(words)
        page.reload()
        expect(box(page)).to_have_value(words)
    say(page, "A capital?")
    answered(page, "Lima.")
    page.reload()
    answered(page, "Lima.")
    expect(box(page)).to_have_value("")


def test_pictures_and_files_that_a_channel_brought_are_shown(here: Talking, visit: Visit) -> None:
    where = apart(brought(here.served.data / "tertulia.db"))
    page = visit(here.served, f"/c/{where}")
    answered(page, "San Cristobal.")
    image = page.get_by_role("img", name="Picture: hill.png")
    expect(image).to_be_visible()
    page.wait_for_function("() => document.querySelector('img').naturalWidth === 3")
    expect(page.get_by_role("link", name="Picture: hill.png")).to_have_attribute("target", "_blank")
    link = page.get_by_role("link", name="Download route.gpx")
    expect(link).to_contain_text("2 kB")
    with page.expect_download() as loaded:
        link.click()
    assert loaded.value.suggested_filename == "route.gpx"
    assert loaded.value.path().read_bytes() == ROUTE


async def brought(file: Path) -> int:
    """As a channel does it: what somebody sent is accepted with what came with it."""
    store = SQLiteStore(file)
    await store.open()
    try:
        accepted = await store.accept(Measured(incoming=BROUGHT, tokens=9), BROUGHT.said_at)
        return accepted.conversation
    finally:
        await store.close()


def picture(width: int, height: int) -> bytes:
    """A PNG of one colour."""
    rows = (b"\0" + b"\x20\x60\xa0" * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )


ROUTE = b"<gpx/>" + b" " * 2000
BROUGHT = Incoming(
    place=Place(channel="web", account=LOCAL, spot="brought"),
    bot="mock",
    author=Author(platform_id=LOCAL, name="ana"),
    platform_id="brought-1",
    text="Which hills?",
    said_at=1_760_000_000_000,
    present=(),
    attachments=(
        Attachment(name="hill.png", media_type="image/png", content=picture(3, 2)),
        Attachment(name="route.gpx", media_type="application/gpx+xml", content=ROUTE),
    ),
)
