"""Bots that are made on the page: persona, model, parameters, K and shares, tried at once."""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.conftest import Visit, Watched
from browser.panels import call, facts, house, read_for, said, spoken, told_page
from browser.talking import Talking, answered, begin, button, mine, replies, say
from servers import reply

pytestmark = pytest.mark.slow

FIXTURES = [reply("Where do I eat?", "At the market.")]


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Generator[Talking]:
    """OpenAI is set up, and is aimock."""
    folder = tmp_path_factory.mktemp("bots")
    with house(folder, FIXTURES, OPENAI_API_KEY="sk-of-the-owner", OPENAI_BASE_URL="URL") as made:
        yield made


def bots(visit: Visit, made: Talking) -> Page:
    page = visit(made.served, "/bots", viewport={"width": 1280, "height": 1000})
    expect(button(page, "New bot")).to_be_visible()
    return page


def new(visit: Visit, made: Talking, name: str, instructions: str = "Be short.") -> Page:
    page = bots(visit, made)
    button(page, "New bot").click()
    fill(page, {"Name": name, "Instructions": instructions})
    return page


def fill(page: Page, values: dict[str, str]) -> None:
    for label, value in values.items():
        page.get_by_label(label, exact=True).fill(value)


def vendor(page: Page, name: str) -> None:
    page.get_by_label("Vendor", exact=True).select_option(label=name)


def wrong(page: Page, label: str) -> str:
    """What is said at a field."""
    field = page.get_by_label(label, exact=True)
    expect(field).to_have_attribute("aria-invalid", "true")
    told = (field.get_attribute("aria-describedby") or "").split()[-1]
    return page.locator(f"[id='{told}']").inner_text()


def item(page: Page, name: str) -> Locator:
    """A bot in the list."""
    return page.locator(".bot-item").filter(has=page.get_by_role("heading", name=name))


def given(made: Talking, name: str) -> dict[str, Any]:
    (one,) = [bot for bot in call(made.served, "GET", "bots")["bots"] if bot["name"] == name]
    return one["given"]


def save(page: Page, name: str) -> None:
    button(page, "Save").click()
    told_page(page, f"{name} is saved.")
    expect(page.get_by_role("heading", name="Bots", exact=True)).to_be_visible()
    # What tells of it may be of an earlier one: only then nothing is left to be saved.
    expect(page.get_by_label("Instructions", exact=True)).to_have_count(0)


def test_a_bot_is_made_and_tried_at_once(here: Talking, visit: Visit) -> None:
    page = new(visit, here, "cusco", "You are Ana, a guide to Cusco.")
    fill(page, {"What people call it": "Ana"})
    vendor(page, "OpenAI")
    model = page.get_by_role("combobox", name="Model", exact=True)
    model.press("ArrowDown")
    listed = page.get_by_role("listbox", name="Model").get_by_role("option")
    expect(listed.filter(has_text=re.compile("^gpt-4o$"))).to_be_visible()
    model.type("4o")
    expect(listed).to_have_text(["gpt-4o"])
    model.press("ArrowDown")
    model.press("Enter")
    expect(model).to_have_value("gpt-4o")
    parameters = {
        "Temperature": "0",
        "Top p": "0.9",
        "Longest reply": "321",
        "Presence penalty": "0.5",
        "Frequency penalty": "-0,25",
        "Seed": "7",
        "Stop at": "THE END\nOver\\nand out",
    }
    fill(page, parameters)
    button(page, "Save and try").click()
    expect(page.get_by_role("heading", name="Hello, I am Ana.")).to_be_visible()
    begin(page, "Where do I eat?")
    answered(page, "At the market.")
    expect(replies(page).get_by_role("heading")).to_contain_text("Ana")

    (asked,) = [
        one for one in here.model.requests() if one["messages"][-1]["content"] == "Where do I eat?"
    ]
    assert asked["model"] == "gpt-4o"
    assert "You are Ana, a guide to Cusco." in asked["messages"][0]["content"]
    sent = {
        name: asked[name] for name in ("temperature", "top_p", "presence_penalty", "seed", "stop")
    }
    assert sent == {
        "temperature": 0,
        "top_p": 0.9,
        "presence_penalty": 0.5,
        "seed": 7,
        "stop": ["THE END", "Over\nand out"],
    }
    assert asked["frequency_penalty"] == -0.25
    assert 321 in (asked.get("max_tokens"), asked.get("max_completion_tokens"))
    assert here.served.run("chat", "-b", "cusco", "-m", "Where do I eat?") == "At the market.\n"


