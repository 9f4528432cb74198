"""Pages of a conversation as one reads it: the path to the head, and before it earlier windows.

A reading goes back from a message to what it follows, and before the first one of a window to what
was said last before that. Notices stand right behind what they answer. The index of bends makes a
page cost the same in a conversation of any length: see `paths`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from tertulia.stores.sql.paths import (
    END,
    Run,
    bends_behind,
    leaf_behind,
    newest_said,
    runs_back,
    way,
)
from tertulia.stores.sql.rows import (
    AnyRow,
    as_conversation,
    conversation_columns,
    message_columns,
)
from tertulia.stores.sql.schema import conversation, message, notices
from tertulia.stores.sql.showing import Sight, shown
from tertulia.stores.sql.tables import Tables
from tertulia.values.audience import Scope
from tertulia.values.conversation import Conversation
from tertulia.values.errors import NotThere
from tertulia.values.message import message_id
from tertulia.values.shown import Page

LARGEST = 8192
"""So many messages of a path, hidden ones too, are looked at with one query at most."""

NEAR = 64
"""Stretches with fewer messages between them are read at once, with what lies between."""

_here = message.c.conversation_id == bindparam("which")
_conversation = select(*conversation_columns).where(conversation.c.id == bindparam("which"))
_one = select(*message_columns).where(_here, message.c.seq == bindparam("seq"))
_stored = (
    select(*message_columns)
    .where(_here, message.c.seq.between(bindparam("first"), bindparam("last")))
    .order_by(message.c.seq)
)
_some = _stored.limit(bindparam("most"))
# In no order: for one SQLite would take the index of all messages.
_notices = select(*message_columns).where(
    _here, notices, message.c.parent.in_(bindparam("parents", expanding=True))
)


class PageTables(Tables):
    """Those methods of `ScreenStore` that give a stretch of a conversation."""

    async def page(
        self,
        conversation: int,
        scope: Scope | None,
        *,
        before: int | None,
        after: int | None,
        around: int | None,
        most: int,
    ) -> Page:
        """See the port."""
        return await self._read(
            lambda c: page(c, conversation, scope, before, after, around, max(most, 1))
        )

    async def since(self, conversation: int, scope: Scope | None, after: int, most: int) -> Page:
        """See the port."""
        return await self._read(lambda c: since(c, conversation, scope, after, max(most, 1)))


def page(
    connection: Connection,
    which: int,
    scope: Scope | None,
    before: int | None,
    after: int | None,
    around: int | None,
    most: int,
) -> Page:
    """See `ScreenStore.page`."""
    here = _there(connection, which)
    reading = _Reading(connection, here, Sight(scope))
    seq = next((one for one in (around, before, after) if one is not None), None)
    if seq is None:
        rows = reading.back(reading.newest, most + 1)
        return _page(reading, rows[:most][::-1], older=len(rows) > most, newer=False)
    spot = reading.spot(seq)
    if around is not None:
        return _around(reading, spot, most)
    if before is not None:
        rows = reading.older(spot, most + 1)
        newer = spot.own is not None or bool(reading.newer(spot, 1))
        return _page(reading, rows[:most][::-1], older=len(rows) > most, newer=newer)
    rows = reading.newer(spot, most + 1)
    older = spot.own is not None or bool(reading.older(spot, 1))
    return _page(reading, rows[:most], older=older, newer=len(rows) > most)


def since(connection: Connection, which: int, scope: Scope | None, after: int, most: int) -> Page:
    """See `ScreenStore.since`."""
    here = _there(connection, which)
    sight = Sight(scope)
    given = {"which": which, "first": after + 1, "last": END, "most": most + 1}
    rows = sight.select(connection, _some, **given)
    given |= {"first": 0, "last": after, "most": 1}
    return Page(
        conversation=here,
        shown=shown(connection, which, rows[:most], sight),
        older=bool(sight.select(connection, _some, **given)),
        newer=len(rows) > most,
        last_seq=here.last_seq,
    )


def _there(connection: Connection, which: int) -> Conversation:
    row = connection.execute(_conversation, {"which": which}).one_or_none()
    if row is None:
        raise NotThere(f"There is no conversation {which}.")
    return as_conversation(row)


def _around(reading: _Reading, spot: _Spot, most: int) -> Page:
    if spot.own is None:
        raise NotThere(f"There is no message {message_id(reading.which, spot.seq)}.")
    back = [spot.own, *reading.older(spot, most)]
    on = reading.newer(spot, most)
    newer = min(len(on), max(most // 2, most - len(back)))
    older = min(len(back), most - newer)
    rows = [*back[:older][::-1], *on[:newer]]
    return _page(reading, rows, older=len(back) > older, newer=len(on) > newer)


def _page(reading: _Reading, rows: Sequence[AnyRow], *, older: bool, newer: bool) -> Page:
    return Page(
        conversation=reading.here,
        shown=shown(reading.connection, reading.which, rows, reading.sight),
        older=older,
        newer=newer,
        last_seq=reading.here.last_seq,
    )


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a page is asked for: at the message `seq`, whose row is `own` where it may be seen.

    `path` is the message of the path that it is, or behind which it stands; `near` are that one's
    row and the notices behind it.
    """

    seq: int
    own: AnyRow | None = None
    path: int = 0
    near: tuple[AnyRow, ...] = ()


