"""Wrong tries of a secret are counted, so that nobody can guess it."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable

MOST, WITHIN = 5, 600_000
"""So many wrong tries are let pass within so many milliseconds."""


class Tries:
    """The wrong tries of everybody, in this process."""

    def __init__(self) -> None:
        self._wrong: dict[Hashable, deque[int]] = {}

    def may(self, who: Hashable, now: int) -> bool:
        """Whether `who` may try once more."""
        self._clear(now)
        return len(self._wrong.get(who, ())) < MOST

    def failed(self, who: Hashable, now: int) -> None:
        """A try of `who` was wrong."""
        self._wrong.setdefault(who, deque()).append(now)

    def _clear(self, now: int) -> None:
        for who, tries in list(self._wrong.items()):
            while tries and tries[0] <= now - WITHIN:
                tries.popleft()
            if not tries:
                del self._wrong[who]
