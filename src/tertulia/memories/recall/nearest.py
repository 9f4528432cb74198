"""The vectors of what may be used, kept in memory, and compared with a question's, every one.

With numpy where it is installed, else in plain Python, which looks at the newest few thousand.
"""

from __future__ import annotations

import heapq
import importlib
import math
import operator
from array import array
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from tertulia.ports.recall import RecallStore, Vectors
from tertulia.values.audience import Scope

BYTES = 64_000_000
"""Of vectors that are kept in memory, those of all scopes together."""

PLAIN = 4_000
"""Vectors that are compared without numpy: a tenth of a second."""

BLOCK = 8_192
"""Vectors that numpy compares at once."""


@dataclass(frozen=True, slots=True)
class Alike:
    """Messages by their numbers, in order, with their likeness to a question: from -1 to 1.

    `best` are those that are most like it, the best first.
    """

    best: Sequence[int]
    numbers: Sequence[int]
    values: Sequence[float]

    def of(self, numbers: Iterable[int]) -> dict[int, float]:
        """The likeness of these, as far as they have a vector."""
        found: dict[int, float] = {}
        for number in numbers:
            at = bisect_left(self.numbers, number)
            if at < len(self.numbers) and self.numbers[at] == number:
                found[number] = float(self.values[at])
        return found


@dataclass(slots=True)
class Kept:
    """The vectors of one scope, of one model, in the order of their messages."""

    dimensions: int
    generation: int = -1
    numbers: list[int] = field(default_factory=list[int])
    vectors: bytearray = field(default_factory=bytearray)
    lengths: array[float] = field(default_factory=lambda: array("f"))
    """How long each vector is, as far as that was needed."""

    def take(self, found: Vectors, most: int) -> None:
        """Add what is new, and keep the newest; begin again where something was forgotten."""
        if found.generation != self.generation:
            self.generation = found.generation
            self.numbers, self.vectors, self.lengths = [], bytearray(), array("f")
        self.numbers += found.numbers
        self.vectors += b"".join(found.vectors)
        gone = max(0, len(self.numbers) - most)
        del self.numbers[:gone], self.vectors[: gone * self.dimensions], self.lengths[:gone]

    def like(self, question: bytes, most: int) -> Alike:
        """How like a question each of them is, and which `most` are it most."""
        return (_plainly if _numpy() is None else _by_numpy)(self, question, most)


class Nearest:
    """The vectors of the scopes that were asked for last."""

    def __init__(self, store: RecallStore, most: int = BYTES) -> None:
        self._store = store
        self._most = most
        self._kept: OrderedDict[tuple[str, tuple[tuple[int, int], ...]], Kept] = OrderedDict()

    async def kept(self, scope: Scope, model: str, dimensions: int) -> Kept:
        """All that is there now of a scope, within the bound of bytes."""
        key = (model, tuple(sorted(scope.upto.items())))
        kept = self._kept.setdefault(key, Kept(dimensions))
        self._kept.move_to_end(key)
        most = max(1, self._most // dimensions)
        after = kept.numbers[-1] if kept.numbers else 0
        found = await self._store.vectors(scope, model, after, kept.generation, most)
        kept.take(found, most)
        while len(self._kept) > 1 and self._bytes() > self._most:
            self._kept.popitem(last=False)
        return kept

    def _bytes(self) -> int:
        return sum(len(kept.vectors) for kept in self._kept.values())


@cache
def _numpy() -> Any:
    """The module, or None where it is not installed; it is an extra, `embeddings`."""
    try:
        return importlib.import_module("numpy")
    except ImportError:
        return None


def _by_numpy(kept: Kept, question: bytes, most: int) -> Alike:
    numpy = _numpy()
    rows = numpy.frombuffer(kept.vectors, dtype=numpy.int8).reshape(-1, kept.dimensions)
    for at in range(len(kept.lengths), len(rows), BLOCK):
        block = rows[at : at + BLOCK].astype(numpy.float32)
        kept.lengths.extend(numpy.sqrt((block * block).sum(axis=1)).tolist())
    asked = numpy.frombuffer(question, dtype=numpy.int8).astype(numpy.float32)
    values = numpy.zeros(len(rows), dtype=numpy.float32)
    for at in range(0, len(rows), BLOCK):
        values[at : at + BLOCK] = rows[at : at + BLOCK].astype(numpy.float32) @ asked
    values /= numpy.frombuffer(kept.lengths, dtype=numpy.float32) * numpy.linalg.norm(asked)
    first: list[int] = numpy.argsort(-values, kind="stable")[:most].tolist()
    return Alike([kept.numbers[at] for at in first], list(kept.numbers), values)


def _plainly(kept: Kept, question: bytes, most: int) -> Alike:
    first = max(0, len(kept.numbers) - PLAIN)
    asked, every = _components(question), _components(kept.vectors[first * kept.dimensions :])
    rows = [every[at : at + len(asked)] for at in range(0, len(every), len(asked))]
    length = math.hypot(*asked)
    values = [_product(row, asked) / (length * math.hypot(*row)) for row in rows]
    numbers = kept.numbers[first:]
    best = heapq.nlargest(most, zip(values, (-number for number in numbers), strict=True))
    return Alike([-number for _, number in best], numbers, values)


def _components(vectors: bytes | bytearray) -> array[int]:
    return array("b", vectors)


def _product(one: Sequence[int], other: Sequence[int]) -> int:
    return sum(map(operator.mul, one, other))
