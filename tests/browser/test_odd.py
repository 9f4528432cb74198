"""Odd words: in any script, of any length, in any shape; and nothing sticks out at any width."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.conftest import Visit, Watched
from browser.talking import (
    Talking,
    answered,
    apart,
    begin,
    box,
    button,
    draft,
    mine,
    replies,
    say,
    talking,
)
from servers import reply
from tertulia.ports.archive import Past
from tertulia.stores.sql.sqlite import SQLiteStore
from tertulia.values.caller import LOCAL
from tertulia.values.message import Author, Place

pytestmark = pytest.mark.slow

WIDTHS = (360, 800, 1600)
WORD = "Donaudampfschifffahrt" * 40
ADDRESS = "https://example.org/" + "very-long-path/" * 30
COLUMNS = 24

ODD = {
    "hebrew": "שלום עולם, מה שלומך היום? This is English inside. (סוף)",
    "arabic": "مرحبا **بالعالم**:\n\n1. واحد\n2. اثنان\n\n`code` في السطر",
    "emoji": "👩‍👩‍👧‍👦 👍🏽 🇵🇪 ❤️‍🔥 e\u0301 Z̷͈͗a̸l̵g̶o̷ ﷽ \u202eright to left\u202c",
    "script": "日本語の長い文章は空白なしで続きます。" * 12 + " ภาษาไทยไม่มีช่องว่างระหว่างคำ" * 6,
    "word": WORD,
    "address": f"See {ADDRESS} and [this]({ADDRESS}).",
    "table": "\n".join(
        "|" + "|".join(cell for _ in range(COLUMNS)) + "|"
        for cell in ("a heading", "---", "a cell of some words", WORD[:40])
    ),
    "nested": "\n".join(f"{'  ' * deep}- level {deep} {'words ' * 8}" for deep in range(18)),
    "quotes": "> " * 20 + "deep\n\n" + "#" * 6 + " small\n\n" + "---\n\n" * 3,
    "code": "```python\n" + "x = " + "a_long_name + " * 60 + "1\n```\n\n`" + "y" * 300 + "`",
    "math": "$$" + " + ".join(f"x_{{{n}}}^2" for n in range(60)) + " = 0$$",
    "open": "**never closed `and this [nor this](http://\n\n```\nnor this",
    "html": "<b>not bold</b> <script>not()</script> &amp; &lt;",
    "spaces": "a" + " " * 400 + "b\n\n\n\n\n\nc\t\t\td",
}
WORDS = {
    "hebrew": "שלום עולם",
    "arabic": "مرحبا",
    "emoji": "👩‍👩‍👧‍👦 👍🏽 🇵🇪",
    "script": "日本語の長い文章",
    "word": WORD,
    "address": "and this",
    "table": "a heading",
    "nested": "level 17",
    "quotes": "deep",
    "code": "a_long_name",
    "math": "59",
    "open": "nor this",
    "html": "<b>not bold</b> <script>not()</script> & <",
    "spaces": "a b",
}
PASTE = "\n".join(f"line {n} of what was pasted" for n in range(1, 201))


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Generator[Talking]:
    fixtures = [reply(f"odd {name}", text, chunkSize=9) for name, text in ODD.items()]
    with talking(tmp_path_factory.mktemp("odd"), [*fixtures, reply("nothing at all", "")]) as made:
        apart(filled(made))
        yield made


async def filled(made: Talking) -> None:
    """All that is odd in one conversation with an odd title: said by people, and as replies."""
    store = SQLiteStore(made.served.data / "tertulia.db")
    await store.open()
    said: list[Past] = []
    for text in (WORD, *ODD.values()):
        for role in ("user", "assistant"):
            before = said[-1].id if said else None
            number = len(said)
            said.append(
                Past(
                    id=f"import:{number}",
                    parent=before,
                    role="user" if role == "user" else "assistant",
                    name=None,
                    text=text,
                    tokens=40,
                    said_at=1_760_000_000_000 + number,
                )
            )
    me = Author(platform_id=LOCAL, name="ana")
    place = Place(channel="web", account=LOCAL, spot="odd")
    await store.take_in(place, "mock", me, said, said[-1].id, 1_760_000_000_000)
    await store.close()


def fits(page: Page) -> None:
    """Nothing makes the page wider than the window, nor the talk wider than its column."""
    page.wait_for_function(
        """() => [document.scrollingElement, document.body, document.querySelector('[role=log]'),
          document.querySelector('nav.scrolls'), document.querySelector('main')]
          .every((one) => !one || one.scrollWidth <= one.clientWidth)"""
    )
    out = page.evaluate(
        """() => {
          const main = document.querySelector('main').getBoundingClientRect();
          const inside = (one) => one.closest('.table, pre, .math, code, [popover]');
          return [...document.querySelectorAll('main *')].filter((one) => {
            const { width, right, left } = one.getBoundingClientRect();
            const seen = width > 0 && !one.closest('.only-heard, .skip') && !inside(one);
            return seen && (right > main.right + 1 || left < main.left - 1);
          }).map((one) => one.outerHTML.slice(0, 120));
        }"""
    )
    assert out == []


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_sticks_out_of_a_talk_of_odd_words(here: Talking, visit: Visit, width: int) -> None:
    page = visit(here.served, "/c/1", viewport={"width": width, "height": 800})
    expect(replies(page)).to_have_count(len(ODD) + 1)
    expect(replies(page).last.locator(".prose > div > *").first).to_be_visible()
    for one in range(0, len(ODD) + 1, 3):
        replies(page).nth(one).scroll_into_view_if_needed()
    fits(page)
    table = replies(page).locator("div.table").first
    assert table.evaluate("(one) => one.scrollWidth > one.clientWidth")
    table.scroll_into_view_if_needed()
    fits(page)


@pytest.mark.parametrize("path", ["/", "/bots", "/settings", "/archive", "/nowhere"])
def test_no_view_is_wider_than_its_window(here: Talking, visit: Visit, path: str) -> None:
    page = visit(here.served, path)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 700})
        expect(page.get_by_role("main").get_by_role("heading").first).to_be_visible()
        fits(page)


def test_odd_words_come_in_as_they_stay(here: Talking, visit: Visit) -> None:
    page = visit(here.served)
    begin(page, "odd hebrew")
    for at, name in enumerate(ODD, 1):
        if at > 1:
            say(page, f"odd {name}")
        expect(replies(page)).to_have_count(at)
        expect(draft(page)).to_have_count(0)
        expect(replies(page).last.locator(".prose")).to_contain_text(WORDS[name])
    fits(page)
    by_name = {name: replies(page).nth(at).locator(".prose") for at, name in enumerate(ODD)}
    shapes(by_name)


def shapes(by_name: dict[str, Locator]) -> None:
    """What each of them should look like."""
    for name in ("hebrew", "arabic"):
        direction = (
            by_name[name].locator("p").first.evaluate("(p) => getComputedStyle(p).direction")
        )
        assert direction == "rtl"
    expect(by_name["arabic"].locator("ol")).to_have_css("direction", "rtl")
    expect(by_name["table"].get_by_role("columnheader")).to_have_count(COLUMNS)
    expect(by_name["nested"].locator("li")).to_have_count(18)
    expect(by_name["math"].locator("math")).to_have_count(1)


def test_what_people_write_stays_as_they_wrote_it(here: Talking, visit: Visit) -> None:
    page = visit(here.served)
    begin(page, "שלום\n**not bold** <b>nor this</b>\n  two spaces before")
    answered(page, "Yes.")
    said = mine(page).locator(".plain")
    assert said.inner_text() == "שלום\n**not bold** <b>nor this</b>\n  two spaces before"
    expect(said).to_have_css("direction", "rtl")
    say(page, f"look: {ADDRESS}.")
    expect(mine(page).last.get_by_role("link")).to_have_attribute("href", ADDRESS)


def test_a_long_paste_is_folded(here: Talking, visit: Visit) -> None:
    page = visit(here.served)
    begin(page, PASTE)
    answered(page, "Yes.")
    said = mine(page).locator(".plain")
    expect(said).not_to_contain_text("line 100 ")
    fold = button(mine(page), "Show all 200 lines")
    expect(fold).to_have_attribute("aria-expanded", "false")
    fold.click()
    expect(said).to_have_text(PASTE)
    assert said.inner_text() == PASTE
    button(mine(page), "Show less").click()
    expect(said).not_to_contain_text("line 100 ")
    assert here.prompts("line 200 of what was pasted")[-1][-1]["content"] == PASTE


def test_a_text_that_is_too_long_is_refused_kindly(
    here: Talking, visit: Visit, watched: Watched
) -> None:
    watched.expected = ("status of 422",)
    page = visit(here.served)
    begin(page, "hello")
    answered(page, "Yes.")
    page.set_default_timeout(60_000)  # Chromium takes its time to lay out a megabyte
    long = "word " * 200_001
    say(page, long)
    refused = page.get_by_role("alert").filter(has_text="Not sent.")
    expect(refused).to_contain_text("at most 1,000,000 can be sent at once. Send it in parts.")
    expect(box(page)).to_have_value("")
    button(refused, "Edit").click()
    expect(refused).to_have_count(0)
    expect(box(page)).not_to_have_value("")
    assert box(page).input_value() == long.strip()
    box(page).press("Enter")
    button(refused, "Discard").click()
    expect(mine(page)).to_have_count(1)
    say(page, "short again")
    expect(replies(page)).to_have_count(2)
    page.reload()
    expect(mine(page)).to_have_count(2)


def test_nothing_is_not_said(here: Talking, visit: Visit) -> None:
    page = visit(here.served)
    sent: list[str] = []
    page.on("request", lambda one: sent.append(one.method))
    expect(box(page)).to_be_focused()
    page.keyboard.press("Enter")
    say(page, "  \n\t ")
    expect(button(page, "Send")).to_have_attribute("aria-disabled", "true")
    button(page, "Send").click(force=True)
    expect(page.get_by_role("heading", name="Hello, I am Mock.")).to_be_visible()
    begin(page, "nothing at all")
    expect(page.locator("article[data-role=notice], article[data-role=assistant]")).to_have_count(1)
    expect(draft(page)).to_have_count(0)
    assert sent.count("POST") == 1
