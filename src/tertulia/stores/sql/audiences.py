"""Who hears what is said: finds or makes the audience of each arriving message."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from tertulia.stores.sql.schema import audience, audience_member, identity
from tertulia.values.audience import EVER, Audience, Scope, scope
from tertulia.values.errors import NotThere


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearers:
    """Those who hear a message: the identities there, or a circle that they belong to."""

    bot: str
    window: str | None
    circle: str | None
    people: frozenset[int]

    @property
    def key(self) -> str:
        """The same for the same hearers; nothing that somebody said or is called is in it."""
        who = self.circle or sorted(self.people)
        return _hash(self.bot, self.window, who)


@dataclass(slots=True)
class Known:
    """The audiences that a group of arrivals needs, by key, and the people of those there."""

    people: Mapping[int, frozenset[int]]
    by_key: dict[str, int] = field(default_factory=dict[str, int])


def circle_of(channel: str, account: str, circle: str | None) -> str | None:
    """The circle's own id in the store."""
    return None if circle is None else _hash(channel, account, circle)


def _hash(*what: Any) -> str:
    return hashlib.blake2b(json.dumps(what).encode(), digest_size=16).hexdigest()


_members = select(audience_member.c.audience_id, audience_member.c.identity_id).where(
    audience_member.c.audience_id.in_(bindparam("which", expanding=True))
)
_by_key = select(audience.c.key, audience.c.id).where(
    audience.c.key.in_(bindparam("keys", expanding=True))
)
_insert_audience = insert(audience).returning(audience.c.id)
_joins = upsert(audience_member)
_join = _joins.on_conflict_do_update(
    index_elements=["audience_id", "identity_id"], set_={"left_after": None}
)
_participant = identity.c.linked_to


def people_of(connection: Connection, which: Collection[int]) -> dict[int, frozenset[int]]:
    """The identities that belong to each of these audiences."""
    found: dict[int, set[int]] = {number: set() for number in which}
    for row in connection.execute(_members, {"which": list(found)}) if found else ():
        found[row[0]].add(row[1])
    return {number: frozenset(people) for number, people in found.items()}


def find_or_make(connection: Connection, wanted: Sequence[Hearers]) -> dict[str, int]:
    """The audiences of these hearers, by key; who speaks in a circle belongs to it."""
    each = {hearers.key: hearers for hearers in wanted}
    rows = connection.execute(_by_key, {"keys": list(each)})
    known = {row[0]: row[1] for row in rows}
    joining = {(hearers.key, one) for hearers in wanted if hearers.circle for one in hearers.people}
    for key, hearers in each.items():
        if key not in known:
            known[key] = _make(connection, hearers)
            joining |= {(key, one) for one in hearers.people}
    if joining:
        rows = [{"audience_id": known[key], "identity_id": one} for key, one in sorted(joining)]
        connection.execute(_join, rows)
    return known


def _make(connection: Connection, hearers: Hearers) -> int:
    made = {
        "key": hearers.key,
        "bot": hearers.bot,
        "circle": hearers.circle,
        "window": hearers.window,
        "facts_upto": 0,
    }
    return connection.execute(_insert_audience, made).scalar_one()


def load(connection: Connection, number: int) -> Audience:
    """One audience with its participants. Raises: `NotThere`."""
    row = connection.execute(select(audience).where(audience.c.id == number)).one_or_none()
    if row is None:
        raise NotThere(f"There is no audience {number}.")
    members = connection.execute(
        select(identity.c.id, _participant)
        .join(audience_member, audience_member.c.identity_id == identity.c.id)
        .where(audience_member.c.audience_id == number)
    )
    people = frozenset(linked or own for own, linked in members)
    return Audience(id=number, bot=row.bot, circle=row.circle, window=row.window, people=people)


def scope_before(connection: Connection, here: Audience) -> Scope:
    """What may be used before `here`: the audience rule over every audience that could matter."""
    return scope(
        here, _of_circle(connection, here) if here.circle else _of_people(connection, here)
    )


def _of_circle(connection: Connection, here: Audience) -> Iterable[Audience]:
    rows = connection.execute(select(audience).where(audience.c.circle == here.circle))
    for row in rows:
        yield Audience(
            id=row.id, bot=row.bot, circle=row.circle, window=row.window, people=frozenset()
        )


def _of_people(connection: Connection, here: Audience) -> Iterable[Audience]:
    """Those that somebody of `here` is in; of their people only those of `here` are told."""
    rows = connection.execute(
        select(
            audience.c.id,
            audience.c.bot,
            audience.c.circle,
            audience.c.window,
            identity.c.id,
            identity.c.linked_to,
            audience_member.c.left_after,
        )
        .join(audience_member, audience_member.c.audience_id == audience.c.id)
        .join(identity, identity.c.id == audience_member.c.identity_id)
        .where(
            audience.c.bot == here.bot,
            identity.c.id.in_(here.people) | identity.c.linked_to.in_(here.people),
        )
    )
    found: dict[int, tuple[Any, dict[int, int]]] = {}
    for row in rows:
        _, people = found.setdefault(row[0], (row, {}))
        one = row[5] or row[4]
        # Of somebody's linked identities the one that heard the most counts.
        people[one] = max(people.get(one, 0), EVER if row[6] is None else row[6])
    for number, (row, people) in found.items():
        yield Audience(
            id=number,
            bot=row[1],
            circle=row[2],
            window=row[3],
            people=frozenset(people),
            left={one: last for one, last in people.items() if last != EVER},
        )
