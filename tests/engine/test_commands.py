"""The words that people have everywhere, and what they get to keep."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commanding import ask, say
from making import ANA, place, talk
from running import ScriptedModel, scene
from tertulia.engine.commands import COMMANDS
from tertulia.engine.export import as_html, as_json, as_markdown, export
from tertulia.values.conversation import Conversation
from tertulia.values.errors import SettingsError


def test_help_lists_every_command_and_says_who_can_read(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            told = await ask(here, "/help")
            for word in (
                "/new [blank]",
                "/model [NAME]",
                "/memory [WORDS]",
                "/forget [WHAT]",
                "/link [CODE]",
                "/unlink",
                "/export",
                "/help",
            ):
                assert word in told
            assert told.startswith("You are talking with bo.")
            assert told.endswith(
                "The owner of this bot can read what is said here, "
                "and all that is remembered of it."
            )
            assert told.count("\n") == len(COMMANDS) + 1

    asyncio.run(body())


@pytest.mark.parametrize("line", ["hello", "/nothing", "new", "", " ", "//new", "/"])
def test_what_is_no_command_is_left_alone(tmp_path: Path, line: str) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            assert await here.engine.command(place(), "bo", line, author=ANA, owner=True) is None

    asyncio.run(body())


def test_commands_before_anything_was_said(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            assert await ask(here, "/memory") == "I remember nothing here yet: nothing was said."
            assert await ask(here, "/export") == "There is nothing to export yet."
            assert (await ask(here, " /NEW ")).startswith("A new window")
            assert await ask(here, "/model") == "I use scripted:one."
            assert (await ask(here, "/model x")).startswith("Say something first")
            with pytest.raises(SettingsError, match=r"There is no conversation 't'"):
                await here.engine.export(place(), "md")

    asyncio.run(body())


def test_memory_tells_what_the_window_holds(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel(context_window=700, reserve=100)) as here:
            await here.talk("hello")
            told = await ask(here, "/memory")
            assert told.splitlines()[:3] == [
                "I know no facts about you that I may show here.",
                "In this conversation 2 messages were said.",
                "My window holds the newest 2 (10 of 600 tokens).",
            ]
            await here.talk("word " * 595)
            assert "What came before is kept, but I do not read it." in await ask(here, "/memory")

    asyncio.run(body())


def test_a_blank_window_uses_and_leaves_nothing(tmp_path: Path) -> None:
    async def body() -> None:
        model = ScriptedModel()
        async with scene(tmp_path, model, memories=("recall",)) as here:
            await say(here, "my cat is called Whiskers")
            assert (await ask(here, "/new blank")).startswith("A blank window")
            await say(here, "what is my cat called? Whiskers?")
            blank = "\n".join(line.content for line in model.prompts[-1].lines)
            assert "my cat is called" not in blank
            assert "window holds the newest 2" in await ask(here, "/memory")
            assert (await ask(here, "/new")).startswith("A new window")
            await say(here, "Whiskers the cat")
            after = "\n".join(line.content for line in model.prompts[-1].lines)
            assert "what is my cat called?" not in after
            assert "/new stands alone" in await ask(here, "/new blnk")

    asyncio.run(body())


def test_a_blank_window_where_nothing_was_said_yet(tmp_path: Path) -> None:
    async def body() -> None:
        model = ScriptedModel()
        async with scene(tmp_path, model, memories=("recall",)) as here:
            await say(here, "my cat is called Whiskers", spot="elsewhere")
            assert (await ask(here, "/new blank")).startswith("A blank window")
            assert await ask(here, "/export") == "There is nothing to export yet."
            await say(here, "Whiskers the cat")
            assert "my cat is" not in "\n".join(line.content for line in model.prompts[-1].lines)
            await say(here, "Whiskers the cat", spot="elsewhere")
            assert model.prompts[-1].lines[-1].content == "Whiskers the cat"

    asyncio.run(body())


def test_a_model_is_picked_among_those_that_are_allowed(tmp_path: Path) -> None:
    async def body() -> None:
        usual, other = ScriptedModel(), ScriptedModel([["from other"]], name="scripted:other")
        spare = ScriptedModel(name="scripted:spare")
        async with scene(tmp_path, usual, spare, choices={"other": [other]}) as here:
            await here.talk()
            assert await ask(here, "/model") == (
                "I use scripted:one.\nIf it fails: scripted:spare.\n"
                "You may pick: /model other | default"
            )
            assert (await ask(here, "/model secret")) == (
                "'secret' is not among the models that you may pick: other, default."
            )
            assert await ask(here, "/model other") == "From now on I use scripted:other here."
            assert (await here.talk()).text == "from other"
            assert await ask(here, "/model default") == "I use scripted:one again."
            assert (await here.talk()).text == "ok"

    asyncio.run(body())


def test_export_in_a_command_and_by_the_host(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel([["**Hi**"]])) as here:
            await here.talk("I am <b>Ana</b>")
            markdown = await ask(here, "/export")
            assert markdown.startswith("# t\n\nWith bo.\n")
            assert "I am <b>Ana</b>" in markdown
            assert json.loads(await ask(here, "/export json"))["messages"][1]["text"] == "**Hi**"
            assert "&lt;b&gt;Ana" in await here.engine.export(place(), "html")
            with pytest.raises(
                SettingsError, match=r"no export to 'pdf'. Choose md, json, html, txt"
            ):
                await here.engine.export(place(), "pdf")

    asyncio.run(body())


CONVERSATION = Conversation(
    id=7,
    place=place("<trip> & more"),
    bot="bo",
    model=None,
    head=3,
    last_seq=3,
    answered_seq=3,
    created_at=1_700_000_000_000,
    updated_at=0,
)


def test_every_form_names_speakers_times_and_marks() -> None:
    from dataclasses import replace

    said = talk([("user", "hi", "Ana"), ("assistant", "hello", None), ("notice", "sorry", None)])
    said.append(replace(said[0], seq=4, name=None, finish_reason=None))
    said[1] = replace(said[1], finish_reason="stopped", said_at=1_700_000_000_000)
    said.append(replace(said[1], seq=5, finish_reason="length"))
    markdown = as_markdown(CONVERSATION, said)
    assert "**Ana** · 1970-01-01T00:00:00+00:00\n\nhi\n" in markdown
    assert "**bo** · 2023-11-14T22:13:20+00:00\n\nhello … (stopped)\n" in markdown
    assert "hello … (cut at the reply's limit)" in markdown
    assert "**notice**" in markdown
    assert "**you**" in markdown
    told = json.loads(as_json(CONVERSATION, said))
    assert told["tertulia"] == 1
    assert told["conversation"] == "<trip> & more"
    assert told["messages"][1] == {
        "id": "7.2",
        "parent": "7.1",
        "instead_of": None,
        "role": "assistant",
        "name": "bo",
        "text": "hello",
        "said_at": "2023-11-14T22:13:20+00:00",
        "finish_reason": "stopped",
    }
    page = as_html(CONVERSATION, said)
    assert "<title>&lt;trip&gt; &amp; more</title>" in page
    assert "<script" not in page


def test_a_title_heads_every_form_but_the_plain_one() -> None:
    from dataclasses import replace

    titled = replace(CONVERSATION, title="Peru <3")
    said = talk([("user", "Where to?", "Ana"), ("assistant", "To Lima.\nBy sea.", None)])
    assert as_markdown(titled, said).startswith("# Peru <3\n\nWith bo.\n")
    assert "<title>Peru &lt;3</title>" in as_html(titled, said)
    told = json.loads(as_json(titled, said))
    assert (told["title"], told["conversation"]) == ("Peru <3", "<trip> & more")
    assert "title" not in json.loads(as_json(CONVERSATION, said))
    assert export("txt", titled, said) == "Ana: Where to?\n\nbo: To Lima.\nBy sea.\n"


@given(st.lists(st.text(), max_size=5))
def test_nothing_said_can_break_out_of_the_page(texts: list[str]) -> None:
    page = as_html(CONVERSATION, talk([("user", text, text) for text in texts]))
    plain = as_html(CONVERSATION, talk([("user", "", "x") for _ in texts]))
    assert page.count("<") == plain.count("<")
    assert json.loads(as_json(CONVERSATION, talk([("user", t, None) for t in texts])))
    export("md", CONVERSATION, talk([("user", t, None) for t in texts]))
