"""`/healthz` and `/readyz`: whether the process lives, and whether its database can be used."""

from __future__ import annotations

import asyncio
import logging
import time

from tertulia.app.serve.asgi import Receive, Send, answer, refuse
from tertulia.ports.channel import Application, Messages
from tertulia.ports.store import Store
from tertulia.values.errors import StoreBusy, StoreError, StoreFull, StoreReadOnly

LIVES, READY = "/healthz", "/readyz"
PATHS = (LIVES, READY)

PATIENCE, HOLDS = 5.0, 1.0
"""Seconds that the database is given, and for which an answer is given again."""

_TEXT = [(b"content-type", b"text/plain; charset=utf-8")]
_ENDING = "The server is about to stop."
_WHY: tuple[tuple[type[Exception], str], ...] = (
    (StoreFull, "The disk is full."),
    (StoreReadOnly, "The database cannot be written."),
    (StoreBusy, "Another program keeps the database busy."),
    (TimeoutError, "The database does not answer."),
    (StoreError, "The database cannot be used."),
)

log = logging.getLogger(__name__)


class Health:
    """Answers at `PATHS`, to everybody; tells no path and no cause, which stand in the log."""

    def __init__(self, app: Application, store: Store, ending: asyncio.Event) -> None:
        self._app = app
        self._store = store
        self._ending = ending
        self._why = ""
        self._asked_at = float("-inf")

    async def __call__(self, scope: Messages, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http" or scope["path"] not in PATHS:
            await self._app(scope, receive, send)
        elif scope["method"] not in ("GET", "HEAD"):
            await refuse(scope, send, 405, "bad_method", "This takes GET.", [(b"allow", b"GET")])
        elif scope["path"] == READY and (why := await self._not_ready()):
            await refuse(scope, send, 503, "store_failed", why)
        else:
            await answer(scope, send, 200, b"ok", _TEXT)

    async def _not_ready(self) -> str:
        """Why the server cannot be used, or ""."""
        if self._ending.is_set():
            return _ENDING
        if time.monotonic() - self._asked_at > HOLDS:
            self._why = await self._tried()
            self._asked_at = time.monotonic()
        return self._why

    async def _tried(self) -> str:
        """A transaction that changes nothing."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._store.renew("", (), 0)
        except (StoreError, TimeoutError) as error:
            log.warning("Not ready: %s", error or "the database does not answer")
            return next(why for kind, why in _WHY if isinstance(error, kind))
        return ""
