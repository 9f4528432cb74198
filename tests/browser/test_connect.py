"""A key that is typed in: it serves, and stands nowhere but where it was asked to."""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Response, WebSocket, expect

from browser.conftest import Serve, Visit, Watched
from browser.panels import on_disk, said, told_page
from browser.talking import answered, begin, button, number
from browsing import Served
from servers import Aimock, aimock, reply

pytestmark = pytest.mark.slow

KEY = "sk-typed-in-0123456789abcdefghij"
WRONG = "sk-wrong-9876543210zyxwvutsrqpon"
STORED = """
async () => {
  const told = [JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage })];
  for (const { name } of await indexedDB.databases()) told.push(name);
  for (const name of await caches.keys()) told.push(name);
  return [...told, document.cookie, document.documentElement.outerHTML].join("\\n");
}
"""
"""Everything that the page keeps in the browser."""


@pytest.fixture(scope="module")
def model() -> Generator[Aimock]:
    with aimock([reply(None, "From a real one.")], keys=KEY) as made:
        yield made


class Heard:
    """All that the server has answered to a page."""

    def __init__(self, page: Page) -> None:
        self._new: list[Response] = []
        self._told: list[str] = []
        page.on("response", self._response)
        page.on("websocket", self._socket)

    def _response(self, one: Response) -> None:
        self._new.append(one)

    def _socket(self, socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: self._told.append(str(frame)))

    def texts(self) -> list[str]:
        """Headers, bodies and frames so far: bodies are there until the page is left."""
        for one in self._new:
            self._told.append(json.dumps(one.headers))
            if one.status not in (204, 304):
                self._told.append(one.text())
        self._new.clear()
        return self._told


def connect(page: Page, model: Aimock, key: str = KEY, *, keep: bool = False) -> Locator:
    """From the first screen; the dialog as it is then."""
    button(page, "Connect a model").click()
    dialog = page.get_by_role("dialog")
    button(dialog, "OpenAI").click()
    field = dialog.get_by_label("Key of OpenAI")
    expect(field).to_have_attribute("type", "password")
    expect(field).to_have_attribute("autocomplete", "off")
    expect(field).to_be_focused()
    field.fill(key)
    dialog.get_by_label("Address of the server").fill(model.url)
    if keep:
        dialog.get_by_role("switch", name="Keep it on this server").click()
        expect(dialog).to_contain_text("It is written to a file")
    button(dialog, "Try and connect").click()
    return dialog


def use(dialog: Locator, name: str) -> None:
    expect(dialog.get_by_role("status")).to_contain_text("It works, and offers")
    field = dialog.get_by_role("combobox", name="Model")
    expect(field).to_be_focused()
    field.fill(name)
    field.press("Enter")
    expect(dialog).to_have_count(0)


def vendors(page: Page) -> Locator:
    """The connected ones, in the settings."""
    page.get_by_role("link", name="Settings").click()
    section = page.get_by_role("region", name="Models")
    expect(section.get_by_role("button", name="Connect a model")).to_be_visible()
    return section


def key_files(served: Served) -> list[Path]:
    """Where a key stands on the disk."""
    files = [one for one in served.folder.rglob("*") if one.is_file()]
    return [one for one in files if KEY.encode() in one.read_bytes()]


def test_a_key_serves_its_session_and_stands_nowhere(
    serve: Serve, visit: Visit, model: Aimock
) -> None:
    served = serve()
    page = visit(served)
    expect(button(page, "Connect a model")).to_be_visible()
    heard = Heard(page)
    use(connect(page, model), "gpt-4o")
    expect(page.get_by_role("button", name="Model gpt-4o: choose another")).to_be_visible()
    begin(page, "Are you a real one?")
    answered(page, "From a real one.")
    asked = model.requests()[-1]
    assert asked["model"] == "gpt-4o"
    tab = visit(served, f"/c/{number(page)}", context=page.context)
    answered(tab, "From a real one.")
    said(tab, "And again?")
    expect(vendors(page)).to_contain_text("It is connected, for this browser.")

    assert KEY not in page.evaluate(STORED)
    told = heard.texts()
    assert len(told) > 20
    assert all(KEY not in one for one in told)
    assert KEY.encode() not in on_disk(served)

    other = visit(served)
    expect(vendors(other)).to_contain_text("None is connected: the offline model answers.")
    with pytest.raises(AssertionError, match="None is connected"):
        expect(vendors(page)).to_contain_text("None is connected", timeout=1)
    served.stop()
    assert KEY.encode() not in on_disk(served)