def test_what_is_left_empty_is_left_to_the_vendor(here: Talking, visit: Visit) -> None:
    page = new(visit, here, "plain")
    vendor(page, "OpenAI")
    button(page, "Save and try").click()
    begin(page, "Is anything set?")
    answered(page, "Yes.")
    (asked,) = [
        one for one in here.model.requests() if one["messages"][-1]["content"] == "Is anything set?"
    ]
    for name in ("temperature", "top_p", "presence_penalty", "frequency_penalty", "seed", "stop"):
        assert name not in asked


def test_k_is_from_3_to_1000(here: Talking, visit: Visit) -> None:
    page = new(visit, here, "short")
    vendor(page, "OpenAI")
    for memory in ("Facts", "Summary", "Recall"):
        page.get_by_role("checkbox", name=f"Remember with {memory}").uncheck()
    page.get_by_role("radio", name="The last K").check(force=True)
    for bad in ("2", "1001", "3.5", ""):
        fill(page, {"K": bad})
        button(page, "Save").click()
        assert wrong(page, "K") == "K is a whole number from 3 to 1000."
        expect(page.get_by_label("K", exact=True)).to_be_focused()
    fill(page, {"K": "1000"})
    save(page, "short")
    assert given(here, "short")["memory"] == {"window": {"last": 1000}}
    button(page, "Edit: short").click()
    expect(page.get_by_label("K", exact=True)).to_have_value("1000")
    fill(page, {"K": "3"})
    button(page, "Save and try").click()
    begin(page, "First")
    answered(page, "Yes.")
    said(page, "Second", "Third", "Fourth", "Fifth and last")
    lines = [line["content"] for line in read_for(here, "Fifth and last")]
    assert lines[1:] == ["Second", "Yes.", "Third", "Yes.", "Fourth", "Yes.", "Fifth and last"]


def test_memories_have_their_order_and_shares(here: Talking, visit: Visit) -> None:
    page = new(visit, here, "sharing")
    button(page, "Move Recall up").click()
    expect(button(page, "Move Recall down")).to_be_focused()
    page.get_by_role("checkbox", name="Remember with Summary").uncheck()
    fill(
        page,
        {"Share, %Share of Recall, in percent": "70", "Share, %Share of Facts, in percent": "11"},
    )
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("The shares are 81 percent together.")
    button(page, "Save").click()
    expect(page.get_by_role("heading", name="A new bot")).to_be_visible()
    fill(
        page,
        {
            "Share, %Share of Facts, in percent": "5.5",
            "Tokens at mostAt most for Facts, in tokens": "250",
        },
    )
    bar = page.get_by_role("img", name=re.compile("^Shares of the prompt"))
    expect(bar).to_have_attribute(
        "aria-label", "Shares of the prompt: Recall 70 %, Facts 5.5 %, Window 24.5 %"
    )
    save(page, "sharing")
    memory = given(here, "sharing")["memory"]
    assert list(memory.items()) == [
        ("recall", {"share": 70, "most": 4000}),
        ("facts", {"share": 5.5, "most": 250}),
        ("window", {}),
    ]


def test_all_mistakes_are_told_at_once(here: Talking, visit: Visit) -> None:
    page = bots(visit, here)
    button(page, "New bot").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    fill(page, {"Name": "two words", "Temperature": "9", "Top p": "warm", "Seed": "1.5"})
    button(page, "Add a model").click()
    fill(page, {"Model 1": "no such thing"})
    button(page, "Save").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("6 things are not right yet:")
    expect(alert.get_by_role("listitem")).to_have_count(6)
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    assert wrong(page, "Instructions") == "Tell it who it is."
    assert wrong(page, "Temperature") == "This must be at most 2."
    assert wrong(page, "Top p") == "This must be a number."
    assert wrong(page, "Seed") == "This must be a whole number."
    assert wrong(page, "Model 1").startswith("Write it as VENDOR:NAME")
    fill(page, {"Name": "mock", "Temperature": "1"})
    assert wrong(page, "Name") == "There is a bot of this name."
    expect(page.get_by_label("Temperature", exact=True)).not_to_have_attribute(
        "aria-invalid", "true"
    )


