"""Promise 7 for what a screen adds: other versions, written facts, attachments."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from making import place
from talks import Talks, talking
from tertulia.stores.sql import schema
from tertulia.stores.sql.forget.trail import MARK
from tertulia.values.attachment import Attachment
from tertulia.values.message import Author, Message

Body = Callable[[Talks], Awaitable[None]]
FILE = Attachment(name="a.txt", media_type="text/plain", content=b"content")


@pytest.fixture
def run(tmp_path: Path) -> Callable[[Body], None]:
    return lambda body: talking(tmp_path / "t.db", body)


async def again(talks: Talks, reply: Message, text: str | None, **more: Any) -> Message | None:
    assert await talks.store.ask_again(1, reply.seq, go_on=False)
    return await talks.answer(1, text, **more)


def test_every_version_of_a_reply_goes_with_what_it_answered(run: Any) -> None:
    async def body(talks: Talks) -> None:
        said = await talks.say("My password is Zanzibar77")
        first = await talks.answer(1, "noted")
        assert first is not None
        second = await again(talks, first, "noted, and well")
        assert second is not None
        gone = await talks.forget("message", said.number)
        assert gone.redacted == (first.id, second.id)
        assert await talks.texts() == [MARK, MARK]
        assert [(d.state, d.cause) for d in await talks.rows(schema.delivery)] == [
            ("failed", "forgotten")
        ] * 2

    run(body)


@pytest.mark.parametrize("replies", ["all", "quoting"])
def test_what_a_failed_version_told_of_its_cause_goes_too(run: Any, replies: Any) -> None:
    """It covers nothing, and kept no receipt."""

    async def body(talks: Talks) -> None:
        said = await talks.say("My password is Zanzibar77")
        first = await talks.answer(1, "noted")
        assert first is not None
        why = {"cause": "400: Zanzibar77 refused", "notes": ("on Zanzibar77",), "receipt": None}
        await again(talks, first, "I failed", kind="notice", **why)
        await again(talks, first, None, finish_reason="stopped", **why)
        await talks.say("else", spot="u")
        await talks.answer(2, "failed there", kind="notice", cause="Xanadu99", receipt=None)
        await talks.forget("message", said.number, replies=replies)
        turns = await talks.rows(schema.turn)
        assert [(t.cause, t.notes) for t in turns] == [*[(None, [])] * 3, ("Xanadu99", [])]
        assert (await talks.texts())[1:] == ["I failed"]

    run(body)


def test_what_a_notice_told_goes_after_it_was_tried_again(run: Any) -> None:
    async def body(talks: Talks) -> None:
        said = await talks.say("My password is Zanzibar77")
        notice = await talks.answer(
            1, "What is zanzibar77?", kind="notice", cause="400: Zanzibar77", receipt=None
        )
        assert notice is not None
        reply = await again(talks, notice, "noted")
        assert reply is not None
        gone = await talks.forget("message", said.number, replies="quoting")
        assert gone.redacted == (notice.id,)
        assert [t.cause for t in await talks.rows(schema.turn)] == [None, None]

    run(body)


def test_a_version_alone_leaves_the_others_as_they_are(run: Any) -> None:
    async def body(talks: Talks) -> None:
        await talks.say("one")
        first = await talks.answer(1, "noted")
        assert first is not None
        second = await again(talks, first, "noted, and well")
        third = await again(talks, first, "noted thrice")
        assert second is not None
        assert third is not None
        await talks.forget("message", first.number)
        left = [await talks.message(1, seq) for seq in (3, 4)]
        assert [(one.instead_of, one.parent) for one in left] == [(None, 1), (3, 1)]
        outcome = await talks.store.outcome(1, 1)
        assert outcome is not None
        assert outcome.delivery is not None
        assert outcome.delivery.seq == third.seq
        await talks.forget("message", third.number)
        talk = await talks.store.conversation(place())
        assert talk is not None
        assert talk.head == 1

    run(body)


def test_replies_that_were_shown_a_written_fact_go_with_it(run: Any) -> None:
    async def body(talks: Talks) -> None:
        await talks.say("hello")
        await talks.answer(1, "before it")
        ana = await talks.store.meet(place(), Author(platform_id="ana", name="ana"))
        fact = await talks.store.write_fact("bo", ana.id, "Ana", "likes figs", talks.tick())
        edited = await talks.edit(fact.id, "likes figs and dates")
        await talks.say("what do I like?")
        await talks.answer(1, "fruit", [("facts", edited.name)])
        gone = await talks.forget("fact", edited.id)
        assert gone.facts == (fact.name, edited.name)
        assert gone.redacted == ("1.4",)
        assert await talks.rows(schema.fact) == []

    run(body)


def test_what_is_written_stays_when_messages_go(run: Any) -> None:
    async def body(talks: Talks) -> None:
        said = await talks.say("hello")
        fact = await talks.store.write_fact("bo", 1, "Ana", "likes figs", talks.tick())
        await talks.forget("message", said.number)
        assert await talks.store.facts(None) == [fact]
        await talks.say("hello")
        scope = await talks.store.scope((await talks.message(1, 2)).audience)
        assert await talks.store.facts(scope) == [fact]

    run(body)


def test_what_is_written_and_told_again_stays_when_that_goes(run: Any) -> None:
    async def body(talks: Talks) -> None:
        await talks.say("hello")
        fact = await talks.store.write_fact("bo", 1, "Ana", "likes figs", talks.tick())
        await talks.answer(1, "figs", [("facts", fact.name)])
        said = await talks.say("I like figs")
        await talks.repeat(fact.id, said)
        assert await talks.store.facts(None) == [fact]
        gone = await talks.forget("message", said.number)
        assert gone.facts == ()
        undone = await talks.undo()
        assert undone is not None
        assert undone.closed_at is not None

    run(body)


@pytest.mark.parametrize("kind", ["message", "person", "conversation"])
def test_files_go_with_all_that_they_came_with(run: Any, kind: Any) -> None:
    async def body(talks: Talks) -> None:
        said = await talks.say("here", attachments=(FILE, FILE))
        await talks.say("here", spot="u", author="ben", attachments=(FILE,))
        number = {"message": said.number, "person": said.author, "conversation": 1}[kind]
        await talks.forget(kind, number)
        (left,) = await talks.rows(schema.attachment)
        assert left.message_id == said.number + 1

    run(body)
