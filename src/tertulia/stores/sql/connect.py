"""Opens SQLite as the store wants it, and turns its errors into plain sentences."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool, QueuePool

from tertulia.values.errors import (
    StoreBusy,
    StoreCorrupt,
    StoreError,
    StoreFull,
    StoreReadOnly,
    TertuliaError,
)

BUSY_SECONDS = 30.0
"""How long a write waits for another process's transaction."""


def engine(path: Path, *, readers: int = 0) -> Engine:
    """An SQLAlchemy engine on `path`: with `readers`, a pool of that many that can only read."""
    arguments: dict[str, Any] = {"check_same_thread": False, "timeout": BUSY_SECONDS}
    pool: dict[str, Any] = (
        {"poolclass": QueuePool, "pool_size": readers, "max_overflow": 0}
        if readers
        else {"poolclass": NullPool}
    )
    where = URL.create("sqlite", database=str(path))
    made = create_engine(where, connect_args=arguments, **pool)

    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # BEGIN is ours: see `begin`
        for pragma in _pragmas(reading=readers > 0):
            connection.execute(f"PRAGMA {pragma}").close()

    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if readers else "BEGIN IMMEDIATE")

    event.listen(made, "connect", prepare)
    event.listen(made, "begin", begin)
    return made


def _pragmas(*, reading: bool) -> tuple[str, ...]:
    if reading:
        return ("query_only = ON",)
    # secure_delete from the file's creation on: what is forgotten leaves no bytes behind.
    return ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON")


@contextmanager
def plain_errors(path: Path) -> Generator[None]:
    """Raise what SQLite says of `path` as a `StoreError`."""
    try:
        yield
    except DBAPIError as error:
        raise plain(error, path) from error
    except sqlite3.Error as error:
        raise plain(error, path) from error


def plain(error: BaseException, path: Path) -> TertuliaError:
    """The sentence for one of SQLite's errors."""
    original = error.orig if isinstance(error, DBAPIError) else error
    code = str(getattr(original, "sqlite_errorname", ""))
    for start, kind, sentence in _SENTENCES:
        if code.startswith(start):
            return kind(sentence.format(path=path, seconds=int(BUSY_SECONDS)))
    return StoreError(
        f"The database {path} could not be used: {original}. Nothing was overwritten."
    )


_ELSEWHERE = "or set TERTULIA_DATA to another folder."

_FULL = """\
The disk that holds {path} is full: this was not stored. Free some space and try again; \
everything stored before is safe."""

_READ_ONLY = f"""\
The database {{path}} cannot be written. Make the file and its folder writable for you, \
{_ELSEWHERE}"""

_CANNOT_OPEN = f"""\
The database {{path}} cannot be opened. Make the file and its folder readable and writable, \
{_ELSEWHERE}"""

_NOT_A_DATABASE = f"""\
{{path}} is not a database. Nothing was changed in it: move it away, {_ELSEWHERE}"""

_DAMAGED = """\
The database {path} is damaged. Nothing was overwritten: keep a copy of it, then restore a backup, \
or save what can be read with `sqlite3 FILE .recover`."""

_BUSY = """\
Another program has kept the database {path} busy for {seconds} seconds. End that program, then \
try again."""

_DISK = """\
The disk reported an error on {path}: this was not stored. Check the disk and its space."""

_SENTENCES: tuple[tuple[str, type[StoreError], str], ...] = (
    ("SQLITE_FULL", StoreFull, _FULL),
    ("SQLITE_READONLY", StoreReadOnly, _READ_ONLY),
    ("SQLITE_CANTOPEN", StoreReadOnly, _CANNOT_OPEN),
    ("SQLITE_NOTADB", StoreCorrupt, _NOT_A_DATABASE),
    ("SQLITE_CORRUPT", StoreCorrupt, _DAMAGED),
    ("SQLITE_BUSY", StoreBusy, _BUSY),
    ("SQLITE_IOERR", StoreError, _DISK),
)
