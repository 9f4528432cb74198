"""The list of conversations: begun, found, renamed, put away, taken out and in, forgotten."""

from __future__ import annotations

import re
import time
from collections.abc import Generator

import pytest
from playwright.sync_api import expect

from browser.conftest import Serve, Visit, Watched
from browser.panels import (
    call,
    facts,
    group,
    hits,
    house,
    in_more,
    in_row,
    link,
    listed,
    nowhere,
    on_disk,
    read_for,
    row,
    said,
    search,
    sure,
    told_page,
    with_bot,
)
from browser.talking import Talking, answered, begin, button, mine, number, replies, say
from chatgpt_exports import conversation, message
from servers import reply

pytestmark = pytest.mark.slow

DAY = 86_400
GONE = ("the server responded with a status of 404",)
"""What the browser's console says where the page still reads what was just forgotten."""
FIXTURES = [reply("Is there a bridge?", "There is one of stone.")]


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Generator[Talking]:
    with house(tmp_path_factory.mktemp("list"), FIXTURES) as made:
        yield made


def dated(title: str, days: float, number: int) -> object:
    """A conversation of so many days ago, as ChatGPT exports it."""
    at = time.time() - days * DAY
    nodes = [("a", None, None), ("b", "a", message("user", f"{title} was said", at=at))]
    return conversation(nodes, number=number, title=title, create_time=at, update_time=at)


def test_the_list_is_in_groups_by_when_something_was_said(serve: Serve, visit: Visit) -> None:
    served = serve()
    page = visit(served)
    expect(page.get_by_text("No conversation yet")).to_be_visible()
    old = [dated("Of yesterday", 1, 1), dated("Of some days", 3, 2), dated("Of a year", 400, 3)]
    call(served, "POST", "import?name=conversations.json", old)
    expect(group(page, "Yesterday")).to_have_text(["Of yesterday"])
    expect(group(page, "This week")).to_have_text(["Of some days"])
    month = time.strftime("%B %Y", time.localtime(time.time() - 400 * DAY))
    expect(group(page, month)).to_have_text(["Of a year"])
    begin(page, "Of today")
    expect(group(page, "Today")).to_have_text(["Of today"])
    expect(listed(page)).to_have_text(["Of today", "Of yesterday", "Of some days", "Of a year"])
    expect(link(page, "Of today")).to_have_attribute("aria-current", "page")
    link(page, "Of a year").click()
    expect(mine(page)).to_contain_text("Of a year was said")
    say(page, "and it goes on")
    expect(group(page, "Today")).to_have_text(["Of a year", "Of today"])


def test_a_new_conversation_is_clear_and_recalls(here: Talking, visit: Visit) -> None:
    page = visit(here.served)
    begin(page, "Remember that my boat is called Quetzal.")
    said(page, "It is green.")
    button(page, "New conversation").click()
    expect(page.get_by_role("heading", name="Hello, I am Ofelia.")).to_be_visible()
    expect(replies(page)).to_have_count(0)
    begin(page, "What is my boat called?")
    expect(replies(page).locator(".prose")).to_contain_text("Quetzal")


def test_a_blank_conversation_uses_nothing_and_is_used_nowhere(here: Talking, visit: Visit) -> None:
    page = visit(here.served)
    call(here.served, "POST", "facts", {"bot": "mock", "statement": "plays in Ayacucho"})
    in_more(page, "Blank conversation")
    expect(page.get_by_role("heading", name="A blank conversation")).to_be_visible()
    expect(button(page, "Blank: nothing from before is used")).to_be_visible()
    with_bot(page, "Mock")
    begin(page, "My cello is of maple. Where do I play?")
    answered(page, "Yes.")
    said(page, "And my cello?")
    said_here = [line["content"] for line in read_for(here, "And my cello?")]
    assert said_here[1:] == ["My cello is of maple. Where do I play?", "Yes.", "And my cello?"]
    assert "Ayacucho" not in str(here.prompts("cello"))

    button(page, "New conversation").click()
    begin(page, "What do you know of my cello?")
    expect(replies(page)).to_have_count(1)
    expect(replies(page).locator(".prose")).not_to_contain_text("maple")
    expect(facts(page).filter(has_text="maple")).to_have_count(0)
    button(page, "New conversation").click()
    with_bot(page, "Mock")
    begin(page, "What of the cello? And where do I play?")
    answered(page, "Yes.")
    prompt = str(read_for(here, "What of the cello? And where do I play?"))
    assert "maple" not in prompt
    assert "Ayacucho" in prompt


