"""Somebody joins while a reply is made, or before one is: nobody sees what they have not heard."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from making import incoming
from running import Scene, ScriptedModel, scene
from tertulia.values.message import Accepted, Author


async def say(here: Scene, text: str, *people: str, unanswered: str | None = None) -> Accepted:
    """Say it before these people, the first of whom speaks."""
    author, *others = people
    number = str(next(here.counter))
    message = incoming(text, author=author, number=number, unanswered=unanswered)
    there = tuple(Author(platform_id=who, name=who) for who in others)
    return await here.engine.accept(replace(message, present=there))


def test_who_joins_while_a_reply_is_made_gets_one_made_of_what_all_have_heard(
    tmp_path: Path,
) -> None:
    async def body() -> None:
        gate = asyncio.Event()
        model = ScriptedModel(scripts=[["I keep ", gate, "the secret"], ["Hello, both"]])
        async with scene(tmp_path, model) as here:
            first = await say(here, "my secret is a ring", "ana")
            async with asyncio.timeout(10):
                while not model.prompts:
                    await asyncio.sleep(0.002)
            second = await say(here, "hello", "bo", "ana")
            gate.set()
            outcome = await here.outcome(second)
            assert outcome.delivery is not None
            assert outcome.delivery.text == "Hello, both"
            assert set(outcome.delivery.covers) == {first.seq, second.seq}
            assert outcome.delivery.notes[0].startswith("1 of the waiting messages were said")
            assert "ring" not in str(model.prompts[-1])
            (left,) = outcome.delivery.receipt["left_out"]
            assert (left["origin"], left["why"]) == ("message", "not everybody here has heard it")
            assert [sent.text for sent in here.channel.sent] == ["Hello, both"]

    asyncio.run(body())


def test_where_nothing_that_waits_was_heard_by_all_they_are_asked_to_say_it_again(
    tmp_path: Path,
) -> None:
    async def body() -> None:
        gate = asyncio.Event()
        model = ScriptedModel(scripts=[[gate, "the secret"]])
        async with scene(tmp_path, model) as here:
            said = await say(here, "my secret is a ring", "ana")
            async with asyncio.timeout(10):
                while not model.prompts:
                    await asyncio.sleep(0.002)
            await say(here, "hi all", "bo", "ana", unanswered="not addressed")
            gate.set()
            outcome = await here.outcome(said)
            assert outcome.kind == "notice"
            assert outcome.delivery is not None
            assert "Please say it again" in outcome.delivery.text
            assert len(model.prompts) == 1

    asyncio.run(body())


def test_who_joins_later_is_shown_nothing_of_before_and_who_stays_is(tmp_path: Path) -> None:
    async def body() -> None:
        model = ScriptedModel()
        async with scene(tmp_path, model, memories=("facts", "summary", "recall")) as here:
            await here.outcome(await say(here, "the ring is in the garden", "ana"))
            await here.outcome(await say(here, "where is the ring?", "bo", "ana"))
            assert "garden" not in str(model.prompts[-1])
            await here.outcome(await say(here, "where is the ring now?", "ana"))
            assert "garden" in str(model.prompts[-1])

    asyncio.run(body())
