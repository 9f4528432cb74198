"""Looking for earlier messages in the store, under the audience rule."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from tertulia.values.audience import Scope
from tertulia.values.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A message that holds something of what is looked for.

    `own`, `near` and `before` number the words found in it, in its neighbours, and in the message
    just before it where that one asks; `kinds` the kinds that have a member in it.
    """

    message: Message
    speaker: str
    own: frozenset[int]
    near: frozenset[int]
    before: frozenset[int]
    kinds: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The best matches, and how rare each word and kind is among all that may be used."""

    matches: tuple[Match, ...]
    words: tuple[float, ...]
    kinds: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unembedded:
    """Messages by their numbers with their texts, as they were at `generation`."""

    generation: int
    numbers: tuple[int, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vectors:
    """Messages by their numbers, in order, with their vectors: int8, one byte a dimension.

    An empty vector says that there can be none. `generation` counts what was ever forgotten.
    """

    generation: int
    numbers: tuple[int, ...]
    vectors: tuple[bytes, ...]


class RecallStore(Protocol):
    """Finds messages. Every method raises `StoreError`.

    What a `scope` allows is found, and no more; None is for the owner's own tools, which read all.
    """

    async def index(self, most: int | None = None) -> int:
        """Make findable what is not yet; returns how many messages were taken in.

        With `most`, it ends when about so many were.
        """
        ...

    async def speakers(self, scope: Scope | None) -> Mapping[int, str]:
        """The names of people who talked, by their identities."""
        ...

    async def seek(
        self,
        scope: Scope | None,
        words: Sequence[str],
        kinds: Sequence[Sequence[str]],
        also: Collection[int] = (),
    ) -> Found:
        """The messages that hold most of these words, the rare ones counting more.

        Of a kind any member will do. The cost is bounded: of a word that is everywhere the newest
        messages are looked at. `also` are further messages by their numbers, found as well.
        """
        ...

    async def unembedded(self, model: str, most: int) -> Unembedded:
        """At most `most` messages that have no vector of this model yet, oldest first."""
        ...

    async def add_vectors(self, model: str, made: Vectors) -> bool:
        """Keep the vectors that a model made of all the next messages without one.

        False, and nothing is kept, where something was forgotten since their generation.
        """
        ...

    async def vectors(
        self, scope: Scope, model: str, after: int, generation: int, most: int
    ) -> Vectors:
        """The newest `most` vectors of a model, of messages behind number `after`.

        Behind any number, where something was forgotten since `generation`.
        """
        ...


class Search(Protocol):
    """Finds what was said for whoever looks: the memory that recalls offers it."""

    async def search(
        self, scope: Scope | None, text: str, most: int
    ) -> Sequence[tuple[Match, float]]:
        """At most `most` messages that answer `text`, with their scores, the best first."""
        ...
