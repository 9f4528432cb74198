"""The audiences in the store: each found or made once, and what may be used before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from tertulia.stores.sql.schema import audience, audience_member, identity
from tertulia.values.audience import EVER, Audience, Scope, scope, usable
from tertulia.values.errors import NotThere

CROWD = 100
"""More people than these are a crowd: of it only those are noted who speak."""

FEW = 100
"""So few audiences are looked at one by one."""

SOME = 300
"""Of more audiences that somebody is in, the number is of no account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearers:
    """Those who hear a message: the identities there, or a circle or a crowd that they belong to.

    `people` are noted as its members where it is new, `names` what some of them are called there;
    of a circle and a crowd both are of who speaks. `number` is the audience's, where it is known.
    `key` is the same for the same hearers; nothing that somebody said or is called is in it.
    """

    key: str
    bot: str
    window: str | None
    circle: str | None = None
    crowd: str | None = None
    people: frozenset[int]
    names: Mapping[int, str] = field(default_factory=dict[int, str])
    number: int | None = None


def those_there(
    bot: str, window: str | None, people: frozenset[int], names: Mapping[int, str]
) -> Hearers:
    """All who are there; of too many only those are noted who speak, whose name comes first."""
    key = hash_of_hearers(bot, window, sorted(people))
    if len(people) <= CROWD:
        return Hearers(key=key, bot=bot, window=window, people=people, names=names)
    one = next(iter(names))
    speaks, called = frozenset({one}), {one: names[one]}
    return Hearers(key=key, bot=bot, window=window, crowd=key, people=speaks, names=called)


def circle_of(channel: str, account: str, circle: str | None) -> str | None:
    """The circle's own id in the store."""
    return None if circle is None else hash_of_hearers(channel, account, circle)


def hash_of_hearers(*what: Any) -> str:
    """A key of what is told, which tells nothing of it."""
    return hashlib.blake2b(json.dumps(what).encode(), digest_size=16).hexdigest()


_by_key = select(audience.c.key, audience.c.id).where(
    audience.c.key.in_(bindparam("keys", expanding=True))
)
_insert_audience = insert(audience).returning(audience.c.id)
_joins = upsert(audience_member)
_called = func.coalesce(_joins.excluded.name, audience_member.c.name)
_join = _joins.on_conflict_do_update(
    index_elements=["audience_id", "identity_id"],
    set_={"left_after": None, "name": _called},
    where=audience_member.c.left_after.is_not(None) | audience_member.c.name.is_not(_called),
)
_participant = identity.c.linked_to


def find_or_make(connection: Connection, wanted: Sequence[Hearers]) -> list[int]:
    """The audiences of these hearers, in their order; who speaks there is noted with their name."""
    keys = {hearers.key for hearers in wanted if hearers.number is None}
    rows = connection.execute(_by_key, {"keys": sorted(keys)}) if keys else ()
    known = {row[0]: row[1] for row in rows}
    joining: dict[tuple[int, int], str | None] = {}
    for hearers in wanted:
        number = hearers.number or known.get(hearers.key)
        noted = hearers.names.keys() if number else hearers.people | hearers.names.keys()
        if number is None:
            number = known[hearers.key] = _make(connection, hearers)
        joining |= {(number, one): hearers.names.get(one) for one in noted}
    if joining:
        rows = [
            {"audience_id": which, "identity_id": one, "name": name}
            for (which, one), name in sorted(joining.items(), key=lambda each: each[0])
        ]
        connection.execute(_join, rows)
    return [hearers.number or known[hearers.key] for hearers in wanted]


def _make(connection: Connection, hearers: Hearers) -> int:
    made = {
        "key": hearers.key,
        "bot": hearers.bot,
        "circle": hearers.circle,
        "crowd": hearers.crowd,
        "window": hearers.window,
        "facts_upto": 0,
    }
    return connection.execute(_insert_audience, made).scalar_one()


def load(connection: Connection, number: int) -> Audience:
    """One audience with its participants. Raises: `NotThere`.

    Those of a crowd who have not spoken are together one participant, who is nowhere else.
    """
    row = connection.execute(select(audience).where(audience.c.id == number)).one_or_none()
    if row is None:
        raise NotThere(f"There is no audience {number}.")
    members = connection.execute(
        select(identity.c.id, _participant)
        .join(audience_member, audience_member.c.identity_id == identity.c.id)
        .where(audience_member.c.audience_id == number)
    )
    people = {linked or own for own, linked in members}
    if row.crowd is not None:
        people.add(-number)
    return Audience(
        id=number, bot=row.bot, circle=row.circle, window=row.window, people=frozenset(people)
    )


def scope_before(connection: Connection, here: Audience) -> Scope:
    """What may be used before `here`: the audience rule over every audience that could matter."""
    if here.circle is not None:
        return scope(here, _of_circle(connection, here))
    crowds = [-one for one in here.people if one < 0]
    if crowds:
        return scope(here, [load(connection, number) for number in crowds])
    return _of_people(connection, here)


