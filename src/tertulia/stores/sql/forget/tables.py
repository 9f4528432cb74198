"""Forgets, exactly: in one transaction all that goes, and then its bytes."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection

from tertulia.ports.forgetting import ForgettingStore
from tertulia.stores.sql.forget import scrubbing
from tertulia.stores.sql.forget.erasing import erase
from tertulia.stores.sql.forget.following import follow
from tertulia.stores.sql.reads import generation
from tertulia.stores.sql.tables import Tables
from tertulia.values.errors import StoreError
from tertulia.values.forgetting import Forgotten, Replies, Target

TRIES, PAUSE = 20, 0.05
"""How often emptying the log is tried, and the seconds between: five seconds in all."""


def would_forget(connection: Connection, target: Target, replies: Replies) -> Forgotten:
    """See `ForgettingStore.would_forget`."""
    return follow(connection, target, replies).told()


def forget(connection: Connection, target: Target, replies: Replies) -> Forgotten:
    """See `ForgettingStore.forget`; the bytes are not cleaned yet."""
    trail = follow(connection, target, replies)
    erase(connection, trail)
    return trail.told()


class ForgettingTables(Tables, ForgettingStore):
    """`ForgettingStore` on the tables; the bytes are cleaned as SQLite needs it."""

    path: Path

    async def would_forget(self, target: Target, replies: Replies) -> Forgotten:
        """See the port."""
        return await self._read(lambda c: would_forget(c, target, replies))

    async def forget(self, target: Target, replies: Replies, now: int) -> Forgotten:  # noqa: ARG002 - SQLite needs no time
        """See the port."""
        gone = await self._write(lambda c: forget(c, target, replies))
        # It is forgotten. Where its bytes cannot be cleaned now, `left` knows of them.
        cleaned = False
        with contextlib.suppress(StoreError):
            cleaned = await self.scrub()
        return replace(gone, cleaned=cleaned)

    async def generation(self) -> int:
        """See the port."""
        return await self._read(generation)

    async def scrub(self) -> bool:
        """See the port."""
        forgotten = await self._read(scrubbing.left)
        if forgotten is None:
            return True
        first = True
        while await self._write(lambda c, first=first: scrubbing.merge(c, first=first)):
            first = False
        await asyncio.to_thread(scrubbing.rewrite, self.path)
        for _ in range(TRIES):
            if await asyncio.to_thread(scrubbing.empty_log, self.path):
                await self._write(lambda c: scrubbing.clean(c, forgotten))
                return True
            await asyncio.sleep(PAUSE)
        return False