def test_a_talk_is_made_blank_where_one_writes(here: Talking, visit: Visit) -> None:
    page = visit(here.served)
    begin(page, "Remember that my drum is of oak.")
    button(page, "New conversation").click()
    button(page, "Blank").click()
    expect(page.get_by_role("heading", name="A blank conversation")).to_be_visible()
    begin(page, "What is my drum of?")
    expect(replies(page)).to_have_count(1)
    expect(replies(page).locator(".prose")).not_to_contain_text("oak")


def test_search_finds_what_was_said_anywhere_and_opens_there(here: Talking, visit: Visit) -> None:
    page = visit(here.served)
    with_bot(page, "Mock")
    one = begin(page, "Is there a bridge?")
    answered(page, "There is one of stone.")
    for n in range(3):
        say(page, f"And what else, for the {n}th time?")
        expect(replies(page)).to_have_count(n + 2)
    button(page, "New conversation").click()
    two = begin(page, "Something quite different")
    assert one != two
    search(page, "stones")
    (hit,) = hits(page)
    assert "Is there a bridge?" in hit
    assert "Mock: There is one of stone." in hit
    expect(page.locator(".hit mark")).to_have_text("stone")
    page.get_by_role("searchbox").press("Enter")
    page.wait_for_url(re.compile(rf"/c/{one}/m/{one}\.\d+$"))
    expect(page.locator("article.flash")).to_contain_text("There is one of stone.")
    expect(replies(page)).to_have_count(4)

    search(page, "xylophones")
    expect(page.get_by_text("Nothing was found.").last).to_be_visible()
    page.get_by_role("searchbox").press("Escape")
    expect(listed(page).first).to_be_visible()
    expect(page.get_by_role("searchbox")).to_have_value("")


def test_one_renames_in_place(here: Talking, visit: Visit) -> None:
    page = visit(here.served)
    begin(page, "To be called otherwise")
    in_row(page, "To be called otherwise", "Rename")
    field = page.get_by_role("textbox", name="Title of the conversation")
    expect(field).to_be_focused()
    field.fill("The journey to Cusco")
    field.press("Enter")
    expect(link(page, "The journey to Cusco")).to_be_focused()
    expect(page.get_by_role("heading", name="The journey to Cusco")).to_be_visible()
    expect(page).to_have_title("The journey to Cusco · Tertulia")
    in_row(page, "The journey to Cusco", "Rename")
    field.fill("never this")
    field.press("Escape")
    page.reload()
    expect(row(page, "The journey to Cusco")).to_be_visible()
    in_row(page, "The journey to Cusco", "Rename")
    field.fill("")
    field.press("Enter")
    expect(row(page, "To be called otherwise")).to_be_visible()
    expect(row(page, "never this")).to_have_count(0)


def test_what_is_pinned_stands_first(here: Talking, visit: Visit) -> None:
    page = visit(here.served)
    begin(page, "To be pinned")
    button(page, "New conversation").click()
    begin(page, "Newer than that")
    expect(group(page, "Pinned")).to_have_count(0)
    in_row(page, "To be pinned", "Pin")
    expect(group(page, "Pinned")).to_have_text(["To be pinned"])
    page.reload()
    expect(listed(page).first).to_have_text("To be pinned")
    in_row(page, "To be pinned", "Unpin")
    expect(page.get_by_role("list", name="Pinned")).to_have_count(0)
    expect(row(page, "To be pinned")).to_be_visible()


def test_one_archives_and_takes_back(here: Talking, visit: Visit) -> None:
    page = visit(here.served)
    begin(page, "To be put away, with a marzipan")
    title = "To be put away, with a marzipan"
    in_row(page, title, "Archive")
    expect(row(page, title)).to_have_count(0)
    told_page(page, "It is in the archive.")
    search(page, "marzipan")
    assert any(title in hit for hit in hits(page))
    search(page, "")
    page.get_by_role("link", name="Archive", exact=True).click()
    expect(page.get_by_role("heading", name="Archived conversations")).to_be_visible()
    expect(page.get_by_role("main").locator(".row-title").filter(has_text=title)).to_be_visible()
    in_row(page, title, "Take back from the archive")
    expect(page.get_by_role("main").locator(".row-title").filter(has_text=title)).to_have_count(0)
    expect(listed(page).filter(has_text=title)).to_be_visible()
    in_row(page, title, "Archive")
    expect(listed(page).filter(has_text=title)).to_have_count(0)
    button(page, "Take it back").last.click()
    expect(listed(page).filter(has_text=title)).to_be_visible()