def _of_circle(connection: Connection, here: Audience) -> list[Audience]:
    rows = connection.execute(select(audience).where(audience.c.circle == here.circle))
    return [
        Audience(id=row.id, bot=row.bot, circle=row.circle, window=row.window, people=frozenset())
        for row in rows
    ]


_often = (
    select(audience_member.c.audience_id)
    .where(audience_member.c.identity_id == identity.c.id)
    .correlate(identity)
    .limit(SOME)
    .subquery()
)
_identities = select(
    identity.c.id,
    func.coalesce(_participant, identity.c.id),
    select(func.count()).select_from(_often).scalar_subquery(),
).where(
    identity.c.id.in_(bindparam("people", expanding=True))
    | _participant.in_(bindparam("people", expanding=True))
)
_is_in = audience_member.c.identity_id.in_(bindparam("who", expanding=True))
_in_which = select(func.json_group_array(audience_member.c.audience_id)).where(_is_in)
_listed = select(func.json_each(bindparam("which")).table_valued("value").c.value)
_could_matter = select(
    func.json_group_array(audience.c.id),
    func.json_group_array(audience.c.id).filter(audience.c.circle.is_not(None)),
).where(
    audience.c.id.in_(_listed),
    audience.c.bot == bindparam("bot"),
    audience.c.window.is_not_distinct_from(bindparam("window")),
)
_with_all = (
    select(audience_member.c.audience_id)
    .join(identity, identity.c.id == audience_member.c.identity_id)
    .where(_is_in, audience_member.c.audience_id.in_(_listed))
    .group_by(audience_member.c.audience_id)
    .having(func.count(func.coalesce(_participant, identity.c.id).distinct()) == bindparam("count"))
)
_circles = (
    select(
        audience.c.id,
        audience.c.circle,
        audience_member.c.identity_id,
        audience_member.c.left_after,
    )
    .join(audience_member, audience_member.c.audience_id == audience.c.id)
    .where(_is_in, audience.c.id.in_(_listed))
)


def _of_people(connection: Connection, here: Audience) -> Scope:
    """By the audiences that all of `here` are in, beginning with who is in the fewest."""
    people: dict[int, list[int]] = {}
    often: dict[int, int] = {}
    for own, leader, count in connection.execute(_identities, {"people": list(here.people)}):
        people.setdefault(leader, []).append(own)
        often[leader] = often.get(leader, 0) + count
    if not people or here.people - people.keys():
        return Scope(here=here, upto={})
    shared = _shared(connection, people, sorted(people, key=lambda one: often[one]))
    given = {"which": json.dumps(list(shared)), "bot": here.bot, "window": here.window}
    found, circles = [
        set[int](json.loads(numbers)) for numbers in connection.execute(_could_matter, given).one()
    ]
    # The others hold everybody here, and nobody leaves them: what the rule says of one, of each.
    alike = Audience(id=0, bot=here.bot, window=here.window, people=here.people)
    same = dict.fromkeys(found - circles, usable(alike, here))
    leaders = {own: leader for leader, numbers in people.items() for own in numbers}
    near = scope(here, _with_leavers(connection, here, circles, leaders))
    reached = {**same, **near.upto}
    return Scope(here=here, upto={number: upto for number, upto in reached.items() if upto})


def _shared(
    connection: Connection, people: Mapping[int, Sequence[int]], order: Sequence[int]
) -> set[int]:
    """The audiences that all these people are in; linked identities are one."""
    first, *others = order
    shared = set[int](json.loads(connection.scalar(_in_which, {"who": people[first]}) or "[]"))
    while others and len(shared) > FEW:
        theirs = connection.scalar(_in_which, {"who": people[others.pop(0)]})
        shared.intersection_update(json.loads(theirs or "[]"))
    if not others or not shared:
        return shared
    given = {
        "which": json.dumps(sorted(shared)),
        "who": [own for numbers in people.values() for own in numbers],
        "count": len(people),
    }
    return set(connection.execute(_with_all, given).scalars())


def _with_leavers(
    connection: Connection, here: Audience, which: set[int], leaders: Mapping[int, int]
) -> list[Audience]:
    """These circles; of their people only those of `here` are told."""
    given = {"which": json.dumps(sorted(which)), "who": list(leaders)}
    rows = connection.execute(_circles, given) if which else ()
    circles: dict[int, str | None] = {}
    people: dict[int, dict[int, int]] = {number: {} for number in which}
    for number, circle, own, left in rows:
        circles[number] = circle
        one, last = leaders[own], EVER if left is None else left
        # Of somebody's linked identities the one that heard the most counts.
        people[number][one] = max(people[number].get(one, 0), last)
    return [
        Audience(
            id=number,
            bot=here.bot,
            circle=circles[number],
            window=here.window,
            people=frozenset(heard),
            left={one: last for one, last in heard.items() if last != EVER},
        )
        for number, heard in people.items()
    ]