def test_what_only_the_server_knows_is_told_at_its_place(
    here: Talking, visit: Visit, watched: Watched
) -> None:
    watched.expected = ("the server responded with a status of 422",)
    page = new(visit, here, "astray")
    vendor(page, "OpenAI")
    fill(page, {"Address of the server": "ftp://example.org/models"})
    button(page, "Save").click()
    assert "http" in wrong(page, "Address of the server")
    expect(page.get_by_role("alert")).to_contain_text("1 thing is not right yet:")
    expect(page.get_by_label("Address of the server")).to_be_focused()


def test_a_bot_is_edited_and_talks_as_it_is_then(here: Talking, visit: Visit) -> None:
    page = new(visit, here, "changing", "You like tea.")
    vendor(page, "OpenAI")
    fill(page, {"Temperature": "1"})
    save(page, "changing")
    number = spoken(here.served, ["What do you like?"], bot="changing")
    button(page, "Edit: changing").click()
    expect(page.get_by_label("Temperature", exact=True)).to_have_value("1")
    expect(button(page, "Save")).to_be_disabled()
    fill(page, {"Temperature": "0", "Instructions": "You like maté."})
    button(page, "All bots").click()
    button(page.get_by_role("dialog", name="Close without saving?"), "Cancel").click()
    expect(page.get_by_label("Temperature", exact=True)).to_have_value("0")
    save(page, "changing")
    page.goto(f"{here.served.url}/c/{number}")
    said(page, "And what do you like now?")
    (asked,) = [one for one in here.model.requests() if "like now?" in str(one["messages"][-1])]
    assert asked["temperature"] == 0
    assert "You like maté." in asked["messages"][0]["content"]


def test_a_bot_of_the_file_is_copied_and_not_changed(here: Talking, visit: Visit) -> None:
    page = bots(visit, here)
    expect(item(page, "Mock")).to_contain_text("from tertulia.toml")
    expect(button(page, "Edit: Mock")).to_have_count(0)
    button(page, "Show: Mock").click()
    expect(
        page.get_by_text("mock is described in tertulia.toml, and is changed there.")
    ).to_be_visible()
    expect(page.get_by_label("Instructions", exact=True)).to_have_value("Be brief.")
    expect(page.get_by_label("Instructions", exact=True)).to_be_disabled()
    expect(button(page, "Save")).to_have_count(0)
    button(page, "Make a copy").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("mock-copy")
    fill(page, {"What people call it": "Mirror", "Instructions": "Be a mirror."})
    button(page, "Save and try").click()
    expect(page.get_by_role("heading", name="Hello, I am Mirror.")).to_be_visible()
    begin(page, "Are you another one?")
    answered(page, "Yes.")
    assert "Be a mirror." in str(read_for(here, "Are you another one?")[0])
    assert given(here, "mock")["persona"]["instructions"] == "Be brief."


def test_a_bot_is_discarded_and_its_talks_stay(here: Talking, visit: Visit) -> None:
    page = new(visit, here, "passing")
    save(page, "passing")
    number = spoken(here.served, ["Remember that I live in Lima."], bot="passing")
    button(page, "More: passing").click()
    page.get_by_role("menuitem", name="Discard").click()
    dialog = page.get_by_role("dialog", name="Discard passing?")
    expect(dialog).to_contain_text("Its conversations and what it remembers stay")
    button(dialog, "Discard it").click()
    told_page(page, "passing is discarded.")
    expect(item(page, "passing")).to_have_count(0)
    page.goto(f"{here.served.url}/c/{number}")
    expect(mine(page)).to_contain_text("Remember that I live in Lima.")
    expect(facts(page)).to_have_text(["Lives in Lima"])
    say(page, "Are you there?")
    expect(page.locator("article[data-role=notice]")).to_contain_text("There is no bot 'passing'")
