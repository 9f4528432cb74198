"""Behind a proxy: what it tells of the caller's address, and of https."""

from __future__ import annotations

from tertulia.app.serve.asgi import Receive, Send, header
from tertulia.ports.channel import Application, Messages

_SECURE = {"http": "https", "ws": "wss"}


class Forwarded:
    """Believes the nearest proxy: what callers write into these headers stands before its word."""

    def __init__(self, app: Application) -> None:
        self._app = app

    async def __call__(self, scope: Messages, receive: Receive, send: Send) -> None:
        """See ASGI."""
        address = _last(header(scope, b"x-forwarded-for"))
        if address:
            scope["client"] = (address, 0)
        if _last(header(scope, b"x-forwarded-proto")).lower() == "https":
            scope["scheme"] = _SECURE.get(scope["scheme"], scope["scheme"])
        await self._app(scope, receive, send)


def _last(told: str | None) -> str:
    return (told or "").rpartition(",")[2].strip()
