"""Every view and state of the page, each put on the screen as a person comes to it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

from playwright.sync_api import Locator, Page, expect

from browser.panels import drop, in_more, in_row, with_bot
from browser.seeded import LONG_WORDS, Seeded
from browser.talking import begin, box, button, draft, mine, replies, say
from browsing import Served
from chatgpt_exports import straight

PHONE = 680
"""Below so many pixels the list is a sheet, and below 1080 the memory."""


PAINTED = """
() => new Promise((done) => {
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)));
})
"""
"""Waits until what was changed is on the screen."""


State = Callable[[Page, Seeded], None]


def _width(page: Page) -> int:
    size = page.viewport_size
    assert size is not None
    return size["width"]


def _list(page: Page) -> None:
    expect(page.locator(".page")).to_be_visible()
    if _width(page) < PHONE:
        button(page, "Show the conversations").click()
    expect(page.get_by_role("searchbox", name="Search all that was said")).to_be_visible()


def _memory(page: Page, name: str = "Memory") -> Locator:
    expect(page.locator(".page")).to_be_visible()
    if _width(page) < 1080:
        button(page, "Show the memory").click()
    page.get_by_role("tab", name=name, exact=True).click()
    panel = page.get_by_role("tabpanel")
    expect(panel).not_to_contain_text("One moment")
    return panel


def _go(page: Page, served: Served, path: str = "/") -> None:
    """Leave what was begun to be changed as it was, else the browser asks, and go there."""
    for name in ("Close without saving", "Undo"):
        if button(page, name).count():
            button(page, name).click()
            page.evaluate(PAINTED)
    page.goto(served.url + path)


def _talk(page: Page, here: Seeded) -> None:
    _go(page, here.made.served, f"/c/{here.talk}")
    expect(replies(page)).to_have_count(2)


def _long(page: Page, here: Seeded) -> None:
    _go(page, here.made.served, f"/c/{here.long}")
    expect(page.locator("article[data-role=notice]")).to_be_visible()


def first_visit(page: Page, here: Seeded) -> None:
    _go(page, here.empty)
    expect(page.get_by_role("note", name="This is the offline model")).to_be_visible()


def first_list(page: Page, here: Seeded) -> None:
    first_visit(page, here)
    _list(page)
    expect(page.get_by_text("No conversation yet")).to_be_visible()


def first_memory(page: Page, here: Seeded) -> None:
    first_visit(page, here)
    expect(_memory(page)).to_contain_text("Nothing yet")


def empty_archive(page: Page, here: Seeded) -> None:
    _go(page, here.empty, "/archive")
    expect(page.get_by_text("Nothing is archived")).to_be_visible()


def blank(page: Page, here: Seeded) -> None:
    _go(page, here.made.served)
    button(page, "Blank").click()
    box(page).fill("/")
    expect(page.get_by_role("list", name="Commands")).to_be_visible()


def long_beginning(page: Page, here: Seeded) -> None:
    _long(page, here)
    page.get_by_role("log").press("Home")
    expect(mine(page).first).to_be_in_viewport()
    expect(page.locator("figure.code .hljs-keyword").first).to_be_visible()
    expect(page.locator("math").first).to_be_visible()


def answering(page: Page, here: Seeded) -> None:
    _go(page, here.made.served)
    with_bot(page, "Mock")
    begin(page, "Be slow")
    expect(draft(page)).to_contain_text("word")


def stop(page: Page, _: Seeded) -> None:
    """Behind `answering`."""
    button(page, "Stop Mock’s reply").click()  # noqa: RUF001
    expect(draft(page)).to_have_count(0)


def editing(page: Page, here: Seeded) -> None:
    _talk(page, here)
    mine(page).last.hover()
    button(mine(page).last, "Edit").click()
    expect(page.get_by_role("textbox", name="Say it otherwise")).to_be_visible()


def listed(page: Page, here: Seeded) -> None:
    _talk(page, here)
    _list(page)
    expect(page.locator(".row-title").first).to_be_visible()


def renaming(page: Page, here: Seeded) -> None:
    listed(page, here)
    in_row(page, "Old talk 4", "Rename")
    expect(page.get_by_role("textbox", name="Title of the conversation")).to_be_visible()


def searched(page: Page, here: Seeded) -> None:
    listed(page, here)
    page.get_by_role("searchbox").fill("lighthouse")
    expect(page.locator(".hit").first).to_be_visible()


def not_found(page: Page, here: Seeded) -> None:
    listed(page, here)
    page.get_by_role("searchbox").fill("xylophone")
    expect(page.get_by_text("Search looks for whole words")).to_be_visible()


def archive(page: Page, here: Seeded) -> None:
    _go(page, here.made.served, "/archive")
    expect(page.get_by_role("main").locator(".row-title")).to_have_count(1)


def remembered(page: Page, here: Seeded) -> None:
    _talk(page, here)
    panel = _memory(page)
    expect(panel.locator(".fact")).to_have_count(3)
    button(panel, "History: Lives in Lima").click()
    expect(panel.get_by_text("It never said anything else.")).to_be_visible()
    button(panel, "Add a fact").click()


def previewed(page: Page, here: Seeded) -> None:
    _talk(page, here)
    panel = _memory(page)
    panel.get_by_label("What you would say").fill("Where do I live?")
    button(panel, "Show the prompt").click()
    expect(panel.locator("pre").first).to_be_visible()


def saw(page: Page, here: Seeded) -> None:
    _talk(page, here)
    panel = _memory(page, "What Ofelia saw")
    expect(panel.get_by_role("heading", name="Left out")).to_be_visible()
    for one in panel.locator("summary").all():
        one.click()
    expect(panel.get_by_text("Be kind.")).to_be_visible()


def about(page: Page, here: Seeded) -> None:
    _long(page, here)
    expect(_memory(page, "Bot")).to_contain_text("Be brief.")


def forgetting_fact(page: Page, here: Seeded) -> None:
    _talk(page, here)
    button(_memory(page), "Forget: Lives in Lima").click()
    expect(page.get_by_text("It cannot be brought back.")).to_be_visible()


def forgetting_talk(page: Page, here: Seeded) -> None:
    listed(page, here)
    in_row(page, "Old talk 4", "Forget")
    expect(page.get_by_text("It cannot be brought back.")).to_be_visible()


def menu_above(page: Page, here: Seeded) -> None:
    listed(page, here)
    button(page, "More to do with conversations").click()
    expect(page.get_by_role("menuitem", name="Blank conversation")).to_be_visible()


def menu_of_row(page: Page, here: Seeded) -> None:
    listed(page, here)
    page.locator(".row-item").first.hover()
    page.get_by_role("button", name=re.compile("^Rename, pin")).first.click()
    expect(page.get_by_role("menuitem", name="Rename")).to_be_visible()


def menu_of_bots(page: Page, here: Seeded) -> None:
    _talk(page, here)
    page.get_by_role("button", name=re.compile("choose another bot$")).click()
    expect(page.get_by_role("menuitem", name="New conversation with Tea")).to_be_visible()


def menu_of_models(page: Page, here: Seeded) -> None:
    _talk(page, here)
    page.get_by_role("button", name=re.compile("^Model .* choose another$")).click()
    expect(page.get_by_role("menuitem", name="Connect a model …")).to_be_visible()


def menu_of_message(page: Page, here: Seeded) -> None:
    _talk(page, here)
    button(replies(page).last, "More to do with this message").click()
    expect(page.get_by_role("menuitem", name="Forget")).to_be_visible()


def toast(page: Page, here: Seeded) -> None:
    _go(page, here.empty, "/settings")
    button(page, "Export all conversations").click()
    expect(page.locator(".toast")).to_contain_text("There is nothing to export yet.")


def read_only(page: Page, here: Seeded) -> None:
    listed(page, here)
    page.locator(".row-item").filter(has=page.get_by_role("img", name="on terminal")).locator(
        "> a"
    ).click()
    expect(page.get_by_text("Go on with it there.")).to_be_visible()
    expect(mine(page)).to_be_visible()


def gone(page: Page, here: Seeded) -> None:
    _go(page, here.made.served, "/c/9999")
    expect(page.get_by_text("It was forgotten, or it is not for your eyes.")).to_be_visible()


def lost(page: Page, here: Seeded) -> None:
    _go(page, here.made.served, "/bots/nowhere")
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()


def bots(page: Page, here: Seeded) -> None:
    _go(page, here.made.served, "/bots")
    expect(page.locator(".bot-item")).to_have_count(3)


def bot_menu(page: Page, here: Seeded) -> None:
    bots(page, here)
    button(page, "More: Tea").click()
    expect(page.get_by_role("menuitem", name="Discard")).to_be_visible()


def bot_form(page: Page, here: Seeded) -> None:
    bots(page, here)
    button(page, "New bot").click()
    page.get_by_label("Vendor", exact=True).select_option(label="Ollama (not connected)")
    page.get_by_text("The last K", exact=True).click()
    page.get_by_label("K", exact=True).fill("2")
    button(page, "Add a model").click()
    button(page, "Save").click()
    expect(page.get_by_role("alert").first).to_be_visible()


def bot_of_file(page: Page, here: Seeded) -> None:
    bots(page, here)
    button(page, "Show: Mock").click()
    expect(button(page, "Make a copy")).to_be_visible()


def unsaved(page: Page, here: Seeded) -> None:
    bots(page, here)
    button(page, "Edit: Tea").click()
    page.get_by_label("Temperature").fill("1")
    button(page, "All bots").click()
    expect(page.get_by_role("dialog", name="Close without saving?")).to_be_visible()


def settings(page: Page, here: Seeded) -> None:
    _go(page, here.made.served, "/settings")
    expect(page.get_by_role("heading", name="Settings")).to_be_visible()


def connect(page: Page, here: Seeded) -> None:
    first_visit(page, here)
    button(page, "Connect a model").click()
    expect(page.get_by_role("dialog").get_by_role("button", name="OpenAI")).to_be_visible()


def key(page: Page, here: Seeded) -> None:
    connect(page, here)
    button(page, "OpenAI").click()
    button(page, "Try and connect").click()
    expect(page.get_by_text("Paste a key.")).to_be_visible()


def keys(page: Page, here: Seeded) -> None:
    _go(page, here.made.served)
    expect(box(page)).to_be_visible()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()


def import_(page: Page, here: Seeded) -> None:
    _go(page, here.made.served)
    export = [straight(["Where is it?", "There."], number=99)]
    drop(page, f"{LONG_WORDS}.json", json.dumps(export).encode())
    expect(page.get_by_role("dialog", name="Import conversations?")).to_be_visible()


def import_refused(page: Page, here: Seeded) -> None:
    _go(page, here.made.served)
    drop(page, "empty.json", b"")
    expect(page.get_by_role("alert")).to_be_visible()


def forgetting_all(page: Page, here: Seeded) -> None:
    _talk(page, here)
    _list(page)
    in_more(page, "Forget all conversations")
    expect(page.get_by_text("It cannot be brought back.")).to_be_visible()


def refused(page: Page, here: Seeded) -> None:
    _go(page, here.locked)
    button(page, "Log in").click()
    expect(page.get_by_text("Type your name.")).to_be_visible()


def commanded(page: Page, here: Seeded) -> None:
    _talk(page, here)
    say(page, "/help")
    expect(page.get_by_role("region", name="Answer to /help")).to_be_visible()


STATES: Mapping[str, State] = {
    "first visit": first_visit,
    "first list": first_list,
    "first memory": first_memory,
    "empty archive": empty_archive,
    "blank": blank,
    "short talk": _talk,
    "long talk": _long,
    "beginning of a long talk": long_beginning,
    "answering": answering,
    "stopped": stop,
    "editing": editing,
    "answer to a command": commanded,
    "list": listed,
    "renaming": renaming,
    "found": searched,
    "not found": not_found,
    "archive": archive,
    "memory": remembered,
    "preview": previewed,
    "what was seen": saw,
    "about the bot": about,
    "forgetting a fact": forgetting_fact,
    "forgetting a talk": forgetting_talk,
    "forgetting all": forgetting_all,
    "menu above": menu_above,
    "menu of a row": menu_of_row,
    "menu of bots": menu_of_bots,
    "menu of models": menu_of_models,
    "menu of a message": menu_of_message,
    "toast": toast,
    "read only": read_only,
    "gone": gone,
    "lost": lost,
    "bots": bots,
    "menu of a bot": bot_menu,
    "bot form": bot_form,
    "bot of the file": bot_of_file,
    "unsaved": unsaved,
    "settings": settings,
    "connect": connect,
    "key": key,
    "keys": keys,
    "import": import_,
    "import refused": import_refused,
    "login": refused,
}
