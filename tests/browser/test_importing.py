"""Conversations that are taken out as files, and files that are taken in."""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from browser.conftest import Serve, Visit, Watched
from browser.panels import drop, hits, house, in_more, in_row, listed, search, with_bot
from browser.talking import Talking, answered, begin, button, mine, replies, say
from chatgpt_exports import straight

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Generator[Talking]:
    with house(tmp_path_factory.mktemp("importing")) as made:
        yield made


def test_each_form_is_taken_out_as_a_file(here: Talking, visit: Visit) -> None:
    page = visit(here.served)
    with_bot(page, "Mock")
    begin(page, "Take <this> & *that* out")
    answered(page, "Yes.")
    texts: dict[str, str] = {}
    forms = {"md": "Markdown", "html": "web page", "txt": "text", "json": "JSON"}
    for form, name in forms.items():
        with page.expect_download() as coming:
            in_row(page, "Take <this> & *that* out", f"Export as {name}")
        assert coming.value.suggested_filename.endswith(f".{form}")
        assert "Take" in coming.value.suggested_filename
        texts[form] = Path(coming.value.path()).read_text(encoding="utf-8")
    assert "Take &lt;this&gt; &amp; *that* out" in texts["html"]
    assert "<this>" not in texts["html"]
    assert "Take <this> & *that* out" in texts["txt"]
    assert "Yes." in texts["md"]
    made = json.loads(texts["json"])
    assert "Take <this> & *that* out" in [one["text"] for one in made["messages"]]
    assert mine(page).count() == 1


EXPORT = [
    straight(["Where is the sandcastle?", "By the lighthouse."], number=1, title="The beach"),
    straight(["Which mushrooms?", "Chanterelles."], number=2, title="The forest"),
]


def test_an_export_is_dropped_and_its_conversations_are_here(serve: Serve, visit: Visit) -> None:
    page = visit(serve())
    expect(page.get_by_text("No conversation yet")).to_be_visible()
    drop(page, "conversations.json", json.dumps(EXPORT).encode())
    dialog = page.get_by_role("dialog", name="Import conversations?")
    expect(dialog).to_contain_text("conversations.json")
    button(dialog, "Import it").click()
    done = page.get_by_role("dialog", name="Imported")
    expect(done).to_contain_text("2 conversations with 4 messages.")
    expect(done).to_contain_text("4 messages were new.")
    done.get_by_role("link", name="Show the conversations").click()
    expect(listed(page)).to_have_text(["The forest", "The beach"])
    search(page, "lighthouse")
    (hit,) = hits(page)
    assert "By the lighthouse." in hit
    page.locator(".hit a").click()
    expect(page.locator("article.flash")).to_contain_text("By the lighthouse.")
    say(page, "Where was the sandcastle?")
    expect(replies(page).last.locator(".prose")).to_contain_text("lighthouse")

    drop(page, "conversations.json", json.dumps(EXPORT).encode())
    button(page, "Import it").click()
    expect(page.get_by_role("dialog")).to_contain_text("All of it was here already.")
    button(page.get_by_role("dialog"), "Close").first.click()
    search(page, "")
    expect(listed(page)).to_have_count(2)


def test_an_export_is_chosen_by_the_button(here: Talking, visit: Visit) -> None:
    page = visit(here.served)
    with page.expect_file_chooser() as choosing:
        in_more(page, "Import conversations")
    third = [straight(["Which clouds?", "Cumulus."], number=3, title="The sky")]
    choosing.value.set_files(
        {"name": "more.json", "mimeType": "application/json", "buffer": json.dumps(third).encode()}
    )
    button(page, "Import it").click()
    expect(page.get_by_role("dialog")).to_contain_text("1 conversation with 2 messages.")
    page.keyboard.press("Escape")
    expect(listed(page).filter(has_text="The sky")).to_be_visible()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("photo.png", b"\x89PNG\r\n\x1a\n" + bytes(64), "Nothing was taken in"),
        ("empty.json", b"", "The file is empty."),
        ("half.json", b'[{"title": "cut', "Nothing was taken in"),
    ],
    ids=["picture", "empty", "cut"],
)
def test_a_file_that_nobody_reads_is_told_kindly(
    here: Talking, visit: Visit, watched: Watched, name: str, content: bytes, words: str
) -> None:
    watched.expected = ("Failed to load resource: the server responded with a status of 4",)
    page = visit(here.served)
    drop(page, name, content)
    dialog = page.get_by_role("dialog")
    if content:
        button(dialog, "Import it").click()
    expect(dialog.get_by_role("alert")).to_contain_text(words)
    button(dialog, "Cancel").click()
    expect(dialog).to_have_count(0)
