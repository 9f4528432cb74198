"""Bots that were described on a screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert as upsert

from tertulia.ports.bots import BotStore
from tertulia.stores.sql.schema_accounts import bot
from tertulia.stores.sql.tables import Tables


class BotTables(Tables, BotStore):
    """`BotStore` on the tables."""

    async def described_bots(self) -> Mapping[str, Mapping[str, Any]]:
        """See the port."""
        return await self._read(_all)

    async def describe_bot(self, name: str, given: Mapping[str, Any], now: int) -> None:
        """See the port."""
        await self._write(lambda c: _describe(c, name, dict(given), now))

    async def discard_bot(self, name: str) -> bool:
        """See the port."""
        return await self._write(lambda c: _discard(c, name))


def _all(connection: Connection) -> dict[str, Mapping[str, Any]]:
    rows = connection.execute(select(bot.c.name, bot.c.given).order_by(bot.c.name))
    return {row[0]: row[1] for row in rows}


def _describe(connection: Connection, name: str, given: dict[str, Any], now: int) -> None:
    row = upsert(bot).values(name=name, given=given, changed_at=now)
    connection.execute(
        row.on_conflict_do_update(index_elements=["name"], set_={"given": given, "changed_at": now})
    )


def _discard(connection: Connection, name: str) -> bool:
    return bool(connection.execute(delete(bot).where(bot.c.name == name)).rowcount)
