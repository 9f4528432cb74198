"""Somebody joins while a reply is made, or before one is: nobody sees what they have not heard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

from making import incoming, place
from running import Scene, ScriptedModel, scene
from tertulia.values.message import Accepted, Author
from tertulia.values.prompt import Chunk, Delta, Done, Prompt


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


def test_where_somebody_joins_during_every_reply_they_are_told_and_nobody_asks_for_ever(
    tmp_path: Path,
) -> None:
    async def body() -> None:
        class Crowded(ScriptedModel):
            async def stream(self, prompt: Prompt) -> AsyncIterator[Chunk]:
                self.prompts.append(prompt)
                if len(self.prompts) < 20:
                    who = f"guest {len(self.prompts)}"
                    await say(here, "hello", who, "ana", unanswered="not addressed")
                    last = await say(here, "and me?", who, "ana")
                    seen.append(last)
                yield Delta("hi")
                yield Done(finish_reason="stop")

        seen: list[Accepted] = []
        model = Crowded()
        async with scene(tmp_path, model) as here:
            first = await say(here, "hello", "ana")
            outcome = await here.outcome(first)
            assert outcome.kind == "notice"
            assert outcome.delivery is not None
            assert outcome.delivery.text.startswith("People keep joining while I answer")
            assert len(model.prompts) == 2

    asyncio.run(body())


def test_a_command_shows_what_all_who_read_the_answer_have_heard(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel(), memories=("recall",)) as here:
            await here.outcome(await say(here, "the unicorn is in the garden", "ana"))
            people = {name: Author(platform_id=name, name=name) for name in ("ana", "bo")}

            async def ask(line: str, who: str, *beside: str) -> str:
                there = [people[one] for one in beside]
                answer = await here.engine.command(
                    place(), "bo", line, author=people[who], owner=False, present=there
                )
                assert answer is not None
                return answer

            for line in ("/memory unicorn", "/export", "/memory receipt 1.2"):
                assert "garden" not in await ask(line, "ana", "bo"), line
                assert "garden" not in await ask(line, "bo", "ana"), line
            assert "garden" in await ask("/memory unicorn", "ana")
            assert "garden" in await ask("/export", "ana")

    asyncio.run(body())


def test_a_blank_window_begins_at_once(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel(), memories=("recall",)) as here:
            await here.outcome(await say(here, "the unicorn is in the garden", "ana"))
            ana = Author(platform_id="ana", name="ana")

            async def ask(line: str) -> str:
                answer = await here.engine.command(place(), "bo", line, author=ana, owner=False)
                assert answer is not None
                return answer

            await ask("/new blank")
            assert "garden" not in await ask("/memory unicorn")
            await here.outcome(await say(here, "the dragon is in the cellar", "ana"))
            assert "cellar" in await ask("/memory dragon")
            await ask("/new")
            assert "cellar" not in await ask("/memory dragon")
            assert "garden" in await ask("/memory unicorn")

    asyncio.run(body())


def test_a_reply_made_of_what_a_linked_person_said_is_not_stored_once_they_parted(
    tmp_path: Path,
) -> None:
    async def body() -> None:
        gate = asyncio.Event()
        model = ScriptedModel(scripts=[["ok"], ["you said: ", gate, "the ring"], ["ok"]])
        async with scene(tmp_path, model, memories=("recall",)) as here:
            store = here.store
            await here.outcome(await say(here, "the ring is in the garden", "ana"))
            bo = Author(platform_id="bo", name="bo")
            own = (await store.meet(place("dm"), bo)).own(place("dm"), bo)
            ana = (await store.meet(place(), Author(platform_id="ana", name="ana"))).id
            await store.offer_link(ana, "code", 10**15)
            assert await store.link(own, "code", 0) is not None
            number = str(next(here.counter))
            asked = await here.engine.accept(
                incoming("where is the ring?", spot="dm", author="bo", number=number)
            )
            async with asyncio.timeout(10):
                while len(model.prompts) < 2:
                    await asyncio.sleep(0.002)
            assert "garden" in str(model.prompts[1])
            assert await store.unlink(own)
            gate.set()
            outcome = await here.outcome(asked)
            assert outcome.delivery is not None
            assert outcome.delivery.text == "ok"
            assert "garden" not in str(model.prompts[2])

    asyncio.run(body())
