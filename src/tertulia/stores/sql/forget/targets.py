"""What somebody asks to forget, as the rows that it names. Each raises `NotThere`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, func, select

from tertulia.stores.sql.chunks import among
from tertulia.stores.sql.forget.trail import Said, Trail, said_columns
from tertulia.stores.sql.rows import AnyRow
from tertulia.stores.sql.schema import (
    audience,
    audience_member,
    conversation,
    fact,
    identity,
    message,
)
from tertulia.values.errors import NotThere
from tertulia.values.forgetting import Target

leader = func.coalesce(identity.c.linked_to, identity.c.id)


def begin(connection: Connection, target: Target) -> Trail:
    """Everything that the target names by itself; what was derived from it is not looked for."""
    trail = Trail()
    _KINDS[target.kind](connection, target, trail)
    return trail


def _messages(connection: Connection, target: Target, trail: Trail) -> None:
    _check(connection, message.c.id, target.numbers, "message")
    _delete(connection, trail, among(message.c.id, target.numbers))


def _fact(connection: Connection, target: Target, trail: Trail) -> None:
    _check(connection, fact.c.id, target.numbers, "fact")
    for number in target.numbers:
        for row in _versions(connection, number):
            trail.remove(row.id, row.statement)


def _person(connection: Connection, target: Target, trail: Trail) -> None:
    _check(connection, identity.c.id, target.numbers, "person")
    leaders = select(leader).where(identity.c.id.in_(target.numbers))
    people = connection.execute(
        select(identity.c.id, identity.c.name).where(leader.in_(leaders))
    ).all()
    for who, name in people:
        trail.call(who, name)
    _delete(connection, trail, [message.c.identity_id.in_(trail.people)])
    _remove_facts(connection, trail, fact.c.about.in_(trail.people))
    _conversations(connection, trail, _theirs_alone(connection, trail.people))


def _conversation(connection: Connection, target: Target, trail: Trail) -> None:
    _check(connection, conversation.c.id, target.numbers, "conversation")
    _conversations(connection, trail, target.numbers)


def _bot(connection: Connection, target: Target, trail: Trail) -> None:
    talks = select(conversation.c.id).where(conversation.c.bot == target.bot)
    heard = select(audience.c.id).where(audience.c.bot == target.bot)
    found = list(connection.execute(talks).scalars())
    trail.audiences.update(connection.execute(heard).scalars())
    if not found and not trail.audiences:
        raise NotThere(f"There is nothing of a bot named {target.bot!r}: nothing was forgotten.")
    _conversations(connection, trail, found)
    _delete(connection, trail, among(message.c.audience_id, trail.audiences))
    for which in among(fact.c.audience_id, trail.audiences):
        _remove_facts(connection, trail, which)
    for row in connection.execute(_only_there(trail)):
        trail.call(row.id, row.name)


_KINDS: dict[str, Callable[[Connection, Target, Trail], None]] = {
    "message": _messages,
    "fact": _fact,
    "person": _person,
    "conversation": _conversation,
    "bot": _bot,
}


def _check(connection: Connection, key: Column[Any], numbers: Collection[int], what: str) -> None:
    there: set[int] = set()
    for some in among(key, numbers):
        there.update(connection.execute(select(key).where(some)).scalars())
    if not numbers or not there.issuperset(numbers):
        raise NotThere(
            f"There is no such {what}; it may have been forgotten before. Nothing was forgotten."
        )


def _delete(connection: Connection, trail: Trail, which: Iterable[ColumnElement[bool]]) -> None:
    for some in which:
        rows = connection.execute(select(*said_columns).where(some))
        trail.delete(Said(*row) for row in rows)


def _conversations(connection: Connection, trail: Trail, which: Collection[int]) -> None:
    trail.conversations.update(which)
    _delete(connection, trail, among(message.c.conversation_id, which))


def _remove_facts(connection: Connection, trail: Trail, which: ColumnElement[bool]) -> None:
    for row in connection.execute(select(fact.c.id, fact.c.statement).where(which)):
        trail.remove(row.id, row.statement)


def _theirs_alone(connection: Connection, people: Collection[int]) -> set[int]:
    """The conversations in which nobody else ever spoke."""
    spoke = select(message.c.conversation_id).where(message.c.identity_id.in_(people))
    members = audience_member.c
    with_others = select(members.audience_id).where(members.identity_id.not_in(people))
    alone = (
        select(members.audience_id)
        .join(audience, audience.c.id == members.audience_id)
        .where(audience.c.circle.is_(None), members.audience_id.not_in(with_others))
    )
    heard = select(conversation.c.id).where(conversation.c.audience_id.in_(alone))
    others = select(message.c.conversation_id).where(message.c.identity_id.not_in(people))
    found = {*connection.execute(spoke).scalars(), *connection.execute(heard).scalars()}
    return found - set(connection.execute(others.distinct()).scalars())


def _only_there(trail: Trail) -> Any:
    """Those who are known from these audiences only, linked with nobody."""
    here = audience_member.c.audience_id.in_(trail.audiences)
    members = select(audience_member.c.identity_id)
    linked = select(identity.c.linked_to).where(identity.c.linked_to.is_not(None))
    elsewhere = select(message.c.identity_id).where(
        message.c.identity_id.is_not(None), message.c.audience_id.not_in(trail.audiences)
    )
    return select(identity.c.id, identity.c.name).where(
        identity.c.id.in_(members.where(here)),
        identity.c.id.not_in(members.where(~here)),
        identity.c.id.not_in(elsewhere),
        identity.c.id.not_in(linked),
        identity.c.linked_to.is_(None),
    )


def _versions(connection: Connection, number: int) -> list[AnyRow]:
    """A fact with what it was edited from and into, and what says the same in its chain."""
    found = connection.execute(select(fact).where(_chain(number)).order_by(fact.c.id))
    rows = {row.id: row for row in found}
    joined = {number}
    size = 0
    while size != len(joined):
        size = len(joined)
        for row in rows.values():
            later = rows.get(row.superseded_by)
            if later is not None and {row.id, later.id} & joined and _by_hand(later, rows.values()):
                joined |= {row.id, later.id}
    said = rows[number].statement.casefold()
    return [row for row in rows.values() if row.id in joined or row.statement.casefold() == said]


def _by_hand(later: AnyRow, versions: Iterable[AnyRow]) -> bool:
    """Whether a version was made by an edit, or by taking one back, which repeats an older one."""
    return later.origin == "written" or any(
        _as_said(row) == _as_said(later) for row in versions if row.id < later.id
    )


def _as_said(row: AnyRow) -> tuple[object, ...]:
    return row.statement, row.origin, row.valid_from


def _chain(number: int) -> ColumnElement[bool]:
    """Everything that is joined with a fact by what superseded what."""
    chain = select(fact.c.id, fact.c.superseded_by).where(fact.c.id == number)
    joined = chain.cte("joined", recursive=True)
    beside = (fact.c.superseded_by == joined.c.id) | (fact.c.id == joined.c.superseded_by)
    joined = joined.union(select(fact.c.id, fact.c.superseded_by).where(beside))
    return fact.c.id.in_(select(joined.c.id))
