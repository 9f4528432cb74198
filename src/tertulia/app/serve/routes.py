"""Who answers at which path: the longest that fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tertulia.app.serve.asgi import Receive, Send, refuse
from tertulia.ports.channel import Application, Messages

NOT_THERE = "There is nothing at this address."


CLOSED = ("/api", "/v1", "/channels", "/metrics")
"""Nothing here is open because the page is: it must be told by itself."""


class Routes:
    """`owned` has applications by the paths that they own, each with all below it.

    `free` are paths that ask for no login, with all below them that no longer path owns.
    """

    def __init__(self, owned: Mapping[str, Application], free: Sequence[str]) -> None:
        self._owned = sorted(owned.items(), key=lambda one: len(one[0]), reverse=True)
        self._free = frozenset(free)
        known = {*owned, *free, *CLOSED}
        self._known = sorted(known, key=len, reverse=True)

    async def __call__(self, scope: Messages, receive: Receive, send: Send) -> None:
        """See ASGI."""
        path = scope["path"]
        for owned, app in self._owned:
            if _within(path, owned):
                await app(scope, receive, send)
                return
        await refuse(scope, send, 404, "not_there", NOT_THERE)

    def free(self, path: str) -> bool:
        """Whether a path asks for no login."""
        return next((one in self._free for one in self._known if _within(path, one)), False)


def _within(path: str, owned: str) -> bool:
    return path == owned or path.startswith(f"{owned}/")
