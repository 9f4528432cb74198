"""The running summary: made in the background, with its range, and missed by no reply."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from making import ANA, TOKENIZER, place
from running import Scene, ScriptedModel, scene
from tertulia.values.errors import ModelUnavailable
from tertulia.values.prompt import Chunk, Delta, Done, Prompt

WORDS = "word " * 60


class Summarising(ScriptedModel):
    """Answers shortly; condenses to a numbered summary, or fails at it."""

    fails = False
    made = 0

    async def stream(self, prompt: Prompt) -> AsyncIterator[Chunk]:
        self.prompts.append(prompt)
        if prompt.purpose == "summary":
            if self.fails:
                raise ModelUnavailable("busy")
            self.made += 1
            yield Delta(f"Summary {self.made}.")
        else:
            yield Delta("ok")
        yield Done(finish_reason="stop")

    def of(self, purpose: str) -> list[Prompt]:
        return [prompt for prompt in self.prompts if prompt.purpose == purpose]


async def fill(here: Scene, times: int) -> None:
    for _ in range(times):
        await here.talk(WORDS)
        await asyncio.gather(*here.engine._turns._learning.values())


def test_what_falls_out_of_the_window_is_summarised_with_its_range(tmp_path: Path) -> None:
    async def body() -> None:
        model = Summarising(context_window=1100, reserve=300)
        async with scene(tmp_path, model, summarise=True) as here:
            await fill(here, 10)
            assert model.made == 0
            await fill(here, 4)
            assert model.made == 1
            found = await here.store.summary(1, 28, 1)
            assert found is not None
            messages = await here.store.transcript(1)
            covered = messages[: found.upto]
            told = (found.first, found.count, found.covered)
            assert told == (1, found.upto, sum(message.tokens for message in covered))
            (asked,) = model.of("summary")
            talk = asked.lines[1].content.splitlines()
            assert len(talk) == found.upto
            assert talk[0] == f"person: {WORDS}".strip() or talk[0].startswith("person: word")
            assert talk[1] == "bot: ok"
            last = await here.talk("and now?")
            system = model.prompts[-1].lines[0].content
            assert system.startswith("Be kind.\n\nSummary of the talk before")
            assert system.endswith("\n- Summary 1.\n")
            items = [item for item in last.receipt["items"] if item["origin"] == "summary"]
            assert [item["id"] for item in items] == ["s1"]
            covered = last.receipt["left_out"][0]
            assert (covered["from"], covered["why"]) == ("1.1", "stood for by summary s1")

    asyncio.run(body())


def test_it_is_made_anew_only_when_something_is_left_uncovered(tmp_path: Path) -> None:
    async def body() -> None:
        model = Summarising(context_window=1100, reserve=300)
        async with scene(tmp_path, model, summarise=True) as here:
            await fill(here, 40)
            assert 3 <= model.made <= 10
            later = model.of("summary")[1].lines[1].content
            assert later.startswith(
                ("Until then: Summary 1.\nperson: ", "Until then: Summary 1.\nbot: ")
            )
            for prompt in model.prompts:
                assert prompt.tokens <= 800
                counted = 3 + sum(4 + TOKENIZER.count(line.content) for line in prompt.lines)
                assert counted <= 800

    asyncio.run(body())


def test_while_it_fails_the_earliest_are_dropped_and_it_is_made_up_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def body() -> None:
        model = Summarising(context_window=1100, reserve=300)
        model.fails = True
        async with scene(tmp_path, model, summarise=True) as here:
            await fill(here, 14)
            assert "The memory summary could not learn in 1: busy" in caplog.text
            reply = await here.talk("still there?")
            assert reply.kind == "reply"
            assert reply.receipt["left_out"][0]["why"] == "no room in the token budget"
            model.fails = False
            await fill(here, 1)
            assert await here.store.summary(1, 30, 1) is not None

    asyncio.run(body())


def test_a_long_past_is_summarised_in_pieces_that_fit(tmp_path: Path) -> None:
    async def body() -> None:
        small = Summarising(context_window=1100, reserve=300)
        async with scene(tmp_path, small) as here:
            await fill(here, 40)
            assert small.made == 0
        async with scene(tmp_path, small, summarise=True) as here:
            await here.talk("go on", number="x")
            await asyncio.gather(*here.engine._turns._learning.values())
            assert small.made > 2
            assert all(prompt.tokens <= 800 for prompt in small.of("summary"))

    asyncio.run(body())


def test_one_message_larger_than_a_summary_s_prompt_is_cut(tmp_path: Path) -> None:
    async def body() -> None:
        model = Summarising(context_window=1100, reserve=300)
        async with scene(tmp_path, model, summarise=True) as here:
            await here.talk("huge " * 3000)
            await fill(here, 12)
            assert model.made >= 1
            assert all(prompt.tokens <= 800 for prompt in model.of("summary"))

    asyncio.run(body())


@pytest.mark.parametrize("said", ["", "   "])
def test_an_empty_summary_is_not_kept(tmp_path: Path, said: str) -> None:
    class Silent(Summarising):
        async def stream(self, prompt: Prompt) -> AsyncIterator[Chunk]:
            self.prompts.append(prompt)
            yield Delta(said if prompt.purpose == "summary" else "ok")
            yield Done(finish_reason="stop")

    async def body() -> None:
        model = Silent(context_window=1100, reserve=300)
        async with scene(tmp_path, model, summarise=True) as here:
            await fill(here, 14)
            assert await here.store.summary(1, 28, 1) is None

    asyncio.run(body())


def test_memory_shows_the_summary_and_new_leaves_it_behind(tmp_path: Path) -> None:
    async def body() -> None:
        model = Summarising(context_window=1100, reserve=300)
        async with scene(tmp_path, model, summarise=True) as here:
            await fill(here, 14)
            shown = await here.engine.command(place(), "bo", "/memory", author=ANA, owner=True)
            assert shown is not None
            assert "28 messages were said" in shown
            assert "Summary 1." in shown
            await here.engine.command(place(), "bo", "/new", author=ANA, owner=True)
            await here.talk("fresh")
            assert "Summary" not in model.prompts[-1].lines[0].content

    asyncio.run(body())
