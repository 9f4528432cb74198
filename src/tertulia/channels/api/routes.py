"""What answers under `/v1`."""

from __future__ import annotations

import asyncio
from weakref import WeakValueDictionary

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from tertulia.channels.api.asked import STATELESS, Asked, no_model, read
from tertulia.channels.api.description import PATH, described
from tertulia.channels.api.live import streamed, told, whole
from tertulia.channels.api.refused import Refused, wrong
from tertulia.channels.api.talk import Talk
from tertulia.channels.api.wire import Envelope, json, model, models
from tertulia.ports.channel import Application, Floor
from tertulia.values.caller import CALLER, Caller
from tertulia.values.errors import TertuliaError
from tertulia.values.http import LARGEST_TALK

LARGE = 1_000_000
"""Bytes from which on a body would hold up the calls of others while it is read."""

_SSE = {"cache-control": "no-cache", "x-accel-buffering": "no"}


def application(floor: Floor) -> Application:
    """The addresses, on what the door stands on."""
    door = _Door(floor)
    return Starlette(
        routes=[
            Route("/v1/models", door.models),
            Route("/v1/models/{name:path}", door.model),
            Route(PATH, door.description),
            Route("/v1/chat/completions", door.complete, methods=["POST"]),
        ],
        exception_handlers={
            HTTPException: _elsewhere,
            Refused: _failed,
            TertuliaError: _failed,
            ClientDisconnect: _gone,
            Exception: _failed,
        },
    )


class _Door:
    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._talk = Talk(floor)
        self._reading: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def models(self, _: Request) -> Response:
        return json(models(self._bots()))

    async def model(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name.removesuffix(STATELESS) in self._bots() or name in self._bots():
            return json(model(name))
        raise no_model(name, self._bots())

    async def description(self, _: Request) -> Response:
        """`GET /v1/openapi.json`."""
        return json(described(self._bots()))

    async def complete(self, request: Request) -> Response:
        """`POST /v1/chat/completions`."""
        caller: Caller = request.scope[CALLER]
        asked = await self._asked(await self._body(request), caller.account)
        answer = await self._talk.answer(caller, asked, request.headers)
        envelope = Envelope(id=answer.id, model=asked.model, usage=asked.usage)
        ending = self._floor.ending
        if asked.stream:
            events = streamed(envelope, answer.pieces, ending)
            return StreamingResponse(events, headers=_SSE, media_type="text/event-stream")
        return json(envelope.whole(await whole(answer.pieces, ending)))

    async def _asked(self, content: bytes, account: str) -> Asked:
        """What is asked for; a large body is read beside the loop, one of an account at a time."""
        if len(content) <= LARGE:
            return read(content, self._bots())
        lock = self._reading.setdefault(account, asyncio.Lock())
        async with lock:
            return await asyncio.to_thread(read, content, self._bots())

    async def _body(self, request: Request) -> bytes:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            # Another page's form could send anything else without asking.
            raise wrong("Send the body as JSON, with Content-Type: application/json.")
        content = bytearray()
        async for piece in request.stream():
            content += piece
            if len(content) > LARGEST_TALK:
                larger = f"The body is larger than {LARGEST_TALK:,} bytes."
                raise Refused(413, larger, code="too_large")
        return bytes(content)

    def _bots(self) -> list[str]:
        return [bot.name for bot in self._floor.workshop.bots()]


async def _elsewhere(request: Request, error: Exception) -> Response:
    """No such address, or not by this method."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = (error.headers if isinstance(error, HTTPException) else None) or {}
    where = f"{request.method} {request.url.path}"
    code = "unknown_url" if status == 404 else "bad_method"
    refused = Refused(status, f"There is nothing at {where}.", code=code, headers=headers)
    return json(refused.as_json(), status, refused.headers)


async def _gone(_: Request, __: Exception) -> Response:
    """The client went before it had said what it wants: nobody reads this."""
    return Response(status_code=400)


async def _failed(_: Request, error: Exception) -> Response:
    refused = told(error)
    return json(refused.as_json(), refused.status, refused.headers)
