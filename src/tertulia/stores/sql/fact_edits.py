"""Corrects facts that people write anew, and takes that back again."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, func, select

from tertulia.stores.sql.fact_rows import (
    add,
    as_facts,
    chain,
    close_by,
    former_of,
    select_facts,
    sources_of,
)
from tertulia.stores.sql.rows import AnyRow
from tertulia.stores.sql.schema import fact, message
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
    # Who has left by now heard at most the newest message, and is not told what is written after.
    newest = connection.execute(select(func.max(message.c.id))).scalar_one() or 0
    return _replace(
        connection,
        row,
        now,
        statement=written,
        origin="written",
        valid_from=now,
        newest_source=newest + 1,
    )


def undo(
    connection: Connection,
    about: Collection[int] | None,
    now: int,
    said_to: Collection[int] | None = None,
) -> Fact | None:
    """See `FactStore.undo_fact`.

    What an edit had replaced is written as a new row, so that what was believed meanwhile can
    still be told. The edit that was made last is taken back first; one that was taken back is
    passed over, so that each further undo goes one edit further back.
    """
    query = select_facts.where(fact.c.closed_at.is_(None), fact.c.origin == "written")
    if about is not None:
        query = query.where(fact.c.about.in_(list(about)))
    if said_to is not None:
        query = query.where(fact.c.audience_id.in_(list(said_to)))
    edits = [(row, _versions(connection, row)) for row in connection.execute(query).all()]
    edits = [(row, versions) for row, versions in edits if len(versions) > 1]
    if not edits:
        return None
    row, versions = max(edits, key=lambda edit: edit[1][-1].id)
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
    made = connection.execute(select_facts.where(fact.c.id == number)).all()
    return as_facts(connection, made)[0]
