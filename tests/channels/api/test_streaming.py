"""A reply that is streamed: signs of life, new beginnings, and the end of the server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openai
import pytest

from channels.api.doors import Door, kept, lines, scripted
from running import ScriptedModel
from tertulia.channels.api.live import Piece, Typed, streamed, whole
from tertulia.channels.api.refused import Refused
from tertulia.channels.api.wire import PING, Envelope, Reply
from tertulia.values.errors import ModelUnavailable
from tertulia.values.events import Restarted, Spoken

CUT = ModelUnavailable("the connection was cut")


async def never() -> None:
    await asyncio.Event().wait()


async def of(*pieces: Piece | asyncio.Event | Exception) -> Any:
    for one in pieces:
        if isinstance(one, Exception):
            raise one
        if isinstance(one, asyncio.Event):
            await one.wait()
        else:
            yield one


ENVELOPE = Envelope(id="x", model="bo", usage=False)


def events(*pieces: Piece | asyncio.Event | Exception, **more: Any) -> list[bytes]:
    async def body() -> list[bytes]:
        stream = streamed(ENVELOPE, of(*pieces), more.pop("ending", never), **more)
        return [one async for one in stream]

    return asyncio.run(body())


def text_of(sent: Sequence[bytes]) -> str:
    told = [json.loads(line[6:]) for line in b"".join(sent).split(b"\n\n") if line[6:7] == b"{"]
    choices = [choice for one in told for choice in one.get("choices", [])]
    return "".join(choice["delta"].get("content", "") for choice in choices)


def broken(sent: Sequence[bytes]) -> dict[str, Any]:
    return json.loads(sent[-1][6:])["error"]


def test_while_nothing_is_said_there_are_signs_of_life() -> None:
    async def body() -> list[bytes]:
        gate = asyncio.Event()
        found: list[bytes] = []
        async for one in streamed(ENVELOPE, of(gate, Reply(text="hi")), never, every=0.01):
            found.append(one)
            if found.count(PING) == 3:
                gate.set()
        return found

    sent = asyncio.run(body())
    assert sent.count(PING) >= 3
    assert text_of([one for one in sent if one != PING]) == "hi"


def test_the_end_of_the_server_is_told() -> None:
    async def now() -> None:
        return

    sent = events(Spoken("so "), asyncio.Event(), ending=now)
    assert text_of(sent[:-1]) in ("", "so ")
    assert (broken(sent)["code"], broken(sent)["type"]) == ("stopping", "server_error")


def test_a_reply_that_is_whole_is_sent_though_the_server_ends() -> None:
    async def now() -> None:
        return

    with pytest.raises(Refused) as told:
        asyncio.run(whole(of(asyncio.Event()), now))
    assert told.value.status == 503


def test_what_nobody_expected_is_logged_and_told(caplog: pytest.LogCaptureFixture) -> None:
    sent = events(Spoken("a"), ValueError("a secret"))
    assert broken(sent)["code"] == "failed"
    assert b"secret" not in b"".join(sent)
    assert "a secret" in caplog.text
    with pytest.raises(Refused, match="ended before"):
        asyncio.run(whole(of(), never))


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        # Before a word was sent, nothing has to be taken back.
        ([Restarted("x"), Spoken("new")], "new"),
        # The same again, and more.
        ([Spoken("Hello"), Restarted("x"), Spoken("Hel"), Spoken("lo you")], "Hello you"),
        ([Spoken("Hello"), Restarted("x"), Restarted("x"), Spoken("Hello"), Spoken("!")], "Hello!"),
        ([Spoken("Hello"), Restarted("x")], "Hello and more"),
        # Pieces may part a character, and may lack.
        ([Spoken("\ud83d"), Spoken("\ude00 a")], "\U0001f600 a"),
        ([Spoken("a\ud83d"), Restarted("x"), Spoken("a"), Spoken("b")], "ab"),
        ([Spoken("nul \0"), Spoken("lone \ud83d"), Spoken("x")], "nul \ufffdlone \ufffdx"),
        ([], "all at once"),
    ],
)
def test_what_was_sent_is_what_is_stored(pieces: list[Piece], text: str) -> None:
    sent = events(*pieces, Reply(text=text))
    assert text_of(sent) == text
    assert sent[-1].endswith(b"data: [DONE]\n\n")


@pytest.mark.parametrize(
    "pieces",
    [
        [Spoken("Hello"), Restarted("x"), Spoken("Hi")],
        [Spoken("Hello"), Reply(text="Goodbye")],
        [Spoken("Hello"), Restarted("x"), Spoken("He"), Reply(text="He said so")],
    ],
)
def test_what_was_sent_cannot_be_taken_back(pieces: list[Piece]) -> None:
    sent = events(*pieces)
    assert broken(sent)["code"] == "reply_restarted"
    assert text_of(sent[:-1]) == "Hello"


def test_a_long_reply_takes_no_longer_for_its_length() -> None:
    typed = Typed()
    assert "".join(typed.add("wort ") for _ in range(200_000)) == "wort " * 200_000


def test_a_second_model_that_says_something_else(tmp_path: Path) -> None:
    first, second = ScriptedModel([["Hello", CUT]]), ScriptedModel([["Hello you"], ["Hi"]])
    first.retries = 0
    with scripted(tmp_path, first, second) as door:
        assert streamed_text(door, "one") == "Hello you"
        with pytest.raises(openai.APIError, match="began its reply again") as told:
            streamed_text(door, "two")
        assert told.value.code == "reply_restarted"
        # It is stored all the same: who sends the same again goes on behind it.
        door.until(lambda engine: not engine._turns._running)
        assert kept(door)[1] == ["two", "Hi"]


def streamed_text(door: Door, text: str) -> str:
    sent: Any = lines(text)
    stream = door.client().chat.completions.create(model="bo", messages=sent, stream=True)
    return "".join(one.choices[0].delta.content or "" for one in stream)
