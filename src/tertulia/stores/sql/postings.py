"""Reads which messages hold which words, within what may be used, the rarest words first.

Each word is looked up by itself: thus the index's own stemmer tells which words a message holds,
and rarity is counted within the scope alone, where others' messages neither distort it nor show.
"""

from __future__ import annotations

import heapq
import math
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import chain
from typing import cast

from sqlalchemy import Connection, bindparam, func, select

from tertulia.stores.sql.schema import message
from tertulia.stores.sql.search import heard_by, taken
from tertulia.values.audience import EVER, Scope

CAP = 1000
"""Postings of a column that a search reads at most: what bounds its cost."""

MOST_WORDS = 12
"""Words that are used at most, the rarest first."""

MOST_MEMBERS = 40
"""Members of a kind that are asked for at most."""

MOST_TERMS = 400
"""Members of a kind, of all audiences together, that are asked for at most."""

COUNTED = 10 * CAP
"""Messages of a scope that are counted at most: beyond, no word is any rarer."""

_POSTINGS = (
    "SELECT rowid FROM message_index WHERE message_index MATCH ? AND rowid <= ? "
    "ORDER BY rowid DESC LIMIT ?"
)
_all = select(message.c.id).limit(bindparam("most"))
_heard = _all.where(
    message.c.audience_id.in_(bindparam("audiences", expanding=True)),
    message.c.id <= bindparam("upto"),
)
_count_all = select(func.count()).select_from(_all.subquery())
_count_heard = select(func.count()).select_from(_heard.subquery())


@dataclass(frozen=True, slots=True)
class Postings:
    """For each term that is used, the messages that hold it; for each, how many hold it."""

    numbers: dict[int, frozenset[int]]
    counts: list[int]

    def of(self, messages: Set[int]) -> Mapping[int, frozenset[int]]:
        """The terms that each of these messages holds."""
        held: dict[int, frozenset[int]] = dict.fromkeys(messages, frozenset())
        for at, numbers in self.numbers.items():
            term = frozenset((at,))
            for number in numbers & messages:
                held[number] |= term
        return held


@dataclass(frozen=True, slots=True)
class Read:
    """What a search read: who holds the words, whose neighbours do, who holds the kinds.

    `words` and `kinds` tell how rare each is.
    """

    own: Postings
    near: Postings
    members: Postings
    words: tuple[float, ...]
    kinds: tuple[float, ...]

    def first(self) -> dict[int, float]:
        """The messages that hold anything, roughly scored."""
        scores = defaultdict[int, float](float)
        for found, values, weight in (
            (self.own, self.words, 1.0),
            (self.near, self.words, 0.5),
            (self.members, self.kinds, 0.5),
        ):
            for at, numbers in found.numbers.items():
                more = weight * values[at]
                for number in numbers:
                    scores[number] += more
        return scores


def read(
    connection: Connection,
    scope: Scope | None,
    words: Sequence[str],
    kinds: Sequence[Sequence[str]],
) -> Read:
    """What the index holds of these words and kinds, as far as `scope` allows."""
    reader = _Reader(connection, scope)
    total = reader.total()
    own = reader.read(dict(enumerate((word,) for word in words)))
    near = reader.read_context(words, own) if scope is not None else Postings({}, [])
    members = reader.read({at: _folded(kind, scope) for at, kind in enumerate(kinds)})
    return Read(
        own=own,
        near=near,
        members=members,
        words=tuple(_rarity(total, count) for count in own.counts),
        kinds=tuple(_rarity(total, count) for count in members.counts),
    )


class _Reader:
    """Reads postings within a scope, up to a bound."""

    def __init__(self, connection: Connection, scope: Scope | None) -> None:
        self._connection = connection
        # Thousands of rows a search: read without what SQLAlchemy makes of each.
        driver = cast("sqlite3.Connection", connection.connection.driver_connection)
        self._cursor = driver.cursor()
        self._reach = None if scope is None else _by_bound(scope)

    def total(self) -> int:
        """How many messages may be used, counted up to a bound; begins the transaction."""
        if self._reach is None:
            return self._connection.execute(_count_all, {"most": COUNTED}).scalar_one()
        return sum(
            self._connection.execute(
                _count_heard, {"audiences": heard, "upto": upto, "most": COUNTED}
            ).scalar_one()
            for upto, heard in self._reach.items()
        )

    def read(self, terms: Mapping[int, Sequence[str]]) -> Postings:
        """The messages that hold any of the words of each term, as far as the bound allows."""
        found = {at: self._read(term, "scope", CAP) for at, term in terms.items()}
        left, used = CAP, dict[int, frozenset[int]]()
        for at in sorted(found, key=lambda at: len(found[at]))[:MOST_WORDS]:
            used[at] = found[at] if len(found[at]) <= left or left == CAP else frozenset()
            left -= len(used[at])
        return Postings(used, [len(numbers) for numbers in found.values()])

    def read_context(self, words: Sequence[str], own: Postings) -> Postings:
        """The messages with neighbours that hold words, as far as the bound allows.

        A word that is nobody's own is in no context, and one that is too frequent is so there too.
        """
        left, used = CAP, dict[int, frozenset[int]]()
        rarest = sorted((at for at in own.numbers if own.numbers[at]), key=own.counts.__getitem__)
        for at in rarest:
            found = self._read((words[at],), "context", left)
            if left < CAP and len(found) > left:
                break
            used[at] = found
            left -= min(len(found), left)
        return Postings(used, [])

    def _read(self, term: Sequence[str], column: str, most: int) -> frozenset[int]:
        """The newest messages that match, one more than `most` where there are so many."""
        if self._reach is None:
            return frozenset(self._match("text", term, EVER, most))
        found: set[int] = set()
        for upto, heard in self._reach.items():
            said = chain.from_iterable(heard_by(audience, term) for audience in heard)
            found.update(self._match(column, said, upto, most))
        return frozenset(heapq.nlargest(most + 1, found) if len(found) > most + 1 else found)

    def _match(self, column: str, words: Iterable[str], upto: int, most: int) -> Iterable[int]:
        asked = " OR ".join(map(_quoted, words))
        if not asked:
            return ()
        rows = self._cursor.execute(_POSTINGS, (f"{column} : ({asked})", upto, most + 1))
        return chain.from_iterable(rows.fetchall())


def _by_bound(scope: Scope) -> dict[int, list[int]]:
    """The audiences by the number of the newest message that may be used of them."""
    found = defaultdict[int, list[int]](list)
    for audience, upto in scope.upto.items():
        found[upto].append(audience)
    return found


def _quoted(word: str) -> str:
    """A word as FTS5 reads it: nothing in it is an operator. One letter of Han stands for more."""
    plain = word.replace('"', " ").replace("\0", " ")
    letter = plain[-1:] >= "\u0e00" and not plain[:-1].strip("0123456789")
    return f'"{plain}" *' if letter else f'"{plain}"'


def _folded(members: Sequence[str], scope: Scope | None) -> Sequence[str]:
    """So many members of a kind, as the index has them, that they may be looked up at once."""
    audiences = len(scope.upto) if scope is not None else 1
    most = min(MOST_MEMBERS, MOST_TERMS // max(audiences, 1))
    return tuple(chain.from_iterable(taken(member) for member in members[: max(most, 1)]))


def _rarity(total: int, count: int) -> float:
    """BM25's inverse document frequency: what a word is worth that so few messages hold."""
    return math.log(1 + (max(total, count) - count + 0.5) / (count + 0.5))
