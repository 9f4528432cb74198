"""Live events within one process."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from tertulia.ports.broadcast import Broadcast, Sink
from tertulia.values.events import Event


class LocalBroadcast(Broadcast):
    """Calls each listener in turn, in the order in which they came."""

    def __init__(self) -> None:
        self._sinks: defaultdict[int, list[Sink]] = defaultdict(list)

    def publish(self, conversation: int, event: Event) -> None:
        """Hand `event` to all who listen to `conversation`."""
        for sink in tuple(self._sinks.get(conversation, ())):
            sink(event)

    def listen(self, conversation: int, sink: Sink) -> Callable[[], None]:
        """Call `sink` with each event from now on; the returned function ends that."""
        self._sinks[conversation].append(sink)

        def end() -> None:
            sinks = self._sinks.get(conversation, [])
            if sink in sinks:
                sinks.remove(sink)
            if not sinks:
                self._sinks.pop(conversation, None)

        return end
