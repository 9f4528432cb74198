"""Long lists of numbers, in queries of a length that every database takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Column, ColumnElement

T = TypeVar("T")

SIZE = 500


def chunks(values: Iterable[T], size: int = SIZE) -> Iterator[list[T]]:
    """The values in their order, so many at a time."""
    waiting = iter(values)
    while taken := list(islice(waiting, size)):
        yield taken


def among(column: Column[Any], numbers: Iterable[Any]) -> Iterator[ColumnElement[bool]]:
    """The condition that `column` is one of `numbers`, as several that are short."""
    return (column.in_(some) for some in chunks(sorted(set(numbers))))