class _Reading:
    """One conversation, as somebody reads it."""

    def __init__(self, connection: Connection, here: Conversation, sight: Sight) -> None:
        self.connection = connection
        self.here = here
        self.which = here.id
        self.sight = sight
        last = newest_said(connection, here.id, 0, END) if here.head is None else here.head
        self.newest: int | None = last

    def spot(self, seq: int) -> _Spot:
        """Where a message stands."""
        rows = self._select(_one, seq=seq)
        path = rows[0].parent if rows and rows[0].role == "notice" else seq
        near = self._with_notices(self._select(_one, seq=path))
        own = next((row for row in near if row.seq == seq), None)
        return _Spot(seq) if own is None else _Spot(seq, own, path, tuple(near))

    def back(self, seq: int | None, most: int) -> list[AnyRow]:
        """What is read from `seq` back, newest first."""
        return self._read(runs_back(self.connection, self.which, seq), most, back=True)

    def older(self, spot: _Spot, most: int) -> list[AnyRow]:
        """What is read before a spot, newest first."""
        if spot.own is None:
            return self.back(self._way(spot.seq, self.newest)[1], most)
        near = spot.near[: spot.near.index(spot.own)]
        runs = runs_back(self.connection, self.which, spot.path)
        own = next(runs)
        before = chain([Run(own.first, own.last - 1)], runs)
        return [*near[::-1], *self._read(before, most, back=True)][:most]

    def newer(self, spot: _Spot, most: int) -> list[AnyRow]:
        """What is read behind a spot, oldest first: on the way to the head, or to its own leaf."""
        if spot.own is None:
            return self._read(self._way(spot.seq, self.newest)[0], most)
        runs, begin = self._way(spot.path, self.newest)
        if begin != spot.path:
            runs, _ = self._way(spot.path, leaf_behind(self.connection, self.which, spot.path))
        near = spot.near[spot.near.index(spot.own) + 1 :]
        return [*near, *self._read(runs, most)][:most]

    def _way(self, seq: int, to: int | None) -> tuple[list[Run], int | None]:
        return way(bends_behind(self.connection, self.which, seq), seq, to)

    def _select(self, query: Select[*tuple[Any, ...]], **given: Any) -> Sequence[AnyRow]:
        return self.sight.select(self.connection, query, which=self.which, **given)

    def _read(self, runs: Iterable[Run], most: int, *, back: bool = False) -> list[AnyRow]:
        found: list[AnyRow] = []
        for some in _portions(runs, most, back=back):
            rows = [row for near in _together(some) for row in self._stored(near)]
            found += self._with_notices(rows[::-1] if back else rows, back=back)
            if len(found) >= most:
                break
        return found[:most]

    def _stored(self, near: Sequence[Run]) -> Iterator[AnyRow]:
        """The messages of these stretches, with one query: what lies between them is near."""
        rows = self._select(_stored, first=near[0].first, last=near[-1].last)
        runs = iter(near)
        run = next(runs)
        for row in rows:
            while row.seq > run.last:
                run = next(runs)
            if row.seq >= run.first:
                yield row

    def _with_notices(self, rows: Sequence[AnyRow], *, back: bool = False) -> list[AnyRow]:
        """These messages, each with the notices behind it."""
        beside: dict[int, list[AnyRow]] = {}
        parents = [row.seq for row in rows]
        found = self._select(_notices, parents=parents) if parents else ()
        for notice in sorted(found, key=lambda row: row.seq):
            beside.setdefault(notice.parent, []).append(notice)
        near = ([row, *beside.get(row.seq, ())] for row in rows)
        return [one for some in near for one in (reversed(some) if back else some)]


def _portions(runs: Iterable[Run], size: int, *, back: bool) -> Iterator[list[Run]]:
    """The same stretches cut into portions, each of twice as many messages as the one before."""
    portion: list[Run] = []
    room = size
    for run in runs:
        first, last = run
        while last - first >= room - 1:
            end = last - room + 1 if back else first + room - 1
            yield [*portion, Run(end, last) if back else Run(first, end)]
            first, last = (first, end - 1) if back else (end + 1, last)
            portion, size = [], min(size * 2, LARGEST)
            room = size
        if first <= last:
            portion.append(Run(first, last))
            room -= last - first + 1
    if portion:
        yield portion


def _together(runs: Iterable[Run]) -> Iterator[list[Run]]:
    """The stretches, oldest first, those together that lie near each other."""
    near: list[Run] = []
    for run in sorted(runs):
        if near and run.first - near[-1].last > NEAR:
            yield near
            near = []
        near.append(run)
    yield near
