"""A channel for programs: hands each reply to whoever awaits it in this process."""

from __future__ import annotations

from collections.abc import Callable

from tertulia.ports.channel import Channel
from tertulia.values.errors import NotHere
from tertulia.values.reply import Delivery

Taker = Callable[[Delivery], None]


class Library(Channel):
    """One taker a caller; a conversation may have several at once."""

    name = "library"

    def __init__(self) -> None:
        self._takers: dict[int, list[Taker]] = {}

    def take(self, conversation: int, taker: Taker) -> Callable[[], None]:
        """Call `taker` with each delivery of `conversation`; the returned function ends that."""
        self._takers.setdefault(conversation, []).append(taker)

        def end() -> None:
            takers = self._takers[conversation]
            takers.remove(taker)
            if not takers:
                del self._takers[conversation]

        return end

    async def send(self, delivery: Delivery) -> tuple[str, ...]:
        """Hand it to all who wait; raises `NotHere` where nobody does."""
        takers = self._takers.get(delivery.conversation)
        if not takers:
            raise NotHere("Nobody awaits this reply.")
        for taker in tuple(takers):
            taker(delivery)
        return ()
