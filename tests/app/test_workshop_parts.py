"""The keyring, its file, opened models and vendors, each by itself."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from running import ScriptedModel, SetClock
from tertulia.app.accounts.left import drop_keys
from tertulia.app.workshop import keyfile, keys, opened
from tertulia.app.workshop.keyfile import Connection, Kept, read_keys, write_keys
from tertulia.app.workshop.keys import NOTHING, Keyring
from tertulia.app.workshop.opened import Models
from tertulia.app.workshop.vendors import Vendors
from tertulia.models.offline import provider as offline
from tertulia.ports.model import Model
from tertulia.values.bot import ModelSpec
from tertulia.values.check import Check
from tertulia.values.errors import (
    ModelNotAllowed,
    ModelUnavailable,
    PartMissing,
    SettingsError,
)
from tertulia.values.prompt import Chunk, Line, Prompt
from tertulia.values.secret import Secret
from workshops import OWNER, caller

BEN = caller("ben")
BEN_2 = caller("ben", "s2")
PROMPT = Prompt(lines=(Line(role="user", content="hi"),), tokens=3)


def key(text: str, base_url: str | None = None) -> Connection:
    return Connection(key=Secret(text, "the page"), base_url=base_url)


def told(found: Any) -> dict[str, str]:
    return {vendor: one.key.reveal() for vendor, one in found.items() if one.key}


class Ring:
    """A keyring in a folder, with what it told of lost keys."""

    def __init__(self, folder: Path, clock: SetClock | None = None) -> None:
        self.clock = clock or SetClock()
        self.lost: list[str] = []
        self.keys = Keyring(folder, self.clock, lambda key: self.lost.append(key.reveal()))


# The keyring


def test_a_session_has_its_own_keys_over_those_of_its_account(tmp_path: Path) -> None:
    ring = Ring(tmp_path)
    ring.keys.add(BEN, "openai", key("kept-key"), keep=True)
    ring.keys.add(BEN_2, "openai", key("own-key"), keep=False)
    assert told(ring.keys.of(BEN)) == {"openai": "kept-key"}
    assert told(ring.keys.of(BEN_2)) == {"openai": "own-key"}
    assert told(ring.keys.of(caller("ben", "s3"))) == {"openai": "kept-key"}
    assert ring.keys.of(OWNER) == {}
    assert ring.keys.kept(BEN_2) == {"openai"}
    ring.keys.remove(BEN_2, "groq")
    assert ring.lost == []
    ring.keys.remove(BEN_2, "openai")
    assert sorted(ring.lost) == ["kept-key", "kept-key", "own-key"]
    assert ring.keys.of(BEN) == ring.keys.of(BEN_2) == {}


def test_a_new_key_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    ring = Ring(tmp_path)
    for text in ("first-key", "second-key"):
        ring.keys.add(BEN, "openai", key(text), keep=True)
    assert told(ring.keys.of(BEN)) == {"openai": "second-key"}
    assert set(ring.lost) == {"first-key"}
    assert told(Ring(tmp_path).keys.of(BEN)) == {"openai": "second-key"}


def test_sessions_that_were_not_seen_for_long_lose_their_keys(tmp_path: Path) -> None:
    ring = Ring(tmp_path)
    ring.keys.add(BEN, "openai", key("old-key"), keep=False)
    ring.keys.lend(BEN, 7)
    ring.clock.time += keys.LONGEST
    assert told(ring.keys.lent(7)) == {"openai": "old-key"}
    ring.clock.time += keys.LONGEST + 1
    assert ring.keys.lent(7) == {}
    assert ring.lost == ["old-key"]
    ring.keys.add(BEN, "openai", key("older-key"), keep=False)
    ring.clock.time += keys.LONGEST + 1
    ring.keys.add(BEN_2, "openai", key("new-key"), keep=False)
    assert ring.lost == ["old-key", "older-key"]


def test_sessions_and_conversations_are_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "MOST", 3)
    ring = Ring(tmp_path)
    for number in range(5):
        who = caller("ben", f"s{number}")
        ring.keys.add(who, "openai", key(f"key-{number}"), keep=False)
        ring.keys.of(caller("ben", "s0"))
        ring.keys.lend(who, number)
        ring.keys.lend(caller("ben", "s0"), 0)
    assert ring.lost == ["key-1", "key-2"]
    assert told(ring.keys.lent(0)) == {"openai": "key-0"}
    assert ring.keys.lent(1) is NOTHING
    assert told(ring.keys.lent(4)) == {"openai": "key-4"}


def test_nothing_is_lent_where_nobody_came_by_a_page(tmp_path: Path) -> None:
    ring = Ring(tmp_path)
    ring.keys.add(OWNER, "openai", key("owners-key"), keep=True)
    assert ring.keys.lent(None) is ring.keys.lent(3) is NOTHING
    ring.keys.lend(BEN, 3)
    assert ring.keys.lent(3) == {}


def test_who_lent_what_is_found_after_a_start_where_keys_are_kept(tmp_path: Path) -> None:
    ring = Ring(tmp_path)
    ring.keys.lend(BEN, 1)
    ring.keys.lend(OWNER, 2)
    ring.keys.add(BEN, "openai", key("bens-key"), keep=True)
    ring.keys.lend(BEN_2, 3)
    ring.keys.lend(BEN_2, 3)
    after = Ring(tmp_path).keys
    for conversation in (1, 3):
        assert told(after.lent(conversation)) == {"openai": "bens-key"}
    assert after.lent(2) is NOTHING
    ring.keys.remove(BEN, "openai")
    assert json.loads((tmp_path / "keys.json").read_text()) == {"keys": {}, "lent": {}}


def test_what_another_process_has_kept_stays(tmp_path: Path) -> None:
    one, other = Ring(tmp_path).keys, Ring(tmp_path).keys
    one.add(OWNER, "openai", key("owners-key"), keep=True)
    other.add(BEN, "groq", key("bens-key"), keep=True)
    after = Ring(tmp_path).keys
    assert told(after.of(OWNER)) == {"openai": "owners-key"}
    assert told(after.of(BEN)) == {"groq": "bens-key"}


def test_what_another_process_takes_out_serves_no_more(tmp_path: Path) -> None:
    ring = Ring(tmp_path)
    ring.keys.add(OWNER, "openai", key("owners-key"), keep=True)
    ring.keys.add(BEN, "openai", key("bens-key"), keep=True)
    ring.keys.add(BEN_2, "groq", key("own-key"), keep=False)
    ring.keys.lend(BEN, 7)
    assert told(ring.keys.lent(7)) == {"openai": "bens-key"}
    assert drop_keys(tmp_path, "ben")
    assert not drop_keys(tmp_path, "ben")
    assert ring.keys.kept(BEN) == frozenset()
    assert (ring.keys.lent(7), ring.keys.of(BEN)) == ({}, {})
    assert told(ring.keys.of(BEN_2)) == {"groq": "own-key"}
    assert told(ring.keys.of(OWNER)) == {"openai": "owners-key"}
    assert set(ring.lost) == {"bens-key"}
    other = Ring(tmp_path).keys
    other.add(BEN, "openai", key("another-key"), keep=True)
    assert told(ring.keys.of(BEN)) == {"openai": "another-key"}


# Its file


def test_a_file_that_cannot_be_written_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ring = Ring(tmp_path / "data")
    ring.keys.add(BEN, "openai", key("bens-key"), keep=True)
    (tmp_path / "data" / "keys.json").unlink()
    (tmp_path / "data").rmdir()
    (tmp_path / "data").write_text("a file where a folder should be")
    with pytest.raises(SettingsError, match=r"keys\.json cannot be written: "):
        ring.keys.add(BEN, "openai", key("other-key"), keep=True)
    assert told(ring.keys.of(BEN)) == {"openai": "other-key"}
    with caplog.at_level(logging.WARNING):
        ring.keys.lend(BEN, 7)
    assert "keys.json cannot be written" in caplog.text
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


@pytest.mark.parametrize(
    "text",
    ["{", "[]", "7", '{"keys": 7}', '{"keys": {"ben": {"openai": 7}}}', "[" * 100_000, "\xff"],
)
def test_a_file_that_is_wrong_is_no_keys(
    tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "keys.json"
    file.write_bytes(text.encode("latin-1"))
    file.chmod(0o600)
    assert not any(told(vendors) for vendors in read_keys(file).keys.values())
    assert Ring(tmp_path).keys.of(OWNER) == {}
    assert all("keys.json cannot be read" in message for message in caplog.messages)


def test_what_is_odd_in_the_file_is_left_out(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    lent = {"7": "a:b", "x": "a", "8": 7}
    vendors = {"openai": {"key": "k", "base_url": 7}, "groq": {"key": "", "base_url": "http://x"}}
    file.write_text(json.dumps({"keys": {"a:b": vendors}, "lent": lent}))
    found = read_keys(file)
    assert found.lent == {7: "a:b"}
    assert [one.base_url for one in found.keys["a:b"].values()] == [None, "http://x"]
    assert found.keys["a:b"]["groq"].key is None
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_file_remembers_a_bounded_number_of_conversations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyfile, "MOST_LENT", 2)
    kept = Kept()
    kept.change("ben", "openai", key("k"))
    for number in (1, 2, 1, 3):
        kept.lend(number, "ben")
    write_keys(tmp_path / "keys.json", kept)
    assert list(read_keys(tmp_path / "keys.json").lent) == [1, 3]


# Opened models


class Opening:
    """Opens scripted models, and remembers them."""

    def __init__(self, *steps: Any) -> None:
        self.steps = steps or ("ok",)
        self.made: list[ScriptedModel] = []

    def __call__(self, spec: ModelSpec) -> Model:
        self.made.append(ScriptedModel([self.steps], name=f"{spec.provider}:{spec.name}"))
        return self.made[-1]


def spec(name: str, secret: str | None = None, **more: Any) -> ModelSpec:
    api_key = None if secret is None else Secret(secret, "the page")
    return ModelSpec(provider="p", name=name, api_key=api_key, **more)


async def whole(stream: AsyncIterator[Chunk]) -> list[Chunk]:
    return [chunk async for chunk in stream]


def test_what_is_the_same_is_opened_once() -> None:
    opening = Opening()
    models = Models(opening)
    first = models.open(spec("a", "k", options={"stop": ("x",), "seed": 1}))
    assert models.open(spec("a", "k", options={"seed": 1, "stop": ("x",)})) is first
    others = [
        spec("a", "other", options={"stop": ("x",), "seed": 1}),
        spec("a", "k"),
        spec("a"),
        spec("b", "k"),
        spec("a", "k", timeout=1.0),
        spec("a", "k", base_url="http://x"),
    ]
    assert len({id(models.open(one)) for one in others} | {id(first)}) == 7
    assert len(opening.made) == 7
    assert models.name_of(spec("b", "k")) == "p:b"
    assert models.name_of(spec("c")) is None


def test_a_reply_is_said_to_its_end_before_its_model_is_closed() -> None:
    async def body() -> None:
        gate = asyncio.Event()
        opening = Opening("one", gate, "two")
        models = Models(opening)
        model = models.open(spec("a"))
        reply = asyncio.create_task(whole(model.stream(PROMPT)))
        async with asyncio.timeout(5):
            while not opening.made[0].prompts:
                await asyncio.sleep(0)
            models.keep([])
            await asyncio.gather(*models._closing)
            assert not opening.made[0].closed
            gate.set()
            assert len(await reply) == 3
        assert opening.made[0].closed
        # Whoever still has it goes on with new connections, which are given back too.
        assert len(await whole(model.stream(PROMPT))) == 3
        assert [one.closed for one in opening.made] == [True, True]
        assert (await model.check()).ready
        await model.close()
        assert all(one.closed for one in opening.made)

    asyncio.run(body())


def test_a_reply_that_is_left_early_lets_its_model_go() -> None:
    async def body() -> None:
        gate = asyncio.Event()
        opening = Opening("one", gate)
        models = Models(opening)
        model = models.open(spec("a", "k"))
        reply = asyncio.create_task(whole(model.stream(PROMPT)))
        async with asyncio.timeout(5):
            while not opening.made[0].prompts:
                await asyncio.sleep(0)
        models.lose(Secret("k", "the page"))
        reply.cancel()
        await asyncio.gather(reply, return_exceptions=True)
        await models.close()
        assert opening.made[0].closed

    asyncio.run(body())


def test_only_what_is_used_is_kept_and_only_so_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opened, "MOST", 2)

    async def body() -> None:
        opening = Opening()
        models = Models(opening)
        for name in ("a", "b", "a", "c"):
            models.open(spec(name))
        await asyncio.gather(*models._closing)
        assert [one.closed for one in opening.made] == [False, True, False]
        models.keep([spec("c")])
        models.lose(Secret("nobody's", "the page"))
        await asyncio.gather(*models._closing)
        assert [one.closed for one in opening.made] == [True, True, False]
        await models.close()
        assert all(one.closed for one in opening.made)

    asyncio.run(body())


# Vendors


class Odd:
    """Somebody else's provider: it knows of no list, and is no subclass of ours."""

    rank = 5

    def __init__(self, *, ready: bool = True) -> None:
        self.model = _Checked(ready=ready)

    def found(self) -> ModelSpec | None:
        return ModelSpec(provider="odd")

    def open(self, _: ModelSpec) -> Model:
        return self.model


