"""Everything with the keyboard alone: nothing in this file points at anything or clicks."""

from __future__ import annotations

import re
from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.conftest import Served, Visit, Watched
from browser.paced import Paced, paced
from browser.talking import (
    COUNTED,
    SETTINGS,
    answered,
    box,
    button,
    came,
    draft,
    mine,
    number,
    replies,
    shows,
)

pytestmark = pytest.mark.slow

MOST = 120
"""More presses of Tab than lead round the whole page."""


@pytest.fixture(scope="module")
def model() -> Generator[Paced]:
    with paced() as running:
        yield running


@pytest.fixture
def page(tmp_path: Path, model: Paced, visit: Visit) -> Generator[Page]:
    """A page of its own server: nothing stands in the list that the test did not put there."""
    served = Served(tmp_path, SETTINGS.format(url=model.url))
    opened = visit(served.start())
    expect(box(opened)).to_be_focused()
    yield opened
    model.upto(200)
    served.stop()


def tab_to(page: Page, wanted: Locator, *, back: bool = False) -> None:
    """Press Tab until this has the keyboard."""
    for _ in range(MOST):
        if wanted.count() and wanted.first.evaluate("(one) => one === document.activeElement"):
            return
        page.keyboard.press("Shift+Tab" if back else "Tab")
    raise AssertionError(f"Tab does not lead to {wanted}")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def type_in(page: Page, text: str) -> None:
    """Type where the keyboard is, and press Enter."""
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def begun(page: Page, text: str, reply: str) -> int:
    """A new conversation, begun with the keyboard; its number."""
    expect(box(page)).to_be_focused()
    type_in(page, text)
    page.wait_for_url(re.compile(r"/c/\d+$"))
    answered(page, reply)
    expect(box(page)).to_be_focused()
    return number(page)


def pick(page: Page, entry: str) -> None:
    """Take an entry of the menu whose button has the keyboard, by its letters."""
    press(page, "Enter")
    expect(page.get_by_role("menuitem").first).to_be_focused()
    page.keyboard.type(entry)
    expect(page.get_by_role("menuitem", name=re.compile(f"^{entry}"))).to_be_focused()
    press(page, "Enter")


def row(page: Page, title: str) -> Locator:
    return page.get_by_role("link", name=re.compile(f"^{re.escape(title)}"))


def menu_of(page: Page, title: str) -> Locator:
    return button(page, f"Rename, pin, archive, export, forget: {title}")


def test_talking_searching_and_moving_in_the_list(page: Page) -> None:
    one = begun(page, "A capital?", "Lima.")
    press(page, "Control+k")
    expect(page.get_by_role("heading", name="Hello, I am Mock.")).to_be_visible()
    two = begun(page, "Which hills?", "San Cristobal.")

    tab_to(page, row(page, "Which hills?"), back=True)
    press(page, "ArrowDown")
    expect(row(page, "A capital?")).to_be_focused()
    press(page, "Enter")
    page.wait_for_url(f"**/c/{one}")
    answered(page, "Lima.")
    expect(box(page)).to_be_focused()

    press(page, "Control+Shift+F")
    search = page.get_by_role("searchbox", name="Search all that was said")
    expect(search).to_be_focused()
    page.keyboard.type("cristobal")
    hit = page.get_by_role("list", name="What was found").get_by_role("link")
    expect(hit).to_have_count(1)
    press(page, "ArrowDown")
    expect(hit).to_be_focused()
    press(page, "Enter")
    page.wait_for_url(f"**/c/{two}/m/{two}.2")
    expect(page.locator(f"[data-message='{two}.2']")).to_be_focused()
    press(page, "/")
    expect(search).to_be_focused()
    press(page, "Escape")
    expect(search).to_have_value("")
    expect(row(page, "A capital?")).to_be_visible()


def test_conversations_are_renamed_pinned_put_away_and_forgotten(
    page: Page, watched: Watched
) -> None:
    watched.expected = ("404",)  # what is open is read once more when something was forgotten
    begun(page, "Which hills?", "San Cristobal.")
    press(page, "Control+k")
    begun(page, "A capital?", "Lima.")
    tab_to(page, menu_of(page, "A capital?"), back=True)
    pick(page, "Rename")
    expect(page.get_by_role("textbox", name="Title of the conversation")).to_be_focused()
    type_in(page, "Capitals")
    expect(row(page, "Capitals")).to_be_focused()
    expect(page.get_by_role("heading", name="Capitals", level=1)).to_be_visible()

    press(page, "Tab")
    expect(menu_of(page, "Capitals")).to_be_focused()
    pick(page, "Pin")
    expect(page.get_by_role("list", name="Pinned").get_by_role("link")).to_have_count(1)
    expect(menu_of(page, "Capitals")).to_be_focused()

    pick(page, "Archive")
    expect(page.get_by_text("It is in the archive.")).to_be_visible()
    expect(row(page, "Capitals")).to_have_count(0)
    expect(row(page, "Which hills?")).to_be_focused()
    tab_to(page, page.get_by_role("link", name="Archive", exact=True))
    press(page, "Enter")
    expect(page.get_by_role("heading", name="Archived conversations")).to_be_visible()
    tab_to(page, menu_of(page, "Capitals"))
    pick(page, "Take")
    expect(page.get_by_text("Nothing is archived")).to_be_visible()
    tab_to(page, menu_of(page, "Capitals"), back=True)

    pick(page, "Forget")
    asking = page.get_by_role("dialog", name="Forget \u201cCapitals\u201d?")
    expect(button(asking, "Cancel")).to_be_focused()
    expect(asking).to_contain_text("It cannot be brought back.")
    press(page, "Escape")
    expect(asking).to_have_count(0)
    expect(menu_of(page, "Capitals")).to_be_focused()
    pick(page, "Forget")
    expect(asking).to_contain_text("It cannot be brought back.")
    tab_to(page, button(asking, "Forget it"))
    press(page, "Enter")
    expect(row(page, "Capitals")).to_have_count(0)
    expect(row(page, "Which hills?")).to_be_focused()
    expect(page.get_by_role("heading", name="Archived conversations")).to_be_visible()


