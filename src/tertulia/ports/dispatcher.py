"""Decides where and when turns run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

Run = Callable[[int], Awaitable[float | None]]
"""Answers what waits in a conversation; the result is None when nothing waits any more, else the
seconds after which to try again (another process holds the lease)."""

Waiting = Callable[[], Awaitable[Sequence[int]]]
"""The conversations in which something waits that nobody answers."""


class Dispatcher(Protocol):
    """Runs each woken conversation, one run at a time, many conversations side by side."""

    def start(self, run: Run, waiting: Waiting | None) -> None:
        """Begin; with `waiting`, take up what waits already, and look again from time to time."""
        ...

    def wake(self, conversation: int) -> None:
        """Something waits in `conversation`. Costs nothing where it is already known."""
        ...

    async def close(self, grace: float) -> None:
        """End: let running turns finish for `grace` seconds, then cancel them."""
        ...
