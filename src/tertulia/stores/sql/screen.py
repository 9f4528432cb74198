"""What a screen reads and changes of conversations: the list, titles, pins, receipts, summaries."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Select, bindparam, exists, func, select, tuple_, update

from tertulia.ports.screen import ScreenStore
from tertulia.stores.sql import attachments, fact_edits
from tertulia.stores.sql.branches import BranchTables
from tertulia.stores.sql.chunks import chunks
from tertulia.stores.sql.paging import PageTables
from tertulia.stores.sql.receipts import unpack
from tertulia.stores.sql.rows import (
    AnyRow,
    as_conversation,
    as_message,
    as_summary,
    conversation_columns,
    message_columns,
    summary_columns,
)
from tertulia.stores.sql.schema import (
    audience_member,
    conversation,
    identity,
    message,
    summary,
    turn,
)
from tertulia.stores.sql.showing import Sight
from tertulia.values.attachment import Attachment
from tertulia.values.audience import EVER, Audience, Scope
from tertulia.values.conversation import Conversation, Summary
from tertulia.values.fact import Fact
from tertulia.values.message import Message, Place
from tertulia.values.person import Person

BEGINNING = 200
"""Letters of what was said first that a list shows."""

ACCOUNTS = ("web", "api")
"""Channels on which a conversation is its account's, whether something was said in it or not."""

_ID = re.compile(r"([0-9]{1,18})\.([0-9]{1,18})")

_member = audience_member.c
_heard = select(_member.audience_id, _member.left_after).where(
    _member.identity_id.in_(bindparam("who", expanding=True))
)
_place = (conversation.c.channel, conversation.c.account)
_next = select(func.min(message.c.conversation_id))
_spoke = (
    select(
        identity.c.id.label("who"),
        _next.where(message.c.identity_id == identity.c.id).scalar_subquery().label("which"),
    )
    .where(identity.c.id.in_(bindparam("who", expanding=True)))
    .cte("spoke", recursive=True)
)
_later = _next.where(
    message.c.identity_id == _spoke.c.who, message.c.conversation_id > _spoke.c.which
)
# From one conversation to the next: what they said in each is not gone through.
_spoke = _spoke.union_all(
    select(_spoke.c.who, _later.scalar_subquery()).where(_spoke.c.which.is_not(None))
)
# An account's talks of its end users are theirs: its own are also those in which nobody spoke.
_silent = ~exists().where(
    message.c.conversation_id == conversation.c.id, message.c.identity_id.is_not(None)
)
_theirs = select(_spoke.c.which).union(
    select(conversation.c.id).where(
        tuple_(*_place).in_(bindparam("accounts", expanding=True)), _silent
    )
)
_latest = (conversation.c.updated_at.desc(), conversation.c.id.desc())
_listed_ids = select(func.json_each(bindparam("listed")).table_valued("value").c.value)
_first_said = (
    select(func.substr(message.c.text, 1, BEGINNING))
    .where(message.c.conversation_id == conversation.c.id, message.c.role == "user")
    .order_by(message.c.seq)
    .limit(1)
    .correlate(conversation)
)
_receipt = select(turn.c.receipt).where(
    turn.c.conversation_id == bindparam("which"), turn.c.message_seq == bindparam("seq")
)
_named = select(*message_columns).where(
    tuple_(message.c.conversation_id, message.c.seq).in_(bindparam("names", expanding=True))
)
_summaries = (
    select(*summary_columns, message.c.id)
    .outerjoin(
        message,
        (message.c.conversation_id == summary.c.conversation_id)
        & (message.c.seq == summary.c.upto),
    )
    .where(summary.c.conversation_id == bindparam("which"))
    .order_by(summary.c.upto, summary.c.id)
)


class ScreenTables(PageTables, BranchTables, ScreenStore):
    """`ScreenStore` on the tables."""

    async def heard_by(self, person: Person) -> Scope:
        """See the port."""
        return await self._read(lambda c: heard_by(c, person))

    async def conversations_of(
        self, person: Person | None, *, archived: bool, before: int | None, most: int
    ) -> Sequence[tuple[Conversation, str]]:
        """See the port."""
        return await self._read(lambda c: _listed(c, person, archived, before, max(most, 1)))

    async def conversations_under(self, place: Place, most: int) -> Sequence[Conversation]:
        """See the port."""
        return await self._read(lambda c: _under(c, place, max(most, 1)))

    async def spoke_in(self, person: Person, conversation: int) -> bool:
        """See the port."""
        return await self._read(lambda c: _spoke_in(c, person, conversation))

    async def set_title(self, conversation: int, title: str | None) -> None:
        """See the port."""
        await self._write(lambda c: _change(c, conversation, title=title))

    async def set_pinned(self, conversation: int, at: int | None) -> None:
        """See the port."""
        await self._write(lambda c: _change(c, conversation, pinned_at=at))

    async def set_archived(self, conversation: int, at: int | None) -> None:
        """See the port."""
        await self._write(lambda c: _change(c, conversation, archived_at=at))

    async def receipt_of(self, conversation: int, seq: int) -> dict[str, Any] | None:
        """See the port."""
        given = {"which": conversation, "seq": seq}
        found = await self._read(lambda c: c.execute(_receipt, given).scalars().first())
        return unpack(found) or None

    async def messages_named(self, ids: Collection[str]) -> Sequence[Message]:
        """See the port."""
        return await self._read(lambda c: _messages_named(c, ids))

    async def summaries(self, conversation: int, scope: Scope | None) -> Sequence[Summary]:
        """See the port."""
        return await self._read(lambda c: _summaries_of(c, conversation, scope))

    async def summary_numbered(self, number: int) -> Summary | None:
        """See the port."""
        query = select(*summary_columns).where(summary.c.id == number)
        row = await self._read(lambda c: c.execute(query).one_or_none())
        return None if row is None else as_summary(row)

    async def attachment(self, number: int) -> tuple[Message, Attachment] | None:
        """See the port."""
        return await self._read(lambda c: attachments.read(c, number))

    async def write_fact(
        self, bot: str, about: int, subject: str, statement: str, now: int
    ) -> Fact:
        """See the port."""
        return await self._write(lambda c: fact_edits.write(c, bot, about, subject, statement, now))


