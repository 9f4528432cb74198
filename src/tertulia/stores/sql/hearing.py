"""Who hears each arriving message: those who are told, or whoever was there before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import uuid4

from sqlalchemy import Connection, bindparam, select

from tertulia.stores.sql.audiences import CROWD, Hearers, find_or_make, hash_of_hearers, those_there
from tertulia.stores.sql.schema import audience, audience_member


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message, as far as it matters to who hears it.

    `unique` is no other message's. `before` is the audience of the message before it; `people` are
    those who are told to be there, by their identities with their names there, who speaks first.
    Where not `told`, whoever was there before is taken to have stayed.
    """

    unique: str
    conversation: int
    bot: str
    window: str | None
    before: int | None
    circle: str | None
    people: Mapping[int, str]
    told: bool

    @property
    def speaker(self) -> int:
        """Who says it."""
        return next(iter(self.people))


@dataclass(slots=True)
class _There:
    """Who is there; `people` of a crowd are those of whom it is known, by their names."""

    hearers: Hearers
    people: dict[int, str | None]


_before = (
    select(
        audience.c.id,
        audience.c.key,
        audience.c.bot,
        audience.c.window,
        audience.c.circle,
        audience.c.crowd,
        audience_member.c.identity_id,
        audience_member.c.name,
    )
    .select_from(
        audience.outerjoin(
            audience_member,
            (audience_member.c.audience_id == audience.c.id)
            & audience_member.c.left_after.is_(None)
            & audience.c.crowd.is_(None),
        )
    )
    .where(audience.c.id.in_(bindparam("which", expanding=True)))
)
_of_crowd = (
    select(audience_member.c.identity_id)
    .join(audience, audience.c.id == audience_member.c.audience_id)
    .where(
        audience_member.c.identity_id == bindparam("one"), audience.c.crowd == bindparam("crowd")
    )
    .order_by(audience_member.c.audience_id.desc())
    .limit(1)
)


def hear(connection: Connection, said: Sequence[Said]) -> list[int]:
    """The audiences of these, in their order."""
    known = _known(connection, said)
    there: dict[int, _There | None] = {}
    wanted: list[Hearers] = []
    for one in said:
        before = there.get(one.conversation) or known.get(one.before or 0)
        now = _who_hears(one, before)
        there[one.conversation] = now
        wanted.append(now.hearers)
    return find_or_make(connection, wanted)


def _who_hears(one: Said, before: _There | None) -> _There:
    speaks = frozenset({one.speaker})
    if one.circle is not None:
        key = hash_of_hearers(one.bot, one.window, one.circle)
        hearers = Hearers(
            key=key,
            bot=one.bot,
            window=one.window,
            circle=one.circle,
            people=speaks,
            names={one.speaker: one.people[one.speaker]},
        )
    elif one.told or before is None:
        hearers = those_there(one.bot, one.window, frozenset(one.people), one.people)
    else:
        return _stay(one, before)
    return _There(hearers, dict.fromkeys(hearers.people) | dict(hearers.names))


def _stay(one: Said, before: _There) -> _There:
    """Whoever was there before is there, and who speaks."""
    was, name = before.hearers, one.people[one.speaker]
    same = (was.bot, was.window, was.circle) == (one.bot, one.window, None)
    if same and one.speaker in before.people:
        if before.people[one.speaker] == name:
            return before
        people = before.people | {one.speaker: name}
        return _There(replace(was, names={one.speaker: name}), people)
    those = frozenset(before.people) | {one.speaker}
    if was.crowd is None and len(those) <= CROWD:
        hearers = those_there(one.bot, one.window, those, {one.speaker: name})
    else:
        # Of a crowd that was told, others may be there tomorrow: this one begins anew.
        goes_on = was.crowd is not None and was.crowd != was.key
        hearers = Hearers(
            key=hash_of_hearers(one.bot, one.window, ["crowd", one.unique]),
            bot=one.bot,
            window=one.window,
            crowd=was.crowd if goes_on else one.unique,
            people=frozenset({one.speaker}) if goes_on else those,
            names={one.speaker: name},
        )
    return _There(hearers, dict.fromkeys(those) | {one.speaker: name})


def in_window(connection: Connection, number: int, window: str | None) -> int:
    """The audience of those who are in this one, in a window of its own."""
    there = _noted(connection, [number]).get(number)
    if there is None or there.hearers.window == window:
        return number
    was = there.hearers
    people = frozenset(there.people)
    if was.circle is not None:
        key = hash_of_hearers(was.bot, window, was.circle)
    elif was.crowd is not None:
        key = hash_of_hearers(was.bot, window, ["crowd", uuid4().hex])
    else:
        key = hash_of_hearers(was.bot, window, sorted(people))
    crowd = key + "+" if was.crowd == was.key else was.crowd
    hearers = replace(was, key=key, window=window, crowd=crowd, people=people, number=None)
    return find_or_make(connection, [hearers])[0]


def _noted(connection: Connection, which: Sequence[int]) -> dict[int, _There]:
    """These audiences; of a crowd nobody is told."""
    noted: dict[int, _There] = {}
    for row in connection.execute(_before, {"which": which}) if which else ():
        number, key, bot, window, circle, crowd, member, name = row
        if number not in noted:
            hearers = Hearers(
                key=key,
                bot=bot,
                window=window,
                circle=circle,
                crowd=crowd,
                people=frozenset(),
                number=number,
            )
            noted[number] = _There(hearers, {})
        if member is not None:
            noted[number].people[member] = name
    return noted


def _known(connection: Connection, said: Sequence[Said]) -> dict[int, _There]:
    """The audiences in which those are whose company is not told; of a crowd, who speaks here."""
    unsure = [one for one in said if not one.told and one.circle is None and one.before]
    known = _noted(connection, sorted({one.before for one in unsure if one.before}))
    for one in unsure:
        there = known.get(one.before or 0)
        if there is not None and there.hearers.crowd is not None:
            given = {"one": one.speaker, "crowd": there.hearers.crowd}
            if connection.execute(_of_crowd, given).first() is not None:
                there.people[one.speaker] = None
    return known
