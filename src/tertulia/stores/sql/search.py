"""The index of what was said: each message's words, and its neighbours', each with who heard it.

A word that was said to audience 57 stands there as `0000000057word`: so what may be used is found
at once, however much else there is. Behind the ten digits it is stemmed as it is by itself, as the
stemmer counts digits as consonants. The column `text` has the words alone, for the owner's tools.

The full-text table keeps no text of its own. What is taken out of it must be told exactly as it was
put in; so an entry is a function of the rows of `message` up to the newest that was indexed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, select
from sqlalchemy.dialects.sqlite import insert as upsert

from tertulia.stores.sql.chunks import chunks
from tertulia.stores.sql.rows import AnyRow
from tertulia.stores.sql.schema import keeping, message
from tertulia.values.words import WORD, words

CHUNK = 500
"""Messages that are taken in within one transaction."""

DIGITS = 10
"""Of an audience's number in the index: always as many, so that none is another's beginning."""

_NUMBER = re.compile(rf"\d{{{DIGITS}}}")
_INDEXED = "indexed"
_PUT = "INSERT INTO message_index (rowid, text, context, scope) VALUES (?, ?, ?, ?)"
_TAKE = (
    "INSERT INTO message_index (message_index, rowid, text, context, scope) "
    "VALUES ('delete', ?, ?, ?, ?)"
)

REACH = 2
"""How many neighbours on each side lend a message their words."""

_STEPS = tuple(step for step in range(-REACH, REACH + 1) if step)
_neighbours = tuple(message.alias() for _ in _STEPS)
_one = message.alias()


def _beside(other: Any, step: int) -> Any:
    """A message near another, where the same people heard it and it is indexed too."""
    return and_(
        other.c.conversation_id == message.c.conversation_id,
        other.c.seq == message.c.seq + step,
        other.c.audience_id == message.c.audience_id,
        other.c.role != "notice",
        other.c.id <= bindparam("upto"),
    )


def _entries() -> Any:
    """What the index holds of messages: their own text, who heard them, their neighbours' texts."""
    texts = (other.c.text for other in _neighbours)
    query = select(message.c.id, message.c.text, message.c.audience_id, *texts).where(
        message.c.id.in_(bindparam("which", expanding=True)),
        message.c.id <= bindparam("upto"),
        message.c.role != "notice",
    )
    joined = message
    for other, step in zip(_neighbours, _STEPS, strict=True):
        joined = joined.outerjoin(other, _beside(other, step))
    return query.select_from(joined)


_select_entries = _entries()
_next = select(message.c.id).where(message.c.id > bindparam("upto")).order_by(message.c.id)
_around = (
    select(_one.c.id)
    .join(message, _one.c.conversation_id == message.c.conversation_id)
    .where(
        message.c.id.in_(bindparam("which", expanding=True)),
        _one.c.seq.in_([message.c.seq + step for step in _STEPS]),
    )
)


def heard_by(audience: int, said: Iterable[str]) -> Iterable[str]:
    """Words as the index has those that an audience heard."""
    mark = f"{audience:0{DIGITS}}"
    return (mark + word for word in said)


def taken(text: str) -> list[str]:
    """A text's words as the index takes them."""
    found: list[str] = WORD.findall(words(text))
    return found if text.isascii() else [whole for word in found if (whole := _whole(word))]


def _whole(word: str) -> str:
    """A word without what could pass for another audience's, were it cut there.

    The index's own alphabet may be older than Python's: it would part a word at a letter that it
    does not know.
    """
    return word if word.isascii() else _NUMBER.split(word)[0]


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
    for some in chunks(sorted(numbers)):
        affected |= set(connection.execute(_around, {"which": some}).scalars())
    _write(connection, _TAKE, affected, upto)
    return sorted(affected)


def after_forgetting(connection: Connection, affected: Collection[int]) -> None:
    """Put back what is left, as it is now."""
    _write(connection, _PUT, affected, indexed(connection))


def _write(connection: Connection, statement: str, which: Iterable[int], upto: int) -> None:
    for some in chunks(sorted(which)):
        rows = connection.execute(_select_entries, {"which": some, "upto": upto})
        known = _Known()
        entries = [_entry(row, known) for row in rows]
        if entries:
            connection.exec_driver_sql(statement, entries)


def _entry(row: AnyRow, known: _Known) -> tuple[int, str, str, str]:
    number, text, audience, *near = row
    context = chain.from_iterable(known[other] for other in near if other)
    return (
        number,
        " ".join(known[text]),
        " ".join(heard_by(audience, context)),
        " ".join(heard_by(audience, known[text])),
    )


class _Known(dict[str, list[str]]):
    """Texts' words, each taken once: a message's are its neighbours' context as well."""

    def __missing__(self, text: str) -> list[str]:
        self[text] = taken(text)
        return self[text]


def _move(connection: Connection, upto: int) -> None:
    row = upsert(keeping).values(name=_INDEXED, value=str(upto))
    connection.execute(row.on_conflict_do_update(index_elements=["name"], set_=dict(row.excluded)))
