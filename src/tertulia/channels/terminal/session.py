"""One person at one place: all that comes in for them waits in one queue until it is shown."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass

from tertulia.ports.channel import Host
from tertulia.values.errors import NotHere
from tertulia.values.events import Event, Started
from tertulia.values.message import Accepted, Place
from tertulia.values.reply import Delivery

BEAT = 0.1
"""Seconds between two looks at what has to be drawn anew."""


class Parcel:
    """A delivery, and the future that tells its sender that it was shown."""

    def __init__(self, delivery: Delivery) -> None:
        self.delivery = delivery
        self.shown: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @contextmanager
    def showing(self) -> Generator[None]:
        """Tell the sender how it went: shown, or `NotHere`."""
        try:
            yield
        except NotHere as error:
            self.refuse(error)
            raise
        if not self.shown.done():
            self.shown.set_result(None)

    def refuse(self, error: NotHere) -> None:
        """It was not shown, and can be sent again."""
        if not self.shown.done():
            self.shown.set_exception(error)


@dataclass(frozen=True, slots=True)
class Opened:
    """The host knows that somebody is here, and has handed over what it had kept."""

    conversation: asyncio.Task[int | None]


@dataclass(frozen=True, slots=True)
class Beat:
    """Time to look whether something has to be drawn anew."""


@dataclass(frozen=True, slots=True)
class Interrupt:
    """Ctrl-C."""


Item = Event | Parcel | Opened | Beat | Interrupt


class Session:
    """The queue, and what is known of the conversation.

    `covered` is the newest message that the turn which speaks now will answer.
    """

    def __init__(self, host: Host, place: Place) -> None:
        self.host = host
        self.place = place
        self.conversation: int | None = None
        self.covered = 0
        self.interrupted = 0
        self._queue: asyncio.Queue[Item] = asyncio.Queue()
        self._unlisten: Callable[[], None] | None = None
        self._shown: set[str] = set()
        self._beat: asyncio.TimerHandle | None = None
        self._opening: set[asyncio.Task[int | None]] = set()

    def put(self, item: Item) -> None:
        """Add what came in."""
        self._queue.put_nowait(item)

    async def next(self) -> Item:
        """What comes next. A reply that was shown already is acknowledged and passed over."""
        while True:
            item = await self._queue.get()
            if isinstance(item, Started):
                self.covered = item.upto
            elif isinstance(item, Interrupt):
                self.interrupted += 1
            elif isinstance(item, Parcel):
                if item.shown.done():
                    continue  # its sender has given up
                if self.seen(item.delivery):
                    with item.showing():
                        continue
            return item

    def seen(self, delivery: Delivery) -> bool:
        """Whether this delivery came before; from now on it did."""
        before = delivery.nonce in self._shown
        self._shown.add(delivery.nonce)
        return before

    async def deliver(self, delivery: Delivery) -> None:
        """Queue a delivery and wait until it was shown. Raises: `NotHere`."""
        parcel = Parcel(delivery)
        self.put(parcel)
        await parcel.shown

    def open(self) -> None:
        """Tell the host that somebody is here; `Opened` comes after all that it had kept."""
        opening = asyncio.create_task(self.host.opened(self.place))
        self._opening.add(opening)
        opening.add_done_callback(self._opened)

    def _opened(self, opening: asyncio.Task[int | None]) -> None:
        self._opening.discard(opening)
        if not opening.cancelled():
            opening.exception()  # whoever takes `Opened` is told; where nobody does, it is too late
            self.put(Opened(opening))

    def listen(self, conversation: int | None) -> None:
        """Hear the live events of this conversation, from now on."""
        if conversation is None or conversation == self.conversation:
            return
        self._hush()
        self.conversation = conversation
        self._unlisten = self.host.listen(conversation, self.put)

    def beat(self) -> None:
        """Let one `Beat` come, a moment from now."""
        self._beat = asyncio.get_running_loop().call_later(BEAT, self.put, Beat())

    def rest(self) -> None:
        """Let none come any more."""
        if self._beat is not None:
            self._beat.cancel()

    def close(self) -> None:
        """Nobody is here any more: what was not shown goes back to its senders."""
        self._hush()
        self.rest()
        while not self._queue.empty():
            item = self._queue.get_nowait()
            if isinstance(item, Parcel):
                item.refuse(gone(item.delivery.place))

    def _hush(self) -> None:
        if self._unlisten is not None:
            self._unlisten()
            self._unlisten = None


def gone(place: Place) -> NotHere:
    """The error for a place where nobody is now."""
    return NotHere(f"Nobody is at {place.spot!r} in this terminal now.")


def answers(delivery: Delivery, accepted: Accepted) -> bool:
    """Whether this delivery covers that message."""
    return delivery.conversation == accepted.conversation and accepted.seq in delivery.covers
