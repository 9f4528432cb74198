"""A talk is the same in every tab, live, and whatever happens to the page."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from playwright.sync_api import expect

from browser.conftest import Served, Visit
from browser.paced import Paced, paced
from browser.talking import (
    COUNTED,
    SETTINGS,
    WORDS,
    Talking,
    answered,
    begin,
    button,
    came,
    counted,
    draft,
    in_order,
    mine,
    number,
    replies,
    say,
    shows,
    talking,
    told,
    watch_order,
    words,
)

pytestmark = pytest.mark.slow


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


@pytest.fixture(scope="module")
def flowing(tmp_path_factory: pytest.TempPathFactory) -> Generator[Talking]:
    """aimock at its own pace."""
    with talking(tmp_path_factory.mktemp("flowing"), [counted("count", 30)]) as made:
        yield made


HIDDEN = """
() => {
  Object.defineProperty(document, 'visibilityState', { get: () => window.seen });
  window.appear = (how) => {
    window.seen = how;
    document.dispatchEvent(new Event('visibilitychange'));
  };
}
"""


# Reloads and tabs


def test_a_reload_at_token_90_of_200_loses_nothing(flowing: Talking, visit: Visit) -> None:
    page = visit(flowing.served)
    begin(page, "count for me")
    came(page, "w090")
    page.reload()
    answered(page, COUNTED)
    assert words(page) == COUNTED
    assert len(flowing.prompts("count")) == 1


def test_a_reload_goes_on_with_the_reply_that_is_being_made(
    shared: Served, model: Paced, visit: Visit
) -> None:
    page = visit(shared)
    model.upto(90)
    begin(page, "count for me, and wait")
    came(page, "w090")
    page.reload()
    came(page, "w090")
    assert draft(page).locator(".prose").inner_text().strip() == COUNTED[: 90 * 5 - 1]
    watch_order(page)
    model.upto(150)
    came(page, "w150")
    model.upto(200)
    answered(page, COUNTED)
    in_order(page)
    assert model.heard("count for me, and wait") == 1


def test_two_tabs_are_in_step(shared: Served, model: Paced, visit: Visit) -> None:
    one = visit(shared)
    begin(one, "A capital?")
    answered(one, "Lima.")
    two = visit(shared, f"/c/{number(one)}", context=one.context)
    answered(two, "Lima.")
    model.upto(50)
    say(one, "count in both")
    expect(mine(two).last).to_contain_text("count in both")
    for page in (one, two):
        came(page, "w050")
    model.upto(70)
    for page in (two, one):
        came(page, "w070")
    button(two, "Stop Mock\u2019s reply").click()
    for page in (one, two):
        expect(draft(page)).to_have_count(0)
        expect(button(replies(page).last, "Continue")).to_be_visible()
    assert words(one) == words(two) == COUNTED[: 70 * 5 - 1]
    say(two, "Which hills?")
    for page in (one, two):
        answered(page, "San Cristobal.")
    assert told(one) == told(two)


def test_what_is_done_in_one_tab_is_seen_in_the_other(shared: Served, visit: Visit) -> None:
    one = visit(shared)
    begin(one, "A capital?")
    answered(one, "Lima.")
    two = visit(shared, f"/c/{number(one)}", context=one.context)
    answered(two, "Lima.")
    replies(one).hover()
    button(replies(one), "Try again").click()
    for page in (one, two):
        expect(page.get_by_role("group", name="Version 2 of 2")).to_be_visible()
    button(replies(two), "The version before").click()
    for page in (one, two):
        expect(page.get_by_role("group", name="Version 1 of 2")).to_be_visible()


def test_nine_tabs_are_all_live(shared: Served, model: Paced, visit: Visit) -> None:
    first = visit(shared)
    begin(first, "A capital?")
    answered(first, "Lima.")
    tabs = [first]
    tabs += [visit(shared, f"/c/{number(first)}", context=first.context) for _ in range(8)]
    for page in tabs:
        answered(page, "Lima.")
        watch_order(page)
    model.upto(40)
    say(tabs[8], "count in nine")
    for upto in (40, 120):
        model.upto(upto)
        for page in tabs:
            came(page, f"w{upto:03}")
    model.upto(200)
    for page in tabs:
        answered(page, COUNTED)
        in_order(page)
    assert len({str(told(page)) for page in tabs}) == 1


def test_a_tab_that_is_closed_ends_nothing(shared: Served, model: Paced, visit: Visit) -> None:
    page = visit(shared)
    model.upto(30)
    where = begin(page, "count without me")
    came(page, "w030")
    context = page.context
    page.close()
    model.upto(200)
    later = visit(shared, f"/c/{where}", context=context)
    answered(later, COUNTED)
    assert model.heard("count without me") == 1


def test_one_goes_to_another_talk_in_the_middle_and_back(
    shared: Served, model: Paced, visit: Visit
) -> None:
    page = visit(shared)
    model.upto(40)
    where = begin(page, "count while I am away")
    came(page, "w040")
    button(page, "New conversation").click()
    begin(page, "A capital?")
    answered(page, "Lima.")
    model.upto(80)
    page.locator(f"[data-conversation='{where}'] > a").click()
    came(page, "w080")
    watch_order(page)
    page.go_back()
    answered(page, "Lima.")
    shows(page, ("user", "A capital?"), ("assistant", "Lima."))
    model.upto(200)
    page.go_forward()
    answered(page, COUNTED)
    shows(page, ("user", "count while I am away"), ("assistant", COUNTED))
    in_order(page)


def test_a_hidden_tab_has_it_all_when_it_is_looked_at(
    shared: Served, model: Paced, visit: Visit
) -> None:
    page = visit(shared)
    model.upto(40)
    begin(page, "count behind my back")
    came(page, "w040")
    browser = page.context.new_cdp_session(page)
    page.evaluate(HIDDEN)
    page.evaluate("appear('hidden')")
    browser.send("Page.setWebLifecycleState", {"state": "frozen"})
    model.upto(200)
    browser.send("Page.setWebLifecycleState", {"state": "active"})
    page.evaluate("appear('visible')")
    answered(page, COUNTED)
    assert words(page) == COUNTED
