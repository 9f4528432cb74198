"""Who may come in: logging in and out, what members see of each other, and what owners see."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.conftest import Serve, Visit, Watched
from browser.panels import facts, listed, said, tab
from browser.talking import begin, box, button, mine, replies, say
from browsing import Served

pytestmark = pytest.mark.slow

PASSWORDS = {
    "ana": "a few words in a row",
    "bo": "other words in a row",
    "eva": "yet more words in a row",
}
REFUSED = ("the server responded with a status of 401",)
"""What the browser's console says where one has to log in."""


def add(served: Served, name: str, *more: str) -> None:
    served.run("user", "add", name, "--password-stdin", *more, text=PASSWORDS[name] + "\n")


def log_in(page: Page, name: str, password: str | None = None) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password or PASSWORDS[name])
    button(page, "Log in").click()


def inside(page: Page) -> None:
    """Wait until somebody is let in."""
    expect(box(page)).to_be_visible()


def outside(page: Page) -> None:
    """Wait until one has to log in, and see nothing else."""
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    expect(page.locator(".page")).to_have_count(0)


@dataclass(frozen=True)
class House:
    """A server with an owner, Ana, and two members, and how each of their browsers is known."""

    served: Served
    states: dict[str, Any]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Generator[House]:
    served = Served(tmp_path_factory.mktemp("access"))
    add(served, "ana", "--owner")
    add(served, "bo")
    add(served, "eva")
    served.start()
    try:
        states: dict[str, Any] = {}
        for name in PASSWORDS:
            context = browser.new_context()
            page = context.new_page()
            page.goto(served.url)
            log_in(page, name)
            inside(page)
            states[name] = context.storage_state()
            context.close()
        yield House(served, states)
    finally:
        served.stop()


Enter = Callable[..., Page]


@pytest.fixture
def enter(house: House, visit: Visit) -> Enter:
    """Opens the page as one of them."""

    def open_(name: str, path: str = "/", **more: Any) -> Page:
        return visit(house.served, path, storage_state=house.states[name], **more)

    return open_


def test_one_logs_in_and_out(serve: Serve, visit: Visit, watched: Watched) -> None:
    watched.expected = REFUSED
    served = serve()
    add(served, "ana", "--owner")
    page = visit(served, "/settings")
    outside(page)
    expect(page.get_by_label("Name")).to_be_focused()
    expect(page.get_by_label("Password")).to_have_attribute("type", "password")
    button(page, "Log in").click()
    expect(page.get_by_text("Type your name.")).to_be_visible()
    expect(page.get_by_text("Type your password.")).to_be_visible()
    log_in(page, "ana", "not her words")
    expect(page.get_by_role("alert")).to_contain_text("The name or the password is wrong.")
    log_in(page, "ana")
    expect(page.get_by_role("heading", name="Settings")).to_be_visible()
    expect(page.get_by_text("You are ana. As an owner you see and do everything")).to_be_visible()
    page.goto(served.url)
    begin(page, "Remember that I live in Lima.")
    expect(facts(page)).to_have_text(["Lives in Lima"])
    cookies = page.context.cookies()
    assert {one.get("name") for one in cookies} == {"tertulia_session", "tertulia_login"}
    assert all(one.get("httpOnly") and one.get("sameSite") == "Strict" for one in cookies)
    assert page.evaluate("document.cookie") == ""

    box(page).fill("something that I had begun to write")
    page.get_by_role("link", name="Settings").click()
    button(page, "Log out").click()
    outside(page)
    page.goto(f"{served.url}/c/1")
    outside(page)
    assert page.request.get(f"{served.url}/api/conversations").status == 401
    assert "begun to write" not in page.evaluate("JSON.stringify({ ...localStorage })")
    page.go_back()
    outside(page)
    expect(page.get_by_text("Lima")).to_have_count(0)