class _Checked(ScriptedModel):
    def __init__(self, *, ready: bool) -> None:
        super().__init__()
        self.ready = ready

    async def check(self) -> Check:
        return Check(subject="odd", ready=self.ready, found="odd refuses it.", step="Try again.")


class Breaking(Odd):
    async def list(self, _: ModelSpec) -> Sequence[str]:
        raise KeyError("sk-canary")


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    parts: dict[str, Any] = {"offline": offline}
    monkeypatch.setattr("tertulia.app.plugins.names", lambda _: (*parts, "broken"), raising=True)
    return parts


def vendors(parts: dict[str, Any]) -> Vendors:
    def load(name: str) -> Any:
        if name not in parts:
            raise PartMissing(f"{name} cannot be loaded.")
        return parts[name]

    return Vendors(load)


def test_somebody_elses_provider_needs_no_list(installed: dict[str, Any]) -> None:
    installed["odd"] = Odd()
    found = vendors(installed)
    assert found.names == ["odd"]
    assert found.local("odd") is None
    assert found.ready("odd")
    assert asyncio.run(found.models(ModelSpec(provider="odd"))) == ()
    assert asyncio.run(found.tried(ModelSpec(provider="odd"))) == ()
    assert installed["odd"].model.closed


def test_where_nothing_is_listed_the_model_is_asked(installed: dict[str, Any]) -> None:
    installed["odd"] = Odd(ready=False)
    with pytest.raises(ModelNotAllowed, match=r"odd refuses it\. Try again\."):
        asyncio.run(vendors(installed).tried(ModelSpec(provider="odd")))
    assert installed["odd"].model.closed


def test_a_provider_that_breaks_is_told_by_its_kind(installed: dict[str, Any]) -> None:
    installed["odd"] = Breaking()
    with pytest.raises(ModelUnavailable, match=r"cannot be listed: KeyError\.$"):
        asyncio.run(vendors(installed).models(ModelSpec(provider="odd")))


def test_a_provider_that_cannot_be_loaded_is_left_out_and_logged(
    installed: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    assert vendors(installed).names == []
    assert "broken cannot be loaded" in caplog.text
