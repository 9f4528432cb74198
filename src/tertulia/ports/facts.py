"""The facts in the store: read under the audience rule, changed with their history kept."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from tertulia.values.audience import Scope
from tertulia.values.fact import Fact, Learned, Repeated, Unread


class FactStore(Protocol):
    """Keeps statements with their sources. Times are milliseconds since 1970 UTC.

    Every method raises `StoreError` where the database cannot be used.
    """

    async def facts(
        self,
        scope: Scope | None,
        *,
        about: Collection[int] | None = None,
        as_of: int | None = None,
        most: int | None = None,
    ) -> Sequence[Fact]:
        """The facts that hold now, or that were believed at `as_of`, in the order recorded.

        Only those whose sources `scope` allows (None: the owner's own tools read all), and of those
        only what tells of the identities `about`; with `most` the newest.
        """
        ...

    async def useful_facts(
        self, scope: Scope, *, about: Collection[int], words: Sequence[str], most: int
    ) -> Sequence[Fact]:
        """Of the facts that hold now and that `scope` allows those that may matter, each once.

        At most `most` that tell of the identities `about` (what has one value at a time first),
        as many of the others, and as many that hold one of these `words`; of each the newest.
        They come without their sources, which a prompt does not need.
        """
        ...

    async def fact(self, number: int) -> Fact | None:
        """One fact, be it closed or not."""
        ...

    async def fact_history(self, number: int) -> Sequence[Fact]:
        """The fact, with all that it superseded and all that superseded it, oldest first."""
        ...

    async def unread(self, audience: int, most: int) -> Unread | None:
        """At most `most` messages of an audience not read for facts yet; None where all are."""
        ...

    async def learn_facts(
        self, read: Unread, changes: Sequence[Learned | Repeated], generation: int, now: int
    ) -> bool:
        """Store what was found in `read`, and that it was read; all or nothing.

        False, and nothing is stored, where something was forgotten since `generation`, or another
        process has read it meanwhile.
        """
        ...

    async def edit_fact(self, number: int, statement: str, now: int) -> Fact:
        """Write a statement anew: the old one is closed and stays in the history.

        It stays within the audience of the old one, without those who have left that by now.

        Raises: `NotThere` where there is no such fact, or it holds no longer.
        """
        ...

    async def undo_fact(
        self,
        about: Collection[int] | None,
        now: int,
        *,
        audiences: Collection[int] | None = None,
    ) -> Fact | None:
        """Take back the latest edit (of a fact about these identities, or of any).

        With `audiences` only of what was said to those.

        Returns the fact that holds again, or, of one that was added by hand, the fact itself, now
        closed; None where there is nothing to take back. What was forgotten never comes back.
        """
        ...
