"""Finds messages by their words, at bounded cost however long the history is."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, select

from tertulia.ports.recall import Found, Match, RecallStore, Unembedded, Vectors
from tertulia.stores.sql import search, vectors
from tertulia.stores.sql.postings import Read, read
from tertulia.stores.sql.rows import as_message, message_columns
from tertulia.stores.sql.schema import audience_member, conversation, identity, message
from tertulia.stores.sql.tables import Tables
from tertulia.values.audience import EVER, Scope

LIMIT = 200
"""Messages that are found at most."""

NAMES = 500
"""Speakers that are told at most, and audiences that are asked for them: the newest."""

SOMEBODY = "somebody"
"""Who said something, where those who may read it were told no name."""

NOTHING = frozenset[int]()

_ASKS = ("?", "？", "؟")  # noqa: RUF001 - full width

_before = message.alias()
_details = (
    select(
        *message_columns, audience_member.c.name, conversation.c.bot, _before.c.id, _before.c.text
    )
    .select_from(
        message.join(conversation, conversation.c.id == message.c.conversation_id)
        .outerjoin(
            audience_member,
            (audience_member.c.audience_id == message.c.audience_id)
            & (audience_member.c.identity_id == message.c.identity_id),
        )
        .outerjoin(
            _before,
            (_before.c.conversation_id == message.c.conversation_id)
            & (_before.c.seq == message.c.seq - 1)
            & (_before.c.audience_id == message.c.audience_id),
        )
    )
    .where(message.c.id.in_(bindparam("which", expanding=True)))
)
_speakers = (
    select(audience_member.c.identity_id, audience_member.c.name)
    .where(
        audience_member.c.audience_id.in_(bindparam("audiences", expanding=True)),
        audience_member.c.name.is_not(None),
    )
    .order_by(audience_member.c.audience_id.desc())
    .limit(NAMES * 4)
)
_after = message.alias()
_lending = (
    select(message.c.id, message.c.audience_id, _after.c.id)
    .join(
        _after,
        (_after.c.conversation_id == message.c.conversation_id)
        & (_after.c.seq > message.c.seq)
        & (_after.c.seq <= message.c.seq + search.REACH),
    )
    .where(message.c.id.in_(bindparam("which", expanding=True)))
)


class RecallTables(Tables, RecallStore):
    """`RecallStore` on the tables."""

    async def index(self, most: int | None = None) -> int:
        """See the port."""
        taken = 0
        while (most is None or taken < most) and await self._read(search.behind):
            taken += await self._write(search.take_in)
        return taken

    async def speakers(self, scope: Scope | None) -> Mapping[int, str]:
        """See the port."""
        return await self._read(lambda c: _names(c, scope))

    async def seek(
        self,
        scope: Scope | None,
        words: Sequence[str],
        kinds: Sequence[Sequence[str]],
        also: Collection[int] = (),
    ) -> Found:
        """See the port."""
        return await self._read(lambda c: _seek(c, scope, read(c, scope, words, kinds), also))

    async def unembedded(self, model: str, most: int) -> Unembedded:
        """See the port."""
        return await self._read(lambda c: vectors.unembedded(c, model, most))

    async def add_vectors(self, model: str, made: Vectors) -> bool:
        """See the port."""
        return await self._write(lambda c: vectors.add_vectors(c, model, made))

    async def vectors(
        self, scope: Scope, model: str, after: int, generation: int, most: int
    ) -> Vectors:
        """See the port."""
        return await self._read(lambda c: vectors.vectors(c, scope, model, after, generation, most))


def _names(connection: Connection, scope: Scope | None) -> dict[int, str]:
    if scope is None:
        rows = connection.execute(select(identity.c.id, identity.c.name).limit(NAMES)).all()
    else:
        # Of a circle that somebody here has left, a name may be newer than what they have heard.
        heard = sorted(number for number, upto in scope.upto.items() if upto == EVER)
        rows = connection.execute(_speakers, {"audiences": heard[-NAMES:]}).all()
    # Of several names the one counts that was used in the newest audience.
    return {row[0]: row[1] for row in reversed(rows)}


def _seek(connection: Connection, scope: Scope | None, held: Read, also: Collection[int]) -> Found:
    first = held.first()
    best = heapq.nlargest(LIMIT, zip(first.values(), first, strict=True))
    which = dict.fromkeys([*(number for _, number in best), *also])
    found = _fetch(connection, scope, list(which), held)
    asked = set(also)
    holding = (
        one for one in found if one.own or one.near or one.kinds or one.message.number in asked
    )
    return Found(matches=tuple(holding), words=held.words, kinds=held.kinds)


def _fetch(
    connection: Connection, scope: Scope | None, numbers: Sequence[int], held: Read
) -> list[Match]:
    rows = connection.execute(_details, {"which": numbers}).all()
    rows = [row for row in rows if scope is None or scope.allows(row.audience_id, row.id)]
    there = {row.id for row in rows}
    own = held.own.of(there | {row[-2] for row in rows if row[-1]})
    near = held.near.of(there - _at_the_edge(connection, scope, rows))
    kinds = held.members.of(there)
    return [
        _match(row, own, near.get(row.id, NOTHING), kinds[row.id], _names_it(scope, row))
        for row in rows
    ]


def _names_it(scope: Scope | None, row: Any) -> bool:
    """Whether what its author is called in its audience now may be told."""
    return scope is None or scope.upto.get(row.audience_id) == EVER


def _at_the_edge(connection: Connection, scope: Scope | None, rows: Collection[Any]) -> set[int]:
    """The messages with neighbours that may not be used, as they came after somebody had left."""
    if scope is None:
        return set()
    left = [row.id for row in rows if scope.upto.get(row.audience_id, 0) != EVER]
    near = connection.execute(_lending, {"which": left}) if left else ()
    return {number for number, audience, after in near if not scope.allows(audience, after)}


def _match(
    row: Any,
    own: Mapping[int, frozenset[int]],
    near: frozenset[int],
    kinds: frozenset[int],
    named: bool,
) -> Match:
    name, bot, before, asked = row[-4:]
    found = as_message(row)
    speaker = found.name or (name if named else None) or SOMEBODY
    return Match(
        message=found,
        speaker=bot if found.role == "assistant" else speaker,
        own=own[found.number],
        near=near,
        before=own[before] if asked and any(mark in asked for mark in _ASKS) else NOTHING,
        kinds=kinds,
    )
