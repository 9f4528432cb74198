"""Reads which messages hold which words, within what may be used, the rarest words first.

Each word is looked up by itself: thus the store's own stemmer tells which words a message holds,
and rarity is counted within the scope alone, where others' messages neither distort it nor show.
"""

from __future__ import annotations

import math
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import cast

from sqlalchemy import Connection, bindparam, func, select

from tertulia.stores.sql.schema import message
from tertulia.stores.sql.search import heard_by
from tertulia.values.audience import EVER, Scope
from tertulia.values.words import words as folded

CAP = 1000
"""Postings of a column that a search reads at most: what bounds its cost."""

MOST_WORDS = 12
"""Words that are used at most, the rarest first."""

MOST_MEMBERS = 40
"""Members of a kind that are asked for at most."""

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

    def of(self, number: int | None) -> frozenset[int]:
        """The terms that a message holds."""
        return frozenset(at for at, numbers in self.numbers.items() if number in numbers)


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
    terms = {at: _quoted(word) for at, word in enumerate(words)}
    own = reader.read("text", terms)
    # A word that is nobody's own is in no context, and one that is too frequent is so there too.
    near = reader.read("context", {at: terms[at] for at, found in own.numbers.items() if found})
    members = reader.read("text", {at: _any(kind) for at, kind in enumerate(kinds)})
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
        self._reach = _by_bound(scope) if scope is not None else {}
        self._within = [
            (f"scope : ({' OR '.join(map(heard_by, heard))}) AND ", upto)
            for upto, heard in self._reach.items()
        ]
        if scope is None:
            self._within = [("", EVER)]

    def total(self) -> int:
        """How many messages may be used, counted up to a bound; begins the transaction."""
        if not self._reach and self._within:
            return self._connection.execute(_count_all, {"most": COUNTED}).scalar_one()
        return sum(
            self._connection.execute(
                _count_heard, {"audiences": heard, "upto": upto, "most": COUNTED}
            ).scalar_one()
            for upto, heard in self._reach.items()
        )

    def read(self, column: str, terms: dict[int, str]) -> Postings:
        """The messages that hold the terms in `column`, as far as the bound allows."""
        found = {at: self._read(f"{column} : ({term})") for at, term in terms.items()}
        left, used = CAP, dict[int, frozenset[int]]()
        for at in sorted(found, key=lambda at: len(found[at]))[:MOST_WORDS]:
            used[at] = found[at] if len(found[at]) <= left or left == CAP else frozenset()
            left -= len(used[at])
        return Postings(used, [len(numbers) for numbers in found.values()])

    def _read(self, match: str) -> frozenset[int]:
        """The newest messages that match, one more than the bound where there are so many."""
        each = [
            self._cursor.execute(_POSTINGS, (within + match, upto, CAP + 1)).fetchall()
            for within, upto in self._within
        ]
        found: Iterable[int] = chain.from_iterable(chain.from_iterable(each))
        if len(each) > 1:
            found = sorted(found, reverse=True)[: CAP + 1]
        return frozenset(found)


def _by_bound(scope: Scope) -> dict[int, list[int]]:
    """The audiences by the number of the newest message that may be used of them."""
    found = defaultdict[int, list[int]](list)
    for audience, upto in scope.upto.items():
        found[upto].append(audience)
    return found


def _quoted(word: str) -> str:
    """A word as FTS5 reads it: nothing in it is an operator. One letter of Han stands for more."""
    plain = word.replace('"', " ").replace("\0", " ")
    return f'"{plain}"' + (" *" if len(word) == 1 and word >= "\u0e00" else "")


def _any(members: Sequence[str]) -> str:
    """Any of these words."""
    return " OR ".join(_quoted(folded(member)) for member in members[:MOST_MEMBERS])


def _rarity(total: int, count: int) -> float:
    """BM25's inverse document frequency: what a word is worth that so few messages hold."""
    return math.log(1 + (max(total, count) - count + 0.5) / (count + 0.5))
