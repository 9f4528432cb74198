"""The memory beside the talk: what is remembered, from where, and what the model read."""

from __future__ import annotations

import re
from collections.abc import Generator

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.conftest import Serve, Visit
from browser.panels import (
    call,
    facts,
    house,
    nowhere,
    panel,
    said,
    spoken,
    sure,
    tab,
    told_page,
    with_bot,
)
from browser.talking import Talking, begin, box, button, mine, number, replies

pytestmark = pytest.mark.slow

SETTINGS = """
bot = "sam"

[bots.sam]
persona = { name = "Sam", instructions = "Be brief, be kind." }
model = { provider = "offline", context_window = 700, max_tokens = 100 }

[bots.cato]
persona = { name = "Cato", instructions = "Be brief." }
model = "offline"
memory = ["window"]
"""
"""Sam sees 600 tokens: what is older is summarised, and recalled where it answers."""
WALK = (
    "On day {n} we walked to hill number {n}, had soup of pumpkins, and saw {n} birds by the river."
)
WALKS = [WALK.format(n=n) for n in range(1, 11)]


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Generator[Talking]:
    """A long talk that does not change: conversation 1."""
    with house(tmp_path_factory.mktemp("walked"), settings=SETTINGS) as made:
        assert (
            spoken(made.served, ["Remember that I live in Lima.", *WALKS, "Where do I live?"]) == 1
        )
        yield made


def opened(visit: Visit, made: Talking, path: str = "/c/1") -> Page:
    page = visit(made.served, path, viewport={"width": 1440, "height": 900})
    expect(replies(page)).not_to_have_count(0)
    return page


def fact(page: Page, words: str) -> Locator:
    return page.locator(".fact").filter(has=page.locator("p", has_text=words))


def numbers(text: str) -> list[int]:
    """Those in a sentence, as people write them."""
    return [int(one.replace(",", "")) for one in re.findall(r"\d[\d,]*", text)]


# Facts


def test_a_cold_open_shows_what_is_remembered_and_leaves_the_list_as_it_is(
    walked: Talking, visit: Visit
) -> None:
    for _ in range(2):
        page = opened(visit, walked)
        expect(facts(page).first).to_be_visible()
        row = page.locator(".row-item").first
        expect(row).to_have_css("padding", "0px")
        expect(row).to_have_css("font-size", "15px")


def test_a_fact_is_remembered_at_once_and_leads_to_where_it_was_said(
    serve: Serve, visit: Visit
) -> None:
    page = visit(serve(), viewport={"width": 1440, "height": 900})
    expect(panel(page).get_by_text("Nothing yet")).to_be_visible()
    one = begin(page, "Remember that I live in Lima.")
    expect(facts(page)).to_have_text(["Lives in Lima"])
    said(page, *(f"And then it rained for {n} days." for n in range(2, 5)))
    button(page, "New conversation").click()
    begin(page, "My sister is called Ines.")
    expect(facts(page)).to_have_text(["Your sister is called Ines", "Lives in Lima"])
    fact(page, "Lives in Lima").get_by_role("button", name=re.compile("^Said on")).click()
    page.wait_for_url(re.compile(rf"/c/{one}/m/{one}\.1$"))
    expect(page.locator("article.flash")).to_contain_text("Remember that I live in Lima.")
    expect(page.locator("article.flash")).to_be_in_viewport()
    expect(mine(page)).to_have_count(4)


def test_one_writes_a_fact_and_the_bot_knows_it(serve: Serve, visit: Visit) -> None:
    page = visit(serve(), viewport={"width": 1440, "height": 900})
    button(page, "Add a fact").click()
    field = page.get_by_role("textbox", name="Something tertulia should remember of you")
    expect(field).to_be_focused()
    field.press("Escape")
    expect(field).to_have_count(0)
    expect(button(page, "Add a fact")).to_be_focused()
    button(page, "Add a fact").click()
    field.fill("plays the ocarina in Arequipa")
    field.press("Enter")
    told_page(page, "It is remembered.")
    expect(facts(page)).to_have_text(["Plays the ocarina in Arequipa"])
    expect(fact(page, "ocarina")).to_contain_text("Written on")
    begin(page, "What do you know of me?")
    expect(replies(page).locator(".prose")).to_contain_text("ocarina")
    button(page, "Undo the last edit").click()
    told_page(page, "It is no longer remembered: plays the ocarina in Arequipa")
    expect(facts(page)).to_have_count(0)


