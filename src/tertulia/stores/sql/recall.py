"""Finds messages by their words."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from tertulia.ports.recall import Candidate, RecallStore
from tertulia.stores.sql import search
from tertulia.stores.sql.tables import Tables
from tertulia.values.audience import Scope


class RecallTables(Tables, RecallStore):
    """`RecallStore` on the tables."""

    async def index(self) -> int:
        """See the port."""
        taken = 0
        while await self._read(search.behind):
            taken += await self._write(search.take_in)
        return taken

    async def seek(
        self, scope: Scope | None, words: Sequence[str], most: int
    ) -> Sequence[Candidate]:
        """See the port."""
        return await self._read(lambda c: _seek(c, scope, words, most))


def _seek(
    connection: Connection, scope: Scope | None, words: Sequence[str], most: int
) -> list[Candidate]:
    return []
