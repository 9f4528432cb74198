"""Forgetting as a whole: the store's work, the log beside it, and the summaries made anew."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from commanding import say
from making import place
from running import Scene, ScriptedModel, scene
from tertulia.engine.forgetting import forget, together, would_forget
from tertulia.engine.host import Parts
from tertulia.engine.imagining import imagine
from tertulia.values.errors import NotThere, SettingsError, StoreError
from tertulia.values.forgetting import Forgotten, Target
from tertulia.values.forgotten import HELD, told
from tertulia.values.prompt import Chunk, Delta, Done, Prompt


@dataclass
class Repeating(ScriptedModel):
    """Its summaries repeat all that they are made from."""

    context_window: int = 260
    reserve: int = 60

    async def stream(self, prompt: Prompt) -> AsyncIterator[Chunk]:
        self.prompts.append(prompt)
        summary = prompt.purpose == "summary"
        yield Delta(" ".join(prompt.lines[-1].content.split()) if summary else "ok")
        yield Done(finish_reason="stop")


async def summarised(here: Scene) -> str:
    found = await here.store.conversation(place())
    assert found is not None
    made = await here.store.summary(found.id, found.last_seq, found.audience)
    return made.text if made is not None else ""


async def talk_long(here: Scene) -> None:
    await say(here, "my zebra is called Whiskers")
    for number in range(14):
        await say(here, f"then I talked of the day number {number} and of much else")
        await asyncio.gather(*here.engine._turns._learning.values())
    assert "zebra" in await summarised(here)


def message(number: int) -> Target:
    return Target(kind="message", numbers=(number,))


def test_a_summary_is_made_anew_without_it(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, Repeating(), summarise=True) as here:
            await talk_long(here)
            tools = here.engine.tools
            dry = await would_forget(tools, message(1), "quoting")
            assert dry.summaries
            assert "zebra" in await summarised(here)
            gone = await forget(tools, message(1), "quoting")
            assert gone.summaries == dry.summaries
            again = await summarised(here)
            assert again
            assert "zebra" not in again

    asyncio.run(body())


def test_a_summary_that_cannot_be_made_now_is_made_up_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def body() -> None:
        model = Repeating()
        async with scene(tmp_path, model, summarise=True) as here:
            await talk_long(here)
            bot = here.engine.tools.bot("bo")
            broken = replace(bot, models=_no_key)
            tools = replace(here.engine.tools, bot=lambda _: broken)
            with caplog.at_level(logging.WARNING):
                await forget(tools, message(1), "quoting")
            assert "could not be summarised anew: no key" in caplog.text
            assert not await summarised(here)
            await say(here, "and now?")
            await asyncio.gather(*here.engine._turns._learning.values())
            assert "zebra" not in await summarised(here)
            assert await summarised(here)

    asyncio.run(body())


def _no_key(*_: str | int | None, **__: bool) -> Sequence[ScriptedModel]:
    raise SettingsError("no key")


def test_what_lies_beside_the_store_is_told_what_went(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            await say(here, "my zebra is called Whiskers")
            heard: list[str] = []
            await forget(
                replace(here.engine.tools, after_forgetting=heard.extend), message(1), "all"
            )
            assert "my zebra is called Whiskers" in heard

    asyncio.run(body())


def test_where_that_cannot_be_cleaned_it_is_told(tmp_path: Path) -> None:
    def fails(_: Sequence[str]) -> None:
        raise StoreError("the log could not be cleaned")

    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            await say(here, "hello")
            with pytest.raises(StoreError, match="could not be cleaned"):
                await forget(replace(here.engine.tools, after_forgetting=fails), message(1), "all")
            with pytest.raises(NotThere):
                await forget(here.engine.tools, message(1), "all")

    asyncio.run(body())


def test_a_conversation_that_is_gone_needs_no_summary(tmp_path: Path) -> None:
    from tertulia.engine.forgetting import _make_anew

    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            await here.store.begin(place("begun"), "bo", 1)
            await _make_anew(here.engine.tools, [1, 99])

    asyncio.run(body())


def test_the_next_prompt_is_known_before_anything_is_said(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            await say(here, "hello")
            found = await here.store.conversation(place())
            assert found is not None
            _, _, made = await imagine(here.engine.tools, found, "and then?")
            assert [line.content for line in made.prompt.lines[1:]] == ["hello", "ok", "and then?"]
            assert len(await here.store.transcript(found.id)) == 2

    asyncio.run(body())


def test_several_forgettings_are_told_as_one() -> None:
    one = Forgotten(messages=("1.1",), texts=("a",), rebuilt=(1,), conversations=(2,))
    two = Forgotten(messages=("1.1", "1.3"), facts=("f1",), rebuilt=(1, 3), texts=("b",))
    both = together([one, two])
    assert both.messages == ("1.1", "1.3")
    assert both.facts == ("f1",)
    assert both.rebuilt == (1, 3)
    assert both.conversations == (2,)
    assert both.texts == ("a", "b")
    assert not together([])
    assert both.cleaned
    held = replace(one, cleaned=False)
    assert not together([one, held, Forgotten()]).cleaned
    assert together([held, one]).cleaned


def test_every_kind_is_told_in_words() -> None:
    what = Forgotten(
        messages=tuple(f"1.{n}" for n in range(20)),
        redacted=("1.2", "1.4"),
        facts=("f1",),
        reopened=("f2",),
        summaries=("s1", "s2"),
        conversations=(4,),
        people=("p1",),
        renamed=(7,),
    )
    assert told(what, done=False) == [
        "This would go: 20 messages, 1 fact (f1), 1 identity (p1), 1 conversation (4).",
        "The text of 2 replies (1.2, 1.4) that had it before them would be erased.",
        "2 summaries (s1, s2) would go too; where they are needed they are made anew without it.",
        "What it had replaced would hold again: 1 fact (f2).",
        "The name of 1 conversation (7) gives it away and would go too.",
    ]
    assert told(what, done=True)[-1].startswith("Of each message a keyed hash")
    assert told(Forgotten(), done=True) == ["Forgotten: nothing."]
    held = Forgotten(facts=("f1",), cleaned=False)
    assert told(held, done=True) == ["Forgotten: 1 fact (f1).", HELD]
    assert told(held, done=False) == ["This would go: 1 fact (f1)."]


def test_where_nothing_keeps_what_was_said_nothing_is_called() -> None:
    assert Parts.__dataclass_fields__["after_forgetting"].default(["a"]) is None
