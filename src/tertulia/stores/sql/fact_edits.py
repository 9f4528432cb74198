"""Adds facts that people write, corrects those that they write anew, and takes that back."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, func, select

from tertulia.stores.sql.audiences import find_or_make, those_there
from tertulia.stores.sql.fact_rows import (
    add,
    as_facts,
    chain,
    close,
    close_by,
    former_of,
    select_facts,
    sources_of,
)
from tertulia.stores.sql.rows import AnyRow
from tertulia.stores.sql.schema import fact, identity, message
from tertulia.values.errors import NotThere, SettingsError
from tertulia.values.fact import Fact, Origin, fact_name
from tertulia.values.text import clean


def edit(connection: Connection, number: int, statement: str, now: int) -> Fact:
    """See `FactStore.edit_fact`: the new statement holds from now on, with the same sources."""
    written = clean(statement).strip()
    if not written:
        raise SettingsError(
            f"The new statement of {fact_name(number)} is empty; nothing was changed. "
            "To remove a fact, forget it."
        )
    row = connection.execute(select_facts.where(fact.c.id == number)).one_or_none()
    if row is None:
        raise NotThere(f"There is no fact {fact_name(number)}; nothing was changed.")
    if row.closed_at is not None:
        raise NotThere(
            f"{fact_name(number)} holds no longer, so it cannot be edited; its history tells "
            "what holds now."
        )
    return _replace(
        connection,
        row,
        now,
        statement=written,
        origin="written",
        valid_from=now,
        newest_source=_next(connection),
    )


def write(
    connection: Connection, bot: str, about: int, subject: str, statement: str, now: int
) -> Fact:
    """See `ScreenStore.write_fact`: it is as if they had told it to the bot alone."""
    written = clean(statement).strip()
    if not written:
        raise SettingsError("The fact says nothing; nothing was added.")
    called = select(identity.c.name).where(identity.c.id == about)
    name = connection.execute(called).scalar_one_or_none()
    if name is None:
        raise NotThere("Whom the fact is about is not known here; nothing was added.")
    alone = those_there(bot, None, frozenset({about}), {about: name})
    values = {
        "audience_id": find_or_make(connection, [alone])[0],
        "subject": clean(subject),
        "about": about,
        "slot": None,
        "statement": written,
        "origin": "written",
        "valid_from": now,
        "recorded_at": now,
        "newest_source": _next(connection),
    }
    return _fact(connection, add(connection, values, ()))


def _next(connection: Connection) -> int:
    """The number of the next message at the earliest.

    Who has left by now heard at most the newest one, and is not told what is written after.
    """
    return (connection.execute(select(func.max(message.c.id))).scalar_one() or 0) + 1


def undo(
    connection: Connection,
    about: Collection[int] | None,
    now: int,
    said_to: Collection[int] | None = None,
) -> Fact | None:
    """See `FactStore.undo_fact`.

    What an edit had replaced is written as a new row, so that what was believed meanwhile can
    still be told; a fact that was added by hand, and so has no sources, is closed. The edit that
    was made last is taken back first; one that was taken back is passed over, so that each further
    undo goes one edit further back.
    """
    query = select_facts.where(fact.c.closed_at.is_(None), fact.c.origin == "written")
    if about is not None:
        query = query.where(fact.c.about.in_(list(about)))
    if said_to is not None:
        query = query.where(fact.c.audience_id.in_(list(said_to)))
    edits = [(row, _versions(connection, row)) for row in connection.execute(query).all()]
    edits = [
        (row, versions)
        for row, versions in edits
        if len(versions) > 1 or not sources_of(connection, row.id)
    ]
    if not edits:
        return None
    row, versions = max(edits, key=lambda edit: edit[1][-1].id)
    if len(versions) == 1:
        close(connection, row.id, now)
        return _fact(connection, row.id)
    former = versions[-2]
    return _replace(
        connection,
        row,
        now,
        statement=former.statement,
        origin=former.origin,
        valid_from=former.valid_from,
        newest_source=former.newest_source,
    )


def _versions(connection: Connection, row: AnyRow) -> list[AnyRow]:
    """What a fact said one after another, oldest first, without the edits that were taken back."""
    versions: list[AnyRow] = []
    for step in sorted(chain(connection, row.id, former_of), key=lambda step: step.id):
        if len(versions) > 1 and _said_by(step) == _said_by(versions[-2]):
            versions.pop()
        else:
            versions.append(step)
    return versions


def _said_by(row: AnyRow) -> tuple[object, ...]:
    """What a row that takes an edit back shares with the one that it brings back."""
    return row.statement, row.origin, row.valid_from


def _replace(
    connection: Connection,
    row: AnyRow,
    now: int,
    *,
    statement: str,
    origin: Origin,
    valid_from: int,
    newest_source: int,
) -> Fact:
    """Close a row, and put one in its place that says something else of the same."""
    values = {
        "audience_id": row.audience_id,
        "subject": row.subject,
        "about": row.about,
        "slot": row.slot,
        "statement": statement,
        "origin": origin,
        "valid_from": valid_from,
        "recorded_at": now,
        "newest_source": newest_source,
    }
    number = add(connection, values, sources_of(connection, row.id))
    close_by(connection, [row.id], number, until=now, now=now)
    return _fact(connection, number)


def _fact(connection: Connection, number: int) -> Fact:
    rows = connection.execute(select_facts.where(fact.c.id == number)).all()
    return as_facts(connection, rows)[0]
