"""What is told live: over one WebSocket a tab, and as server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from tertulia.channels.web import news
from tertulia.channels.web.hub import Hub
from tertulia.channels.web.news import News
from tertulia.channels.web.operation import Call, Operation
from tertulia.channels.web.refused import UNKEPT, Refused
from tertulia.channels.web.requests import Asked, Behind, Seq
from tertulia.channels.web.stream import NOT_SO, Outlet, Stream
from tertulia.values.caller import CALLER, Caller

LONGEST = 1000
"""The longest message that a page sends over its socket, in characters."""

PING = 15.0
"""Seconds after which a line of server-sent events shows that it is alive."""

Number = Annotated[int, Meta(ge=1, le=999_999_999_999_999)]


class Wish(Asked):
    """What a page tells: watch a conversation from behind a message, or watch it no more."""

    watch: Number | UnsetType = UNSET
    after: Seq = 0
    unwatch: Number | UnsetType = UNSET


_wish = msgspec.json.Decoder(Wish)


class Socket(Outlet):
    """A WebSocket."""

    __slots__ = ("_send",)

    def __init__(self, send: Send) -> None:
        self._send = send

    async def tell(self, what: News, seq: int | None) -> None:  # noqa: ARG002 - only events have ids
        """Send it as one frame of text."""
        await self._give({"type": "websocket.send", "text": news.written(what)})

    async def close(self, code: int, reason: str) -> None:
        """Send why."""
        await self._give({"type": "websocket.close", "code": code, "reason": reason})

    async def _give(self, message: Message) -> None:
        try:
            await self._send(message)
        except RuntimeError as error:
            # uvicorn has hung up by itself, as it does where nobody answers its pings.
            raise ConnectionResetError(str(error)) from error


class Live:
    """`/api/live`."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One tab, as long as it is open."""
        caller: Caller | None = scope.get(CALLER)
        await receive()
        if caller is None:
            await send({"type": "websocket.close", "code": NOT_SO, "reason": "log in"})
            return
        await send({"type": "websocket.accept"})
        stream = Stream(self._hub.floor, caller, Socket(send))
        self._hub.add(stream)
        try:
            await stream.last(lambda: _listen(stream, receive))
        finally:
            self._hub.drop(stream)


async def _listen(stream: Stream, receive: Receive) -> None:
    while (message := await receive())["type"] == "websocket.receive":
        wrong = _obey(stream, message)
        if wrong is not None:
            await stream.refuse(wrong)
            return


def _obey(stream: Stream, message: Message) -> str | None:
    """Do what the page says; what is wrong with it, where something is."""
    text: Any = message.get("text")
    if not isinstance(text, str) or len(text) > LONGEST:
        return "a short JSON object is wanted"
    try:
        wish = _wish.decode(text)
    except (ValueError, RecursionError):
        return 'this is neither {"watch": N, "after": S} nor {"unwatch": N}'
    watch, unwatch = wish.watch, wish.unwatch
    if isinstance(unwatch, int) and watch is UNSET:
        stream.unwatch(unwatch)
    elif isinstance(watch, int) and unwatch is UNSET:
        return None if stream.watch(watch, wish.after) else "too many conversations are watched"
    else:
        return "either watch or unwatch is wanted"
    return None


class Events(Response, Outlet):
    """Server-sent events of one conversation: https://html.spec.whatwg.org/#server-sent-events."""

    media_type = "text/event-stream"

    def __init__(self, hub: Hub, caller: Caller, number: int, after: int) -> None:
        super().__init__(headers={**UNKEPT, "x-accel-buffering": "no"})
        del self.headers["content-length"]
        self._hub = hub
        self._caller = caller
        self._number = number
        self._after = after
        self._send: Send | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - as ASGI has it
        """Answer until the client has gone or the server stops."""
        self._send = send
        await send(
            {"type": "http.response.start", "status": 200, "headers": list(self.raw_headers)}
        )
        stream = Stream(self._hub.floor, self._caller, self)
        self._hub.add(stream)
        stream.watch(self._number, self._after)
        try:
            await stream.last(lambda: self._stay(receive))
        finally:
            self._hub.drop(stream)

    async def tell(self, what: News, seq: int | None) -> None:
        """Send it as one event; the id of a message is where one goes on behind it."""
        id_ = "" if seq is None else f"id: {seq}\n"
        await self._write(f"{id_}event: {news.kind(what)}\ndata: {news.written(what)}\n\n")

    async def close(self, code: int, reason: str) -> None:  # noqa: ARG002 - there is no such word
        """The answer is whole."""
        await self._write("", more=False)

    async def _stay(self, receive: Receive) -> None:
        while True:
            try:
                async with asyncio.timeout(PING):
                    if (await receive())["type"] == "http.disconnect":
                        return
            except TimeoutError:
                await self._write(": still here\n\n")

    async def _write(self, text: str, *, more: bool = True) -> None:
        send: Callable[[Message], Awaitable[None]] | None = self._send
        if send is not None:
            body = text.encode()
            await send({"type": "http.response.body", "body": body, "more_body": more})


async def events(call: Call) -> Response:
    """Server-sent events of a conversation."""
    number = call.number("conversation")
    await call.floor.desk.listed(call.viewer, number)
    asked: Behind = call.query
    return Events(call.hub, call.caller, number, _last(call) or asked.after)


def _last(call: Call) -> int:
    """The event after which a client that comes back goes on."""
    told = call.request.headers.get("last-event-id", "")
    if told and not (told.isascii() and told.isdecimal() and len(told) <= 15):
        raise Refused(400, "The request is not what it should be: Last-Event-ID is no number.")
    return int(told or "0")


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/conversations/{conversation}/events",
        does="What happens in a conversation, as server-sent events.",
        run=events,
        query=Behind,
        sends=("text/event-stream",),
    ),
)
