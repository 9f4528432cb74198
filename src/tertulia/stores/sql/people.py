"""Who is who: identities, the links between them, and what may be used before whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, select, update

from tertulia.ports.people import PeopleStore
from tertulia.stores.sql import audiences
from tertulia.stores.sql.rows import AnyRow
from tertulia.stores.sql.schema import audience, audience_member, identity, link_code, message
from tertulia.stores.sql.tables import Tables
from tertulia.stores.sql.tombstones import hash_of, secret
from tertulia.stores.sql.turns import take_back
from tertulia.values.audience import Audience, Scope
from tertulia.values.message import Author, Place
from tertulia.values.person import Identity, Person

_leader = func.coalesce(identity.c.linked_to, identity.c.id)
_select_identities: Select[*tuple[Any, ...]] = select(
    identity.c.id,
    _leader,
    identity.c.channel,
    identity.c.account,
    identity.c.platform_id,
    identity.c.name,
).order_by(identity.c.id)


class PeopleTables(Tables, PeopleStore):
    """`PeopleStore` on the tables."""

    async def scope(self, audience: int, said: int | None = None) -> Scope:
        """See the port."""
        return await self._read(lambda c: _scope(c, audience, said))

    async def scope_of(self, bot: str, person: Person) -> Scope:
        """See the port."""
        alone = Audience(id=0, bot=bot, people=frozenset({person.id}))
        return await self._read(lambda c: audiences.scope_before(c, alone))

    async def person(self, place: Place, author: Author) -> Person | None:
        """See the port."""
        return await self._read(lambda c: person(c, place, author))

    async def people(self) -> Sequence[Person]:
        """See the port."""
        return await self._read(lambda c: _persons(c.execute(_select_identities)))

    async def offer_link(self, identity: int, code: str, until: int) -> None:
        """See the port."""
        await self._write(lambda c: _offer(c, identity, code, until))

    async def offered(self, code: str, now: int) -> Identity | None:
        """See the port."""
        return await self._read(lambda c: _offered(c, code, now))

    async def link(self, identity: int, code: str, now: int) -> Identity | None:
        """See the port."""
        return await self._write(lambda c: _link(c, identity, code, now))

    async def unlink(self, identity: int) -> bool:
        """See the port."""
        return await self._write(lambda c: _unlink(c, identity))

    async def left(self, channel: str, account: str, circle: str, author: Author) -> None:
        """See the port."""
        await self._write(lambda c: _leave(c, channel, account, circle, author))


def _scope(connection: Connection, number: int, said: int | None) -> Scope:
    here = audiences.load(connection, number)
    if said is not None and said != number:
        here = replace(here, window=audiences.load(connection, said).window)
    return audiences.scope_before(connection, here)


def person(connection: Connection, place: Place, author: Author) -> Person | None:
    """See `PeopleStore.person`."""
    own = select(_leader).where(
        identity.c.channel == place.channel,
        identity.c.account == place.account,
        identity.c.platform_id == author.platform_id,
    )
    rows = connection.execute(_select_identities.where(_leader == own.scalar_subquery()))
    return next(iter(_persons(rows)), None)


def _persons(rows: Iterable[AnyRow]) -> list[Person]:
    linked: dict[int, list[Identity]] = {}
    for row in rows:
        linked.setdefault(row[1], []).append(_identity(row))
    return [Person(identities=tuple(found)) for found in linked.values()]


def _identity(row: AnyRow) -> Identity:
    return Identity(
        id=row[0],
        participant=row[1],
        channel=row[2],
        account=row[3],
        platform_id=row[4],
        name=row[5],
    )


def _code(connection: Connection, code: str) -> str:
    return hash_of(secret(connection), "link", code).hex()


def _offer(connection: Connection, who: int, code: str, until: int) -> None:
    connection.execute(delete(link_code).where(link_code.c.identity_id == who))
    row = {"identity_id": who, "hash": _code(connection, code), "until": until}
    connection.execute(insert(link_code), row)


def _offered(connection: Connection, code: str, now: int) -> Identity | None:
    row = connection.execute(
        _select_identities.join(link_code, link_code.c.identity_id == identity.c.id).where(
            link_code.c.hash == _code(connection, code), link_code.c.until >= now
        )
    ).one_or_none()
    return None if row is None else _identity(row)


def _link(connection: Connection, who: int, code: str, now: int) -> Identity | None:
    offered = connection.execute(
        delete(link_code)
        .where(link_code.c.hash == _code(connection, code), link_code.c.until >= now)
        .returning(link_code.c.identity_id)
    ).scalar_one_or_none()
    if offered is None:
        return None
    leaders = select(_leader).where(identity.c.id.in_((who, offered)))
    joined = set(connection.execute(leaders).scalars())
    first = min(joined)
    connection.execute(
        update(identity).where(_leader.in_(joined), identity.c.id != first).values(linked_to=first)
    )
    found = connection.execute(_select_identities.where(identity.c.id == offered)).one()
    return _identity(found)


def _unlink(connection: Connection, who: int) -> bool:
    leader = select(_leader).where(identity.c.id == who).scalar_subquery()
    others = select(identity.c.id).where(_leader == leader, identity.c.id != who)
    left = sorted(connection.execute(others).scalars())
    if not left:
        return False
    take_back(connection)
    connection.execute(update(identity).where(identity.c.id == who).values(linked_to=None))
    connection.execute(update(identity).where(identity.c.id == left[0]).values(linked_to=None))
    connection.execute(
        update(identity).where(identity.c.id.in_(left[1:])).values(linked_to=left[0])
    )
    return True


def _leave(connection: Connection, channel: str, account: str, circle: str, author: Author) -> None:
    who = select(identity.c.id).where(
        identity.c.channel == channel,
        identity.c.account == account,
        identity.c.platform_id == author.platform_id,
    )
    circles = select(audience.c.id).where(
        audience.c.circle == audiences.circle_of(channel, account, circle)
    )
    newest = connection.execute(select(func.max(message.c.id))).scalar_one() or 0
    connection.execute(
        update(audience_member)
        .where(
            audience_member.c.identity_id.in_(who),
            audience_member.c.audience_id.in_(circles),
            audience_member.c.left_after.is_(None),
        )
        .values(left_after=newest)
    )
