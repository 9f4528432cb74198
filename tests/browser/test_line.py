"""A talk while its line or its server is away: all comes, once, when they are back."""

from __future__ import annotations

import re
from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page, expect

from browser.conftest import Served, Visit, Watched
from browser.line import line
from browser.paced import Paced, paced
from browser.talking import (
    AWAY,
    COUNTED,
    SETTINGS,
    WORDS,
    answered,
    begin,
    box,
    came,
    in_order,
    mine,
    replies,
    say,
    shows,
    told,
    watch_order,
)

pytestmark = pytest.mark.slow

BACK = 60.0
"""Seconds: the longer a server is away, the longer the page waits before it tries again."""


@pytest.fixture(scope="module")
def model() -> Generator[Paced]:
    with paced() as running:
        yield running


@pytest.fixture(autouse=True)
def free(model: Paced) -> Generator[None]:
    """What a test holds back is let go behind it."""
    yield
    model.upto(WORDS)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, model: Paced) -> Generator[Served]:
    """A server for tests that leave it alone."""
    served = Served(tmp_path_factory.mktemp("shared"), SETTINGS.format(url=model.url))
    yield served.start()
    served.stop()


@pytest.fixture
def own(tmp_path: Path, model: Paced) -> Generator[Served]:
    """One that may be killed."""
    served = Served(tmp_path, SETTINGS.format(url=model.url))
    yield served.start()
    served.stop()


def test_a_line_that_is_cut_comes_back_with_all_of_it(
    shared: Served, model: Paced, visit: Visit, watched: Watched
) -> None:
    watched.expected = AWAY
    with line(shared) as between:
        page = visit(between)
        begin(page, "A capital?")
        answered(page, "Lima.")
        model.upto(50)
        say(page, "count without a line")
        came(page, "w050")
        watch_order(page)
        between.cut()
        expect(page.get_by_text("No connection. What you write is kept")).to_be_visible()
        model.upto(120)
        say(page, "Which hills?")
        expect(mine(page).last).to_contain_text("Waits for the connection")
        between.mend()
        came(page, "w120", seconds=BACK)
        model.upto(200)
        answered(page, "San Cristobal.")
        in_order(page)
        once(page)


def test_a_line_that_died_unheard_is_noticed(
    shared: Served, model: Paced, visit: Visit, watched: Watched
) -> None:
    """As where a machine slept, or went from one network to another."""
    watched.expected = AWAY
    with line(shared) as between:
        page = visit(between)
        begin(page, "A capital?")
        answered(page, "Lima.")
        model.upto(50)
        say(page, "count without a line")
        came(page, "w050")
        page.context.set_offline(True)
        between.die()
        say(page, "Which hills?")
        model.upto(120)
        page.context.set_offline(False)
        came(page, "w120", seconds=BACK)
        model.upto(200)
        answered(page, "San Cristobal.")
        once(page)


def once(page: Page) -> None:
    """All that the two tests above said was said and answered once, and the page is whole again."""
    expect(mine(page)).to_have_count(3)
    expect(replies(page)).to_have_count(3)
    assert {("assistant", COUNTED), ("user", "Which hills?")} < set(told(page))
    expect(page.get_by_text("The server cannot be reached.")).to_have_count(0)


def test_a_server_that_is_killed_in_the_middle_answers_once(
    own: Served, model: Paced, visit: Visit, watched: Watched
) -> None:
    watched.expected = AWAY
    page = visit(own)
    model.upto(60)
    begin(page, "count although you die")
    came(page, "w060")
    watch_order(page)
    own.kill()
    expect(page.get_by_text("No connection. What you write is kept")).to_be_visible()
    own.start()
    came(page, "w060", seconds=BACK)
    model.upto(200)
    answered(page, COUNTED)
    shows(page, ("user", "count although you die"), ("assistant", COUNTED))
    in_order(page)
    expect(page.get_by_text("No connection.")).to_have_count(0)
    say(page, "A capital?")
    answered(page, "Lima.")
    page.reload()
    shows(
        page,
        ("user", "count although you die"),
        ("assistant", COUNTED),
        ("user", "A capital?"),
        ("assistant", "Lima."),
    )


def test_what_is_said_while_the_server_is_down_is_said_once(
    own: Served, model: Paced, visit: Visit, watched: Watched
) -> None:
    watched.expected = AWAY
    page = visit(own)
    begin(page, "yes, again")
    answered(page, "So be it.")
    own.kill()
    say(page, "yes, again")
    expect(mine(page)).to_have_count(2)
    expect(mine(page).last).to_contain_text("Waits for the connection")
    own.start()
    shows(
        page,
        ("user", "yes, again"),
        ("assistant", "So be it."),
        ("user", "yes, again"),
        ("assistant", "So be it."),
        seconds=BACK,
    )
    assert model.heard("yes, again") == 2


def test_it_is_said_once_over_a_reload_too(
    own: Served, model: Paced, visit: Visit, watched: Watched
) -> None:
    watched.expected = AWAY
    page = visit(own)
    begin(page, "A capital?")
    answered(page, "Lima.")
    own.kill()
    say(page, "Which hills? I load you anew")
    expect(mine(page).last).to_contain_text("Waits for the connection")
    box(page).fill("and one more thing")
    with pytest.raises(Error, match="ERR_CONNECTION_REFUSED"):
        page.reload()
    own.start()
    page.goto(f"{own.url}/c/1")
    shows(
        page,
        ("user", "A capital?"),
        ("assistant", "Lima."),
        ("user", "Which hills? I load you anew"),
        ("assistant", "San Cristobal."),
    )
    expect(box(page)).to_have_value("and one more thing")
    page.reload()
    expect(mine(page)).to_have_count(2)
    assert model.heard("I load you anew") == 1


def test_a_conversation_begins_although_the_server_was_down(
    own: Served, visit: Visit, watched: Watched
) -> None:
    watched.expected = AWAY
    page = visit(own)
    expect(page.get_by_role("heading", name="Hello, I am Mock.")).to_be_visible()
    own.kill()
    say(page, "A capital?")
    say(page, "Which hills?")
    expect(box(page)).to_have_value("")
    own.start()
    page.wait_for_url(re.compile(r"/c/1$"), timeout=BACK * 1000)
    expect(replies(page).last.locator(".prose")).to_have_text("San Cristobal.")
    said = [what for who, what in told(page) if who == "user"]
    assert said == ["A capital?", "Which hills?"]