def test_a_fact_is_edited_and_taken_back(serve: Serve, visit: Visit) -> None:
    page = visit(serve(), viewport={"width": 1440, "height": 900})
    begin(page, "Remember that I live in Lima.")
    expect(facts(page)).to_have_text(["Lives in Lima"])
    button(page, "History: Lives in Lima").click()
    expect(panel(page).get_by_text("It never said anything else.")).to_be_visible()
    button(page, "Edit: Lives in Lima").click()
    field = page.get_by_role("textbox", name="What it should say")
    expect(field).to_have_value("lives in Lima")
    field.fill("lives in Puno")
    button(panel(page), "Save").click()
    expect(facts(page)).to_have_text(["Lives in Puno"])
    expect(button(page, "Edit: Lives in Puno")).to_be_focused()
    button(page, "History: Lives in Puno").click()
    before = panel(page).get_by_role("list", name="What it said before").get_by_role("listitem")
    expect(before).to_have_text([re.compile("^Lives in Puno"), re.compile("^Lives in Lima")])
    said(page, "Where do I live?")
    expect(replies(page).last.locator(".prose")).to_contain_text("Puno")

    button(page, "Undo the last edit").click()
    told_page(page, "It says again: lives in Lima")
    expect(facts(page)).to_have_text(["Lives in Lima"])
    button(page, "Undo the last edit").click()
    told_page(page, "There is no edit to take back.")


def test_a_fact_is_forgotten_after_a_word_of_what_goes(serve: Serve, visit: Visit) -> None:
    page = visit(serve(), viewport={"width": 1440, "height": 900})
    button(page, "Add a fact").click()
    page.get_by_role("textbox", name=re.compile("should remember")).fill("keeps a Zarigueya")
    button(page, "Remember it").click()
    begin(page, "What do you know of me?")
    expect(replies(page).locator(".prose")).to_contain_text("Zarigueya")
    button(page, "Forget: Keeps a Zarigueya").click()
    dialog = page.get_by_role("dialog", name="Forget this?")
    button(dialog, "Cancel").click()
    expect(facts(page)).to_have_count(1)
    button(page, "Forget: Keeps a Zarigueya").click()
    words = sure(page)
    assert "fact" in words, words
    assert "repl" in words, words
    expect(facts(page)).to_have_count(0)
    expect(panel(page).get_by_text("Nothing yet")).to_be_visible()
    expect(replies(page)).not_to_contain_text("Zarigueya")
    nowhere(page, "Zarigueya")


def test_many_facts_are_found_by_their_words(walked: Talking, visit: Visit) -> None:
    for n in range(12):
        call(walked.served, "POST", "facts", {"bot": "cato", "statement": f"has a café no. {n}"})
    page = visit(walked.served, viewport={"width": 1440, "height": 900})
    with_bot(page, "Cato")
    expect(facts(page)).to_have_count(12)
    page.get_by_role("searchbox", name="Find among these facts").fill("CAFE 11")
    expect(facts(page)).to_have_text(["Has a café no. 11"])
    page.get_by_role("searchbox", name="Find among these facts").fill("tea")
    expect(panel(page).get_by_text("No fact has these words.")).to_be_visible()


# Summaries, and what the next prompt would hold


def test_summaries_tell_what_they_stand_for(walked: Talking, visit: Visit) -> None:
    page = opened(visit, walked)
    summaries = page.get_by_role("region", name="Summaries of this conversation")
    first = summaries.get_by_role("listitem").first
    expect(first).to_contain_text("lives in Lima")
    expect(first).to_contain_text(re.compile(r"Stands for \d+ messages · \d+ tokens"))
    button(first, "Show the first").click()
    page.wait_for_url(re.compile(r"/c/1/m/1\.1$"))
    expect(page.locator("article.flash")).to_contain_text("Remember that I live in Lima.")


def test_one_sees_exactly_what_would_be_read_next(walked: Talking, visit: Visit) -> None:
    """The tutorial's preview of the memory store and of the buffer."""
    page = opened(visit, walked)
    asks = page.get_by_role("region", name="What the next prompt would hold")
    button(asks, "Show the prompt").click()
    expect(asks.get_by_role("alert")).to_contain_text("Say something first")
    asks.get_by_role("textbox", name="What you would say").fill("Which city do I live in?")
    button(asks, "Show the prompt").click()
    lines = asks.locator("pre")
    expect(lines).not_to_have_count(0)
    told = lines.all_inner_texts()
    roles = asks.locator(".prompt-role").all_inner_texts()
    assert "Be brief, be kind." in told[0]
    assert "lives in Lima" in told[0]
    assert "Remember that I live in Lima." in told[0]
    assert told[-1] == "Which city do I live in?"
    assert told[-3] == "Where do I live?"
    assert (roles[0], roles[-2], roles[-1]) == ("Instructions and memory", "Replied", "Said")
    used, budget = numbers(asks.locator(".budget > p").inner_text())
    assert used <= budget == 600
    assert adds_up(asks) == budget
    expect(mine(page).filter(has_text="Which city do I live in?")).to_have_count(0)
    wanted = call(
        walked.served, "POST", "conversations/1/preview", {"text": "Which city do I live in?"}
    )
    assert [line["content"] for line in wanted["prompt"]] == told


# What the bot saw


