"""Facts in the database: a changed one is closed and stays, a new row takes its place."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, or_, select, update

from tertulia.ports.facts import FactStore
from tertulia.stores.sql.fact_edits import edit, undo
from tertulia.stores.sql.fact_rows import (
    add,
    add_sources,
    as_fact,
    as_facts,
    chain,
    close_by,
    former_of,
    later_of,
    select_facts,
)
from tertulia.stores.sql.rows import as_message, message_columns
from tertulia.stores.sql.schema import audience, fact, keeping, message
from tertulia.stores.sql.tables import Tables
from tertulia.values.audience import EVER, Scope
from tertulia.values.fact import Fact, Learned, Repeated, Unread
from tertulia.values.message import Message
from tertulia.values.text import clean

BEFORE = 2
"""Messages directly before the unread ones that are given with them, for each conversation."""

SEARCHED = 2000
"""Facts, the newest, whose words are looked at for one prompt: what bounds its cost."""

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

    async def useful_facts(
        self, scope: Scope, *, about: Collection[int], words: Sequence[str], most: int
    ) -> Sequence[Fact]:
        """See the port."""
        return await self._read(lambda c: useful(c, scope, about, words, most))

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

    async def undo_fact(
        self,
        about: Collection[int] | None,
        now: int,
        *,
        audiences: Collection[int] | None = None,
    ) -> Fact | None:
        """See the port."""
        return await self._write(lambda c: undo(c, about, now, audiences))


def facts(
    connection: Connection,
    scope: Scope | None,
    about: Collection[int] | None = None,
    as_of: int | None = None,
    most: int | None = None,
) -> list[Fact]:
    """See `FactStore.facts`."""
    query = select_facts
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
    return as_facts(connection, rows)


def useful(
    connection: Connection, scope: Scope, about: Collection[int], words: Sequence[str], most: int
) -> list[Fact]:
    """See `FactStore.useful_facts`."""
    held = select_facts.order_by(None).where(fact.c.closed_at.is_(None), _within(scope))
    theirs = func.coalesce(fact.c.about, 0).in_(list(about))
    newest = fact.c.id.desc()
    queries = [
        held.where(theirs).order_by(fact.c.slot.is_(None), newest).limit(most),
        held.where(~theirs).order_by(newest).limit(most),
    ]
    if words:
        # Made small once, and not by LIKE, which takes three times as long.
        text = func.lower(fact.c.subject + " " + fact.c.statement).label("text")
        late = held.with_only_columns(fact.c.id, text).order_by(newest).limit(SEARCHED).subquery()
        named = or_(*(func.instr(late.c.text, word) > 0 for word in words))
        found = select(late.c.id).where(named).order_by(late.c.id.desc()).limit(most)
        queries.append(select_facts.where(fact.c.id.in_(found)))
    rows = {row.id: row for query in queries for row in connection.execute(query)}
    return [as_fact(rows[number]) for number in sorted(rows)]


def _within(scope: Scope) -> ColumnElement[bool]:
    """What a scope allows; a part of what somebody heard ends at a number of its own."""
    ends = {which: upto for which, upto in scope.upto.items() if upto != EVER}
    whole = fact.c.audience_id.in_([which for which in scope.upto if which not in ends])
    parts = [
        and_(fact.c.audience_id == which, fact.c.newest_source <= upto)
        for which, upto in ends.items()
    ]
    return or_(whole, *parts)


def one(connection: Connection, number: int) -> Fact | None:
    """See `FactStore.fact`."""
    rows = connection.execute(select_facts.where(fact.c.id == number)).all()
    return next(iter(as_facts(connection, rows)), None)


def history(connection: Connection, number: int) -> list[Fact]:
    """See `FactStore.fact_history`."""
    found = {
        row.id: row for step in (former_of, later_of) for row in chain(connection, number, step)
    }
    return as_facts(connection, [found[which] for which in sorted(found)])


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
            add_sources(connection, change.fact, change.sources)
            continue
        number = _insert_learned(connection, read.audience, change, now)
        closes = list(change.closes)
        if change.slot is not None:
            subject = "" if change.about is not None else change.subject.casefold()
            key = (change.about, subject, change.slot)
            closes += [held[key]] if key in held else []
            held[key] = number
        close_by(connection, closes, number, until=change.valid_from, now=now)
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
    return add(connection, values, learned.sources)
