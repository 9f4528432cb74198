"""What every part of the store stands on: a way to read, and a way to write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from sqlalchemy import Connection

T = TypeVar("T")


class Tables(Protocol):
    """One database. Work is given a connection, and is run in a transaction of its own."""

    async def _read(self, work: Callable[[Connection], T]) -> T:
        """Run what only reads."""
        ...

    async def _write(self, work: Callable[[Connection], T]) -> T:
        """Run what writes, on disk when this returns; it may be run twice, and must then agree."""
        ...
