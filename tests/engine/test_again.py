"""Replies made anew and gone on with: other versions within one turn, told live like any reply."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from desking import Screen, at, look, send, type_in
from running import Scene, ScriptedModel, scene
from tertulia.engine.going_on import GO_ON
from tertulia.values.errors import Busy, ModelRejected
from tertulia.values.events import Event, Spoken, Started, Stored
from tertulia.values.message import Author
from tertulia.values.prompt import Done
from tertulia.values.shown import Page


async def _asked(here: Scene, message: str, *, go_on: bool = False) -> None:
    """Ask, and wait until it is done."""
    await here.engine.desk.again(await look(here), message, go_on=go_on)
    await _settled(here)


async def _settled(here: Scene) -> None:
    """Wait until nothing runs and nothing is to be made anew."""
    async with asyncio.timeout(20):
        while here.engine.running(1) is not None or await here.store.waiting(0, ("bo",)):
            await asyncio.sleep(0.002)


async def _page(here: Scene) -> Page:
    return await here.engine.desk.page(await look(here), 1)


def _texts(page: Page) -> list[str]:
    return [one.message.text for one in page.shown]


def test_a_reply_is_made_anew_beside_the_old_one(tmp_path: Path) -> None:
    async def body() -> None:
        model = ScriptedModel([["first"], ["second"], ["third"], ["on"]])
        async with scene(tmp_path, model, channel=Screen()) as here:
            await type_in(here, "hello")
            await _asked(here, "1.2")
            await _asked(here, "1.3")
            page = await _page(here)
            assert _texts(page) == ["hello", "third"]
            assert page.shown[1].versions == (2, 3, 4)
            assert [line.content for line in model.prompts[2].lines] == ["Be kind.", "hello"]
            outcome = await here.store.outcome(1, 1)
            assert outcome is not None
            assert outcome.delivery is not None
            assert outcome.delivery.text == "third"
            await here.engine.desk.switch(await look(here), "1.2")
            await type_in(here, "and?")
            assert [line.content for line in model.prompts[3].lines[1:]] == [
                "hello",
                "first",
                "and?",
            ]

    asyncio.run(body())


def test_a_cut_reply_is_gone_on_with(tmp_path: Path) -> None:
    async def body() -> None:
        model = ScriptedModel([["One, two", Done(finish_reason="length")], [", three."]])
        async with scene(tmp_path, model, channel=Screen()) as here:
            events: list[Event] = []
            await type_in(here, "Count.")
            here.engine.listen(1, events.append)
            await _asked(here, "1.2", go_on=True)
            assert _texts(await _page(here)) == ["Count.", "One, two, three."]
            prompt = model.prompts[1]
            assert [line.content for line in prompt.lines[1:]] == ["Count.", "One, two", GO_ON]
            receipt = await here.store.receipt_of(1, 3)
            assert receipt is not None
            assert receipt["prompt_tokens"] == prompt.tokens
            assert sum(item["tokens"] for item in receipt["items"]) + 3 == prompt.tokens
            assert events[:3] == [Started(1, 2), Spoken("One, two"), Spoken(", three.")]
            assert Stored(3) in events

    asyncio.run(body())


@pytest.mark.parametrize("words", [10, 4000])
def test_what_is_gone_on_with_stays_within_the_window(tmp_path: Path, words: int) -> None:
    async def body() -> None:
        long = " ".join(f"w{n}" for n in range(words))
        model = ScriptedModel([[long, Done(finish_reason="length")], [" end"]])
        async with scene(tmp_path, model, channel=Screen()) as here:
            await type_in(here, "Write much.")
            await _asked(here, "1.2", go_on=True)
            prompt = model.prompts[1]
            assert prompt.tokens <= model.context_window - model.reserve
            assert _texts(await _page(here))[1] == long + " end"

    asyncio.run(body())


def test_a_reply_that_fails_anew_leaves_the_old_one(tmp_path: Path) -> None:
    async def body() -> None:
        model = ScriptedModel([["fine"], [ModelRejected("No."), ""], ["again fine"]])
        async with scene(tmp_path, model, channel=Screen()) as here:
            await type_in(here, "hello")
            await _asked(here, "1.2")
            page = await _page(here)
            assert [one.message.role for one in page.shown] == ["user", "notice", "assistant"]
            outcome = await here.store.outcome(1, 1)
            assert outcome is not None
            assert outcome.kind == "reply"
            await _asked(here, "1.2")
            assert _texts(await _page(here))[-1] == "again fine"

    asyncio.run(body())


def test_a_notice_is_tried_again(tmp_path: Path) -> None:
    async def body() -> None:
        model = ScriptedModel([[ModelRejected("No.")], ["now"]])
        async with scene(tmp_path, model, channel=Screen()) as here:
            await type_in(here, "hello")
            await _asked(here, "1.2")
            outcome = await here.store.outcome(1, 1)
            assert outcome is not None
            assert outcome.kind == "reply"
            assert outcome.delivery is not None
            assert outcome.delivery.text == "now"

    asyncio.run(body())


def test_stopped_before_a_further_word_the_old_one_stays(tmp_path: Path) -> None:
    async def body() -> None:
        gate = asyncio.Event()
        model = ScriptedModel([["One", Done(finish_reason="length")], [gate, " two"]])
        async with scene(tmp_path, model, channel=Screen()) as here:
            await type_in(here, "Count.")
            running = asyncio.create_task(_asked(here, "1.2", go_on=True))
            async with asyncio.timeout(20):
                while (now := here.engine.running(1)) is None or not now.text:
                    await asyncio.sleep(0.002)
            assert (now.upto, now.again, now.text) == (1, 2, "One")
            with pytest.raises(Busy):
                await here.engine.desk.again(await look(here), "1.2", go_on=False)
            assert here.engine.stop(1)
            await running
            page = await _page(here)
            assert _texts(page) == ["Count.", "One"]
            assert page.shown[1].versions in ((), (2,))

    asyncio.run(body())


def test_what_was_put_aside_is_not_recalled(tmp_path: Path) -> None:
    async def body() -> None:
        model = ScriptedModel([["noted"]])
        memories = ("recall",)
        async with scene(tmp_path, model, memories=memories, channel=Screen()) as here:
            await type_in(here, "My parrot is called Coco and she sings.")
            await type_in(here, "My parrot is called Lola and she sings.", instead_of=1)
            await type_in(here, "My parrot sleeps.", spot="w2")
            await here.store.index()
            await type_in(here, "What is my parrot called?")
            asked = "\n".join(line.content for line in model.prompts[-1].lines)
            assert "Lola" in asked
            assert "Coco" not in asked
            await type_in(here, "What is my parrot called?", spot="w2")
            elsewhere = "\n".join(line.content for line in model.prompts[-1].lines)
            assert "Lola" in elsewhere
            assert "Coco" not in elsewhere
            await here.engine.desk.switch(await look(here), "1.1")
            await type_in(here, "What is my parrot called?", spot="w3")
            elsewhere = "\n".join(line.content for line in model.prompts[-1].lines)
            assert "Coco" in elsewhere

    asyncio.run(body())


def test_the_offline_model_goes_on_with_its_own_words(tmp_path: Path) -> None:
    from tertulia.models.offline import Offline
    from tertulia.values.bot import ModelSpec
    from tertulia.values.prompt import Delta, Line, Prompt

    async def said(prompt: Prompt) -> str:
        stream = Offline(ModelSpec(provider="offline")).stream(prompt)
        return "".join([chunk.text async for chunk in stream if isinstance(chunk, Delta)])

    async def body() -> None:
        asked = (Line(role="user", content="My name is Ana. What is my name?"),)
        whole = await said(Prompt(lines=asked, tokens=10))
        begun = whole[:20]
        behind = (Line(role="assistant", content=begun), Line(role="user", content=GO_ON))
        rest = await said(Prompt(lines=(*asked, *behind), tokens=30, begun=begun))
        assert begun + rest == whole
        other = await said(Prompt(lines=(*asked, *behind), tokens=30, begun="Another reply"))
        assert other == ""

    asyncio.run(body())


def _gated(gate: asyncio.Event) -> ScriptedModel:
    return ScriptedModel([["one"], [gate, "two"], ["three"], ["four"]])


async def _begun(here: Scene) -> None:
    """Have the first reply made anew, until the model is asked."""
    await here.engine.desk.again(await look(here), "1.2", go_on=False)
    async with asyncio.timeout(20):
        while here.engine.running(1) is None:
            await asyncio.sleep(0.002)


def test_what_was_said_while_a_reply_was_made_anew_stays_on_the_way(tmp_path: Path) -> None:
    async def body() -> None:
        gate = asyncio.Event()
        async with scene(tmp_path, _gated(gate), channel=Screen()) as here:
            await type_in(here, "hello")
            await _begun(here)
            said = await send(here, "meanwhile")
            gate.set()
            await here.outcome(said)
            page = await _page(here)
            assert _texts(page) == ["hello", "one", "meanwhile", "three"]
            assert page.shown[1].versions == (2, 4)

    asyncio.run(body())


@pytest.mark.parametrize("line", ["/new", "/new blank"])
def test_a_new_window_is_not_left_for_a_reply_that_is_made_anew(tmp_path: Path, line: str) -> None:
    async def body() -> None:
        gate = asyncio.Event()
        model = _gated(gate)
        async with scene(tmp_path, model, channel=Screen()) as here:
            await type_in(here, "hello")
            await _begun(here)
            who = await look(here)
            assert await here.engine.command(
                at("ana"), "bo", line, author=Author(platform_id="ana", name="Ana"), owner=False
            )
            gate.set()
            await _settled(here)
            assert (await here.engine.desk.listed(who, 1)).conversation.head is None
            await type_in(here, "in the new window")
            asked = [line.content for line in model.prompts[-1].lines[1:]]
            assert asked == ["in the new window"]

    asyncio.run(body())
