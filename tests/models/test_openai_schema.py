"""A prompt that asks for JSON: the schema is sent, and left out where a server refuses it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from openai_calls import spec_for
from servers import (
    CHUNKED,
    CLOSE,
    DONE,
    END,
    STREAM,
    Misbehaving,
    aimock,
    chunk,
    misbehaving,
    part,
    reply,
    response,
)
from tertulia.models.openai import openai
from tertulia.values.errors import ModelRejected
from tertulia.values.prompt import Delta, Line, Prompt

SCHEMA = {
    "type": "object",
    "properties": {"facts": {"type": "array", "items": {"type": "string"}}},
    "required": ["facts"],
    "additionalProperties": False,
}
FORMAT = {"type": "json_schema", "json_schema": {"name": "facts", "schema": SCHEMA, "strict": True}}
GOOD = [CHUNKED, part(chunk('{"facts": []}', "stop") + DONE), END]


def prompt(*, schema: bool = True) -> Prompt:
    lines = (Line(role="user", content="what is told?"),)
    return Prompt(
        lines=lines,
        tokens=9,
        purpose="facts" if schema else "reply",
        schema=SCHEMA if schema else None,
    )


def ask(url: str, *prompts: Prompt, **options: Any) -> list[str]:
    """What one model answers to these prompts, one after another."""
    model = openai.open(spec_for(url, options=options))

    async def one(asked: Prompt) -> str:
        chunks = [piece async for piece in model.stream(asked)]
        return "".join(piece.text for piece in chunks if isinstance(piece, Delta))

    async def each() -> list[str]:
        try:
            return [await one(asked) for asked in prompts]
        finally:
            await model.close()

    return asyncio.run(each())


def sent(server: Misbehaving) -> list[Any]:
    return [request.body.get("response_format") for request in server.requests]


def test_the_schema_is_sent_in_openai_s_shape() -> None:
    with aimock([reply("what is told", '{"facts": ["x"]}')], keys=None) as server:
        assert ask(server.url, prompt(), prompt(schema=False)) == ['{"facts": ["x"]}'] * 2
        assert [body.get("response_format") for body in server.requests()] == [FORMAT, None]


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (400, {"error": {"message": "This response_format type is unavailable now"}}),
        (
            400,
            {
                "error": {
                    "message": "Invalid parameter: 'response_format' of type 'json_schema' is not "
                    "supported with this model.",
                    "param": "response_format",
                }
            },
        ),
        (400, {"error": "This model does not support response format `json_schema`."}),
        (400, {"error": {"message": "Structured outputs are not supported by this model"}}),
        (
            422,
            {
                "detail": [
                    {"type": "extra_forbidden", "loc": ["body", "response_format"], "msg": ""}
                ]
            },
        ),
    ],
)
def test_a_server_that_refuses_it_is_asked_once_more_without(status: int, told: object) -> None:
    with misbehaving([response(status, told)], GOOD) as server:
        assert ask(server.url, prompt(), prompt()) == ['{"facts": []}'] * 2
        # The refusal is remembered: the second call does not try again.
        assert sent(server) == [FORMAT, None, None]


def test_what_is_refused_without_it_too_is_a_failure() -> None:
    refused = response(400, {"error": {"message": "response_format, again"}})
    with misbehaving([refused]) as server:
        with pytest.raises(ModelRejected, match="response_format, again"):
            ask(server.url, prompt())
        assert sent(server) == [FORMAT, None]


@pytest.mark.parametrize(
    "options",
    [
        {"response_format": {"type": "json_object"}},
        {"extra_body": {"response_format": {"type": "json_object"}}},
    ],
)
def test_the_owner_s_own_format_stays(options: dict[str, Any]) -> None:
    with misbehaving([STREAM, chunk("{}", "stop"), DONE, CLOSE]) as server:
        ask(server.url, prompt(), **options)
        assert sent(server) == [{"type": "json_object"}]
