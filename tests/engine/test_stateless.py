"""A bot answers what was sent, within the model's budget, and nothing of it is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from making import TOKENIZER
from running import Scene, ScriptedModel, scene
from tertulia.engine.prompt import count
from tertulia.values.errors import (
    ContextOverflow,
    ModelNotAllowed,
    ModelUnavailable,
    SettingsError,
)
from tertulia.values.events import Restarted, Spoken
from tertulia.values.prompt import Line, Usage
from tertulia.values.reply import Ending

CANARY = "xylophone-canary"


def line(text: str, role: str = "user") -> Line:
    return Line(role=role, content=text)  # type: ignore[arg-type]


async def answered(here: Scene, *lines: Line, bot: str = "bo") -> list[Spoken | Restarted | Ending]:
    async with asyncio.timeout(30):
        return [event async for event in here.engine.desk.answer(bot, lines)]


def test_what_the_model_reads_and_what_is_told(tmp_path: Path) -> None:
    usage = Usage(prompt_tokens=7, completion_tokens=2)
    model = ScriptedModel([["Hel", "lo"]], usage=lambda _: usage)

    async def body() -> None:
        async with scene(tmp_path, model) as here:
            talk = (
                line("one"),
                line("two", "assistant"),
                line("Be short.", "system"),
                line("three"),
            )
            *pieces, ending = await answered(here, *talk)
            assert pieces == [Spoken("Hel"), Spoken("lo")]
            assert isinstance(ending, Ending)
            assert (ending.kind, ending.text, ending.finish_reason) == ("reply", "Hello", "stop")
            assert (ending.usage, ending.notes, ending.model) == (usage, (), "scripted:one")
            assert model.prompts[0].lines == (
                line("Be kind.\n\nBe short.", "system"),
                talk[0],
                talk[1],
                talk[3],
            )
            assert model.prompts[0].tokens == count(TOKENIZER, model.prompts[0].lines)

    asyncio.run(body())


def test_nothing_of_it_is_kept(tmp_path: Path) -> None:
    model = ScriptedModel([[f"{CANARY} too"], [ModelUnavailable(CANARY)], [CANARY]])

    async def body() -> None:
        async with scene(tmp_path, model, memories=("facts", "recall")) as here:
            for _ in range(2):
                await answered(here, line(f"My name is {CANARY}.", "system"), line(CANARY))
            assert await here.store.conversations(None) == []
            assert await here.store.people() == []

    asyncio.run(body())
    found = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert found
    assert not [file for file in found if CANARY.encode() in file.read_bytes()]


def test_a_model_that_fails_is_tried_again_and_replaced(tmp_path: Path) -> None:
    broken = ScriptedModel([["Hel", ModelUnavailable("cut")]])
    broken.retries = 0

    async def body() -> None:
        async with scene(tmp_path, broken, ScriptedModel([["Hi"]])) as here:
            *pieces, ending = await answered(here, line("hello"))
            assert pieces == [Spoken("Hel"), Restarted("cut"), Spoken("Hi")]
            assert isinstance(ending, Ending)
            assert ending.text == "Hi"

    asyncio.run(body())


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ModelNotAllowed("401"), "accept its key. The owner of this bot has to mend the key."),
        (ValueError("odd"), "Something went wrong inside me."),
    ],
)
def test_why_there_is_no_reply_is_told(
    tmp_path: Path, error: Exception, sentence: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel([[error]])) as here:
            (ending,) = await answered(here, line("hello"))
            assert isinstance(ending, Ending)
            assert ending.kind == "notice"
            assert sentence in (ending.text or "")
            assert "is kept" not in (ending.text or "")
            assert ending.cause == str(error)
            with pytest.raises((SettingsError, KeyError)):
                await answered(here, line("hello"), bot="nobody")

    asyncio.run(body())
    assert str(error) in caplog.text


def test_leaving_early_ends_the_call(tmp_path: Path) -> None:
    model = ScriptedModel([["Hel", asyncio.Event(), "lo"]])

    async def body() -> None:
        async with scene(tmp_path, model) as here:
            events = here.engine.desk.answer("bo", [line("hello")])
            assert await anext(events) == Spoken("Hel")
            before = len(asyncio.all_tasks())
            await events.aclose()
            assert len(asyncio.all_tasks()) == before - 1

    asyncio.run(body())


def test_the_oldest_goes_first_and_instructions_stay(tmp_path: Path) -> None:
    model = ScriptedModel(context_window=200, reserve=50)

    async def body() -> None:
        async with scene(tmp_path, model) as here:
            talk = [line(f"{n} " + "word " * 20) for n in range(8)]
            *_, ending = await answered(here, line("Rules.", "system"), *talk)
            lines = model.prompts[0].lines
            assert lines[0].content == "Be kind.\n\nRules."
            assert list(lines[1:]) == talk[-len(lines[1:]) :]
            assert 1 < len(lines) < 8
            assert isinstance(ending, Ending)
            left = 8 - len(lines[1:])
            assert ending.notes == (
                f"The oldest {left} messages had no room: I did not read them.",
            )

    asyncio.run(body())


def test_what_is_too_long_alone_is_cut(tmp_path: Path) -> None:
    model = ScriptedModel(context_window=300, reserve=50)

    async def body() -> None:
        async with scene(tmp_path, model, persona="kind " * 200) as here:
            *_, ending = await answered(here, line("rule " * 300, "system"), line("word " * 400))
            system, said = model.prompts[0].lines
            assert system.content.startswith("kind kind")
            assert "cut" in system.content
            assert "were cut out here to fit" in said.content
            assert isinstance(ending, Ending)
            assert len(ending.notes) == 2

    asyncio.run(body())


def test_a_prompt_that_the_server_finds_too_long_is_made_smaller(tmp_path: Path) -> None:
    model = ScriptedModel([[ContextOverflow("too long", window=120)], ["ok"]])

    async def body() -> None:
        async with scene(tmp_path, model) as here:
            talk = [line(f"{n} " + "word " * 20) for n in range(6)]
            *_, ending = await answered(here, *talk)
            assert isinstance(ending, Ending)
            assert ending.text == "ok"
            assert model.prompts[1].tokens < 120 < model.prompts[0].tokens

    asyncio.run(body())


TALK = st.lists(
    st.tuples(st.sampled_from(["system", "user", "assistant"]), st.text(max_size=300)), max_size=8
)


@given(talk=TALK, window=st.integers(160, 900), persona=st.text(max_size=400))
def test_promise_4_the_prompt_never_exceeds_the_window(
    talk: Sequence[tuple[str, str]], window: int, persona: str
) -> None:
    from tertulia.engine.stateless import fitted

    lines = [*(line(text, role) for role, text in talk), line("word " * 120)]
    made = fitted(TOKENIZER, window, persona, lines)
    assert made.prompt.tokens == count(TOKENIZER, made.prompt.lines) <= window
    assert made.prompt.lines[-1].content.startswith("word")
