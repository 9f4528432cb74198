"""Cleans the bytes of what was forgotten out of a SQLite file and its log.

`secure_delete` writes zeros over deleted rows, yet when SQLite moves rows between pages it leaves
copies of them in the room between; and the full-text index keeps deleted words until its parts are
merged. So: merge, write the whole file anew, empty the log.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import cast

from sqlalchemy import Connection, delete, select

from tertulia.stores.sql.connect import engine, plain_errors
from tertulia.stores.sql.forget.erasing import GENERATION, SCRUB
from tertulia.stores.sql.schema import keeping

BUSY_MS = 200
"""How long one try to empty the log waits for readers; it holds up those who write."""

_MERGE = "INSERT INTO message_index (message_index, rank) VALUES ('merge', ?)"
PAGES = 200
"""Of the index, so many are merged at once: other writes need not wait for long."""


def left(connection: Connection) -> str | None:
    """What was last forgotten of which bytes may be left; None where all is clean."""
    rows = connection.execute(select(keeping.c.name, keeping.c.value))
    kept: dict[str, str] = {row.name: row.value for row in rows}
    return kept.get(GENERATION) if SCRUB in kept else None


def clean(connection: Connection, generation: str) -> None:
    """Note that all is clean, unless more was forgotten meanwhile."""
    if left(connection) == generation:
        connection.execute(delete(keeping).where(keeping.c.name == SCRUB))


def merge(connection: Connection, *, first: bool) -> bool:
    """Merge a few pages of the full-text index; False where there is nothing more to merge."""
    driver = cast("sqlite3.Connection", connection.connection.dbapi_connection)
    before = driver.total_changes
    connection.exec_driver_sql(_MERGE, (-PAGES if first else PAGES,))
    return first or driver.total_changes - before >= 2


def rewrite(path: Path) -> None:
    """Write the file anew: only what is stored is copied."""
    with closing(_Opened(path)) as opened:
        opened.ask("VACUUM")


def empty_log(path: Path) -> bool:
    """Bring the log into the file and cut it to nothing; False where a reader still needs it."""
    with closing(_Opened(path)) as opened:
        opened.ask(f"PRAGMA busy_timeout = {BUSY_MS}")
        return opened.ask("PRAGMA wal_checkpoint(TRUNCATE)") == (0, 0, 0)


class _Opened:
    """A connection of its own, outside any transaction."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = engine(path)
        with plain_errors(path):
            self._connection = self._engine.raw_connection()

    def ask(self, statement: str) -> tuple[object, ...] | None:
        """Run a statement; the first row of what it says."""
        with plain_errors(self._path), closing(self._connection.cursor()) as cursor:
            cursor.execute(statement)
            return cursor.fetchone()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()
        self._engine.dispose()
