"""A conversation of five thousand messages is as near at hand as one of ten."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Served, Visit
from browser.paced import Paced, paced
from browser.talking import (
    SETTINGS,
    answered,
    apart,
    box,
    button,
    came,
    mine,
    replies,
    say,
)
from tertulia.ports.archive import Past
from tertulia.stores.sql.sqlite import SQLiteStore
from tertulia.values.caller import LOCAL
from tertulia.values.message import Author, Place

pytestmark = pytest.mark.slow

MANY = 5_000
NEEDLE = 2_345
SINCE = 1_700_000_000_000
MINUTE = 60_000


@pytest.fixture(scope="module")
def model() -> Generator[Paced]:
    with paced() as running:
        yield running


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the conversation, of which each server has a copy."""
    file = tmp_path_factory.mktemp("long") / "tertulia.db"
    apart(filled(file))
    return file


@pytest.fixture
def served(template: Path, tmp_path: Path, model: Paced) -> Generator[Served]:
    made = Served(tmp_path, SETTINGS.format(url=model.url))
    made.data.mkdir()
    (made.data / template.name).write_bytes(template.read_bytes())
    yield made.start()
    made.stop()


async def filled(file: Path) -> None:
    store = SQLiteStore(file)
    await store.open()
    said = [
        Past(
            id=f"import:{n}",
            parent=f"import:{n - 1}" if n > 1 else None,
            role="user" if n % 2 else "assistant",
            name=None,
            text=words_of(n),
            tokens=40,
            said_at=SINCE + n * MINUTE,
        )
        for n in range(1, MANY + 1)
    ]
    place = Place(channel="web", account=LOCAL, spot="long")
    me = Author(platform_id=LOCAL, name="ana")
    await store.take_in(place, "mock", me, said, said[-1].id, SINCE)
    await store.close()


def words_of(n: int) -> str:
    if n == NEEDLE:
        return "The marmalade stands in the pantry."
    if n % 10 == 0:
        return (
            f"## Part {n}\n\n- one\n- two\n\n```python\nprint({n})\n```\n\nAnd so on, at length. "
            * 3
        )
    return f"Message {n} of {MANY}, with some words."


FLASHED = """
() => {
  window.flashed = [];
  const look = (all) => flashed.push(
    ...all.filter((one) => one.target.classList.contains('flash'))
      .map((one) => one.target.dataset.message));
  new MutationObserver(look)
    .observe(document.body, { subtree: true, attributes: true, attributeFilter: ['class'] });
}
"""
SHOWN = "() => [...document.querySelectorAll('[data-message]')].map((one) => one.dataset.message)"


def loaded(page: Page) -> list[int]:
    """The seqs of the messages that are there, from above."""
    return [int(one.split(".")[1]) for one in page.evaluate(SHOWN)]


def in_view(page: Page) -> int:
    """The seq of the message in the middle of what is seen."""
    return page.evaluate(
        """() => {
          const box = document.querySelector('[role=log]').getBoundingClientRect();
          for (const one of document.querySelectorAll('[data-message]')) {
            const { top, bottom } = one.getBoundingClientRect();
            if (bottom > box.top + box.height / 2) return Number(one.dataset.message.split('.')[1]);
          }
        }"""
    )


def test_it_opens_at_its_end_and_older_ones_come(served: Served, visit: Visit) -> None:
    page = visit(served, "/c/1")
    expect(page.locator(f"[data-message='1.{MANY}']")).to_be_in_viewport()
    assert loaded(page) == list(range(MANY - 49, MANY + 1))
    page.get_by_role("log").hover()
    wanted = MANY - 600
    while (first := loaded(page)[0]) > wanted:
        page.mouse.wheel(0, -4_000)
        page.wait_for_function(
            f"(first) => Number(({SHOWN})()[0].split('.')[1]) < first ||"
            " document.querySelector('[role=log]').scrollTop > 4000",
            arg=first,
        )
    there = loaded(page)
    assert there == list(range(there[0], MANY + 1))
    expect(page.locator(f"[data-message='1.{wanted}']")).to_be_attached()
    page.locator(f"[data-message='1.{wanted}']").scroll_into_view_if_needed()
    expect(page.locator(f"[data-message='1.{wanted}']")).to_contain_text(f"Part {wanted}")
    button(page, "Jump to the newest").click()
    expect(page.locator(f"[data-message='1.{MANY}']")).to_be_in_viewport()
    there = loaded(page)
    assert there == list(range(there[0], MANY + 1))