def heard_by(connection: Connection, person: Person) -> Scope:
    """See `ScreenStore.heard_by`: of linked identities the one that heard the most counts."""
    upto: dict[int, int] = {}
    for which, left in connection.execute(_heard, {"who": person.numbers}):
        upto[which] = max(upto.get(which, 0), EVER if left is None else left)
    here = Audience(id=0, bot="", people=frozenset({person.id}))
    return Scope(here=here, upto={which: last for which, last in upto.items() if last})


def _listed(
    connection: Connection, person: Person | None, archived: bool, before: int | None, most: int
) -> list[tuple[Conversation, str]]:
    """Pinned ones come beside `most`; no page ends between two that changed at one moment."""
    shelved = conversation.c.archived_at.is_not(None)
    query = select(*conversation_columns).where(shelved if archived else ~shelved)
    given: dict[str, Any] = {}
    if person is not None:
        given["listed"] = json.dumps(list(connection.execute(_theirs, _whose(person)).scalars()))
        query = query.where(conversation.c.id.in_(_listed_ids))
    rows: list[AnyRow] = []
    others = query.where(conversation.c.pinned_at.is_(None))
    if before is None:
        pinned = query.where(conversation.c.pinned_at.is_not(None))
        rows += connection.execute(
            pinned.order_by(conversation.c.pinned_at.desc(), *_latest), given
        )
    else:
        others = others.where(conversation.c.updated_at < before)
    rows += _latest_of(connection, others.order_by(*_latest), given, most)
    beginnings = _beginnings(connection, person, [row.id for row in rows])
    return [(as_conversation(row), beginnings[row.id]) for row in rows]


def _latest_of(
    connection: Connection, query: Select[*tuple[Any, ...]], given: dict[str, Any], most: int
) -> list[AnyRow]:
    found = list(connection.execute(query.limit(most + 1), given))
    if len(found) <= most:
        return found
    last = found[most - 1].updated_at
    same = query.where(conversation.c.updated_at == last)
    return [*(row for row in found if row.updated_at > last), *connection.execute(same, given)]


def _under(connection: Connection, place: Place, most: int) -> list[Conversation]:
    spot, above = conversation.c.spot, f"{place.spot}/"
    query = select(*conversation_columns).where(
        conversation.c.channel == place.channel,
        conversation.c.account == place.account,
        # All that begins so, as a range: of that the unique index knows.
        spot >= above,
        spot < f"{place.spot}0",
        func.instr(func.substr(spot, len(above) + 1), "/") == 0,
    )
    rows = connection.execute(query.order_by(*_latest).limit(most))
    return [as_conversation(row) for row in rows]


def _beginnings(
    connection: Connection, person: Person | None, which: Sequence[int]
) -> dict[int, str]:
    """What was said first in each of these, as far as this person heard it."""
    sight = Sight(None if person is None else heard_by(connection, person))
    first = sight.narrow(_first_said).scalar_subquery()
    query = select(conversation.c.id, first).where(conversation.c.id.in_(_listed_ids))
    given = {"listed": json.dumps(which), **sight.given}
    return {row[0]: row[1] or "" for row in connection.execute(query, given)}


def _whose(person: Person) -> dict[str, Any]:
    return {"who": person.numbers, "accounts": sorted(_accounts(person))}


def _accounts(person: Person) -> set[tuple[str, str]]:
    """The accounts that this person is; whom an account speaks for is not the account."""
    return {
        (one.channel, one.account)
        for one in person.identities
        if one.channel in ACCOUNTS and one.platform_id == one.account
    }


def _spoke_in(connection: Connection, person: Person, which: int) -> bool:
    spoke = select(message.c.id).where(
        message.c.conversation_id == which, message.c.identity_id.in_(person.numbers)
    )
    if connection.execute(spoke.limit(1)).first() is not None:
        return True
    silent = select(*_place).where(conversation.c.id == which, _silent)
    place = connection.execute(silent).one_or_none()
    return place is not None and tuple(place) in _accounts(person)


def _change(connection: Connection, which: int, **values: object) -> None:
    connection.execute(update(conversation).where(conversation.c.id == which).values(**values))


def _messages_named(connection: Connection, ids: Collection[str]) -> list[Message]:
    found = (_ID.fullmatch(one) for one in ids)
    names = sorted({(int(one[1]), int(one[2])) for one in found if one is not None})
    return [
        as_message(row)
        for some in chunks(names)
        for row in connection.execute(_named, {"names": some})
    ]


def _summaries_of(connection: Connection, which: int, scope: Scope | None) -> list[Summary]:
    rows = connection.execute(_summaries, {"which": which})
    return [
        as_summary(row)
        for row in rows
        if scope is None or scope.allows(row.audience_id, row[-1] or EVER)
    ]
