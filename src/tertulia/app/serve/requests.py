"""Names, times, counts and logs each request, and answers where something broke."""

from __future__ import annotations

import logging
import secrets
import time
from dataclasses import dataclass

from tertulia.app.serve.asgi import Receive, Send, is_start, refuse
from tertulia.app.serve.counts import Counts
from tertulia.ports.channel import Application, Messages
from tertulia.values.caller import CALLER, Caller
from tertulia.values.errors import StoreError, TertuliaError
from tertulia.values.http import UNEXPECTED, status_of

log = logging.getLogger(__name__)

REQUESTS = logging.getLogger("tertulia.requests")
"""Of each request one line, on standard error; the owner's file has none of them."""

LONGEST = 300
"""So much of a path is logged."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_KINDS = {"api": "api", "v1": "v1", "channels": "channels"} | dict.fromkeys(
    ("healthz", "readyz", "metrics"), "ops"
)
_STORE_FAILED = "The database cannot be used just now; nothing was changed. Try again."


@dataclass(slots=True)
class _Call:
    """One request: `status` is 0 until it is answered, `seconds` until then."""

    id: str
    method: str
    begun: float
    status: int = 0
    seconds: float = 0.0
    gone: bool = False


class Requests:
    """Wraps all that the server does."""

    def __init__(self, app: Application, counts: Counts) -> None:
        self._app = app
        self._counts = counts

    async def __call__(self, scope: Messages, receive: Receive, send: Send) -> None:
        """See ASGI."""
        socket = scope["type"] == "websocket"
        method = "WEBSOCKET" if socket else scope["method"]
        call = _Call(secrets.token_hex(8), method, time.perf_counter())
        self._counts.sockets += socket
        try:
            await self._answered(call, scope, receive, send)
        finally:
            self._counts.sockets -= socket
            self._tell(call, scope)

    async def _answered(self, call: _Call, scope: Messages, receive: Receive, send: Send) -> None:
        async def noted(message: Messages) -> None:
            if is_start(message) or message["type"] == "websocket.accept":
                call.status = message.get("status", 101)
                call.seconds = time.perf_counter() - call.begun
                named = (b"x-request-id", call.id.encode())
                message = {**message, "headers": [*message.get("headers", ()), named]}
            await send(message)

        async def watched() -> Messages:
            message = await receive()
            call.gone = call.gone or message["type"].endswith(".disconnect")
            return message

        try:
            await self._app(scope, watched, noted)
            if scope["type"] == "http" and not (call.status or call.gone):
                log.error("Request %s was left without an answer.", call.id)
        except Exception as error:  # noqa: BLE001 - whatever breaks, the caller is answered
            await self._failed(call, error, scope, noted)

    async def _failed(self, call: _Call, error: Exception, scope: Messages, send: Send) -> None:
        if call.gone or isinstance(error, OSError) or _too_late(error):
            return  # the caller has left, and there was nobody to hear the rest
        status, code = status_of(error)
        if isinstance(error, StoreError):
            self._counts.store_errors[type(error).__name__] += 1
        odd = not isinstance(error, TertuliaError)
        log.error("Request %s failed: %s", call.id, "" if odd else error, exc_info=odd)
        if call.status:
            if scope["type"] == "http":
                raise error  # half an answer is out: only a cut connection tells that it is not all
            return
        message = UNEXPECTED if odd else _told(error)
        await refuse(scope, send, status, code, message)

    def _tell(self, call: _Call, scope: Messages) -> None:
        path: str = scope["path"]
        method = call.method if call.method in (*_METHODS, "WEBSOCKET") else "other"
        kind = _KINDS.get(path.split("/", 2)[1] if "/" in path else "", "page")
        self._counts.call(method, kind, call.status, call.seconds)
        caller: Caller | None = scope.get(CALLER)
        fields = {
            "method": method,
            "path": path[:LONGEST],
            "status": call.status,
            "ms": round((time.perf_counter() - call.begun) * 1000, 1),
            "account": None if caller is None else caller.account,
            "id": call.id,
        }
        REQUESTS.info("%s %s %s", method, path[:LONGEST], call.status, extra={"fields": fields})


def _too_late(error: Exception) -> bool:
    """Whether uvicorn has answered by itself: what came behind the headers was no HTTP."""
    return str(error).startswith("can't handle event type Response when role=SERVER")


def _told(error: Exception) -> str:
    """For a caller: where the database lies is not for them."""
    return _STORE_FAILED if isinstance(error, StoreError) else str(error)
