"""Refuses bodies that are too large, by what they tell of themselves and by counting."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass

from tertulia.app.serve.asgi import Receive, Send, header, refuse
from tertulia.app.servespec import MEGABYTE
from tertulia.ports.channel import Application, Messages
from tertulia.values.http import LARGEST_TALK

USUAL = 8 * MEGABYTE
"""Room for a message of a million characters, whatever they are and however JSON writes them."""
IMPORTS = "/api/import"
TALKS = "/v1/chat/completions"

HEARD_OUT = 16 * MEGABYTE
"""So much of what is too large is taken and thrown away: who is cut off in the midst of sending
often does not hear why."""

PATIENCE = 10.0
"""Seconds for that."""

TWO_LENGTHS = "This tells a length and that it comes in pieces: one of them alone can hold."


class Bodies:
    """Eight megabytes; of an export `upload` bytes, of a talk with its pictures `LARGEST_TALK`."""

    def __init__(self, app: Application, upload: int) -> None:
        self._app = app
        self._most = {IMPORTS: upload, TALKS: LARGEST_TALK}

    async def __call__(self, scope: Messages, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._most.get(scope["path"].rstrip("/"), USUAL)
        told = header(scope, b"content-length") or ""
        if told and header(scope, b"transfer-encoding") is not None:
            # A proxy may count by the other one: what it takes for the body would be a request.
            close = [(b"connection", b"close")]
            await refuse(scope, send, 400, "bad_request", TWO_LENGTHS, close)
        elif told.isascii() and told.isdigit() and int(told) > most:
            await _too_large(scope, receive, send, most)
        else:
            await self._counted(scope, receive, send, most)

    async def _counted(self, scope: Messages, receive: Receive, send: Send, most: int) -> None:
        body = _Body(scope, receive, send, most)
        try:
            await self._app(scope, body.receive, body.send)
        except Exception:  # whoever read a refused body was told that the caller has gone
            if not body.refused:
                raise


@dataclass(slots=True)
class _Body:
    """Counts what comes; what is too much is refused, and then nothing more is said or heard."""

    scope: Messages
    come_in: Receive
    go_out: Send
    most: int
    come: int = 0
    answered: bool = False
    refused: bool = False

    async def receive(self) -> Messages:
        """The next piece, while it is not too much."""
        if self.refused:
            return {"type": "http.disconnect"}
        message = await self.come_in()
        self.come += len(message.get("body", b""))
        if self.come <= self.most:
            return message
        self.refused = True
        if not self.answered:
            await _too_large(self.scope, self.come_in, self.go_out, self.most)
        return {"type": "http.disconnect"}

    async def send(self, message: Messages) -> None:
        """What is answered, unless it was refused."""
        if not self.refused:
            self.answered = True
            await self.go_out(message)


async def _too_large(scope: Messages, receive: Receive, send: Send, most: int) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            await _hear_out(receive)
    message = f"This is too large: {most / MEGABYTE:g} MB are taken at most."
    await refuse(scope, send, 413, "too_large", message, [(b"connection", b"close")])


async def _hear_out(receive: Receive) -> None:
    left, more = HEARD_OUT, True
    while more and left > 0:
        message = await receive()
        left -= len(message.get("body", b""))
        more = message.get("more_body", False)