def test_the_model_that_was_picked_serves_the_next_conversation_too(
    serve: Serve, visit: Visit, model: Aimock
) -> None:
    page = visit(serve())
    use(connect(page, model), "gpt-4o")
    expect(page.get_by_role("note", name="This is the offline model")).to_have_count(0)
    begin(page, "Are you a real one?")
    answered(page, "From a real one.")
    for _ in range(2):
        button(page, "New conversation").click()
        expect(page.get_by_role("button", name="Model gpt-4o: choose another")).to_be_visible()
        expect(page.get_by_role("note", name="This is the offline model")).to_have_count(0)
        page.reload()
    begin(page, "And are you one still?")
    answered(page, "From a real one.")
    assert model.requests()[-1]["model"] == "gpt-4o"

    page.goto("/".join(page.url.split("/")[:3]))
    page.get_by_role("button", name="Model gpt-4o: choose another").click()
    page.get_by_role("menuitemradio", name="offline").click()
    expect(page.get_by_role("button", name="Model offline: choose another")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Model offline: choose another")).to_be_visible()


def test_a_notice_about_a_key_leads_to_where_another_is_given(
    serve: Serve, visit: Visit, model: Aimock
) -> None:
    settings = f"""
    [bots.ana]
    persona = {{ name = "Ana", instructions = "Be brief." }}
    model = {{ provider = "openai", name = "gpt-4o", base_url = "{model.url}", retries = 0 }}
    """
    page = visit(serve(settings, OPENAI_API_KEY=WRONG))
    begin(page, "Are you set up?")
    notice = page.locator("article[data-role=notice]")
    expect(notice).to_contain_text("does not accept its key")
    button(notice, "Connect OpenAI").click()
    dialog = page.get_by_role("dialog", name="Connect OpenAI")
    dialog.get_by_label("Key of OpenAI").fill(KEY)
    dialog.get_by_label("Address of the server").fill(model.url)
    button(dialog, "Try and connect").click()
    use(dialog, "gpt-4o")
    button(notice, "Try again").click()
    answered(page, "From a real one.")


def test_any_other_server_is_connected_by_its_address(serve: Serve, visit: Visit) -> None:
    with aimock([reply(None, "From next door.")]) as free:
        page = visit(serve())
        button(page, "Connect a model").click()
        button(page.get_by_role("dialog"), "Another server").click()
        dialog = page.get_by_role("dialog", name="Connect another server")
        address = dialog.get_by_label("Address of the server")
        expect(address).to_be_focused()
        for wrong in ("", "next.example/v1"):
            address.fill(wrong)
            button(dialog, "Try and connect").click()
            expect(dialog.get_by_text("Begin with http:// or https://.")).to_be_visible()
        address.fill(free.url.removeprefix("http://"))
        button(dialog, "Try and connect").click()
        use(dialog, "gpt-4o")
        begin(page, "Where are you?")
        answered(page, "From next door.")
        assert free.requests()[-1]["model"] == "gpt-4o"


def test_without_keep_a_restart_loses_it(
    serve: Serve, visit: Visit, watched: Watched, model: Aimock
) -> None:
    watched.expected = ("WebSocket", "ERR_")
    served = serve()
    page = visit(served)
    use(connect(page, model), "gpt-4o")
    begin(page, "Will you stay?")
    answered(page, "From a real one.")
    served.stop()
    served.start()
    page.reload()
    expect(vendors(page)).to_contain_text("None is connected: the offline model answers.")
    page.go_back()
    page.get_by_role("textbox", name="Message tertulia").fill("Are you there?")
    page.keyboard.press("Enter")
    notice = page.locator("article[data-role=notice]")
    expect(notice).to_contain_text("key")
    assert KEY.encode() not in on_disk(served)


def test_kept_it_outlives_a_restart_in_one_file_alone(
    serve: Serve, visit: Visit, watched: Watched, model: Aimock
) -> None:
    watched.expected = ("WebSocket", "ERR_")
    served = serve()
    page = visit(served)
    use(connect(page, model, keep=True), "gpt-4o")
    begin(page, "Will you stay?")
    answered(page, "From a real one.")
    (kept,) = key_files(served)
    assert kept == served.data / "keys.json"
    assert kept.stat().st_mode & 0o077 == 0
    served.stop()
    served.start()
    page.reload()
    said(page, "Are you there?")
    expect(page.locator("article[data-role=assistant]").last).to_contain_text("From a real one.")
    section = vendors(page)
    expect(section).to_contain_text("It is connected, and the key is kept on this server.")
    button(section, "Disconnect: OpenAI").click()
    button(page.get_by_role("dialog", name="Disconnect OpenAI?"), "Disconnect").click()
    told_page(page, "OpenAI is disconnected.")
    expect(section).to_contain_text("None is connected: the offline model answers.")
    assert key_files(served) == []


def test_a_wrong_key_is_told_and_not_kept(
    serve: Serve, visit: Visit, watched: Watched, model: Aimock
) -> None:
    watched.expected = ("the server responded with a status of 4", "status of 502")
    served = serve()
    page = visit(served)
    expect(button(page, "Connect a model")).to_be_visible()
    heard = Heard(page)
    dialog = connect(page, model, WRONG, keep=True)
    expect(dialog.get_by_role("alert")).to_contain_text("key")
    expect(dialog.get_by_label("Key of OpenAI")).to_have_value(WRONG)
    assert all(WRONG not in one for one in heard.texts())
    assert WRONG.encode() not in on_disk(served)
    page.keyboard.press("Escape")
    expect(vendors(page)).to_contain_text("None is connected")

    page.get_by_role("link", name="Tertulia").click()
    button(page, "Connect a model").click()
    button(dialog, "OpenAI").click()
    expect(dialog.get_by_label("Key of OpenAI")).to_have_value("")
    button(dialog, "Try and connect").click()
    expect(dialog).to_contain_text("Paste a key.")
    dialog.get_by_label("Key of OpenAI").fill(KEY)
    dialog.get_by_label("Address of the server").fill(model.url)
    button(dialog, "Try and connect").click()
    use(dialog, "gpt-4")
    begin(page, "Now?")
    answered(page, "From a real one.")


def test_a_model_is_connected_and_parted_with_in_the_settings(
    serve: Serve, visit: Visit, model: Aimock
) -> None:
    page = visit(serve(), "/settings")
    dialog = connect(page, model)
    expect(dialog).to_have_count(0)
    told_page(page, "It works, and offers")
    section = page.get_by_role("region", name="Models")
    expect(section).to_contain_text("OpenAI")
    page.get_by_role("link", name="Tertulia").click()
    page.get_by_role("button", name="Model offline: choose another").click()
    page.get_by_role("menuitemradio", name="OpenAI: gpt-4o").click()
    begin(page, "Are you a real one?")
    answered(page, "From a real one.")
    button(vendors(page), "Disconnect: OpenAI").click()
    button(page.get_by_role("dialog"), "Cancel").click()
    expect(section).to_contain_text("It is connected, for this browser.")
    button(section, "Disconnect: OpenAI").click()
    button(page.get_by_role("dialog"), "Disconnect").click()
    expect(section).to_contain_text("None is connected")
