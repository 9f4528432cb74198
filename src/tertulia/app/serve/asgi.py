"""What every layer of the server needs of a request: its headers, and a way to answer it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeAlias

from tertulia.ports.channel import Messages
from tertulia.values.http import failure

Receive: TypeAlias = Callable[[], Awaitable[Messages]]
Send: TypeAlias = Callable[[Messages], Awaitable[None]]
Headers: TypeAlias = Iterable[tuple[bytes, bytes]]

JSON = (b"content-type", b"application/json")
START, BODY = "http.response.start", "http.response.body"
REFUSED = "websocket.http.response"
"""What answers a WebSocket's handshake with something else than a WebSocket."""

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def header(scope: Messages, name: bytes) -> str | None:
    """The value of a header, by its name in lower case; of several the last."""
    found = [value for key, value in scope["headers"] if key == name]
    return found[-1].decode("latin-1") if found else None


def bearer(scope: Messages) -> str | None:
    """What stands behind `Authorization: Bearer`."""
    kind, _, text = (header(scope, b"authorization") or "").partition(" ")
    return text.strip() if kind.lower() == "bearer" else None


def secure(scope: Messages) -> bool:
    """Whether the caller came by https."""
    return scope["scheme"] in ("https", "wss")


def is_start(message: Messages) -> bool:
    """Whether a response, or what refuses a WebSocket, begins with this."""
    return message["type"] in (START, f"{REFUSED}.start")


async def answer(
    scope: Messages, send: Send, status: int, body: bytes, headers: Headers = ()
) -> None:
    """The whole response."""
    start, more = START, BODY
    if scope["type"] == "websocket":
        start, more = f"{REFUSED}.start", f"{REFUSED}.body"
    length = (b"content-length", str(len(body)).encode())
    await send({"type": start, "status": status, "headers": [length, *headers]})
    await send({"type": more, "body": b"" if scope.get("method") == "HEAD" else body})


async def answer_json(
    scope: Messages, send: Send, status: int, told: Any, headers: Headers = ()
) -> None:
    """A JSON object."""
    body = json.dumps(told, ensure_ascii=False).encode("utf-8", "replace")
    await answer(scope, send, status, body, (JSON, *headers))


async def refuse(
    scope: Messages, send: Send, status: int, code: str, message: str, headers: Headers = ()
) -> None:
    """A failure, in the shape that all failures have; under /v1 with what OpenAI's have besides."""
    told = failure(code, message)
    if scope["path"].startswith("/v1/"):
        kind = "server_error" if status >= 500 else "invalid_request_error"
        told = {"error": {**told["error"], "type": kind, "param": None}}
    await answer_json(scope, send, status, told, headers)
