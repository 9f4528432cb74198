"""Each row of the failure table, as a server gives it and as the model part tells it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest

from loopback import free_port
from openai_calls import BAD, KEY, ask, ask_misbehaving, said, spec_for, talk
from servers import (
    CHUNKED,
    CLOSE,
    CUT,
    DONE,
    END,
    PING,
    RESET,
    STALL,
    STREAM,
    Aimock,
    Answer,
    Fixture,
    aimock,
    chunk,
    failure,
    part,
    reply,
    response,
    sse,
)
from tertulia.models.openai import openai
from tertulia.values.errors import (
    ContextOverflow,
    ModelDeclined,
    ModelNotAllowed,
    ModelRejected,
    ModelUnavailable,
)
from tertulia.values.prompt import Chunk, Delta, Done

STORY = "Once upon a time there was a king. " * 8

FIXTURES: list[Fixture] = [
    reply("say hello", "Hello! How are you today?", chunkSize=5),
    reply("think", "Four.", reasoning="Two and two"),
    reply("long", "A cut ans", finishReason="length"),
    reply("filter", "half", finishReason="content_filter"),
    reply("cut", STORY, chunkSize=5, latency=10, disconnectAfterMs=300),
    failure("busy", 429, "Rate limit reached", retryAfter=7),
    failure("poor", 429, "You exceeded your current quota", code="insufficient_quota"),
    failure("server error", 500, "Oh no"),
    failure("bad gateway", 502, "Oh no"),
    failure("unavailable", 503, "Oh no"),
    failure("overloaded", 529, "Oh no"),
    failure("timed out", 408, "Oh no"),
    failure("conflict", 409, "Oh no"),
    failure("forbidden", 403, "Not in your country"),
    failure("broke", 402, "Insufficient Balance"),
    failure("missing", 404, "The model does not exist", code="model_not_found"),
    failure("unprocessable", 422, "Temperature is too high"),
    failure("bad request", 400, "Unsupported value"),
    failure("azure", 400, "The prompt was filtered", code="content_filter"),
    failure(
        "overflow",
        400,
        "This model's maximum context length is 8192 tokens. However, your messages resulted in "
        "9001 tokens. Please reduce the length of the messages.",
        code="context_length_exceeded",
    ),
]


@pytest.fixture(scope="module")
def server() -> Iterator[Aimock]:
    with aimock(FIXTURES, keys=KEY) as running:
        yield running


@pytest.mark.parametrize(
    "text",
    ["server error", "bad gateway", "unavailable", "overloaded", "timed out", "conflict", "busy"],
)
def test_row_status_that_passes(server: Aimock, text: str) -> None:
    with pytest.raises(ModelUnavailable, match=r"127\.0\.0\.1:\d+ cannot answer now \("):
        ask(server, text)


def test_row_429_tells_when_to_try_again(server: Aimock) -> None:
    with pytest.raises(ModelUnavailable) as caught:
        ask(server, "busy")
    assert caught.value.retry_after == 7


def test_one_call_is_one_request(server: Aimock) -> None:
    before = len(server.requests())
    with pytest.raises(ModelUnavailable):
        ask(server, "server error")
    assert len(server.requests()) == before + 1


def test_row_quota_exhausted_is_not_worth_another_try(server: Aimock) -> None:
    for text in ("poor", "broke"):
        with pytest.raises(ModelRejected, match="no quota or credit"):
            ask(server, text)


def test_row_connection_refused() -> None:
    model = openai.open(spec_for(f"http://127.0.0.1:{free_port()}/v1"))
    with pytest.raises(ModelUnavailable, match="nothing answers at 127"):
        asyncio.run(talk(model))


def test_row_connection_reset_before_the_first_chunk() -> None:
    for step in (RESET, CLOSE):
        with pytest.raises(ModelUnavailable, match="broke off"):
            ask_misbehaving([step])


def test_row_401_names_where_the_key_came_from(server: Aimock) -> None:
    with pytest.raises(ModelNotAllowed) as caught:
        ask(server, "say hello", key=BAD)
    told = str(caught.value)
    assert "refuses the key from env:TEST_KEY (401: Invalid API key)" in told
    assert BAD not in told


def test_row_401_without_a_key_says_how_to_set_one(server: Aimock) -> None:
    model = openai.open(replace(spec_for(server.url), api_key=None))
    with pytest.raises(ModelNotAllowed, match=r"request without a key .*Set api_key = "):
        asyncio.run(talk(model))


def test_row_403(server: Aimock) -> None:
    with pytest.raises(ModelNotAllowed, match="403: Not in your country"):
        ask(server, "forbidden")


def test_row_400_context_length_exceeded(server: Aimock) -> None:
    with pytest.raises(ContextOverflow) as caught:
        ask(server, "overflow")
    assert (caught.value.window, caught.value.prompt_tokens) == (8192, 9001)


@pytest.mark.parametrize("text", ["bad request", "unprocessable"])
def test_row_400_and_422_will_never_be_taken(server: Aimock, text: str) -> None:
    with pytest.raises(ModelRejected, match=r"will not take this request \(4"):
        ask(server, text)


def test_row_404_says_which_model_and_where(server: Aimock) -> None:
    with pytest.raises(ModelRejected, match=r'no model "gpt-4o" was found at http://127\S+/v1\.'):
        ask(server, "missing")


def test_row_cut_after_some_chunks(server: Aimock) -> None:
    seen: list[Chunk] = []
    with pytest.raises(ModelUnavailable, match="broke off"):
        ask(server, "cut", seen=seen)
    assert STORY.startswith(said(seen))
    assert said(seen)


def test_row_cut_in_the_midst_of_a_body() -> None:
    seen: list[Chunk] = []
    with pytest.raises(ModelUnavailable, match="broke off"):
        ask_misbehaving([CHUNKED, part(chunk("Hi")), CUT], seen=seen)
    assert seen == [Delta("Hi")]


@pytest.mark.parametrize(
    "event",
    [
        sse({"error": {"message": "Engine died", "code": 500}}),
        sse({"object": "error", "message": "Engine died"}),
        b'event: error\ndata: {"message": "Engine died"}\n\n',
        b'error: {"message": "Engine died"}\n\n',
    ],
)
def test_row_sse_error_event(event: bytes) -> None:
    seen: list[Chunk] = []
    with pytest.raises(ModelUnavailable, match="with an error: Engine died"):
        ask_misbehaving([STREAM, chunk("Hi"), event, CLOSE], seen=seen)
    assert seen == [Delta("Hi")]


def test_row_sse_error_event_that_tells_of_the_window() -> None:
    error = {"message": "too long", "type": "exceed_context_size_error", "n_ctx": 256}
    with pytest.raises(ContextOverflow) as caught:
        ask_misbehaving([STREAM, sse({"error": {**error, "n_prompt_tokens": 300}}), CLOSE])
    assert (caught.value.window, caught.value.prompt_tokens) == (256, 300)


@pytest.mark.parametrize("head", [[], [STREAM], [STREAM, chunk("Hi")]])
def test_row_stall(head: list[bytes]) -> None:
    with pytest.raises(ModelUnavailable, match=r"said nothing for 0\.2 seconds"):
        ask_misbehaving([*head, STALL], timeout=0.2)


def test_row_stall_of_a_server_that_only_keeps_the_connection_open() -> None:
    with pytest.raises(ModelUnavailable, match=r"said nothing for 0\.2"):
        ask_misbehaving([STREAM, chunk("Hi"), PING], timeout=0.2)


def test_row_clean_end_without_finish_reason_and_done() -> None:
    with pytest.raises(ModelUnavailable, match="before its end"):
        ask_misbehaving([STREAM, chunk("Hi"), CLOSE])


@pytest.mark.parametrize("reason", ["error", "insufficient_system_resource"])
def test_row_finish_reason_that_is_an_error(reason: str) -> None:
    with pytest.raises(ModelUnavailable, match=f"before its end .*{reason}"):
        ask_misbehaving([STREAM, chunk("Hi", reason), DONE, CLOSE])


@pytest.mark.parametrize("answer", [[STREAM, CLOSE], [response(200)], [CHUNKED, END]])
def test_row_empty_200_body(answer: Answer) -> None:
    with pytest.raises(ModelUnavailable, match="answered with nothing; often the prompt is longer"):
        ask_misbehaving(answer)


@pytest.mark.parametrize(
    "data",
    [b'{"choices": [', b"[1, 2]", b'{"choices": 7}', b'{"choices": [[1]]}', b"\xff"],
)
def test_row_malformed_chunk(data: bytes) -> None:
    seen: list[Chunk] = []
    with pytest.raises(ModelUnavailable, match="a chunk that cannot be read"):
        ask_misbehaving([STREAM, chunk("Hi"), b"data: %s\n\n" % data, CLOSE], seen=seen)
    assert seen == [Delta("Hi")]


def test_row_finish_reason_length(server: Aimock) -> None:
    chunks = ask(server, "long")
    assert said(chunks) == "A cut ans"
    assert chunks[-1].finish_reason == "length"  # type: ignore[union-attr]
    assert ask_misbehaving([STREAM, chunk("a", "model_length"), DONE, CLOSE])[-1] == Done(
        finish_reason="length"
    )


def test_row_content_filter(server: Aimock) -> None:
    for text in ("filter", "azure"):
        with pytest.raises(ModelDeclined) as caught:
            ask(server, text)
        assert caught.value.reason == "content_filter"


def test_row_refusal() -> None:
    deltas = [
        chunk(delta={"refusal": "I cannot "}),
        chunk(delta={"refusal": "do that."}, finish="stop"),
    ]
    with pytest.raises(ModelDeclined, match=r"declined: I cannot do that\.") as caught:
        ask_misbehaving([STREAM, *deltas, DONE, CLOSE])
    assert caught.value.reason == "refusal"


def test_a_reply_without_a_word_is_a_failure() -> None:
    with pytest.raises(ModelUnavailable, match="without a word"):
        ask_misbehaving([STREAM, chunk("", "stop"), DONE, CLOSE])
    with pytest.raises(ModelUnavailable, match="without a word"):
        ask_misbehaving([STREAM, DONE, CLOSE])
    with pytest.raises(ModelRejected, match="before it said a word; a larger max_tokens"):
        ask_misbehaving([STREAM, chunk("", "length"), DONE, CLOSE])


def test_what_is_no_stream_is_told() -> None:
    page = response(200, b"<html><title>Welcome</title></html>")
    with pytest.raises(ModelRejected, match=r"no streamed reply; check base_url.*Welcome"):
        ask_misbehaving([page])
    with pytest.raises(ModelUnavailable, match="with an error: Loading"):
        ask_misbehaving([response(200, {"error": {"message": "Loading model"}})])
    whole = response(200, b"x" * 3000 + b"\n" + b"y" * 3000 + b"\nz")
    with pytest.raises(ModelRejected, match="no streamed reply"):
        ask_misbehaving([whole])