def test_on_a_phone_what_is_said_lies_above_the_list(here: Talking, visit: Visit) -> None:
    """And its button can be pressed, which nothing beside an open sheet can."""
    page = visit(here.served, viewport={"width": 360, "height": 740})
    begin(page, "To be put away by thumb")
    button(page, "Show the conversations").click()
    in_row(page, "To be put away by thumb", "Archive")
    told_page(page, "It is in the archive.")
    button(page, "Take it back").click()
    expect(listed(page).filter(has_text="To be put away by thumb")).to_be_visible()
    expect(page.locator(".toast")).to_have_count(0)


def test_forgetting_says_what_goes_and_is_exact(serve: Serve, visit: Visit) -> None:
    served = serve()
    page = visit(served)
    begin(page, "Remember that my cat is called Zarzuela.")
    said(page, "What is my cat called?")
    title = "Remember that my cat is called Zarzuela."
    expect(facts(page).filter(has_text="Zarzuela")).to_be_visible()
    button(page, "New conversation").click()
    begin(page, "And what is my cat called, once more?")
    expect(replies(page).locator(".prose")).to_contain_text("Zarzuela")
    with pytest.raises(AssertionError):
        nowhere(page, "Zarzuela")
    in_row(page, title, "Forget")
    expect(page.get_by_role("dialog", name=f"Forget “{title}”?")).to_be_visible()
    button(page.get_by_role("dialog"), "Cancel").click()
    expect(row(page, title)).to_be_visible()
    in_row(page, title, "Forget")
    words = sure(page)
    assert re.search(r"\b4 messages\b", words), words
    assert re.search(r"\bfacts?\b", words), words
    assert "repl" in words, words
    expect(row(page, title)).to_have_count(0)
    expect(replies(page)).not_to_contain_text("Zarzuela")
    expect(facts(page)).to_have_count(0)
    nowhere(page, "Zarzuela")
    served.stop()
    assert b"Zarzuela" not in on_disk(served)


def test_one_that_is_open_and_forgotten_is_left(
    here: Talking, visit: Visit, watched: Watched
) -> None:
    watched.expected = GONE
    page = visit(here.served)
    begin(page, "Open, and to be forgotten")
    expect(replies(page)).to_have_count(1)
    in_row(page, "Open, and to be forgotten", "Forget")
    sure(page)
    page.wait_for_url(re.compile(r"/$"))
    expect(page.get_by_role("heading", name="Hello, I am Ofelia.")).to_be_visible()


def test_all_is_forgotten_at_once(serve: Serve, visit: Visit, watched: Watched) -> None:
    watched.expected = GONE
    served = serve()
    page = visit(served)
    begin(page, "Remember that I keep a Wolpertinger.")
    button(page, "New conversation").click()
    begin(page, "Where does the Wolpertinger sleep?")
    expect(replies(page)).to_have_count(1)
    in_more(page, "Forget all conversations")
    expect(page.get_by_role("dialog", name="Forget everything of you?")).to_be_visible()
    words = sure(page, "Forget everything")
    assert re.search(r"\b2 conversations\b", words), words
    expect(page.get_by_text("No conversation yet")).to_be_visible()
    expect(page.get_by_role("heading", name="Hello, I am Tertulia.")).to_be_visible()
    nowhere(page, "Wolpertinger")
    served.stop()
    assert b"Wolpertinger" not in on_disk(served)


def test_a_talk_of_the_terminal_is_seen_and_shared(serve: Serve, visit: Visit) -> None:
    served = serve()
    page = visit(served)
    served.run("chat", "-c", "kitchen", "-m", "Remember that my sister is called Ines.")
    page.reload()
    there = page.locator(".row-item").filter(has=page.get_by_role("img", name="on terminal"))
    expect(there).to_have_count(1)
    there.locator("a").click()
    expect(page.get_by_text("Go on with it there.")).to_be_visible()
    expect(mine(page)).to_contain_text("Remember that my sister is called Ines.")
    expect(page.get_by_role("textbox", name=re.compile("^Message"))).to_have_count(0)
    expect(facts(page).filter(has_text="Ines")).to_be_visible()
    kitchen = number(page)
    button(page, "New conversation").click()
    assert begin(page, "What is my sister called?") != kitchen
    expect(replies(page).locator(".prose")).to_contain_text("Ines")
    told = served.run("chat", "-m", "And what did I ask about my sister?")
    assert "sister" in told