def test_words_are_edited_and_versions_switched(page: Page) -> None:
    begun(page, "A capital?", "Lima.")
    press(page, "ArrowUp")
    editor = page.get_by_role("textbox", name="Say it otherwise")
    expect(editor).to_be_focused()
    press(page, "Escape")
    expect(editor).to_have_count(0)
    expect(page.locator("[data-message='1.1']")).to_be_focused()
    tab_to(page, box(page))
    press(page, "ArrowUp", "Control+a")
    type_in(page, "Which hills?")
    shows(page, ("user", "Which hills?"), ("assistant", "San Cristobal."))

    tab_to(page, page.get_by_role("log"), back=True)
    press(page, "Home")
    expect(mine(page)).to_be_focused()
    press(page, "ArrowLeft")
    shows(page, ("user", "A capital?"), ("assistant", "Lima."))
    tab_to(page, button(page, "The next version"))
    press(page, "Enter")
    shows(page, ("user", "Which hills?"), ("assistant", "San Cristobal."))


def test_a_reply_is_stopped_continued_and_tried_again(page: Page, model: Paced) -> None:
    model.upto(30)
    type_in(page, "count")
    came(page, "w030")
    press(page, "Escape")
    expect(draft(page)).to_have_count(0)
    answered(page, COUNTED[:149])
    expect(box(page)).to_be_focused()
    tab_to(page, button(replies(page), "Try again"), back=True)
    model.upto(40)
    press(page, "Enter")
    came(page, "w040")
    tab_to(page, button(page, "Stop Mock\u2019s reply"))
    press(page, "Enter")
    answered(page, COUNTED[:199])
    expect(page.get_by_role("group", name="Version 2 of 2")).to_be_visible()
    tab_to(page, button(replies(page), "Continue"), back=True)
    model.upto(200)
    press(page, "Enter")
    expect(button(replies(page), "Continue")).to_have_count(0)
    expect(replies(page).last.locator(".prose")).to_contain_text("w200")


def test_what_is_remembered_is_added_and_edited(page: Page) -> None:
    begun(page, "A capital?", "Lima.")
    panel = page.get_by_role("complementary", name="Memory")
    press(page, "Control+Shift+M")
    expect(panel).to_have_count(0)
    press(page, "Control+Shift+M")
    expect(panel).to_be_visible()
    tab_to(page, button(panel, "Add a fact"))
    press(page, "Enter")
    expect(
        page.get_by_role("textbox", name="Something Mock should remember of you")
    ).to_be_focused()
    type_in(page, "lives in Lima")
    expect(button(panel, "Add a fact")).to_be_focused()
    facts = panel.get_by_role("listitem").filter(has_text="Written on")
    expect(facts).to_contain_text("Lima")
    tab_to(page, panel.get_by_role("button", name=re.compile("^Edit: ")))
    press(page, "Enter")
    expect(page.get_by_role("textbox", name="What it should say")).to_be_focused()
    press(page, "Control+a")
    type_in(page, "lives in Cusco")
    expect(facts).to_contain_text("Cusco")
    expect(panel.get_by_role("button", name=re.compile("^Edit: .*Cusco"))).to_be_focused()
    tab_to(page, panel.get_by_role("tab", name="Memory"), back=True)
    press(page, "ArrowRight")
    expect(panel.get_by_role("tab", name="What Mock saw")).to_be_focused()
    expect(panel.get_by_role("tabpanel")).to_contain_text(re.compile(r"\d of [\d,]+ tokens"))


