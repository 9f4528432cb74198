"""Keys that people type in: tried, lent to what their session says, and never given away."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from servers import (
    CLOSE,
    DONE,
    STREAM,
    Aimock,
    Answer,
    Misbehaving,
    aimock,
    chunk,
    misbehaving,
    reply,
    response,
)
from tertulia.values.errors import ModelError, ModelNotAllowed, NotThere, SettingsError
from workshops import OWNER, Shop, caller, quiet_afterwards, shop, working

CANARY = "sk-canary-0123456789abcdef"
OTHER = "sk-other-fedcba9876543210"
SESSION_2 = caller("local", "s2", owner=True)
BEN = caller("ben")
FILE = """
[bots.ana]
model = { provider = "openai", name = "gpt-4o", retries = 0 }
memory = ["window"]
choices = ["openai:gpt-4"]

[bots.off]
model = "offline"
"""
LIST: Answer = [response(200, {"data": [{"id": "gpt-5-mini"}, {"id": "gpt-4o"}]})]
WHOLE: Answer = [STREAM, chunk("Hello from afar."), chunk(finish="stop"), DONE, CLOSE]


@pytest.fixture(scope="module")
def vendor() -> Iterator[Aimock]:
    with aimock([reply(None, "Hello from afar.")], keys=f"{CANARY},{OTHER}") as running:
        yield running


@pytest.fixture
def openai(vendor: Aimock, monkeypatch: pytest.MonkeyPatch) -> Aimock:
    """OpenAI's usual address is aimock's, and no key is in the environment."""
    monkeypatch.setenv("OPENAI_BASE_URL", vendor.url)
    return vendor


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI", "GROQ", "GEMINI"):
        monkeypatch.delenv(f"{name}_API_KEY", raising=False)
    monkeypatch.setattr("tertulia.engine.attempts.FIRST_PAUSE", 0.001)


async def connect(here: Shop, who: Any = OWNER, key: str = CANARY, **more: Any) -> list[str]:
    told = {"base_url": None, "keep": False, **more}
    return list(await here.workshop.connect(who, "openai", key, **told))


async def told(here: Shop, who: Any, **more: str) -> tuple[str, str]:
    """The kind and the text of what a caller is answered."""
    outcome = await here.talk("hello", by=who, **{"bot": "ana", **more})
    assert outcome.delivery is not None
    return outcome.delivery.kind, outcome.delivery.text


NO_KEY = ("notice", "There is no key for openai. Set OPENAI_API_KEY, or")


# Trying a key


def test_a_key_serves_what_its_session_says(tmp_path: Path, openai: Aimock) -> None:
    async def body(here: Shop) -> None:
        kind, text = await told(here, OWNER)
        assert kind == "notice"
        assert text.startswith(NO_KEY[1])
        assert "In a talk on the page, connect it (again) there." in text
        assert "openai:gpt-4o" in await connect(here)
        assert await told(here, OWNER) == ("reply", "Hello from afar.")
        assert (await told(here, SESSION_2, spot="u"))[0] == "notice"
        assert (await told(here, BEN, spot="v"))[0] == "notice"
        # Whoever speaks last pays.
        assert (await told(here, SESSION_2))[0] == "notice"
        assert (await told(here, OWNER))[0] == "reply"

    working(tmp_path, body, FILE)


def test_a_wrong_key_is_refused_and_not_kept(tmp_path: Path, openai: Aimock) -> None:
    async def body(here: Shop) -> None:
        with pytest.raises(ModelNotAllowed, match=r"refuses the key from the page \(401"):
            await connect(here, key="sk-wrong-0123456789", keep=True)
        assert (await told(here, OWNER))[0] == "notice"
        assert not any(vendor.connected for vendor in here.workshop.vendors(OWNER))
        await connect(here)
        with pytest.raises(ModelNotAllowed):
            await connect(here, key="sk-wrong-0123456789")
        assert (await told(here, OWNER))[0] == "reply"

    working(tmp_path, body, FILE)
    assert not (tmp_path / "data" / "keys.json").exists()


@pytest.mark.parametrize(
    "answer",
    [
        response(401, {"error": {"message": f"Incorrect API key provided: {CANARY}."}}),
        response(500, {"error": {"message": f"{CANARY} made us fall over"}}),
        response(200, f"<p>{CANARY}</p>".encode()),
    ],
)
def test_no_error_repeats_a_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    async def body(here: Shop) -> None:
        with pytest.raises(ModelError) as caught:
            await connect(here)
        assert "canary" not in f"{caught.value} {caught.value!r} {caught.value.args}"

    with misbehaving([answer]) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        working(tmp_path, body, FILE)
        assert server.requests[0].headers["authorization"] == f"Bearer {CANARY}"


@pytest.mark.parametrize("key", ["", "  ", "two words", "sk-“canary”", "sk-\ncanary", "k" * 5000])
def test_what_is_no_key_is_told_without_it(tmp_path: Path, openai: Aimock, key: str) -> None:
    async def body(here: Shop) -> None:
        with pytest.raises(SettingsError, match=r"There is no key\.|This is no key:") as caught:
            await connect(here, key=key)
        assert "canary" not in str(caught.value)

    working(tmp_path, body, FILE)


def test_a_vendor_must_be_one(tmp_path: Path) -> None:
    async def body(here: Shop) -> None:
        with pytest.raises(NotThere, match=r"no vendor 'opnai'\. Known: openai, gemini"):
            await here.workshop.connect(OWNER, "opnai", CANARY, base_url=None, keep=False)
        with pytest.raises(NotThere):
            await here.workshop.models(OWNER, "opnai")
        with pytest.raises(NotThere):
            await here.workshop.disconnect(OWNER, "opnai")
        with pytest.raises(SettingsError, match="offline needs no key"):
            await here.workshop.connect(OWNER, "offline", CANARY, base_url=None, keep=False)
        assert list(await here.workshop.models(OWNER, "offline")) == ["offline"]

    working(tmp_path, body, FILE)


# Whose key goes where


def test_each_session_pays_with_its_own_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def body(here: Shop) -> None:
        await connect(here, OWNER, CANARY)
        await connect(here, SESSION_2, OTHER)
        await told(here, OWNER)
        await told(here, SESSION_2, spot="u")
        await told(here, OWNER)
        await told(here, SESSION_2)

    with misbehaving(LIST, LIST, WHOLE) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        working(tmp_path, body, FILE)
        talks = [CANARY, OTHER, CANARY, OTHER]
        assert _keys(server) == [CANARY, OTHER, *talks]


def _keys(server: Misbehaving) -> list[str]:
    sent = [asked.headers.get("authorization", "") for asked in server.requests]
    return [key.removeprefix("Bearer ") for key in sent]


def test_two_servers_each_see_their_own_session(tmp_path: Path) -> None:
    async def body(here: Shop, one: Aimock, two: Aimock) -> None:
        await connect(here, OWNER, CANARY, base_url=one.url)
        await connect(here, SESSION_2, OTHER, base_url=two.url)
        assert await told(here, OWNER) == ("reply", "From one.")
        assert await told(here, SESSION_2) == ("reply", "From two.")
        shown = {vendor.name: vendor for vendor in here.workshop.vendors(SESSION_2)}
        assert shown["openai"].base_url == two.url

    with (
        aimock([reply(None, "From one.")], keys=CANARY) as one,
        aimock([reply(None, "From two.")], keys=OTHER) as two,
    ):
        working(tmp_path, lambda here: body(here, one, two), FILE)
        assert len(one.requests()) == len(two.requests()) == 1


def test_a_key_does_not_go_to_another_address(tmp_path: Path, openai: Aimock) -> None:
    async def body(here: Shop) -> None:
        await connect(here)
        kind, text = await told(here, OWNER, bot="near")
        assert (kind, text) == ("reply", "Hello from afar.")

    with misbehaving(WHOLE) as server:
        text = f"""
            [bots.near]
            model = {{ provider = "openai", name = "x", base_url = "{server.url}" }}
            memory = ["window"]
        """
        working(tmp_path, body, text)
        assert CANARY not in str(server.requests[0].headers)


def test_fallbacks_and_picked_models_have_the_key_too(tmp_path: Path, openai: Aimock) -> None:
    text = FILE.replace('model = "offline"', 'model = {provider="offline", fallback=["openai:x"]}')

    async def body(here: Shop) -> None:
        await connect(here)
        off, ana = here.engine.tools.bot("off"), here.engine.tools.bot("ana")
        number = await here.begun("t", "off")
        assert [model.name for model in off.models(None, number)] == ["offline"]
        here.workshop.lend(OWNER, number)
        assert [model.name for model in off.models(None, number)] == ["offline", "openai:x"]
        for choice in ("openai:gpt-4", "openai:gpt-4o-mini"):
            assert [model.name for model in ana.models(choice, number)] == [choice]
        assert ana.models(None, number)[0] is ana.models(None, number)[0]

    working(tmp_path, body, text)


# The owner's own


def test_only_an_owner_says_where_a_server_is(tmp_path: Path, vendor: Aimock) -> None:
    async def body(here: Shop) -> None:
        with pytest.raises(SettingsError, match="Only the owner can say where"):
            await connect(here, BEN, base_url=vendor.url)
        for wrong in ("ftp://x", "http://user:pass@x/v1", "nonsense"):
            with pytest.raises(SettingsError, match="base_url"):
                await connect(here, OWNER, base_url=wrong)
        assert "openai:gpt-4o" in await connect(here, OWNER, base_url=f" {vendor.url} ")
        assert (await told(here, OWNER))[0] == "reply"

    working(tmp_path, body, FILE)


def test_only_an_owner_connects_a_server_that_asks_for_no_key(tmp_path: Path) -> None:
    async def body(here: Shop) -> None:
        for key in ("", CANARY):
            with pytest.raises(SettingsError, match="Only the owner can connect ollama"):
                await here.workshop.connect(BEN, "ollama", key, base_url=None, keep=False)
        assert not here.workshop.may_pick(BEN, "off", "ollama:llama3.2")

    working(tmp_path, body, FILE)


def test_who_may_pick_what(tmp_path: Path, openai: Aimock) -> None:
    async def body(here: Shop) -> None:
        may = here.workshop.may_pick
        assert may(OWNER, "ana", "anything")
        assert may(BEN, "ana", "openai:gpt-4")
        assert not may(BEN, "off", "openai:gpt-4")
        assert not may(BEN, "nobody", "openai:gpt-4")
        await connect(here, BEN)
        assert may(BEN, "off", "openai:gpt-4")
        assert not may(BEN, "off", "groq:x")
        assert not may(caller("ben", "s2"), "off", "openai:gpt-4")

    working(tmp_path, body, FILE)


def test_a_pick_by_ones_own_key_never_falls_to_the_owners(
    tmp_path: Path, openai: Aimock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", OTHER)

    async def body(here: Shop) -> None:
        await connect(here, BEN)
        number = await here.begun("t", "off")
        await here.engine.store.set_model(number, "openai:gpt-4o")
        assert await told(here, BEN, bot="off") == ("reply", "Hello from afar.")
        # By `/v1` too they have only what they keep: a token is another session.
        assert (await told(here, caller("ben", "token"), bot="off"))[0] == "notice"
        await here.workshop.disconnect(BEN, "openai")
        kind, text = await told(here, BEN, bot="off")
        assert kind == "notice"
        assert text.startswith("The key is gone with which openai:gpt-4o was picked. Connect")
        # What the owner chose for all is for all, and the owner may pick anything.
        assert (await told(here, BEN, spot="u"))[0] == "reply"
        assert (await told(here, OWNER, bot="off"))[0] == "notice"
        await here.engine.store.set_model(number, "openai:gpt-4o", owners_pick=True)
        assert (await told(here, BEN, bot="off"))[0] == "reply"

    working(tmp_path, body, FILE)


def test_a_restart_does_not_give_the_owners_key_to_what_a_member_picked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", OTHER)

    async def picks(here: Shop) -> None:
        await connect(here, BEN)
        for spot, mine in (("t", False), ("u", True)):
            number = await here.begun(spot, "off")
            await here.engine.store.set_model(number, "openai:gpt-4o", owners_pick=mine)
        assert (await told(here, BEN, bot="off"))[0] == "reply"

    async def says(here: Shop) -> None:
        for who in (None, BEN, caller("ben", "token")):
            kind, text = await told(here, who, bot="off")
            assert (kind, text.partition(".")[0]) == (
                "notice",
                "The key is gone with which openai:gpt-4o was picked",
            )
        assert (await told(here, None, bot="off", spot="u"))[0] == "reply"
        assert (await told(here, None, spot="v"))[0] == "reply"
        number = await here.begun("v", "ana")
        await here.engine.store.set_model(number, "openai:gpt-4")
        assert (await told(here, None, spot="v"))[0] == "reply"

    with misbehaving(LIST, WHOLE) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        working(tmp_path, picks, FILE)
        working(tmp_path, says, FILE)
        assert _keys(server) == [CANARY, CANARY, OTHER, OTHER, OTHER]


# Losing a key, and keeping one


def test_a_lost_key_serves_no_more(tmp_path: Path, openai: Aimock) -> None:
    async def body(here: Shop) -> None:
        await connect(here, keep=True)
        await connect(here, SESSION_2, OTHER)
        assert (await told(here, OWNER))[0] == "reply"
        (opened,) = here.engine._models._opened.values()
        await here.workshop.disconnect(OWNER, "openai")
        await asyncio.gather(*here.engine._models._closing)
        assert opened._model is None
        assert (await told(here, OWNER))[0] == "notice"
        assert (await told(here, SESSION_2))[0] == "reply"
        await here.workshop.disconnect(OWNER, "openai")
        assert json.loads((tmp_path / "data" / "keys.json").read_text())["keys"] == {}

    working(tmp_path, body, FILE)


def test_a_key_is_gone_after_a_restart_unless_it_was_kept(tmp_path: Path, openai: Aimock) -> None:
    async def forgets(here: Shop) -> None:
        await connect(here)
        assert (await told(here, OWNER))[0] == "reply"

    async def keeps(here: Shop) -> None:
        assert (await told(here, OWNER))[0] == "notice"
        await connect(here, keep=True)
        shown = {vendor.name: vendor for vendor in here.workshop.vendors(SESSION_2)}
        assert (shown["openai"].connected, shown["openai"].kept) == (True, True)

    async def finds(here: Shop) -> None:
        assert (await told(here, SESSION_2))[0] == "reply"
        assert (await told(here, BEN, spot="u"))[0] == "notice"
        await here.workshop.disconnect(SESSION_2, "openai")

    for body in (forgets, keeps, finds):
        working(tmp_path, body, FILE)
    working(tmp_path, lost, FILE)


async def lost(here: Shop) -> None:
    assert (await told(here, OWNER))[0] == "notice"


def test_a_turn_that_a_stop_cut_short_is_made_with_the_kept_key(
    tmp_path: Path, openai: Aimock
) -> None:
    async def whole() -> None:
        async with shop(tmp_path, FILE) as here:
            here.workshop.lend(OWNER, await here.begun("t", "ana"))
            await connect(here, keep=True)
            here.workshop.lend(OWNER, await here.begun("u", "ana"))
            here.workshop.lend(OWNER, await here.begun("u", "ana"))
            await here.engine._parts.dispatcher.close(0)
            waiting = [await here.say("hello", bot="ana", spot=spot) for spot in "tu"]
        async with shop(tmp_path, FILE, everything=True) as here:
            for accepted in waiting:
                assert (await here.outcome(accepted)).kind == "reply"

    with quiet_afterwards():
        asyncio.run(whole())


# The canary


def test_a_key_is_nowhere_but_where_it_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    echo: Answer = [response(500, {"error": {"message": f"crash with {CANARY}"}})]

    async def body(here: Shop) -> None:
        await connect(here)
        await told(here, OWNER)
        await told(here, OWNER)
        everything = [here.workshop.bots(), here.workshop.vendors(OWNER), vars(here.engine)]
        assert CANARY not in repr(everything)
        assert CANARY not in repr(here.workshop._keys.of(OWNER))

    with misbehaving(LIST, WHOLE, echo) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        working(tmp_path, body, FILE)
    found = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert {path.name for path in found} >= {"tertulia.db", "tertulia.log"}
    for path in found:
        assert CANARY.encode() not in path.read_bytes(), path
    assert "keys.json" not in {path.name for path in found}
    assert "crash with ***" in (tmp_path / "data" / "tertulia.log").read_text()
    assert CANARY not in "".join(capsys.readouterr())


def test_a_kept_key_is_in_its_file_alone(tmp_path: Path, openai: Aimock) -> None:
    async def body(here: Shop) -> None:
        await connect(here, keep=True)
        await told(here, OWNER)

    working(tmp_path, body, FILE)
    for path in (tmp_path / "data").rglob("*"):
        if path.is_file():
            assert (CANARY.encode() in path.read_bytes()) == (path.name == "keys.json"), path
    file = tmp_path / "data" / "keys.json"
    assert file.stat().st_mode & 0o777 == 0o600


# What a screen is shown


def test_vendors_in_their_order_with_what_is_ready(
    tmp_path: Path, openai: Aimock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROQ_API_KEY", "gsk-0123456789")

    async def body(here: Shop) -> None:
        await connect(here)
        found = {vendor.name: vendor for vendor in here.workshop.vendors(OWNER)}
        assert list(found)[:2] == ["openai", "gemini"]
        assert "offline" not in found
        assert (found["openai"].connected, found["openai"].ready) == (True, False)
        assert found["groq"].ready
        assert not found["gemini"].ready
        ollama = found["ollama"]
        assert (ollama.local, ollama.ready, ollama.base_url) == (
            True,
            False,
            "http://127.0.0.1:11434/v1",
        )
        others = {vendor.name: vendor for vendor in here.workshop.vendors(BEN)}
        assert not others["openai"].connected

    working(tmp_path, body, FILE)


def test_models_are_listed_with_the_key_that_there_is(
    tmp_path: Path, openai: Aimock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def body(here: Shop) -> None:
        with pytest.raises(SettingsError, match="There is no key for openai"):
            await here.workshop.models(OWNER, "openai")
        await connect(here)
        assert "openai:gpt-4o" in await here.workshop.models(OWNER, "openai")
        monkeypatch.setenv("OPENAI_API_KEY", OTHER)
        assert "openai:gpt-4o" in await here.workshop.models(BEN, "openai")

    working(tmp_path, body, FILE)


def test_a_local_server_needs_an_address_and_no_key(tmp_path: Path) -> None:
    lists: Answer = [response(200, {"data": [{"id": "llama3.2"}]})]

    async def body(here: Shop, server: Misbehaving) -> None:
        connect_ = here.workshop.connect
        found = await connect_(OWNER, "ollama", "", base_url=server.url, keep=True)
        assert list(found) == ["ollama:llama3.2"]
        assert list(await here.workshop.models(OWNER, "ollama")) == ["ollama:llama3.2"]
        number = await here.begun("t", "off")
        await here.engine.store.set_model(number, "ollama:llama3.2")
        assert await told(here, OWNER, bot="off") == ("reply", "Hello from afar.")
        await here.workshop.disconnect(OWNER, "ollama")

    with misbehaving(lists, lists, WHOLE) as server:
        working(tmp_path, lambda here: body(here, server), FILE)
        assert CANARY not in str(server.requests)
