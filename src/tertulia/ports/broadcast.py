"""Carries live events from the process that runs a turn to those who watch it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from tertulia.values.events import Event

Sink = Callable[[Event], None]


class Broadcast(Protocol):
    """Events by conversation: in order, never waited for, lost where nobody listens."""

    def publish(self, conversation: int, event: Event) -> None:
        """Hand `event` to all who listen to `conversation`."""
        ...

    def listen(self, conversation: int, sink: Sink) -> Callable[[], None]:
        """Call `sink` with each event from now on; the returned function ends that."""
        ...