def test_a_bot_is_made_and_talked_with(page: Page) -> None:
    tab_to(page, page.get_by_role("link", name="Bots", exact=True))
    press(page, "Enter")
    tab_to(page, button(page, "New bot"))
    press(page, "Enter")
    tab_to(page, page.get_by_role("textbox", name="Name", exact=True))
    page.keyboard.type("vera")
    tab_to(page, page.get_by_role("textbox", name="What people call it"))
    page.keyboard.type("Vera")
    tab_to(page, page.get_by_role("textbox", name="Instructions"))
    page.keyboard.type("You are Vera.")
    tab_to(page, button(page, "Save and try"))
    press(page, "Enter")
    expect(page.get_by_role("heading", name="Hello, I am Vera.")).to_be_visible()
    expect(box(page)).to_be_focused()
    type_in(page, "hello")
    expect(replies(page)).to_have_count(1)


def test_settings_are_changed(page: Page) -> None:
    tab_to(page, page.get_by_role("link", name="Settings", exact=True))
    press(page, "Enter")
    tab_to(page, page.get_by_role("radio", name="System"))
    press(page, "ArrowRight", "ArrowRight")
    expect(page.get_by_role("radio", name="Dark")).to_be_focused()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.get_by_role("radio", name="Dark")).to_be_checked()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_escape_closes_what_is_on_top_and_the_keyboard_goes_back(page: Page) -> None:
    begun(page, "A capital?", "Lima.")
    who = page.get_by_role("button", name="Talk with Mock: choose another bot")
    tab_to(page, who, back=True)
    press(page, "?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_contain_text("Send")
    press(page, "Escape")
    expect(keys).to_have_count(0)
    expect(who).to_be_focused()
    press(page, "Enter")
    expect(page.get_by_role("menuitem").first).to_be_focused()
    press(page, "Escape")
    expect(page.get_by_role("menu")).to_have_count(0)
    expect(who).to_be_focused()

    model_button = page.get_by_role("button", name="Model gpt-5-mini: choose another")
    tab_to(page, model_button)
    press(page, "Enter")
    expect(page.get_by_role("menuitemradio").first).to_be_focused()
    press(page, "End")
    expect(page.get_by_role("menuitem", name="Connect a model \u2026")).to_be_focused()
    press(page, "Enter")
    connecting = page.get_by_role("dialog", name="Connect a model")
    expect(connecting).to_be_visible()
    press(page, "Escape")
    expect(connecting).to_have_count(0)
    expect(model_button).to_be_focused()

    page.set_viewport_size({"width": 360, "height": 740})
    show = button(page, "Show the conversations")
    tab_to(page, show, back=True)
    press(page, "Enter")
    sheet = page.get_by_role("dialog", name="Conversations")
    expect(sheet).to_be_visible()
    tab_to(page, menu_of(page, "A capital?"))
    press(page, "Enter")
    expect(page.get_by_role("menuitem", name="Rename")).to_be_focused()
    press(page, "Escape")
    expect(menu_of(page, "A capital?")).to_be_focused()
    expect(sheet).to_be_visible()
    press(page, "Escape")
    expect(sheet).to_have_count(0)
    expect(show).to_be_focused()


LOOKS = """
() => {
  const one = document.activeElement;
  if (!one || one === document.body) return 'outside';
  if (one.dataset.walked) return 'again';
  one.dataset.walked = 'yes';
  const all = [one, one.parentElement, one.parentElement?.parentElement];
  const look = () => all.map((at) => {
    const { outline, boxShadow, borderColor } = getComputedStyle(at);
    return `${outline} ${boxShadow} ${borderColor}`;
  });
  const [{ outlineStyle, outlineWidth }, { top, bottom, left, right }] =
    [getComputedStyle(one), one.getBoundingClientRect()];
  const held = look();
  one.blur();
  const left_alone = look();
  one.focus({ preventScroll: true });
  const ring = outlineStyle !== 'none' && parseFloat(outlineWidth) > 0;
  return {
    name: `${one.tagName} ${one.ariaLabel ?? one.textContent.trim().slice(0, 40)} ${one.id}`,
    seen: ring || held.some((how, at) => how !== left_alone[at]),
    there: bottom > 0 && right > 0 && top < innerHeight && left < innerWidth && right > left,
  };
}
"""


VIEWS = {
    "/": "What can you do?",
    "/c/1": "Try again",
    "/bots": "New bot",
    "/settings": "Export all conversations",
}
"""The address of each view, and a button by which one sees that it is there."""


def test_one_always_sees_where_the_keyboard_is(page: Page) -> None:
    begun(page, "A capital?", "Lima.")
    origin = page.url.split("/c/")[0]
    for path, there in VIEWS.items():
        page.goto(origin + path)
        expect(button(page, there)).to_be_visible()
        expect(row(page, "A capital?")).to_be_visible()
        walked = walk(page)
        assert 10 < len(walked) < MOST
        assert sum(there in name for name in walked) == 1


def walk(page: Page) -> list[str]:
    """Press Tab until one comes round; what had the keyboard on the way, each time to be seen."""
    page.evaluate("document.activeElement.blur()")
    walked: list[str] = []
    for _ in range(MOST):
        press(page, "Tab")
        look = page.evaluate(LOOKS)
        if look == "again":
            break
        if look == "outside":
            continue
        assert look["seen"], look
        assert look["there"], look
        walked.append(look["name"])
    return walked