def test_a_hit_opens_around_itself_and_is_shown(served: Served, visit: Visit) -> None:
    page = visit(served, "/c/1")
    expect(page.locator(f"[data-message='1.{MANY}']")).to_be_in_viewport()
    page.get_by_role("searchbox", name="Search all that was said").fill("marmalade")
    hits = page.get_by_role("list", name="What was found")
    expect(hits.get_by_role("link")).to_have_count(1)
    expect(hits.locator("mark")).to_have_text("marmalade")
    page.evaluate(FLASHED)
    hits.get_by_role("link").click()
    found = page.locator(f"[data-message='1.{NEEDLE}']")
    expect(found).to_be_in_viewport()
    page.wait_for_function("(id) => flashed.includes(id)", arg=f"1.{NEEDLE}")
    expect(found).to_be_focused()
    there = loaded(page)
    assert there == list(range(there[0], there[-1] + 1))
    assert there[0] < NEEDLE < there[-1]
    assert len(there) < 200

    page.get_by_role("log").hover()
    for by in (-20_000, 60_000):
        was = (there[0], there[-1])
        page.mouse.wheel(0, by)
        page.wait_for_function(
            f"(was) => ({SHOWN})().at({-1 if by > 0 else 0}) !== was", arg=f"1.{was[by > 0]}"
        )
        there = loaded(page)
        assert there == list(range(there[0], there[-1] + 1))
    assert there[-1] < MANY

    button(page, "Jump to the newest").click()
    expect(page.locator(f"[data-message='1.{MANY}']")).to_be_in_viewport()
    assert loaded(page)[-1] == MANY
    expect(button(page, "Jump to the newest")).to_have_count(0)


def test_who_reads_above_is_not_pulled_away(served: Served, model: Paced, visit: Visit) -> None:
    model.upto(20)
    page = visit(served, "/c/1")
    expect(page.locator(f"[data-message='1.{MANY}']")).to_be_in_viewport()
    other = visit(served, "/c/1", context=page.context)
    expect(other.locator(f"[data-message='1.{MANY}']")).to_be_in_viewport()
    page.get_by_role("log").hover()
    page.mouse.wheel(0, -2_500)
    expect(button(page, "Jump to the newest")).to_be_visible()
    settled(page)
    before = in_view(page)
    assert before < MANY - 5
    say(other, "count below me")
    came(page, "w020")
    expect(page.get_by_role("button", name="1 new message")).to_be_visible()
    assert in_view(page) == before
    model.upto(200)
    expect(page.get_by_role("button", name="2 new messages")).to_be_visible()
    assert in_view(page) == before
    page.get_by_role("button", name="2 new messages").click()
    expect(replies(page).last).to_contain_text("w200")
    expect(mine(page).last).to_contain_text("count below me")
    expect(replies(page).last.locator("p").last).to_be_in_viewport()
    page.mouse.wheel(0, -2_500)
    expect(button(page, "Jump to the newest")).to_be_visible()
    say(page, "A capital?")
    answered(page, "Lima.")
    expect(replies(page).last).to_be_in_viewport()
    expect(box(page)).to_be_focused()


def settled(page: Page) -> None:
    """Wait until nothing moves any more: two frames in which what is seen stays where it is."""
    page.wait_for_function(
        """() => new Promise((done) => {
          const log = document.querySelector('[role=log]');
          const [top, all] = [log.scrollTop, log.scrollHeight];
          requestAnimationFrame(() => requestAnimationFrame(() =>
            done(log.scrollTop === top && log.scrollHeight === all)));
        })"""
    )
