"""The model part behind OpenAI's protocol, against real servers: what it does when all is well."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

import pytest

from openai_calls import KEY, ask, ask_misbehaving, collect, prompt, said, spec_for, talk
from servers import (
    CHUNKED,
    CLOSE,
    CUT,
    DONE,
    END,
    STALL,
    STREAM,
    Aimock,
    Answer,
    Fixture,
    aimock,
    chunk,
    misbehaving,
    part,
    reply,
    response,
    sse,
    usage,
)
from tertulia.models.openai import openai
from tertulia.values.errors import (
    ModelRejected,
)
from tertulia.values.prompt import Chunk, Delta, Done, Line, Prompt, Usage

FIXTURES: list[Fixture] = [
    reply("say hello", "Hello! How are you today?", chunkSize=5),
    reply("think", "Four.", reasoning="Two and two"),
    reply("slowly", "Once upon a time there was a king. " * 8, chunkSize=5, latency=10),
]


@pytest.fixture(scope="module")
def server() -> Iterator[Aimock]:
    with aimock(FIXTURES, keys=KEY) as running:
        yield running


# What works


def test_streaming_and_tool_less_chat(server: Aimock) -> None:
    *deltas, end = ask(server, "say hello")
    assert [type(each) for each in deltas] == [Delta] * 5
    assert said(deltas) == "Hello! How are you today?"
    assert isinstance(end, Done)
    assert end.finish_reason == "stop"
    assert end.usage
    assert end.usage.completion_tokens > 0


def test_text_is_given_before_the_reply_ends(server: Aimock) -> None:
    async def first() -> Chunk:
        model = openai.open(spec_for(server.url))
        stream = model.stream(prompt("slowly"))
        async with aclosing(stream):
            piece = await anext(stream)
        await model.close()
        return piece

    assert asyncio.run(first()) == Delta("Once ")


def test_the_request_holds_the_options_as_they_are(server: Aimock) -> None:
    options = {
        "temperature": 0.2,
        "top_p": 0.9,
        "presence_penalty": 0.1,
        "frequency_penalty": -0.1,
        "stop": ["END"],
        "seed": 7,
        "min_p": 0.05,
        "extra_body": {"top_k": 40},
    }
    ask(server, "say hello please", max_tokens=99, options=options)
    body = server.requests()[-1]
    assert body["messages"] == [
        {"role": "system", "content": "You are Ana."},
        {"role": "user", "content": "say hello please"},
    ]
    assert body["model"] == "gpt-4o"
    assert body["max_tokens"] == 99
    assert body["top_k"] == 40
    assert body["stream_options"] == {"include_usage": True}
    assert {key: body[key] for key in options if key != "extra_body"} == {
        key: value for key, value in options.items() if key != "extra_body"
    }
    assert not {"tools", "extra_body", "max_completion_tokens"} & body.keys()


def test_reasoning_is_no_part_of_the_reply(server: Aimock) -> None:
    assert said(ask(server, "think", name="deepseek-reasoner")) == "Four."


def test_names_are_sent_as_openai_takes_them() -> None:
    async def call(url: str) -> None:
        model = openai.open(spec_for(url))
        lines = (
            Line(role="user", content="a", name="Ana María <x>"),
            Line(role="user", content="b", name=" "),
            Line(role="user", content="c", name="é" * 80),
        )
        async for _ in model.stream(Prompt(lines=lines, tokens=1)):
            pass
        await model.close()

    with misbehaving([STREAM, chunk("a", "stop"), DONE, CLOSE]) as server:
        asyncio.run(call(server.url))
    sent = [each.get("name") for each in server.requests[0].body["messages"]]
    assert sent == ["Ana_María_x_", None, "é" * 64]
    assert all(re.fullmatch(r"[^\s<|\\/>]+", name) for name in sent if name)


def test_a_connection_is_used_again() -> None:
    answer = [CHUNKED, part(chunk("Hi", "stop")), part(DONE), part(b": bye\n\n"), END]

    async def twice(url: str) -> None:
        model = openai.open(spec_for(url))
        for _ in range(2):
            await collect(model, "hi", [])
        await model.close()

    with misbehaving(answer) as server:
        asyncio.run(twice(server.url))
    assert (len(server.requests), server.connections) == (2, 1)


def test_done_without_finish_reason_is_a_success() -> None:
    assert ask_misbehaving([STREAM, chunk("Hi"), DONE, CLOSE]) == [
        Delta("Hi"),
        Done(finish_reason="stop"),
    ]


def test_finish_reason_without_done_is_a_success() -> None:
    answer = [STREAM, chunk("Hi"), chunk(None, "eos"), usage(3, 4), CLOSE]
    assert ask_misbehaving(answer) == [
        Delta("Hi"),
        Done(finish_reason="eos", usage=Usage(prompt_tokens=3, completion_tokens=4)),
    ]


def test_a_connection_lost_after_the_reply_has_told_its_end_costs_nothing() -> None:
    answer = [CHUNKED, part(chunk("Hi")), part(chunk(None, "length")), CUT]
    assert ask_misbehaving(answer) == [Delta("Hi"), Done(finish_reason="length")]


def test_a_server_that_stays_silent_after_done_is_not_waited_for() -> None:
    answer = [STREAM, chunk("Hi", "stop"), DONE + b"data: rubbish", STALL]
    assert ask_misbehaving(answer)[-1] == Done(finish_reason="stop")


def test_what_servers_put_around_the_text_is_left_out() -> None:
    thought = {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}
    answer = [
        STREAM,
        b": keep-alive\r\nevent: message\r\nid: 1\r\nretry: 3\r\n",
        chunk(delta={"role": "assistant", "content": None, "reasoning": "hm"}),
        chunk(delta=None),
        chunk(delta={"content": [thought, {"type": "text", "text": "One\u2028"}]}),
        sse({"choices": [{"index": 1, "delta": {"content": "other"}}], "usage": None}),
        'data:{"choices":[{"delta":{"content":"two\u2028"}}],"usage":{}}\n\n'.encode(),
        sse({"choices": [], "usage": {"total_tokens": 7}}),
        chunk("three", "stop").rstrip(b"\n"),
        CLOSE,
        CUT,
    ]
    assert ask_misbehaving(answer) == [
        Delta("One\u2028"),
        Delta("two\u2028"),
        Delta("three"),
        Done(finish_reason="stop"),
    ]


def test_use_over_two_event_loops(server: Aimock) -> None:
    model = openai.open(spec_for(server.url))

    async def one(*, close: bool) -> str:
        seen: list[Chunk] = []
        await collect(model, "say hello", seen)
        if close:
            await model.close()
            await model.close()
        return said(seen)

    assert asyncio.run(one(close=False)) == "Hello! How are you today?"
    assert asyncio.run(one(close=False)) == "Hello! How are you today?"
    assert asyncio.run(one(close=True)) == "Hello! How are you today?"


def test_a_loop_that_was_closed_by_hand_is_forgotten(server: Aimock) -> None:
    model = openai.open(spec_for(server.url))
    loop = asyncio.new_event_loop()
    wire = model._wire
    loop.run_until_complete(wire._client())
    loop.close()
    assert said(asyncio.run(talk(model, "say hello"))) == "Hello! How are you today?"
    assert not wire._open


def test_leaving_early_closes_the_connection_at_once() -> None:
    async def leave(url: str) -> None:
        model = openai.open(spec_for(url))
        stream: AsyncGenerator[Chunk] = model.stream(prompt("hi"))
        assert await anext(stream) == Delta("Hi")
        await stream.aclose()
        assert await asyncio.to_thread(server.hung_up.wait, 5)
        await model.close()

    with misbehaving([STREAM, chunk("Hi"), STALL]) as server:
        asyncio.run(leave(server.url))


@pytest.mark.parametrize("answer", [[STREAM, chunk("Hi"), STALL], [STREAM, STALL], [STALL]])
def test_cancelling_closes_the_connection_at_once(answer: Answer) -> None:
    async def cancel(url: str) -> None:
        model = openai.open(spec_for(url))
        task = asyncio.create_task(collect(model, "hi", []))
        assert await asyncio.to_thread(server.asked.wait, 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(server.hung_up.wait, 5)
        await model.close()

    with misbehaving(answer) as server:
        asyncio.run(cancel(server.url))


# Servers that refuse a field of ours


@pytest.mark.parametrize(
    ("told", "gone", "come"),
    [
        ("Unrecognized request argument supplied: stream_options", "stream_options", None),
        (
            (
                "Unsupported parameter: 'max_tokens' is not supported with this model. "
                "Use 'max_completion_tokens' instead."
            ),
            "max_tokens",
            "max_completion_tokens",
        ),
    ],
)
def test_a_refused_field_is_left_out_from_then_on(told: str, gone: str, come: str | None) -> None:
    refused = response(400, {"error": {"message": told}})
    good = [CHUNKED, part(chunk("Hi", "stop") + DONE), END]

    async def twice(url: str) -> None:
        model = openai.open(spec_for(url, max_tokens=5))
        for _ in range(2):
            await collect(model, "hi", [])
        await model.close()

    with misbehaving([refused], good) as server:
        asyncio.run(twice(server.url))
    bodies = [each.body for each in server.requests]
    assert [gone in body for body in bodies] == [True, False, False]
    assert come is None or [come in body for body in bodies] == [False, True, True]


def test_a_refused_name_is_left_out() -> None:
    detail = {"type": "extra_forbidden", "loc": ["body", "messages", 1, "user", "name"]}
    refused = response(422, {"object": "error", "message": {"detail": [detail]}})

    async def call(url: str) -> None:
        model = openai.open(spec_for(url))
        async for _ in model.stream(prompt("hi", name="Ana")):
            pass
        await model.close()

    with misbehaving([refused], [STREAM, chunk("Hi", "stop"), DONE, CLOSE]) as server:
        asyncio.run(call(server.url))
    assert [each.body["messages"][1].get("name") for each in server.requests] == ["Ana", None]


def test_a_field_that_is_refused_for_ever_is_a_failure() -> None:
    refused = response(400, {"error": {"message": "stream_options, again"}})
    with misbehaving([refused]) as server:
        with pytest.raises(ModelRejected, match="stream_options, again"):
            asyncio.run(talk(openai.open(spec_for(server.url))))
        assert len(server.requests) == 2
