"""The OpenAPI description of `/v1`, made from what is read and from what is answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec
from msgspec import Struct

from tertulia._version import __version__
from tertulia.channels.api.asked import Body

Object = dict[str, Any]

PATH = "/v1/openapi.json"

ABOUT = (
    "Bots as models, for every client that speaks OpenAI's protocol. A program sends "
    "`Authorization: Bearer TOKEN`. Fields of a request that are not told here are ignored."
)

REF = "#/components/schemas/{name}"

ALWAYS = {
    400: "The request is not what it should be.",
    401: "The token is wrong, or there is none.",
    403: "It came from a page of another site.",
    421: "The Host is none of this server's.",
    429: "Too many calls; Retry-After tells the seconds.",
    503: "The database cannot be used just now, or the server stops.",
}
"""Failures that every call may have, and when."""

NO_BOT = {404: "There is no such bot."}

OF_A_TALK = NO_BOT | {
    409: "The conversation is busy.",
    413: "The body is too large.",
    422: "It was understood but cannot be done, or was left without a reply.",
    502: "The model's server refused or did not answer.",
}


class Error(Struct, kw_only=True):
    """Why something was not done."""

    message: str
    code: str | None
    type: str | msgspec.UnsetType = msgspec.UNSET
    param: str | msgspec.UnsetType | None = msgspec.UNSET


class Failure(Struct):
    """A failure."""

    error: Error


class Model(Struct, kw_only=True):
    """A bot; with `:stateless` behind its name it keeps nothing."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str


class Models(Struct, kw_only=True):
    """Several of them."""

    object: Literal["list"]
    data: list[Model]


class Reply(Struct, kw_only=True):
    """What a bot replied."""

    role: Literal["assistant"]
    content: str


class Choice(Struct, kw_only=True):
    """The one choice that there is."""

    index: int
    message: Reply
    finish_reason: Literal["stop", "length", "content_filter"]


class Usage(Struct, kw_only=True):
    """Tokens of a call."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class Completion(Struct, kw_only=True):
    """A reply, whole; `tertulia` tells where it is kept."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[Choice]
    usage: Usage
    tertulia: dict[str, Any]


def described(bots: Sequence[str]) -> bytes:
    """The description; its example talks with the first of the bots."""
    kinds = (Body, Completion, Models, Model, Failure)
    listed, components = msgspec.json.schema_components(kinds, ref_template=REF)
    body, completion, models, model, failure = ({"schema": schema} for schema in listed)
    said = [{"role": "user", "content": "What do you know of me?"}]
    example = {"value": {"model": next(iter(bots), "tertulia"), "messages": said}}
    whole = {"application/json": completion, "text/event-stream": {}}
    talk = {
        "operationId": "complete",
        "summary": "Say something to a bot, and have its reply, whole or as it comes.",
        "requestBody": {
            "required": True,
            "content": {"application/json": {**body, "examples": {"talk": example}}},
        },
        "responses": _responses(whole, failure, ALWAYS | OF_A_TALK),
    }
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {"title": "Tertulia: /v1", "version": __version__, "description": ABOUT},
            "paths": {
                "/v1/chat/completions": {"post": talk},
                "/v1/models": {"get": _listing(models, failure)},
                "/v1/models/{model}": {"get": _one(model, failure)},
            },
            "components": {
                "schemas": components,
                "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            },
            "security": [{}, {"token": []}],
        }
    )


def _listing(models: Object, failure: Object) -> Object:
    return {
        "operationId": "models",
        "summary": "The bots, as models.",
        "responses": _responses({"application/json": models}, failure, ALWAYS),
    }


def _one(model: Object, failure: Object) -> Object:
    name = {"name": "model", "in": "path", "required": True, "schema": {"type": "string"}}
    return {
        "operationId": "model",
        "summary": "One bot, as a model.",
        "parameters": [name],
        "responses": _responses({"application/json": model}, failure, ALWAYS | NO_BOT),
    }


def _responses(well: Object, failure: Object, fails: Mapping[int, str]) -> Object:
    told = {"application/json": failure}
    return {
        "200": {"description": "Done.", "content": well},
        **{
            str(status): {"description": why, "content": told}
            for status, why in sorted(fails.items())
        },
    }
