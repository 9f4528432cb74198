"""The ways through a conversation's tree, found by its bends: between two of them it is straight.

Most messages follow the one stored just before them. Those that do not are in an index of their
own, so that what a question costs grows with the bends on the way, not with the messages.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, func, select

from tertulia.stores.sql.schema import bends, conversation, message
from tertulia.values.message import message_id

_other = message.alias()
_newest_before = (
    select(func.max(_other.c.seq))
    .where(
        _other.c.conversation_id == message.c.conversation_id,
        _other.c.seq < func.coalesce(message.c.instead_of, message.c.seq),
        _other.c.role != "notice",
    )
    .scalar_subquery()
)
_here = message.c.conversation_id == bindparam("which")
_bend_at = (
    select(message.c.seq, message.c.parent)
    .where(_here, message.c.seq <= bindparam("upto"), bends)
    .order_by(message.c.seq.desc())
    .limit(1)
)
_bends_behind = (
    select(message.c.seq, message.c.parent)
    .where(_here, message.c.seq > bindparam("behind"), bends)
    .order_by(message.c.seq)
)
_read_before = func.coalesce(message.c.parent, _newest_before)
_read_back = _bend_at.with_only_columns(message.c.seq, _read_before).limit(bindparam("most"))
_roots_behind = _bends_behind.where(message.c.parent.is_(None)).with_only_columns(
    message.c.seq, _newest_before
)
_newest_said = select(func.max(message.c.seq)).where(
    _here,
    message.c.seq.between(bindparam("first"), bindparam("last")),
    message.c.role != "notice",
)

_branching = select(conversation.c.id, conversation.c.head).where(
    conversation.c.id.in_(bindparam("which", expanding=True)),
    select(message.c.id)
    .where(message.c.conversation_id == conversation.c.id, message.c.instead_of.is_not(None))
    .exists(),
)

SOME = 32
"""Bends that are read at once on the way back."""

END = 2**63 - 1
"""Beyond every seq."""


class Bend(NamedTuple):
    """A message that does not follow the one stored before it, and the one that it follows."""

    seq: int
    before: int | None


class Run(NamedTuple):
    """Messages of which each follows the one before it, from `first` to `last`."""

    first: int
    last: int


def on_path(connection: Connection, which: int, seq: int, of: int | None) -> bool:
    """Whether message `seq` lies on the path to `of`, or is that one. Both are there."""
    while of is not None and of > seq:
        bend = connection.execute(_bend_at, {"which": which, "upto": of}).one()
        if bend.seq <= seq:
            return True
        of = bend.parent
    return of == seq


def leaf_behind(connection: Connection, which: int, seq: int) -> int:
    """The newest message behind `seq`, notices aside, or `seq` itself."""
    rows = connection.execute(_bends_behind, {"which": which, "behind": seq})
    starts, ours = [seq], [True]
    for start, parent in rows:
        follows = parent is not None and parent >= seq and ours[bisect_right(starts, parent) - 1]
        starts.append(start)
        ours.append(follows)
    ends = [*(start - 1 for start in starts[1:]), END]
    for first, last, follows in zip(reversed(starts), reversed(ends), reversed(ours), strict=True):
        newest = newest_said(connection, which, first, last) if follows else None
        if newest is not None:
            return newest
    return seq


def newest_said(connection: Connection, which: int, first: int, last: int) -> int | None:
    """The newest message between these two, notices aside."""
    given = {"which": which, "first": first, "last": last}
    return connection.execute(_newest_said, given).scalar_one()


def runs_back(connection: Connection, which: int, seq: int | None) -> Iterator[Run]:
    """The straight stretches that one reads back from `seq`, newest first.

    Before the first message of a window comes what was said last before it; where it is another
    version of one, what was said last before that.
    """
    while seq is not None:
        given = {"which": which, "upto": seq, "most": SOME}
        for bend, before in connection.execute(_read_back, given).all():
            if seq is not None and bend <= seq:
                yield Run(bend, seq)
                seq = before


def aside(
    connection: Connection, here: int, head: int | None, ids: Collection[str]
) -> frozenset[str]:
    """See `Store.aside`."""
    asked: dict[int, set[int]] = {}
    for one in ids:
        which, _, seq = one.partition(".")
        asked.setdefault(int(which), set()).add(int(seq))
    heads = connection.execute(_branching, {"which": list(asked)}).all()
    return frozenset(
        message_id(row.id, seq)
        for row in heads
        for seq in _beside_way(connection, row.id, head if row.id == here else row.head, asked)
    )


def _beside_way(
    connection: Connection, which: int, head: int | None, asked: Mapping[int, Collection[int]]
) -> set[int]:
    """Those that one does not read on the way to the head; none where there is no head."""
    if head is None:
        return set()
    left = set(asked[which])
    for run in runs_back(connection, which, head):
        left -= {seq for seq in left if run.first <= seq <= run.last}
        if not left or run.first <= min(left):
            break
    return left


def bends_behind(connection: Connection, which: int, seq: int) -> list[Bend]:
    """All bends behind `seq`, oldest first, as one reads: see `runs_back`."""
    given = {"which": which, "behind": seq}
    rows = connection.execute(_bends_behind, given).all()
    before = {}
    if any(row[1] is None for row in rows):
        # Asked for apart: the index tells all else, and here the rows themselves are looked at.
        before = {row[0]: row[1] for row in connection.execute(_roots_behind, given)}
    return [Bend(row[0], before.get(row[0]) if row[1] is None else row[1]) for row in rows]


def way(bends: Sequence[Bend], seq: int, to: int | None) -> tuple[list[Run], int | None]:
    """The stretches behind `seq` that are read on the way to `to`, oldest first.

    With them comes where they begin: `seq`, or, where that is not on the way, what is read before
    it. `bends` are all behind `seq`.
    """
    starts = [bend.seq for bend in bends]
    runs: list[Run] = []
    while to is not None and to > seq:
        number = bisect_right(starts, to) - 1
        if number < 0:
            runs.append(Run(seq + 1, to))
            to = seq
            break
        runs.append(Run(starts[number], to))
        to = bends[number].before
    return runs[::-1], to
