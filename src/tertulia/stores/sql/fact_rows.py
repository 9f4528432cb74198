"""Rows of facts with their sources: read, added and closed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, insert, select, update

from tertulia.stores.sql.chunks import chunks
from tertulia.stores.sql.rows import AnyRow
from tertulia.stores.sql.schema import fact, fact_source, message
from tertulia.values.fact import Fact
from tertulia.values.message import message_id

select_facts = select(fact).order_by(fact.c.id)
_select_sources = (
    select(fact_source.c.fact_id, message.c.conversation_id, message.c.seq)
    .join(message, message.c.id == fact_source.c.message_id)
    .where(fact_source.c.fact_id.in_(bindparam("facts", expanding=True)))
    .order_by(message.c.id)
)
_insert = insert(fact).returning(fact.c.id)
_close = (
    update(fact)
    .where(fact.c.id.in_(bindparam("old", expanding=True)), fact.c.closed_at.is_(None))
    .values(closed_at=bindparam("now"), valid_to=bindparam("until"), superseded_by=bindparam("new"))
)

Step = Callable[[Sequence[AnyRow]], ColumnElement[bool]]
"""From some rows to those that they lead to."""


def add(connection: Connection, values: Mapping[str, Any], sources: Collection[int]) -> int:
    """A new row with its sources, which are numbers of messages; what is written has none."""
    row = {**values, "newest_source": max((*sources, values.get("newest_source", 0)))}
    number = connection.execute(_insert, row).scalar_one()
    rows = [{"fact_id": number, "message_id": source} for source in sorted(set(sources))]
    if rows:
        connection.execute(insert(fact_source), rows)
    return number


def add_sources(connection: Connection, number: int, sources: Collection[int]) -> None:
    """Further messages that tell a fact; who left before the newest of them loses it.

    One that was written by hand gets none: it does not go with what repeats it.
    """
    has = set(sources_of(connection, number))
    more = [{"fact_id": number, "message_id": source} for source in sorted(set(sources) - has)]
    if more and has:
        connection.execute(insert(fact_source), more)
        newest = func.max(fact.c.newest_source, max(sources))
        connection.execute(update(fact).where(fact.c.id == number).values(newest_source=newest))


def close_by(
    connection: Connection, old: Collection[int], new: int, *, until: int, now: int
) -> None:
    """Close these facts; `new` has taken their place."""
    if old:
        values = {"old": list(old), "new": new, "until": until, "now": now}
        connection.execute(_close, values)


def close(connection: Connection, number: int, now: int) -> None:
    """Close a fact in whose place nothing comes."""
    connection.execute(_close, {"old": [number], "new": None, "until": now, "now": now})


def sources_of(connection: Connection, number: int) -> list[int]:
    """The numbers of the messages that a fact comes from."""
    query = select(fact_source.c.message_id).where(fact_source.c.fact_id == number)
    return list(connection.execute(query).scalars())


def chain(connection: Connection, number: int, step: Step) -> list[AnyRow]:
    """A fact with all that `step` leads to from it, one step after another."""
    rows = connection.execute(select_facts.where(fact.c.id == number)).all()
    found = list(rows)
    while rows:
        rows = connection.execute(select_facts.where(step(rows))).all()
        found += rows
    return found


def former_of(rows: Sequence[AnyRow]) -> ColumnElement[bool]:
    """What these superseded."""
    return fact.c.superseded_by.in_([row.id for row in rows])


def later_of(rows: Sequence[AnyRow]) -> ColumnElement[bool]:
    """What superseded these."""
    return fact.c.id.in_([row.superseded_by for row in rows if row.superseded_by is not None])


def as_facts(connection: Connection, rows: Sequence[AnyRow]) -> list[Fact]:
    """The facts of these rows, in their order."""
    sources: dict[int, list[str]] = {row.id: [] for row in rows}
    for some in chunks(sources):
        for number, conversation, seq in connection.execute(_select_sources, {"facts": some}):
            sources[number].append(message_id(conversation, seq))
    return [as_fact(row, tuple(sources[row.id])) for row in rows]


def as_fact(row: AnyRow, sources: tuple[str, ...] = ()) -> Fact:
    """One row's fact."""
    # Taken apart at once: by name each column costs as much as all of them do so.
    number, said_to, subject, about, slot, statement, origin, start, end, *rest = row
    recorded_at, closed_at, superseded_by, newest_source = rest
    return Fact(
        id=number,
        audience=said_to,
        subject=subject,
        about=about,
        slot=slot,
        statement=statement,
        origin=origin,
        sources=sources,
        valid_from=start,
        valid_to=end,
        recorded_at=recorded_at,
        closed_at=closed_at,
        superseded_by=superseded_by,
        newest_source=newest_source,
    )
