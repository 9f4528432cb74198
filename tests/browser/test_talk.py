"""The talk as people have it: a first visit, streamed replies, and all that is done with them."""

from __future__ import annotations

import re
from collections.abc import Generator

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.conftest import Serve, Visit
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
    told,
)
from servers import failure, reply

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
    counted("stop this one", 60),
    counted("escape from this", 60),
    reply("be cut", "The first half and", finishReason="length"),
    nth("cut off", 0, " the second half."),
    nth("cut off", 1, " w999."),
    nth("which colour", 0, "Blue."),
    nth("which colour", 1, "Green."),
    reply("A capital?", "Lima."),
    reply("Which rivers?", "The Rimac."),
    reply("Which hills?", "San Cristobal."),
    reply("How high?", "Four hundred metres."),
    reply("How long?", "A hundred miles."),
    failure("refuse me", 400, "this model takes no such words"),
    nth("fail once", 0, "") | {"response": failure(None, 400, "not this time")["response"]},
    nth("fail once", 1, "Now it works."),
]


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Generator[Talking]:
    with talking(tmp_path_factory.mktemp("talk"), FIXTURES) as made:
        yield made


def under(message: Locator, name: str) -> Locator:
    """What can be done with a message, of which something is seen when it is pointed at."""
    message.hover()
    return button(message, name)


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
    button(things, "Remember that I live in Lima and do not eat meat.").click()
    page.wait_for_url(re.compile(r"/c/1$"))
    expect(mine(page)).to_contain_text("Remember that I live in Lima and do not eat meat.")
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
    begin(page, "show me all")
    came(page, "slanted")
    for name in ("h3", "strong", "em", "p code", "a[href='https://example.org/lima']"):
        expect(draft(page).locator(name).first).to_be_attached()
    expect(draft(page)).to_have_count(0)
    prose = replies(page).last.locator(".prose")
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


# Stopping, going on, trying again


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
    expect(replies(page).locator(".prose")).to_have_text(kept)
    expect(button(replies(page), "Continue")).to_be_visible()


def test_a_cut_reply_goes_on_where_it_stopped(here: Talking, visit: Visit) -> None:
    page = visit(here.served)
    begin(page, "be cut")
    answered(page, "The first half and")
    expect(replies(page).get_by_text("Cut at the reply\u2019s limit.")).to_be_visible()
    under(replies(page), "Continue").click()
    expect(replies(page).locator(".prose")).to_have_text(
        re.compile("^The first half and (the sec|w9)")
    )
    shows(page, ("user", "be cut"), told(page)[1])
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
    say(page, "which colour is it, and is it deep?")
    expect(replies(page)).to_have_count(3)
    assert [line["content"] for line in here.prompts("is it deep?")[-1][-5:]] == [
        "Which rivers?",
        "The Rimac.",
        "How long?",
        "A hundred miles.",
        "which colour is it, and is it deep?",
    ]
    under(mine(page).first, "The next version").click()
    expect(mine(page).last).to_contain_text("How high?")
    answered(page, "Four hundred metres.")


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


# Words


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
