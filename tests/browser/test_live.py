"""A talk is the same in every tab, whatever happens to the page, the line or the server."""

from __future__ import annotations

import re
from collections.abc import Generator

import pytest
from playwright.sync_api import Error, Page, expect

from browser.conftest import Served, Visit, Watched
from browser.line import line
from browser.paced import Paced, paced
from browser.talking import (
    AWAY,
    COUNTED,
    SETTINGS,
    Talking,
    answered,
    begin,
    box,
    button,
    came,
    counted,
    draft,
    mine,
    number,
    replies,
    say,
    shows,
    talking,
    told,
)

pytestmark = pytest.mark.slow

SHORT = {"A capital?": "Lima.", "Which hills?": "San Cristobal.", "yes": "So be it."}

IN_ORDER = """
(whole) => {
  window.wrong = [];
  const look = () => {
    for (const one of document.querySelectorAll('article[aria-busy=true] .prose')) {
      const text = one.textContent.trimEnd();
      if (!whole.startsWith(text)) window.wrong.push(text);
    }
  };
  const all = { subtree: true, childList: true, characterData: true };
  new MutationObserver(look).observe(document.body, all);
}
"""


HIDDEN = """
() => {
  Object.defineProperty(document, 'visibilityState', { get: () => window.seen });
  window.appear = (how) => {
    window.seen = how;
    document.dispatchEvent(new Event('visibilitychange'));
  };
}
"""


@pytest.fixture(scope="module")
def model() -> Generator[Paced]:
    with paced(SHORT) as running:
        yield running


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, model: Paced) -> Generator[Served]:
    """One for tests that leave the server alone."""
    served = Served(tmp_path_factory.mktemp("live"), SETTINGS.format(url=model.url))
    yield served.start()
    served.stop()


@pytest.fixture
def own(tmp_path_factory: pytest.TempPathFactory, model: Paced) -> Generator[Served]:
    """One that may be killed."""
    served = Served(tmp_path_factory.mktemp("own"), SETTINGS.format(url=model.url))
    yield served.start()
    served.stop()


@pytest.fixture(autouse=True)
def free(model: Paced) -> Generator[None]:
    """What a test holds back is let go behind it."""
    yield
    model.upto(200)


def watch_order(page: Page) -> None:
    page.evaluate(IN_ORDER, COUNTED)


def in_order(page: Page) -> None:
    """At no moment since `watch_order` was a word missing, twice or in the wrong place."""
    assert page.evaluate("wrong") == []


def words(page: Page) -> str:
    return replies(page).last.locator(".prose").inner_text()


@pytest.fixture(scope="module")
def flowing(tmp_path_factory: pytest.TempPathFactory) -> Generator[Talking]:
    """aimock at its own pace."""
    with talking(tmp_path_factory.mktemp("flowing"), [counted("count", 30)]) as made:
        yield made


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


# The line and the server


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
        came(page, "w120")
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
        came(page, "w120")
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
    came(page, "w060")
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
    begin(page, "yes")
    answered(page, "So be it.")
    own.kill()
    say(page, "yes")
    expect(mine(page)).to_have_count(2)
    expect(mine(page).last).to_contain_text("Waits for the connection")
    own.start()
    shows(
        page,
        ("user", "yes"),
        ("assistant", "So be it."),
        ("user", "yes"),
        ("assistant", "So be it."),
    )
    assert model.heard("yes") == 2


def test_it_is_said_once_over_a_reload_too(
    own: Served, model: Paced, visit: Visit, watched: Watched
) -> None:
    watched.expected = AWAY
    page = visit(own)
    begin(page, "A capital?")
    answered(page, "Lima.")
    own.kill()
    say(page, "Which hills?")
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
        ("user", "Which hills?"),
        ("assistant", "San Cristobal."),
    )
    expect(box(page)).to_have_value("and one more thing")
    page.reload()
    expect(mine(page)).to_have_count(2)
    assert model.heard("Which hills?") == 1


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
    page.wait_for_url(re.compile(r"/c/1$"))
    expect(replies(page).last.locator(".prose")).to_have_text("San Cristobal.")
    said = [what for who, what in told(page) if who == "user"]
    assert said == ["A capital?", "Which hills?"]
