"""Counts what happens, cheaply; what Prometheus reads is made from it when it asks."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from tertulia.ports.store import Store
from tertulia.values.conversation import Lease, Leased
from tertulia.values.errors import LeaseLost, StoreError
from tertulia.values.reply import Delivery, Ending

CALLS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
TURNS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)


@dataclass(slots=True)
class Spread:
    """How many took how long: `counts` has one more than `bounds` (seconds), for all longer."""

    bounds: tuple[float, ...]
    counts: list[int] = field(default_factory=list[int])
    total: float = 0.0

    def add(self, seconds: float) -> None:
        """One more that took this long."""
        if not self.counts:
            self.counts = [0] * (len(self.bounds) + 1)
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.total += seconds


@dataclass(slots=True)
class Counts:
    """What has happened since the start, and what goes on now.

    `calls` are by method, kind of path and status, `seconds` by kind of path; `turns` by how they
    ended. `running` are the conversations in which a turn runs.
    """

    calls: Counter[tuple[str, str, int]] = field(default_factory=Counter[tuple[str, str, int]])
    seconds: dict[str, Spread] = field(default_factory=dict[str, Spread])
    sockets: int = 0
    turns: Counter[str] = field(default_factory=Counter[str])
    turn_seconds: Spread = field(default_factory=lambda: Spread(TURNS))
    running: set[int] = field(default_factory=set[int])
    store_errors: Counter[str] = field(default_factory=Counter[str])

    def call(self, method: str, kind: str, status: int, seconds: float) -> None:
        """A call was answered."""
        self.calls[method, kind, status] += 1
        self.seconds.setdefault(kind, Spread(CALLS)).add(seconds)


class Watched:
    """Stands before those methods of a store with which turns begin and end, and counts them."""

    def __init__(self, store: Store, counts: Counts) -> None:
        self._counts = counts
        self._claim, self._finish = store.claim, store.finish
        self._renew, self._release = store.renew, store.release
        store.claim, store.finish = self.claim, self.finish
        store.renew, store.release = self.renew, self.release

    async def claim(
        self, conversation: int, owner: str, now: int, until: int
    ) -> Lease | Leased | None:
        """A turn may begin."""
        with self._errors():
            found = await self._claim(conversation, owner, now, until)
        if isinstance(found, Lease):
            self._counts.running.add(conversation)
        return found

    async def renew(self, owner: str, conversations: Sequence[int], until: int) -> frozenset[int]:
        """Turns go on, but for those that another process has taken."""
        with self._errors():
            held = await self._renew(owner, conversations, until)
        self._counts.running.difference_update(set(conversations) - held)
        return held

    async def release(self, lease: Lease) -> None:
        """A turn is given back."""
        self._counts.running.discard(lease.conversation.id)
        with self._errors():
            await self._release(lease)

    async def finish(self, lease: Lease, ending: Ending) -> Delivery | None:
        """A turn ends."""
        self._counts.running.discard(lease.conversation.id)
        with self._errors():
            delivery = await self._finish(lease, ending)
        self._counts.turns[ending.kind] += 1
        self._counts.turn_seconds.add((ending.ended_at - ending.started_at) / 1000)
        return delivery

    @contextmanager
    def _errors(self) -> Generator[None]:
        try:
            yield
        except LeaseLost:
            raise  # another process was quicker: nothing is wrong with the store
        except StoreError as error:
            self._counts.store_errors[type(error).__name__] += 1
            raise