def adds_up(place: Page | Locator) -> int:
    """The tokens of all parts of a bar: what its groups have, what is around them, and free."""
    bar = place.get_by_role("img", name=re.compile("^The prompt by origin"))
    words = bar.get_attribute("aria-label") or ""
    parts = [int(one.replace(",", "")) for one in re.findall(r": ([\d,]+)(?:, |$)", words)]
    groups = place.locator("details > summary .numbers").all_inner_texts()
    assert [int(one.replace(",", "")) for one in groups] == parts[: len(groups)]
    drawn = bar.locator("i").evaluate_all("all => all.map((one) => Number(one.style.flexGrow))")
    assert drawn == parts
    return sum(parts)


def test_of_each_reply_one_sees_what_it_was_made_from(walked: Talking, visit: Visit) -> None:
    page = opened(visit, walked)
    saw = tab(page, "What Sam saw")
    expect(saw.get_by_role("heading", name="For the newest reply")).to_be_visible()
    used, budget = numbers(saw.locator(".budget > p").inner_text())
    assert used <= budget == 600
    assert adds_up(saw) == budget
    for group in saw.locator("details").all():
        group.locator("summary").click()
        expect(group.get_by_role("listitem").first).to_contain_text(re.compile(r"\w+.*\d+ tokens"))
    for text in ("Be brief, be kind.", "Lives in Lima", "Where do I live?"):
        expect(saw.get_by_text(text, exact=True)).to_be_visible()
    said_before = saw.locator("details", has=page.get_by_text("earlier messages"))
    expect(said_before.get_by_role("listitem").last).to_contain_text("Sam · ")
    out = saw.get_by_role("region", name="Left out").get_by_role("listitem")
    expect(out.filter(has_text="a summary stands for them")).to_contain_text("older messages")
    expect(out.filter(has_text="share was full")).to_contain_text("recalled")
    button(said_before.get_by_role("listitem").first, "Show the message").click()
    page.wait_for_url(re.compile(r"/c/1/m/1\.\d+$"))
    expect(page.locator("article.flash")).to_contain_text(re.compile(r"On day \d+"))


def test_of_an_old_reply_too(walked: Talking, visit: Visit) -> None:
    page = opened(visit, walked)
    page.get_by_role("log").press("Home")
    old = replies(page).nth(1)
    old.hover()
    button(old, "What Sam saw").click()
    saw = page.get_by_role("tabpanel")
    expect(saw.get_by_role("heading", name="For the reply that you picked")).to_be_visible()
    expect(saw.get_by_text("Nothing was left out")).to_be_visible()
    assert adds_up(saw) == 600
    saw.locator("summary", has_text="What was said").click()
    expect(saw.get_by_text(WALKS[0], exact=True)).to_be_visible()
    button(saw, "Show the reply").click()
    page.wait_for_url(re.compile(r"/c/1/m/1\.4$"))
    button(saw, "Show the newest").click()
    expect(saw.get_by_role("heading", name="For the newest reply")).to_be_visible()


def test_the_head_has_the_budget_and_leads_to_the_receipt(walked: Talking, visit: Visit) -> None:
    page = opened(visit, walked)
    budget = page.get_by_role("button", name=re.compile("What went into the last prompt$"))
    expect(budget).to_have_text(re.compile(r"^\d+ of 600 tokens$"))
    used, most = numbers(budget.inner_text())
    parts = budget.locator("i").evaluate_all("all => all.map((one) => Number(one.style.flexGrow))")
    assert len(parts) >= 6
    assert sum(parts) == most == 600
    assert used == most - parts[-1]
    button(page, "Hide the memory").click()
    expect(panel(page)).to_have_count(0)
    budget.click()
    expect(page.get_by_role("tab", name="What Sam saw", selected=True)).to_be_visible()
    assert numbers(page.get_by_role("tabpanel").locator(".budget > p").inner_text()) == [used, 600]


def test_the_bot_itself_is_shown(walked: Talking, visit: Visit) -> None:
    about = tab(opened(visit, walked), "Bot")
    expect(about).to_contain_text("Be brief, be kind.")
    expect(about.get_by_role("region", name="Model")).to_contain_text("offline")
    expect(about.get_by_role("region", name="Memory")).to_contain_text("25 %, 4,000 tokens at most")
    about.get_by_role("link", name="Show this bot").click()
    expect(about.page.get_by_role("heading", name="sam")).to_be_visible()


def test_before_anything_is_said_the_panel_says_what_will_be_there(
    walked: Talking, visit: Visit
) -> None:
    page = visit(walked.served, viewport={"width": 1440, "height": 900})
    with_bot(page, "Cato")
    expect(tab(page, "What Cato saw")).to_contain_text("No reply yet")
    number_of = begin(page, "Good evening")
    expect(page.get_by_role("tabpanel")).to_contain_text("For the newest reply")
    assert number(page) == number_of
    expect(box(page)).to_be_focused()
