"""Each row of the failure table, through the whole engine: what the person and the store get."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from loopback import free_port
from servers import (
    CLOSE,
    CUT,
    DONE,
    STALL,
    STREAM,
    Misbehaving,
    aimock,
    chunk,
    failure,
    misbehaving,
    reply,
    response,
    usage,
)
from tertulia import Bot, ModelError, Reply, Restarted, Spoken

WHOLE = [STREAM, chunk("Whole."), chunk(finish="stop"), usage(200, 7), DONE]
SPARE = "A fallback."


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TERTULIA_DATA", str(tmp_path / "data"))
    monkeypatch.setattr("tertulia.engine.attempts.FIRST_PAUSE", 0.001)


def model(url: str, **more: Any) -> dict[str, Any]:
    return {"provider": "openai", "name": "gpt-5-mini", "base_url": url, "timeout": 1, **more}


async def ask(url: str, text: str = "hi", **more: Any) -> tuple[list[Any], Bot]:
    async with Bot(model=model(url, **more)) as bot:
        return [event async for event in bot.stream(text)], bot


def said(events: Sequence[Any]) -> str:
    """What a person saw: pieces, void where it began again."""
    shown = ""
    for event in events:
        if isinstance(event, Restarted):
            shown = ""
        elif isinstance(event, Spoken):
            shown += event.text
    return shown


@pytest.mark.parametrize(
    "first",
    [
        [response(500, {"error": {"message": "oops"}})],
        [response(429, {"error": {"message": "slow down"}}, {"retry-after": "0"})],
        [response(503)],
        [STREAM, chunk("Who"), CUT],
        [STREAM, chunk("Who"), b'data: {"error": {"message": "overloaded"}}\n\n'],
        [STREAM, chunk("Who"), STALL],
        [STREAM, chunk("Who")],
        [STREAM],
        [STREAM, chunk("Who"), b"data: {not json\n\n"],
    ],
    ids=["500", "429", "503", "cut", "sse error", "stall", "no end", "empty", "malformed"],
)
def test_what_passes_is_tried_again_and_what_was_shown_is_void(first: list[Any]) -> None:
    with misbehaving(_ended(first), WHOLE) as server:
        events, _ = asyncio.run(ask(server.url))
    last = events[-1]
    assert isinstance(last, Reply)
    assert last.text == said(events) == "Whole."
    assert any(isinstance(event, Restarted) for event in events) == (chunk("Who") in first)
    assert last.usage.completion_tokens == 7
    assert len(server.requests) == 2


def _ended(answer: list[Any]) -> list[Any]:
    streamed = STREAM in answer and answer[-1] not in (CUT, STALL)
    return [*answer, CLOSE] if streamed else answer


def test_after_the_tries_the_fallback_model_answers() -> None:
    with (
        aimock([failure(None, 500, "broken")]) as broken,
        aimock([reply(None, SPARE)]) as spare,
    ):
        fallback = [model(spare.url, name="spare")]
        events, _ = asyncio.run(ask(broken.url, fallback=fallback, retries=1))
        assert len(broken.requests()) == 2
    last = events[-1]
    assert isinstance(last, Reply)
    assert (last.text, last.model) == (SPARE, "openai:spare")


def test_a_server_that_is_down_is_passed_over_too() -> None:
    with aimock([reply(None, SPARE)]) as spare:
        url = f"http://127.0.0.1:{free_port()}/v1"
        events, _ = asyncio.run(ask(url, fallback=[model(spare.url)]))
    assert events[-1].text == SPARE


def test_offline_is_never_an_implicit_fallback() -> None:
    url = f"http://127.0.0.1:{free_port()}/v1"
    with pytest.raises(ModelError, match=r"I could not get a reply from my model"):
        asyncio.run(ask(url))


def test_offline_is_a_fallback_where_the_owner_names_it() -> None:
    url = f"http://127.0.0.1:{free_port()}/v1"
    events, _ = asyncio.run(ask(url, fallback=["offline"]))
    assert events[-1].model == "offline"


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_told_at_once_and_hidden_by_no_fallback(
    status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-abcdefghijklmnop")
    refused = response(
        status, {"error": {"message": "Incorrect API key provided: sk-abcdefghijklmnop"}}
    )
    with misbehaving([refused]) as server, aimock([reply(None, SPARE)]) as spare:
        more = {"api_key": "env:OPENAI_API_KEY", "fallback": [model(spare.url)]}
        with pytest.raises(ModelError, match=r"does not accept its key") as told:
            asyncio.run(ask(server.url, **more))
        assert "sk-abc" not in str(told.value)
        assert len(server.requests) == 1
        assert spare.requests() == []


def test_a_prompt_found_too_long_is_trimmed_and_tried_once_more() -> None:
    told = (
        "This model's maximum context length is 2048 tokens. However, your messages resulted in "
        "3000 tokens."
    )
    too_long = response(
        400, {"error": {"message": told, "code": "context_length_exceeded", "type": "x"}}
    )
    with misbehaving(WHOLE, WHOLE, [too_long], WHOLE) as server:
        events, _ = asyncio.run(_long_talk(server))
    last = events[-1]
    assert isinstance(last, Reply)
    before, after = (len(asked.body["messages"]) for asked in server.requests[-2:])
    assert after < before
    assert last.receipt["left_out"]


async def _long_talk(server: Misbehaving) -> tuple[list[Any], Bot]:
    async with Bot(model=model(server.url, max_tokens=256), memory=["window"]) as bot:
        for _ in range(2):
            await bot.reply("word " * 600)
        return [event async for event in bot.stream("word " * 600)], bot


def test_length_is_marked_and_a_filter_is_a_plain_sentence() -> None:
    with aimock([reply("long", "And so", finishReason="length")]) as server:
        events, _ = asyncio.run(ask(server.url, "long"))
        assert (events[-1].text, events[-1].finish_reason) == ("And so", "length")
    filtered = [STREAM, chunk("I w"), chunk(finish="content_filter"), DONE]
    refusal = [STREAM, chunk(delta={"refusal": "I can't"}), chunk(finish="stop"), DONE]
    for answer in (filtered, refusal):
        with misbehaving(answer) as server:
            with pytest.raises(ModelError, match=r"My model declined to answer that"):
                asyncio.run(ask(server.url))
            assert len(server.requests) == 1