GUESSES = """
() => {
  const guess = async (n) => {
    const body = JSON.stringify({ name: "ana", password: `guess ${n}` });
    const headers = { "Content-Type": "application/json" };
    const { status } = await fetch("/api/login", { method: "POST", headers, body });
    if (status !== 429) throw new Error(String(status));
    return status;
  };
  return Promise.any(Array.from({ length: 20 }, (_, n) => guess(n)));
}
"""


def test_who_tries_many_passwords_is_told_to_wait(
    serve: Serve, visit: Visit, watched: Watched
) -> None:
    watched.expected = (*REFUSED, "the server responded with a status of 429")
    served = serve()
    add(served, "ana", "--owner")
    page = visit(served)
    outside(page)
    page.get_by_label("Name").fill("ana")
    page.get_by_label("Password").fill(PASSWORDS["ana"])
    assert page.evaluate(GUESSES) == 429
    button(page, "Log in").click()
    expect(page.get_by_role("alert")).to_contain_text(re.compile(r"Try again in \d+ s"))
    outside(page)


def test_a_member_sees_nobody_elses_anything(house: House, enter: Enter, watched: Watched) -> None:
    watched.expected = ("the server responded with a status of 404",)
    page = enter("ana")
    number = begin(page, "Remember that I live in Quillabamba.")
    expect(facts(page)).to_contain_text(["Lives in Quillabamba"])

    page = enter("bo")
    begin(page, "Remember that I live in Bolivia.")
    expect(facts(page)).to_have_text(["Lives in Bolivia"])
    expect(listed(page).filter(has_text="Bolivia")).to_have_count(1)
    expect(listed(page).filter(has_text="Quillabamba")).to_have_count(0)
    expect(page.get_by_role("switch")).to_have_count(0)
    page.get_by_role("searchbox").fill("Quillabamba")
    expect(page.get_by_text("Nothing was found.").last).to_be_visible()
    said(page, "Who lives in Quillabamba?")
    expect(replies(page).last.locator(".prose")).not_to_contain_text("lives in Quillabamba")
    for path in (f"/c/{number}", f"/c/{number}/m/{number}.1"):
        page.goto(house.served.url + path)
        expect(page.get_by_text("It was forgotten, or it is not for your eyes.")).to_be_visible()
        expect(box(page)).to_have_count(0)
    paths = (
        f"conversations/{number}",
        f"conversations/{number}/messages",
        f"conversations/{number}/export?form=json",
        f"conversations/{number}/summaries",
        f"messages/{number}.2/receipt",
        "facts/f1/history",
    )
    for path in paths:
        answer = page.request.get(f"{house.served.url}/api/{path}")
        assert "Quillabamba" not in answer.text()
        assert answer.status == 404 or answer.json() == {"facts": []}
    for path in ("conversations", "facts", "search?q=Quillabamba"):
        everybody = f"{house.served.url}/api/{path}{'&' if '?' in path else '?'}everybody=1"
        assert "Quillabamba" not in page.request.get(everybody).text()


def test_a_member_looks_at_bots_and_changes_none(
    house: House, enter: Enter, watched: Watched
) -> None:
    watched.expected = ("the server responded with a status of 403",)
    page = enter("bo", "/bots")
    expect(button(page, "Talk with it")).to_be_visible()
    for name in ("New bot", "More: tertulia", "Edit: tertulia"):
        expect(button(page, name)).to_have_count(0)
    button(page, "Show: tertulia").click()
    expect(page.get_by_text("Only owners change bots.")).to_be_visible()
    expect(page.get_by_label("Instructions", exact=True)).to_be_disabled()
    for name in ("Save", "Save and try", "Make a copy"):
        expect(button(page, name)).to_have_count(0)
    status = page.evaluate(
        """async () => {
          const { csrf } = await (await fetch("/api/me")).json();
          const headers = { "X-CSRF-Token": csrf, "Content-Type": "application/json" };
          return (await fetch("/api/bots/mine", { method: "PUT", headers, body: "{}" })).status;
        }"""
    )
    assert status == 403
    page.goto(house.served.url)
    button(page, "Connect a model").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Ollama")).to_have_count(0)
    button(dialog, "OpenAI").click()
    expect(dialog.get_by_label("Key of OpenAI")).to_be_visible()
    expect(dialog.get_by_label("Address of the server")).to_have_count(0)


