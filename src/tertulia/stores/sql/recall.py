"""Finds messages by their words, at bounded cost however long the history is.

Each word is looked up by itself: thus the store's own stemmer tells which words a message holds,
and rarity is counted within the scope alone, where others' messages neither distort it nor show.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, select

from tertulia.ports.recall import Found, Match, RecallStore
from tertulia.stores.sql import search
from tertulia.stores.sql.rows import as_message, message_columns
from tertulia.stores.sql.schema import audience_member, conversation, identity, message
from tertulia.stores.sql.tables import Tables
from tertulia.values.audience import Scope
from tertulia.values.words import words as folded

CAP = 1000
"""Postings of a column that a search reads at most: what bounds its cost."""

MOST_WORDS = 12
"""Words that are used at most, the rarest first."""

MOST_MEMBERS = 40
"""Members of a kind that are asked for at most."""

LIMIT = 200
"""Messages that are found at most."""

NAMES = 500
"""Speakers that are told at most."""

_POSTINGS = (
    "SELECT rowid FROM message_index WHERE message_index MATCH ? ORDER BY rowid DESC LIMIT ?"
)
_COUNT = "SELECT count(*) FROM (SELECT 1 FROM message_index WHERE message_index MATCH ? LIMIT ?)"
_ALL = "SELECT count(*) FROM (SELECT 1 FROM message LIMIT ?)"
_ASKS = frozenset("?？؟")  # noqa: RUF001 - full width

_before = message.alias()
_details = (
    select(*message_columns, identity.c.name, conversation.c.bot, _before.c.id, _before.c.text)
    .select_from(
        message.join(conversation, conversation.c.id == message.c.conversation_id)
        .outerjoin(identity, identity.c.id == message.c.identity_id)
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
    select(identity.c.id, identity.c.name)
    .where(
        identity.c.id.in_(
            select(audience_member.c.identity_id).where(
                audience_member.c.audience_id.in_(bindparam("audiences", expanding=True))
            )
        )
    )
    .limit(NAMES)
)


class RecallTables(Tables, RecallStore):
    """`RecallStore` on the tables."""

    async def index(self) -> int:
        """See the port."""
        taken = 0
        while await self._read(search.behind):
            taken += await self._write(search.take_in)
        return taken

    async def speakers(self, scope: Scope | None) -> Mapping[int, str]:
        """See the port."""
        return await self._read(lambda c: _names(c, scope))

    async def seek(
        self, scope: Scope | None, words: Sequence[str], kinds: Sequence[Sequence[str]]
    ) -> Found:
        """See the port."""
        return await self._read(lambda c: _seek(c, scope, words, kinds))


def _names(connection: Connection, scope: Scope | None) -> dict[int, str]:
    if scope is None:
        rows = connection.execute(select(identity.c.id, identity.c.name).limit(NAMES))
    else:
        rows = connection.execute(_speakers, {"audiences": list(scope.upto)})
    return {row[0]: row[1] for row in rows}


def _seek(
    connection: Connection,
    scope: Scope | None,
    words: Sequence[str],
    kinds: Sequence[Sequence[str]],
) -> Found:
    reader = _Reader(connection, scope)
    own = reader.read("text", [_quoted(word) for word in words])
    near = reader.read("context", [_quoted(word) for word in words])
    members = reader.read("text", [_any(kind) for kind in kinds])
    total = reader.total()
    rare = tuple(_rarity(total, count) for count in own.counts)
    rare_kinds = tuple(_rarity(total, count) for count in members.counts)
    first = defaultdict[int, float](float)
    for read, values, weight in ((own, rare, 1.0), (near, rare, 0.5), (members, rare_kinds, 0.5)):
        for at, numbers in read.numbers.items():
            for number in numbers:
                first[number] += weight * values[at]
    best = sorted(first, key=lambda one: (-first[one], -one))[:LIMIT]
    found = _fetch(connection, scope, best, _Read(own, near, members))
    return Found(matches=found, words=rare, kinds=rare_kinds)


@dataclass(frozen=True, slots=True)
class _Postings:
    """For each term that is used, the messages that hold it; for each, how many hold it."""

    numbers: dict[int, frozenset[int]]
    counts: list[int]

    def of(self, number: int | None) -> frozenset[int]:
        """The terms that a message holds."""
        return frozenset(at for at, numbers in self.numbers.items() if number in numbers)


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read of a search."""

    own: _Postings
    near: _Postings
    kinds: _Postings


class _Reader:
    """Reads postings within a scope, the rarest terms first, up to a bound."""

    def __init__(self, connection: Connection, scope: Scope | None) -> None:
        self._connection = connection
        heard = None if scope is None else [search.heard_by(one) for one in scope.upto]
        self._within = None if heard is None else f"scope : ({' OR '.join(heard) or 'none'})"

    def total(self) -> int:
        """How many messages the scope holds, counted up to a bound."""
        if self._within is None:
            return int(self._connection.exec_driver_sql(_ALL, (10 * CAP,)).scalar_one())
        counted = self._connection.exec_driver_sql(_COUNT, (self._within, 10 * CAP))
        return int(counted.scalar_one())

    def read(self, column: str, terms: Sequence[str]) -> _Postings:
        """The messages that hold the terms in `column`, as far as the bound allows."""
        read = [self._read(f"{column} : ({term})") for term in terms]
        counts = [len(numbers) for numbers in read]
        left, used = CAP, dict[int, frozenset[int]]()
        for at in sorted(range(len(terms)), key=counts.__getitem__)[:MOST_WORDS]:
            used[at] = read[at] if counts[at] <= left or not used else frozenset()
            left -= len(used[at])
        return _Postings(used, counts)

    def _read(self, match: str) -> frozenset[int]:
        """The newest messages that match, one more than the bound where there are so many."""
        within = match if self._within is None else f"{self._within} AND {match}"
        rows = self._connection.exec_driver_sql(_POSTINGS, (within, CAP + 1))
        return frozenset(row[0] for row in rows)


def _quoted(word: str) -> str:
    """A word as FTS5 reads it: nothing in it is an operator. One letter of Han stands for more."""
    plain = word.replace('"', " ")
    return f'"{plain}"' + (" *" if len(word) == 1 and word >= "\u0e00" else "")


def _any(members: Sequence[str]) -> str:
    """Any of these words."""
    return " OR ".join(_quoted(folded(member)) for member in members[:MOST_MEMBERS])


def _rarity(total: int, count: int) -> float:
    """BM25's inverse document frequency: what a word is worth that so few messages hold."""
    return math.log(1 + (max(total, count) - count + 0.5) / (count + 0.5))


def _fetch(
    connection: Connection, scope: Scope | None, numbers: Sequence[int], read: _Read
) -> tuple[Match, ...]:
    rows = connection.execute(_details, {"which": list(numbers)})
    return tuple(
        _match(row, read) for row in rows if scope is None or scope.allows(row.audience_id, row.id)
    )


def _match(row: Any, read: _Read) -> Match:
    name, bot, before, asked = row[-4:]
    found = as_message(row)
    return Match(
        message=found,
        speaker=bot if found.role == "assistant" else name or found.name or "",
        own=read.own.of(found.number),
        near=read.near.of(found.number),
        before=read.own.of(before) if asked and not _ASKS.isdisjoint(asked) else frozenset(),
        kinds=read.kinds.of(found.number),
    )
