"""A reply on its way to a client: watched over, and never taken back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

from tertulia.channels.api.refused import SOON, Refused, refusal
from tertulia.channels.api.wire import PING, Envelope, Reply, event
from tertulia.values.events import Restarted, Spoken
from tertulia.values.text import clean

log = logging.getLogger(__name__)

EVERY = 10.0
"""Seconds between two signs of life while nothing is said."""

Piece = Spoken | Restarted | Reply
Pieces = AsyncGenerator[Piece]
Ending = Callable[[], Awaitable[None]]

_HIGH = ("\ud800", "\udbff")


async def whole(pieces: Pieces, ending: Ending) -> Reply:
    """The reply, once it is there. Raises: `Refused`."""
    async with aclosing(watched(pieces, ending, None)) as coming:
        async for item in coming:
            if isinstance(item, Reply):
                return item
    raise Refused(500, "The reply ended before it was there.")


async def streamed(
    envelope: Envelope, pieces: Pieces, ending: Ending, every: float = EVERY
) -> AsyncGenerator[bytes]:
    """The events of a reply; where it fails the last one tells why."""
    typed = Typed()
    yield envelope.opening()
    try:
        async with aclosing(watched(pieces, ending, every)) as coming:
            async for item in coming:
                if item is None:
                    yield PING
                elif isinstance(item, Spoken):
                    if more := typed.add(item.text):
                        yield envelope.piece(more)
                elif isinstance(item, Restarted):
                    typed.void()
                else:
                    if rest := typed.finish(item.text):
                        yield envelope.piece(rest)
                    yield envelope.closing(item)
    except Exception as error:  # noqa: BLE001 - the status is sent: only an event can tell it
        yield event(told(error).as_json())


def told(error: Exception) -> Refused:
    """What the client is told; what nobody expected is logged."""
    refused = refusal(error)
    if refused.status == 500:
        log.error("A request to /v1 failed", exc_info=error)
    return refused


async def watched(
    pieces: Pieces, ending: Ending, every: float | None
) -> AsyncGenerator[Piece | None]:
    """The pieces, and None where there was none for so many seconds.

    Raises: `Refused` where the server is about to stop.
    """
    over = asyncio.ensure_future(ending())
    coming: asyncio.Future[Piece] | None = None
    try:
        while True:
            coming = coming or asyncio.ensure_future(anext(pieces))
            both = {coming, over}
            await asyncio.wait(both, timeout=every, return_when=asyncio.FIRST_COMPLETED)
            if coming.done():
                done, coming = coming, None
                try:
                    item = done.result()
                except StopAsyncIteration:
                    return
                yield item
            elif over.done():
                raise Refused(503, _STOPS, code="stopping", headers=SOON)
            else:
                yield None
    finally:
        left: set[asyncio.Future[Any]] = {over} if coming is None else {over, coming}
        for one in left:
            one.cancel()
        await asyncio.wait(left)
        await pieces.aclose()


_STOPS = (
    "The server stops. Your message is kept and will be answered: send the same again in a moment."
)


class Typed:
    """What a client was sent of a reply: nothing of it can be taken back."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._half = ""
        self._again: str | None = None

    def add(self, text: str) -> str:
        """The next piece; returns what of it is to be sent. Raises: `Refused`."""
        text, self._half = self._half + text, ""
        if text and _HIGH[0] <= text[-1] <= _HIGH[1]:
            # The other half of this character is in the next piece.
            text, self._half = text[:-1], text[-1]
        text = clean(text)
        return self._send(text) if self._again is None else self._catch_up(self._again + text)

    def void(self) -> None:
        """The reply begins again: it goes on here where it says the same as before."""
        self._half = ""
        if self._parts:
            self._again = ""

    def finish(self, text: str) -> str:
        """The stored text; returns what is left to be sent. Raises: `Refused`."""
        sent = "".join(self._parts)
        if not text.startswith(sent):
            raise _took_back()
        return text[len(sent) :]

    def _send(self, text: str) -> str:
        if text:
            self._parts.append(text)
        return text

    def _catch_up(self, again: str) -> str:
        sent = "".join(self._parts)
        if again.startswith(sent):
            self._again = None
            return self._send(again[len(sent) :])
        if not sent.startswith(again):
            raise _took_back()
        self._again = again
        return ""


def _took_back() -> Refused:
    return Refused(
        502,
        "The model broke off and began its reply again with other words: what was sent is void. "
        "Send the same again: the reply that is made now is then the answer.",
        code="reply_restarted",
    )
