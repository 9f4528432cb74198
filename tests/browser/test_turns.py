"""What people do with turns: stop, go on, try again, say it otherwise, and go back."""

from __future__ import annotations

import re
from collections.abc import Generator

import pytest
from playwright.sync_api import expect

from browser.conftest import Visit
from browser.talking import (
    COUNTED,
    Talking,
    answered,
    begin,
    box,
    button,
    came,
    counted,
    draft,
    mine,
    nth,
    replies,
    say,
    shows,
    talking,
    under,
)
from servers import reply

pytestmark = pytest.mark.slow

FIXTURES = [
    counted("stop this one", 60),
    counted("escape from this", 60),
    reply("be cut", "The first half and", finishReason="length"),
    reply("cut off", " the second half."),
    nth("which colour", 0, "Blue."),
    nth("which colour", 1, "Green."),
    reply("A capital?", "Lima."),
    reply("Which rivers?", "The Rimac."),
    reply("Which hills?", "San Cristobal."),
    reply("How high?", "Four hundred metres."),
    reply("How long?", "A hundred miles."),
]


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Generator[Talking]:
    with talking(tmp_path_factory.mktemp("turns"), FIXTURES) as made:
        yield made


@pytest.mark.parametrize(
    ("words", "by"), [("stop this one", "button"), ("escape from this", "key")]
)
def test_stopping_keeps_what_was_shown(here: Talking, visit: Visit, words: str, by: str) -> None:
    page = visit(here.served)
    begin(page, words)
    came(page, "w020")
    if by == "key":
        page.keyboard.press("Escape")
    else:
        button(page, "Stop Mock\u2019s reply").click()
    expect(draft(page)).to_have_count(0)
    expect(replies(page).get_by_text("Stopped.")).to_be_visible()
    kept = replies(page).locator(".prose").inner_text()
    assert COUNTED.startswith(kept)
    assert "w020" in kept
    assert "w200" not in kept
    expect(button(replies(page), "Continue")).to_be_visible()
    expect(button(page, "Stop Mock\u2019s reply")).to_have_count(0)
    page.reload()
    answered(page, kept)
    under(replies(page), "Continue").click()
    answered(page, f"{kept} the second half.")
    expect(page.get_by_role("article")).to_have_count(2)


def test_a_cut_reply_goes_on_where_it_stopped(here: Talking, visit: Visit) -> None:
    page = visit(here.served)
    begin(page, "be cut")
    answered(page, "The first half and")
    expect(replies(page).get_by_text("Cut at the reply\u2019s limit.")).to_be_visible()
    under(replies(page), "Continue").click()
    shows(page, ("user", "be cut"), ("assistant", "The first half and the second half."))
    expect(button(page, "Continue")).to_have_count(0)
    (asked,) = [lines for lines in here.prompts("cut off") if "be cut" in str(lines)]
    assert asked[-2] == {"role": "assistant", "content": "The first half and"}


def test_a_reply_is_tried_again_and_both_stay(here: Talking, visit: Visit) -> None:
    page = visit(here.served)
    begin(page, "which colour")
    answered(page, "Blue.")
    expect(page.get_by_role("group", name=re.compile("^Version"))).to_have_count(0)
    under(replies(page), "Try again").click()
    shows(page, ("user", "which colour"), ("assistant", "Green."))
    versions = page.get_by_role("group", name="Version 2 of 2")
    expect(versions).to_have_text("2/2")
    under(replies(page), "The version before").click()
    shows(page, ("user", "which colour"), ("assistant", "Blue."))
    expect(page.get_by_role("group", name="Version 1 of 2")).to_have_text("1/2")
    expect(button(page, "The version before")).to_be_disabled()
    page.reload()
    shows(page, ("user", "which colour"), ("assistant", "Blue."))
    say(page, "A capital?")
    answered(page, "Lima.")
    assert [line["content"] for line in here.prompts("A capital?")[-1][-3:]] == [
        "which colour",
        "Blue.",
        "A capital?",
    ]


def test_an_edit_is_a_branch_and_the_other_one_goes_on(here: Talking, visit: Visit) -> None:
    page = visit(here.served)
    begin(page, "Which rivers?")
    answered(page, "The Rimac.")
    say(page, "How long?")
    answered(page, "A hundred miles.")
    under(mine(page).first, "Edit").click()
    page.get_by_role("textbox", name="Say it otherwise").fill("Which hills?")
    button(mine(page).first, "Send").click()
    shows(page, ("user", "Which hills?"), ("assistant", "San Cristobal."))
    say(page, "How high?")
    answered(page, "Four hundred metres.")
    assert [line["content"] for line in here.prompts("How high?")[-1][-3:]] == [
        "Which hills?",
        "San Cristobal.",
        "How high?",
    ]
    under(mine(page).first, "The version before").click()
    shows(
        page,
        ("user", "Which rivers?"),
        ("assistant", "The Rimac."),
        ("user", "How long?"),
        ("assistant", "A hundred miles."),
    )
    say(page, "How long is it, and is it deep?")
    expect(replies(page)).to_have_count(3)
    assert [line["content"] for line in here.prompts("is it deep?")[-1][-5:]] == [
        "Which rivers?",
        "The Rimac.",
        "How long?",
        "A hundred miles.",
        "How long is it, and is it deep?",
    ]
    under(mine(page).first, "The next version").click()
    expect(mine(page).last).to_contain_text("How high?")
    answered(page, "Four hundred metres.")


def test_another_version_stands_where_the_one_before_stood(here: Talking, visit: Visit) -> None:
    page = visit(here.served, viewport={"width": 900, "height": 420})
    begin(page, "Which rivers?")
    answered(page, "The Rimac.")
    for n in range(4):
        say(page, f"Tell more {n}")
        expect(replies(page)).to_have_count(n + 2)
    under(mine(page).nth(1), "Edit").click()
    page.get_by_role("textbox", name="Say it otherwise").fill("Tell less")
    button(mine(page).nth(1), "Send").click()
    expect(replies(page)).to_have_count(2)
    for name, other, count in (
        ("The version before", "The next version", 5),
        ("The next version", "The version before", 2),
    ):
        one = mine(page).nth(1)
        one.scroll_into_view_if_needed()
        under(one, name).focus()
        before = one.bounding_box()
        page.keyboard.press("Enter")
        expect(replies(page)).to_have_count(count)
        expect(under(mine(page).nth(1), other)).to_be_focused()
        after = mine(page).nth(1).bounding_box()
        assert before is not None
        assert after is not None
        # A shorter version may leave less than a window behind it.
        assert count == 2 or abs(after["y"] - before["y"]) <= 2


def test_one_branches_behind_a_reply(here: Talking, visit: Visit) -> None:
    page = visit(here.served)
    begin(page, "A capital?")
    answered(page, "Lima.")
    say(page, "Which rivers?")
    answered(page, "The Rimac.")
    under(replies(page).first, "Branch").click()
    expect(page.get_by_text("Write what to say in place of this.")).to_be_visible()
    expect(box(page)).to_be_focused()
    say(page, "Which hills?")
    shows(
        page,
        ("user", "A capital?"),
        ("assistant", "Lima."),
        ("user", "Which hills?"),
        ("assistant", "San Cristobal."),
    )
    expect(page.get_by_role("group", name="Version 2 of 2")).to_be_visible()
