"""The index of what was said: each message's words, its neighbours' words, and who heard it.

The full-text table keeps no text of its own. What is taken out of it must be told exactly as it was
put in; so an entry is a function of the rows of `message` up to the newest that was indexed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, select
from sqlalchemy.dialects.sqlite import insert as upsert

from tertulia.stores.sql.schema import keeping, message
from tertulia.stores.sql.words import words

CHUNK = 500
"""Messages that are taken in within one transaction."""

_INDEXED = "indexed"
_PUT = "INSERT INTO message_index (rowid, text, context, scope) VALUES (?, ?, ?, ?)"
_TAKE = (
    "INSERT INTO message_index (message_index, rowid, text, context, scope) "
    "VALUES ('delete', ?, ?, ?, ?)"
)

_before, _after = message.alias(), message.alias()


def _beside(other: Any, step: int) -> Any:
    """The message before or after, where the same people heard it and it is indexed too."""
    return and_(
        other.c.conversation_id == message.c.conversation_id,
        other.c.seq == message.c.seq + step,
        other.c.audience_id == message.c.audience_id,
        other.c.role != "notice",
        other.c.id <= bindparam("upto"),
    )


_entries = (
    select(message.c.id, message.c.text, _before.c.text, _after.c.text, message.c.audience_id)
    .outerjoin(_before, _beside(_before, -1))
    .outerjoin(_after, _beside(_after, 1))
    .where(
        message.c.id.in_(bindparam("which", expanding=True)),
        message.c.id <= bindparam("upto"),
        message.c.role != "notice",
    )
)
_next = select(message.c.id).where(message.c.id > bindparam("upto")).order_by(message.c.id)
_around = (
    select(_before.c.id)
    .join(message, _before.c.conversation_id == message.c.conversation_id)
    .where(
        message.c.id.in_(bindparam("which", expanding=True)),
        _before.c.seq.in_((message.c.seq - 1, message.c.seq + 1)),
    )
)


def heard_by(audience: int) -> str:
    """The word that an audience's messages have in the index."""
    return f"a{audience}"


def indexed(connection: Connection) -> int:
    """The number of the newest message that was taken in."""
    found = connection.execute(select(keeping.c.value).where(keeping.c.name == _INDEXED))
    return int(found.scalar_one_or_none() or 0)


def behind(connection: Connection) -> bool:
    """Whether something was said that was not taken in yet."""
    newest = connection.execute(select(func.max(message.c.id))).scalar_one()
    return (newest or 0) > indexed(connection)


def take_in(connection: Connection) -> int:
    """Take in the next messages, at most `CHUNK`; returns how many."""
    before = indexed(connection)
    new = list(connection.execute(_next.limit(CHUNK), {"upto": before}).scalars())
    if not new:
        return 0
    # The message before each of them gets a neighbour: its entry is made anew.
    old = {one for one in connection.execute(_around, {"which": new}).scalars() if one <= before}
    _write(connection, _TAKE, old, before)
    _move(connection, new[-1])
    _write(connection, _PUT, [*old, *new], new[-1])
    return len(new)


def before_forgetting(connection: Connection, numbers: Collection[int]) -> Sequence[int]:
    """Take these messages out, and their neighbours; to be called before their rows change.

    Returns what `after_forgetting` is to put back, of what then still is there.
    """
    upto = indexed(connection)
    affected = set(numbers)
    for some in _chunks(sorted(numbers)):
        affected |= set(connection.execute(_around, {"which": some}).scalars())
    _write(connection, _TAKE, affected, upto)
    return sorted(affected)


def after_forgetting(connection: Connection, affected: Collection[int]) -> None:
    """Put back what is left, as it is now."""
    _write(connection, _PUT, affected, indexed(connection))


def _write(connection: Connection, statement: str, which: Iterable[int], upto: int) -> None:
    for some in _chunks(sorted(which)):
        rows = connection.execute(_entries, {"which": some, "upto": upto})
        entries = [
            (row[0], words(row[1]), words(f"{row[2] or ''} \n {row[3] or ''}"), heard_by(row[4]))
            for row in rows
        ]
        if entries:
            connection.exec_driver_sql(statement, entries)


def _chunks(numbers: Sequence[int]) -> Iterable[Sequence[int]]:
    return (numbers[at : at + CHUNK] for at in range(0, len(numbers), CHUNK))


def _move(connection: Connection, upto: int) -> None:
    row = upsert(keeping).values(name=_INDEXED, value=str(upto))
    connection.execute(row.on_conflict_do_update(index_elements=["name"], set_=dict(row.excluded)))
