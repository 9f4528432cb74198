"""Follows an accepted message to its outcome, with what is said live on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable

from tertulia.ports.broadcast import Broadcast
from tertulia.ports.store import Store
from tertulia.values.errors import Stopped, StoreError
from tertulia.values.events import Event, Restarted, Running, Settled, Spoken, Started, Stored
from tertulia.values.message import Accepted
from tertulia.values.reply import Outcome

_Item = Event | Outcome | None
"""What a follower is told: an event, at the engine's end the outcome, or that there is none."""

_ENDED = (
    "The bot was closed before it replied. Your message is kept, and answered when its "
    "conversation is opened again."
)


class Following:
    """Everybody in this process who follows a message. `running` tells of a conversation's turn."""

    def __init__(
        self, store: Store, broadcast: Broadcast, running: Callable[[int], Running | None]
    ) -> None:
        self._store = store
        self._broadcast = broadcast
        self._running = running
        self._followers: dict[asyncio.Queue[_Item], Accepted] = {}
        self._ending = False
        self._ended = False

    async def follow(self, accepted: Accepted) -> AsyncGenerator[Spoken | Restarted | Outcome]:
        """See `Host.follow`."""
        events: asyncio.Queue[_Item] = asyncio.Queue()
        self._followers[events] = accepted
        deaf = self._broadcast.listen(accepted.conversation, events.put_nowait)
        now = self._running(accepted.conversation)
        try:
            found = await self._look(accepted)
            ours = now is not None and now.upto >= accepted.seq
            if found is None and now is not None and ours and now.text:
                yield Spoken(now.text)
            while found is None:
                item = await self._next(events)
                match item:
                    case Spoken() | Restarted() if ours:
                        yield item
                    case Started(upto):
                        ours = upto >= accepted.seq
                    case Stored() | Settled():
                        found = await self._look(accepted)
                    case Outcome():
                        found = item
                    case _:
                        pass
            yield found
        finally:
            del self._followers[events]
            deaf()

    async def end(self) -> None:
        """Tell all who still follow what became of their message, before the store is closed."""
        self._ending = True
        for events, accepted in list(self._followers.items()):
            try:
                found = await self._store.outcome(accepted.conversation, accepted.seq)
            except StoreError:
                continue
            events.put_nowait(found)
        self._ended = True
        for events in self._followers:
            events.put_nowait(None)

    async def _next(self, events: asyncio.Queue[_Item]) -> Event | Outcome:
        if self._ended and events.empty():
            raise Stopped(_ENDED)  # it began to follow when all were told
        item = await events.get()
        if item is None:
            raise Stopped(_ENDED)
        return item

    async def _look(self, accepted: Accepted) -> Outcome | None:
        if self._ending:
            return None
        return await self._store.outcome(accepted.conversation, accepted.seq)
