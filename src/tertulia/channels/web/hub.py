"""All open pages of this process, by their accounts, and what they share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from weakref import WeakValueDictionary

from tertulia.channels.web.stream import Stream
from tertulia.ports.channel import Floor
from tertulia.values.events import EVERYWHERE, Changed, Event, Said, Settled, Stored
from tertulia.values.message import Place

SOON = 0.1
"""Seconds in which changes of a list are told as one."""


class Hub:
    """Tells the pages of an account that their list has changed, and all that the server stops."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        self._streams: dict[str, set[Stream]] = {}
        self._followed: dict[tuple[str, int], Callable[[], None]] = {}
        self._pending: set[str] = set()
        self._places: WeakValueDictionary[Place, asyncio.Lock] = WeakValueDictionary()
        self._waiting: asyncio.Task[None] | None = None
        self._over = False
        self._deaf: Callable[[], None] | None = None

    def add(self, stream: Stream) -> None:
        """A page was opened."""
        self._streams.setdefault(stream.caller.account, set()).add(stream)
        if self._deaf is None:
            self._deaf = self.floor.host.listen(EVERYWHERE, self._hear)
        if self._over:
            stream.farewell()
        elif self._waiting is None:
            self._waiting = asyncio.create_task(self._end())

    def drop(self, stream: Stream) -> None:
        """A page was closed."""
        account = stream.caller.account
        streams = self._streams.get(account, set())
        streams.discard(stream)
        if not streams:
            self._streams.pop(account, None)
            for key in [key for key in self._followed if key[0] == account]:
                self._followed.pop(key)()
        if not self._streams and self._deaf is not None:
            self._deaf()
            self._deaf = None

    def count(self) -> int:
        """How many pages are open."""
        return sum(map(len, self._streams.values()))

    def touch(self, account: str) -> None:
        """One of the conversations of an account is not what it was in their list."""
        if account in self._streams and account not in self._pending:
            self._pending.add(account)
            asyncio.get_running_loop().call_later(SOON, self._tell, account)

    def follow(self, account: str, conversation: int) -> None:
        """Something was said there: until it is answered, its place in the list may change."""
        self.touch(account)
        key = (account, conversation)
        if account not in self._streams or key in self._followed:
            return

        def hear(event: Event) -> None:
            if isinstance(event, Stored | Changed | Settled):
                self.touch(account)
            if isinstance(event, Settled) and key in self._followed:
                self._followed.pop(key)()

        self._followed[key] = self.floor.host.listen(conversation, hear)

    def alone(self, place: Place) -> asyncio.Lock:
        """What lets only one at a time begin a conversation at `place`."""
        return self._places.setdefault(place, asyncio.Lock())

    def _hear(self, event: Event) -> None:
        """An account said something, be it here or over another door."""
        if isinstance(event, Said) and event.account in self._streams:
            self.follow(event.account, event.conversation)

    def _tell(self, account: str) -> None:
        self._pending.discard(account)
        for stream in tuple(self._streams.get(account, ())):
            stream.listing()

    async def _end(self) -> None:
        await self.floor.ending()
        self._over = True
        for streams in tuple(self._streams.values()):
            for stream in tuple(streams):
                stream.farewell()
