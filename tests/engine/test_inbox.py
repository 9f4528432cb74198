"""The inbox alone, on a real store: what it stores, what it wakes, which points it reaches."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from making import TOKENIZER, incoming
from running import ScriptedModel, SetClock, scene
from tertulia.engine.inbox import Inbox, _speaker
from tertulia.engine.prompt import cost
from tertulia.ports.dispatcher import Dispatcher, Run, Waiting
from tertulia.stores.sql.sqlite import SQLiteStore
from tertulia.values import failpoints
from tertulia.values.errors import SettingsError
from tertulia.values.message import Accepted
from tertulia.values.text import clean


class Woken(Dispatcher):
    """Remembers what was woken."""

    def __init__(self) -> None:
        self.conversations: list[int] = []

    def start(self, run: Run, waiting: Waiting | None) -> None:
        raise AssertionError("the inbox starts nothing")

    def wake(self, conversation: int) -> None:
        self.conversations.append(conversation)

    async def close(self, grace: float) -> None:
        raise AssertionError("the inbox closes nothing")


def with_inbox(folder: Path, body: Callable[[Inbox, SQLiteStore, Woken], Awaitable[None]]) -> None:
    async def whole() -> None:
        store, woken = SQLiteStore(folder / "t.db"), Woken()
        await store.open()
        try:
            await body(Inbox(store, TOKENIZER, woken, SetClock()), store, woken)
        finally:
            await store.close()

    asyncio.run(whole())


def test_a_message_is_measured_stored_and_woken_for(tmp_path: Path) -> None:
    async def body(inbox: Inbox, store: SQLiteStore, woken: Woken) -> None:
        accepted = await inbox.accept(incoming("hello there", name="Ana B"))
        assert accepted == Accepted(conversation=1, seq=1, duplicate=False)
        assert woken.conversations == [1]
        (message,) = await store.transcript(1)
        assert (message.text, message.name, message.role) == ("hello there", "Ana_B", "user")
        assert message.tokens == cost(TOKENIZER, "hello there", "Ana_B")
        assert message.said_at == 1_700_000_000_000
        (conversation,) = await store.conversations(None)
        assert conversation.updated_at == SetClock().now()

    with_inbox(tmp_path, body)


def test_a_duplicate_wakes_too_for_the_first_may_have_been_left(tmp_path: Path) -> None:
    async def body(inbox: Inbox, _: SQLiteStore, woken: Woken) -> None:
        await inbox.accept(incoming())
        assert (await inbox.accept(incoming())).duplicate
        assert woken.conversations == [1, 1]

    with_inbox(tmp_path, body)


def test_what_is_not_addressed_wakes_nobody(tmp_path: Path) -> None:
    async def body(inbox: Inbox, store: SQLiteStore, woken: Woken) -> None:
        await inbox.accept(incoming("aside", unanswered="not addressed"))
        assert woken.conversations == []
        outcome = await store.outcome(1, 1)
        assert outcome is not None
        assert outcome.reason == "not addressed"

    with_inbox(tmp_path, body)


def test_the_failpoints_stand_before_and_behind_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached: list[str] = []
    monkeypatch.setattr(failpoints, "hook", reached.append)

    async def body(inbox: Inbox, _: SQLiteStore, __: Woken) -> None:
        await inbox.accept(incoming())

    with_inbox(tmp_path, body)
    assert reached == ["accept.before", "store.before_commit", "store.committed", "accept.stored"]


def test_text_that_no_database_can_hold_is_mended_not_lost(tmp_path: Path) -> None:
    async def body(inbox: Inbox, store: SQLiteStore, _: Woken) -> None:
        odd = incoming("a\udcffb\0c", number="n\udc00", author="m\udc01\0", name="x\udc02")
        await inbox.accept(odd)
        assert (await inbox.accept(odd)).duplicate
        (message,) = await store.transcript(1)
        assert (message.text, message.name) == ("a\ufffdb\ufffdc", "x\ufffd")
        rows = await store._read(
            lambda c: c.exec_driver_sql("SELECT platform_id, name FROM identity").all()
        )
        assert [tuple(row) for row in rows] == [("m\ufffd\ufffd", "m\ufffd\ufffd")]
        keys = await store._read(
            lambda c: c.exec_driver_sql("SELECT platform_id FROM message").scalars().all()
        )
        assert keys == ["n\ufffd"]

    with_inbox(tmp_path, body)


@given(st.text(st.characters()) | st.text(st.characters(categories=["Cs", "Cc", "Lu"])))
def test_whatever_is_said_can_be_stored_and_good_text_is_left_alone(text: str) -> None:
    mended = clean(text)
    mended.encode("utf-8")
    assert "\0" not in mended
    assert clean(mended) == mended
    if text.isprintable():
        assert mended == text


def test_where_why_and_when_are_mended_too(tmp_path: Path) -> None:
    async def body(inbox: Inbox, store: SQLiteStore, _: Woken) -> None:
        odd = incoming("x", spot="s\udc00", channel="c\0", unanswered="not \udc00 addressed")
        accepted = await inbox.accept(replace(odd, said_at=2**63))
        (conversation,) = await store.conversations(None)
        assert (conversation.place.spot, conversation.place.channel) == ("s\ufffd", "c\ufffd")
        outcome = await store.outcome(accepted.conversation, accepted.seq)
        assert outcome is not None
        assert outcome.reason == "not \ufffd addressed"
        await inbox.accept(replace(odd, said_at=-5, platform_id="2"))
        times = [message.said_at for message in await store.transcript(1)]
        assert times == [253_402_300_799_000, 0]

    with_inbox(tmp_path, body)


@pytest.mark.parametrize(
    ("given", "kept"),
    [(None, None), ("", None), (" \n", None), ("a|b <c>", "a_b_c_"), ("x" * 99, "x" * 64)],
)
def test_a_speaker_has_a_name_that_models_take(given: str | None, kept: str | None) -> None:
    assert _speaker(given) == kept


@pytest.mark.parametrize("missing", ["number", "author"])
def test_a_message_or_an_author_without_an_id_is_refused(tmp_path: Path, missing: str) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            with pytest.raises(SettingsError, match="It was not stored"):
                await here.engine.accept(incoming("hello", **{missing: ""}))
            assert await here.store.conversations(None) == []

    asyncio.run(body())
