"""Follows one message to its outcome, showing on the way what is said live."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from tertulia.channels.terminal.session import (
    Beat,
    Interrupt,
    Item,
    Opened,
    Parcel,
    Session,
    answers,
)
from tertulia.values.events import Restarted, Settled, Spoken, Started
from tertulia.values.message import Accepted
from tertulia.values.reply import Delivery, Outcome


class View(Protocol):
    """What a person sees of one reply. Every method raises `Closed` where nobody sees it."""

    def add(self, text: str) -> None:
        """The next piece, provisional."""
        ...

    def again(self) -> None:
        """What was added so far is void."""
        ...

    def beat(self) -> None:
        """Draw what has changed."""
        ...

    def aside(self, delivery: Delivery) -> None:
        """A reply to something else, said earlier."""
        ...

    def finish(self, outcome: Outcome) -> None:
        """What became of the message: the truth, whatever was added before."""
        ...


async def greet(session: Session, aside: Callable[[Delivery], None]) -> bool:
    """Show what the host had kept for whoever comes here; False where Ctrl-C cut it short.

    Raises: `StoreError`, `Closed`.
    """
    session.open()
    while True:
        item = await session.next()
        if isinstance(item, Opened):
            session.listen(item.conversation.result())
            return True
        if isinstance(item, Parcel):
            with item.showing():
                aside(item.delivery)
        if isinstance(item, Interrupt):
            return False


async def follow(session: Session, accepted: Accepted, view: View) -> Outcome | None:
    """What became of the message; None where the person did not wait for it.

    Ctrl-C stops the reply; where nothing can be stopped here, or at the second one, it ends the
    wait. Raises: `StoreError`, `Closed`.
    """
    session.listen(accepted.conversation)
    session.beat()
    try:
        return await _Following(session, accepted, view).run()
    finally:
        session.rest()


class _Following:
    def __init__(self, session: Session, accepted: Accepted, view: View) -> None:
        self._session = session
        self._accepted = accepted
        self._view = view
        self._stopped = False

    async def run(self) -> Outcome | None:
        found = await self._look() if self._accepted.duplicate else None
        while found is None:
            item = await self._session.next()
            if isinstance(item, Interrupt) and not self._stop():
                return None
            if isinstance(item, Parcel):
                found = self._take(item)
            elif isinstance(item, Settled):
                found = await self._look()
            else:
                self._live(item)
        return found

    def _live(self, item: Item) -> None:
        if isinstance(item, Beat):
            self._view.beat()
            self._session.beat()
        elif self._session.covered < self._accepted.seq:
            return  # the turn that speaks answers an earlier message
        elif isinstance(item, Spoken):
            self._view.add(item.text)
        elif isinstance(item, Started | Restarted):
            self._view.again()

    def _take(self, parcel: Parcel) -> Outcome | None:
        delivery = parcel.delivery
        with parcel.showing():
            if answers(delivery, self._accepted):
                found = Outcome(kind=delivery.kind, delivery=delivery)
                self._view.finish(found)
                return found
            self._view.aside(delivery)
            return None

    async def _look(self) -> Outcome | None:
        """Another process may have answered, or the message was left without a reply."""
        found = await self._session.host.outcome(self._accepted)
        if found is None:
            return None
        self._view.finish(found)
        if found.delivery is not None and not self._session.seen(found.delivery):
            # It may still wait to be delivered: whoever opens the place again would see it twice.
            await greet(self._session, self._view.aside)
        return found

    def _stop(self) -> bool:
        if self._stopped:
            return False
        self._stopped = self._session.host.stop(self._session.conversation or 0)
        return self._stopped
