"""`NAME:stateless`: the bot answers from what is sent, and nothing stays."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import openai
import pytest

from channels.api.doors import kept, lines, say, scripted
from running import ScriptedModel
from tertulia.values.errors import ModelNotAllowed

CANARY = "xylophone-canary"


def test_all_that_is_sent_is_read_and_no_byte_stays(tmp_path: Path) -> None:
    model = ScriptedModel([[f"{CANARY}, ", "yes"]])
    sent: Any = [{"role": "system", "content": f"{CANARY} rules"}, *lines("a", "b", CANARY)]
    with scripted(tmp_path, model, memories=("facts", "recall")) as door:
        for stream in (False, True):
            told = door.client().chat.completions.create(
                model="bo:stateless",
                messages=sent,
                user=CANARY,
                metadata={"conversation": CANARY},
                stream=stream,
            )
            if stream:
                text = "".join(one.choices[0].delta.content or "" for one in told)
            else:
                text = told.choices[0].message.content
                assert told.model == "bo:stateless"
                assert told.tertulia == {"notes": []}
            assert text == f"{CANARY}, yes"
        assert say(door.client(), "/forget me", model="bo:stateless") == f"{CANARY}, yes"
        assert kept(door) == []
        assert [one.content for one in model.prompts[0].lines] == [
            f"Be kind.\n\n{CANARY} rules",
            "a",
            "b",
            CANARY,
        ]
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert files
    assert not [file for file in files if CANARY.encode() in file.read_bytes()]


def test_why_there_is_no_reply(tmp_path: Path) -> None:
    with scripted(tmp_path, ScriptedModel([[ModelNotAllowed("401")]])) as door:
        with pytest.raises(openai.InternalServerError, match="accept its key") as told:
            say(door.client(), "hello", model="bo:stateless")
        assert "is kept" not in str(told.value)


def test_a_client_that_goes_away_ends_the_call(tmp_path: Path) -> None:
    gone = asyncio.Event()

    class Slow(ScriptedModel):
        async def stream(self, prompt: Any) -> Any:
            try:
                async for chunk in super().stream(prompt):
                    yield chunk
            finally:
                gone.set()

    with scripted(tmp_path, Slow([["Hel", asyncio.Event()]])) as door:
        sent: Any = lines("hello")
        stream = door.client().chat.completions.create(
            model="bo:stateless", messages=sent, stream=True
        )
        assert next(iter(stream)).choices[0].delta.role == "assistant"
        assert next(iter(stream)).choices[0].delta.content == "Hel"
        stream.close()
        door.until(lambda _: gone.is_set())
