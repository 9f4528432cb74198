"""Refuses calls whose `Host` is none of this server's: a name that was bent to point here."""

from __future__ import annotations

from tertulia.app.serve.asgi import Receive, Send, refuse
from tertulia.app.serve.site import Site, reached_at
from tertulia.ports.channel import Application, Messages

WRONG = (
    "This server is not called by that name. Use the address that it printed at its start; its "
    "owner can add names with `hosts` in [serve]."
)


class Hosts:
    """Lets through what names this server."""

    def __init__(self, app: Application, site: Site) -> None:
        self._app = app
        self._site = site

    async def __call__(self, scope: Messages, receive: Receive, send: Send) -> None:
        """See ASGI."""
        named = [value.decode("latin-1") for key, value in scope["headers"] if key == b"host"]
        if len(named) == 1 and self._site.knows(named[0], reached_at(scope)):
            await self._app(scope, receive, send)
        else:
            await refuse(scope, send, 421, "wrong_host", WRONG)
