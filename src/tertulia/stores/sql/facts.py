"""Facts in the database: a changed one is closed and stays, a new row takes its place."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, insert, select, update

from tertulia.ports.facts import FactStore
from tertulia.stores.sql.rows import AnyRow, as_message, message_columns
from tertulia.stores.sql.schema import audience, fact, fact_source, keeping, message
from tertulia.stores.sql.tables import Tables
from tertulia.values.audience import Scope
from tertulia.values.errors import NotThere, SettingsError
from tertulia.values.fact import Fact, Learned, Origin, Repeated, Unread, fact_name
from tertulia.values.message import Message, message_id
from tertulia.values.text import clean

BEFORE = 2
"""Messages directly before the unread ones that are given with them, for each conversation."""

_ROWS = 500
"""Numbers that one query is asked for at most."""

_select = select(fact).order_by(fact.c.id)
_select_sources = (
    select(fact_source.c.fact_id, message.c.conversation_id, message.c.seq)
    .join(message, message.c.id == fact_source.c.message_id)
    .where(fact_source.c.fact_id.in_(bindparam("facts", expanding=True)))
    .order_by(message.c.id)
)
IMPORTED = "import:"
"""How the ids of messages begin that were taken in from elsewhere."""

_said = message.c.role.in_(("user", "assistant"))
_select_unread = (
    select(*message_columns)
    .where(
        message.c.audience_id == bindparam("audience"),
        message.c.id > bindparam("upto"),
        _said,
        # A past of thousands would keep what is said now waiting; recall has it.
        message.c.platform_id.is_(None) | ~message.c.platform_id.startswith(IMPORTED),
    )
    .order_by(message.c.id)
    .limit(bindparam("most"))
)
_select_before = (
    select(*message_columns)
    .where(
        message.c.conversation_id == bindparam("which"),
        message.c.seq < bindparam("seq"),
        message.c.audience_id == bindparam("audience"),
        _said,
    )
    .order_by(message.c.seq.desc())
    .limit(BEFORE)
)
_read_upto = select(audience.c.facts_upto).where(audience.c.id == bindparam("which"))
_generation = select(keeping.c.value).where(keeping.c.name == "generation")
_insert = insert(fact).returning(fact.c.id)
_close = (
    update(fact)
    .where(fact.c.id.in_(bindparam("old", expanding=True)), fact.c.closed_at.is_(None))
    .values(closed_at=bindparam("now"), valid_to=bindparam("until"), superseded_by=bindparam("new"))
)

_Step = Callable[[Sequence[AnyRow]], ColumnElement[bool]]
"""From some rows to those that they lead to."""


class FactTables(Tables, FactStore):
    """See the port."""

    async def facts(
        self,
        scope: Scope | None,
        *,
        about: Collection[int] | None = None,
        as_of: int | None = None,
        most: int | None = None,
    ) -> Sequence[Fact]:
        """See the port."""
        return await self._read(lambda c: facts(c, scope, about, as_of, most))

    async def fact(self, number: int) -> Fact | None:
        """See the port."""
        return await self._read(lambda c: one(c, number))

    async def fact_history(self, number: int) -> Sequence[Fact]:
        """See the port."""
        return await self._read(lambda c: history(c, number))

    async def unread(self, audience: int, most: int) -> Unread | None:
        """See the port."""
        return await self._read(lambda c: unread(c, audience, most))

    async def learn_facts(
        self, read: Unread, changes: Sequence[Learned | Repeated], generation: int, now: int
    ) -> bool:
        """See the port."""
        return await self._write(lambda c: learn(c, read, changes, generation, now))

    async def edit_fact(self, number: int, statement: str, now: int) -> Fact:
        """See the port. Raises: `SettingsError` where the statement is empty."""
        return await self._write(lambda c: edit(c, number, statement, now))

    async def undo_fact(self, about: Collection[int] | None, now: int) -> Fact | None:
        """See the port."""
        return await self._write(lambda c: undo(c, about, now))


def facts(
    connection: Connection,
    scope: Scope | None,
    about: Collection[int] | None = None,
    as_of: int | None = None,
    most: int | None = None,
) -> list[Fact]:
    """See `FactStore.facts`."""
    query = _select
    if as_of is None:
        query = query.where(fact.c.closed_at.is_(None))
    else:
        held = fact.c.closed_at.is_(None) | (fact.c.closed_at > as_of)
        query = query.where(fact.c.recorded_at <= as_of, held)
    if scope is not None:
        query = query.where(fact.c.audience_id.in_(list(scope.upto)))
    if about is not None:
        query = query.where(fact.c.about.in_(list(about)))
    newest = query.order_by(None).order_by(fact.c.id.desc()).limit(most)
    rows = connection.execute(newest).all()[::-1]
    if scope is not None:
        rows = [row for row in rows if scope.allows(row.audience_id, row.newest_source)]
    return _as_facts(connection, rows)


def one(connection: Connection, number: int) -> Fact | None:
    """See `FactStore.fact`."""
    rows = connection.execute(_select.where(fact.c.id == number)).all()
    return next(iter(_as_facts(connection, rows)), None)


def history(connection: Connection, number: int) -> list[Fact]:
    """See `FactStore.fact_history`."""
    found = {row.id: row for step in (_former, _later) for row in _chain(connection, number, step)}
    return _as_facts(connection, [found[which] for which in sorted(found)])


def unread(connection: Connection, which: int, most: int) -> Unread | None:
    """See `FactStore.unread`."""
    upto = connection.execute(_read_upto, {"which": which}).scalar_one_or_none()
    if upto is None:
        return None
    rows = connection.execute(_select_unread, {"audience": which, "upto": upto, "most": most})
    messages = tuple(as_message(row) for row in rows)
    if not messages:
        return None
    firsts: dict[int, Message] = {}
    for said in messages:
        firsts.setdefault(said.conversation, said)
    before = [other for first in firsts.values() for other in _before(connection, first)]
    return Unread(
        audience=which,
        messages=messages,
        before=tuple(sorted(before, key=lambda other: other.number)),
        upto=messages[-1].number,
    )


def _before(connection: Connection, first: Message) -> Iterable[Message]:
    where = {"which": first.conversation, "seq": first.seq, "audience": first.audience}
    return [as_message(row) for row in connection.execute(_select_before, where)]


def learn(
    connection: Connection,
    read: Unread,
    changes: Sequence[Learned | Repeated],
    generation: int,
    now: int,
) -> bool:
    """See `FactStore.learn_facts`.

    Of two changes with the same subject and slot the later closes the earlier, as it closes a fact
    that was there before.
    """
    upto = connection.execute(_read_upto, {"which": read.audience}).scalar_one_or_none()
    forgotten = int(connection.execute(_generation).scalar_one_or_none() or 0)
    if upto is None or upto >= read.messages[0].number or forgotten != generation:
        return False
    held: dict[tuple[int | None, str, str], int] = {}
    for change in changes:
        if isinstance(change, Repeated):
            _add_sources(connection, change.fact, change.sources)
            continue
        number = _insert_learned(connection, read.audience, change, now)
        closes = list(change.closes)
        if change.slot is not None:
            subject = "" if change.about is not None else change.subject.casefold()
            key = (change.about, subject, change.slot)
            closes += [held[key]] if key in held else []
            held[key] = number
        _close_by(connection, closes, number, until=change.valid_from, now=now)
    connection.execute(
        update(audience).where(audience.c.id == read.audience).values(facts_upto=read.upto)
    )
    return True


def _insert_learned(connection: Connection, where: int, learned: Learned, now: int) -> int:
    values = {
        "audience_id": where,
        "subject": clean(learned.subject),
        "about": learned.about,
        "slot": learned.slot,
        "statement": clean(learned.statement),
        "origin": "said",
        "valid_from": learned.valid_from,
        "recorded_at": now,
    }
    return _add(connection, values, learned.sources)


def _add(connection: Connection, values: Mapping[str, Any], sources: Collection[int]) -> int:
    """A new row with its sources, which are numbers of messages."""
    row = {**values, "newest_source": max(sources)}
    number = connection.execute(_insert, row).scalar_one()
    rows = [{"fact_id": number, "message_id": source} for source in sorted(set(sources))]
    connection.execute(insert(fact_source), rows)
    return number


def _add_sources(connection: Connection, number: int, sources: Collection[int]) -> None:
    has = set(_sources(connection, number))
    more = [{"fact_id": number, "message_id": source} for source in sorted(set(sources) - has)]
    if more:
        connection.execute(insert(fact_source), more)
        newest = max(*has, *sources)
        connection.execute(update(fact).where(fact.c.id == number).values(newest_source=newest))


def _close_by(
    connection: Connection, old: Collection[int], new: int, *, until: int, now: int
) -> None:
    if old:
        values = {"old": list(old), "new": new, "until": until, "now": now}
        connection.execute(_close, values)


def edit(connection: Connection, number: int, statement: str, now: int) -> Fact:
    """See `FactStore.edit_fact`: the new statement holds from now on, with the same sources."""
    written = clean(statement).strip()
    if not written:
        raise SettingsError(
            f"The new statement of {fact_name(number)} is empty; nothing was changed. "
            "To remove a fact, forget it."
        )
    row = connection.execute(_select.where(fact.c.id == number)).one_or_none()
    if row is None:
        raise NotThere(f"There is no fact {fact_name(number)}; nothing was changed.")
    if row.closed_at is not None:
        raise NotThere(
            f"{fact_name(number)} holds no longer, so it cannot be edited; its history tells "
            "what holds now."
        )
    return _replace(connection, row, now, statement=written, origin="written", valid_from=now)


def undo(connection: Connection, about: Collection[int] | None, now: int) -> Fact | None:
    """See `FactStore.undo_fact`.

    What an edit had replaced is written as a new row, so that what was believed meanwhile can
    still be told. The edit that was made last is taken back first; one that was taken back is
    passed over, so that each further undo goes one edit further back.
    """
    query = _select.where(fact.c.closed_at.is_(None), fact.c.origin == "written")
    if about is not None:
        query = query.where(fact.c.about.in_(list(about)))
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
    )


def _versions(connection: Connection, row: AnyRow) -> list[AnyRow]:
    """What a fact said one after another, oldest first, without the edits that were taken back."""
    versions: list[AnyRow] = []
    for step in sorted(_chain(connection, row.id, _former), key=lambda step: step.id):
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
    }
    number = _add(connection, values, _sources(connection, row.id))
    _close_by(connection, [row.id], number, until=now, now=now)
    made = connection.execute(_select.where(fact.c.id == number)).all()
    return _as_facts(connection, made)[0]


def _sources(connection: Connection, number: int) -> list[int]:
    query = select(fact_source.c.message_id).where(fact_source.c.fact_id == number)
    return list(connection.execute(query).scalars())


def _chain(connection: Connection, number: int, step: _Step) -> list[AnyRow]:
    """A fact with all that `step` leads to from it, one step after another."""
    rows = connection.execute(_select.where(fact.c.id == number)).all()
    found = list(rows)
    while rows:
        rows = connection.execute(_select.where(step(rows))).all()
        found += rows
    return found


def _former(rows: Sequence[AnyRow]) -> ColumnElement[bool]:
    """What these superseded."""
    return fact.c.superseded_by.in_([row.id for row in rows])


def _later(rows: Sequence[AnyRow]) -> ColumnElement[bool]:
    """What superseded these."""
    return fact.c.id.in_([row.superseded_by for row in rows if row.superseded_by is not None])


def _as_facts(connection: Connection, rows: Sequence[AnyRow]) -> list[Fact]:
    sources: dict[int, list[str]] = {row.id: [] for row in rows}
    numbers = list(sources)
    for start in range(0, len(numbers), _ROWS):
        asked = {"facts": numbers[start : start + _ROWS]}
        for number, conversation, seq in connection.execute(_select_sources, asked):
            sources[number].append(message_id(conversation, seq))
    return [_as_fact(row, tuple(sources[row.id])) for row in rows]


def _as_fact(row: AnyRow, sources: tuple[str, ...]) -> Fact:
    # Taken apart at once: by name each column costs as much as all of them do so.
    number, said_to, subject, about, slot, statement, origin, start, end, *times, _ = row
    recorded_at, closed_at, superseded_by = times
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
    )
