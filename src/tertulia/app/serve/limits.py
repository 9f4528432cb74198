"""How often one may call: a bucket of tokens for each caller, refilled as time goes by."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

from tertulia.app.serve.asgi import Receive, Send, refuse
from tertulia.ports.channel import Application, Messages
from tertulia.values.caller import CALLER, Caller

MOST = 10_000
"""So many callers are remembered; the one who called longest ago is forgotten first."""


class Buckets:
    """`a_minute` calls a minute for each name, as many of them at once."""

    def __init__(self, a_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = float(a_minute)
        self._a_second = a_minute / 60
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str) -> float:
        """Take one: 0 where it was there, else the seconds until it will be."""
        now = self._clock()
        left, at = self._left.get(name, (self._most, now))
        left = min(self._most, left + (now - at) * self._a_second)
        wait = max(0.0, (1 - left) / self._a_second)
        self._keep(name, left if wait else left - 1, now)
        return wait

    def give_back(self, name: str) -> None:
        """Put one back: it was not meant to count."""
        if name in self._left:
            left, at = self._left[name]
            self._left[name] = (min(self._most, left + 1), at)

    def _keep(self, name: str, left: float, now: float) -> None:
        self._left[name] = (left, now)
        self._left.move_to_end(name)
        while len(self._left) > MOST:
            self._left.popitem(last=False)


class Limits:
    """Refuses whoever called too often; `name` tells who calls, or None where it is not counted."""

    def __init__(
        self, app: Application, buckets: Buckets, name: Callable[[Messages], str | None]
    ) -> None:
        self._app = app
        self._buckets = buckets
        self._name = name

    async def __call__(self, scope: Messages, receive: Receive, send: Send) -> None:
        """See ASGI."""
        name = self._name(scope)
        wait = 0.0 if name is None else self._buckets.take(name)
        if wait:
            await too_many(scope, send, wait)
        elif name is not None and scope["type"] == "websocket":
            await self._app(scope, self._counted(name, receive), send)
        else:
            await self._app(scope, receive, send)

    def _counted(self, name: str, receive: Receive) -> Receive:
        """What comes over a WebSocket counts as well; who sends too much is cut off."""

        async def count() -> Messages:
            message = await receive()
            if message["type"] == "websocket.receive" and self._buckets.take(name):
                return {"type": "websocket.disconnect", "code": 1008, "reason": "too many"}
            return message

        return count


async def too_many(scope: Messages, send: Send, wait: float) -> None:
    """Tell that it was too often, and when to come back (seconds)."""
    seconds = math.ceil(wait)
    message = f"That was too often. Try again in {seconds} s."
    retry = [(b"retry-after", str(seconds).encode())]
    await refuse(scope, send, 429, "too_many", message, retry)


def address(scope: Messages) -> str:
    """The address of whoever calls; of IPv6 the network, whose addresses are one customer's."""
    client = scope.get("client")
    told: str = client[0] if client else ""
    try:
        found = ip_address(told)
    except ValueError:
        return told[:64]
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or found.exploded[:19])
    return told


def account(scope: Messages) -> str | None:
    """The account that calls."""
    caller: Caller | None = scope.get(CALLER)
    return None if caller is None else caller.account