def test_an_owner_sees_everybodys_by_a_switch(house: House, enter: Enter) -> None:
    page = enter("eva")
    number = begin(page, "Remember that I live in Evanston.")
    expect(facts(page)).to_have_text(["Lives in Evanston"])

    page = enter("ana")
    begin(page, "Good evening")
    expect(listed(page).filter(has_text="Evanston")).to_have_count(0)
    page.get_by_role("switch", name="Everybody’s conversations").click()  # noqa: RUF001
    there = page.locator(".row-item").filter(has_text="Evanston")
    expect(there).to_have_count(1)
    expect(there.locator(".row-title")).to_have_text(re.compile("^eva: Remember"))
    expect(listed(page).filter(has_text="ana:")).to_have_count(0)
    page.get_by_role("searchbox").fill("Evanston")
    expect(page.locator(".hit")).not_to_have_count(0)
    page.get_by_role("searchbox").fill("")
    there.locator("> a").click()
    page.wait_for_url(re.compile(rf"/c/{number}$"))
    expect(page.get_by_role("log")).to_contain_text("Remember that I live in Evanston.")
    expect(page.get_by_text("This is somebody else’s conversation")).to_be_visible()  # noqa: RUF001
    expect(box(page)).to_have_count(0)
    expect(mine(page)).to_have_count(0)
    expect(facts(page).filter(has_text="Evanston")).to_have_count(0)
    page.get_by_role("switch", name="Everybody’s", exact=True).click()  # noqa: RUF001
    expect(facts(page).filter(has_text="Evanston")).to_have_count(1)
    expect(tab(page, "What tertulia saw")).to_contain_text("For the newest reply")


def test_two_members_talk_at_once(house: House, enter: Enter) -> None:
    pages = {name: enter(name) for name in ("bo", "eva")}
    for name, page in pages.items():
        say(page, f"Here is {name}, at the same time.")
    for name, page in pages.items():
        page.wait_for_url(re.compile(r"/c/\d+$"))
        expect(replies(page)).to_have_count(1)
        expect(mine(page)).to_contain_text(f"Here is {name}")
    for n in range(3):
        for name, page in pages.items():
            say(page, f"{name} says {n}")
    for name, page in pages.items():
        other = "eva" if name == "bo" else "bo"
        expect(mine(page)).to_have_count(4)
        expect(page.locator("article[aria-busy=true]")).to_have_count(0)
        expect(listed(page).filter(has_text=f"Here is {name}")).to_have_count(1)
        expect(listed(page).filter(has_text=f"Here is {other}")).to_have_count(0)
        expect(page.get_by_role("log")).not_to_contain_text(f"{other} says")


def test_a_login_outlives_a_restart_and_ends_with_the_account(
    serve: Serve, visit: Visit, watched: Watched
) -> None:
    watched.expected = (*REFUSED, "WebSocket", "ERR_")
    served = serve()
    add(served, "ana", "--owner")
    add(served, "bo")
    page = visit(served)
    log_in(page, "bo")
    inside(page)
    begin(page, "Remember that I live in Bolivia.")
    expect(facts(page)).to_have_text(["Lives in Bolivia"])
    served.stop()
    served.start()
    said(page, "Where do I live?")
    expect(replies(page).last).to_contain_text("Bolivia")
    page.reload()
    expect(replies(page)).to_have_count(2)

    box(page).fill("Am I still here?")
    served.run("user", "remove", "bo")
    page.keyboard.press("Enter")
    outside(page)
    log_in(page, "bo")
    expect(page.get_by_role("alert")).to_contain_text("The name or the password is wrong.")
    page.goto(f"{served.url}/c/1")
    outside(page)
    assert page.request.get(f"{served.url}/api/conversations/1").status == 401
