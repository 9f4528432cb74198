"""The store in one SQLite file: any number of processes on one machine may share it."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from tertulia.ports.store import Store
from tertulia.stores.sql import endings, paths, reads, threads, turns
from tertulia.stores.sql.accept import Arrival
from tertulia.stores.sql.accounts import AccountTables
from tertulia.stores.sql.archive import ArchiveTables
from tertulia.stores.sql.beginnings import BeginningTables
from tertulia.stores.sql.connect import engine, plain_errors
from tertulia.stores.sql.described import BotTables
from tertulia.stores.sql.facts import FactTables
from tertulia.stores.sql.forget.tables import ForgettingTables
from tertulia.stores.sql.people import PeopleTables
from tertulia.stores.sql.posts import PostTables
from tertulia.stores.sql.recall import RecallTables
from tertulia.stores.sql.rows import read_deliveries, select_deliveries
from tertulia.stores.sql.schema import (
    REVISIONS,
    conversation,
    delivery,
    factor,
    make,
    outcome,
    summary,
)
from tertulia.stores.sql.screen import ScreenTables
from tertulia.stores.sql.usage import UsageTables
from tertulia.stores.sql.windows import WindowTables
from tertulia.stores.sql.writer import Writer
from tertulia.values.audience import Scope
from tertulia.values.conversation import Conversation, Lease, Leased, Span, Summary
from tertulia.values.errors import StoreCorrupt, StoreTooNew
from tertulia.values.message import Accepted, Measured, Message, Place
from tertulia.values.reply import Delivery, Ending, Outcome

T = TypeVar("T")

READERS = 4


class SQLiteStore(
    BeginningTables,
    PeopleTables,
    FactTables,
    RecallTables,
    ArchiveTables,
    ForgettingTables,
    WindowTables,
    AccountTables,
    BotTables,
    ScreenTables,
    PostTables,
    UsageTables,
    Store,
):
    """SQLite in WAL mode, synchronous=FULL: one thread writes in groups, a few others read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writer: Writer | None = None
        self._reading: Engine | None = None
        self._threads = ThreadPoolExecutor(READERS, thread_name_prefix="tertulia-reader")

    async def open(self) -> None:
        """Make or upgrade the tables, then begin to write."""
        await asyncio.get_running_loop().run_in_executor(self._threads, self._prepare)
        self._writer = Writer(engine(self.path), self.path)
        self._reading = engine(self.path, readers=READERS)
        self._writer.start()

    def _prepare(self) -> None:
        with plain_errors(self.path):
            self._make_file()
            version = _version(self.path)
            if version == REVISIONS[-1]:
                return
            if version is not None and version not in REVISIONS:
                raise StoreTooNew(
                    f"The database {self.path} was written by a newer Tertulia "
                    f"(its tables are at {version}, this program knows {REVISIONS[-1]}). "
                    "Nothing was changed: upgrade Tertulia to open it."
                )
            self._upgrade()

    def _make_file(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            wrapped = sqlite3.OperationalError(str(error))
            wrapped.sqlite_errorname = "SQLITE_CANTOPEN"
            raise wrapped from error

    def _upgrade(self) -> None:
        made = engine(self.path)
        with made.connect() as connection, connection.begin():
            # Looked at again under the lock: another process may have been quicker.
            version = _version_of(connection)
            if version is None:
                make(connection)
            elif version != REVISIONS[-1]:
                from tertulia.stores.sql.migrate import upgrade

                upgrade(connection)
        made.dispose()

    async def close(self) -> None:
        """Write what waits, then close the file."""
        if self._writer is not None:
            await self._writer.close()
        if self._reading is not None:
            self._reading.dispose()
        self._threads.shutdown(wait=True)

    async def _write(self, work: Callable[[Connection], T]) -> T:
        return await self._open_writer().write(work)

    def _open_writer(self) -> Writer:
        if self._writer is None:
            raise RuntimeError("The store is used before open().")
        return self._writer

    async def _read(self, work: Callable[[Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._read_now, work)

    def _read_now(self, work: Callable[[Connection], T]) -> T:
        if self._reading is None:
            raise RuntimeError("The store is used before open().")
        with plain_errors(self.path), self._reading.connect() as connection:
            return work(connection)

    async def accept(self, message: Measured, now: int) -> Accepted:
        """See the port."""
        return await self._open_writer().accept(Arrival(message, now))

    async def claim(
        self, conversation: int, owner: str, now: int, until: int
    ) -> Lease | Leased | None:
        """See the port."""
        return await self._write(lambda c: turns.claim(c, conversation, owner, now, until))

    async def renew(self, owner: str, conversations: Sequence[int], until: int) -> frozenset[int]:
        """See the port."""
        return await self._write(lambda c: turns.renew(c, owner, conversations, until))

    async def release(self, lease: Lease) -> None:
        """See the port."""
        await self._write(lambda c: turns.release(c, lease))

    async def finish(self, lease: Lease, ending: Ending) -> Delivery | None:
        """See the port."""
        return await self._write(lambda c: endings.finish(c, lease, ending))

    async def waiting(self, now: int, bots: Collection[str]) -> Sequence[int]:
        """See the port."""
        return await self._read(lambda c: reads.waiting(c, now, bots))

    async def outcome(self, conversation: int, seq: int) -> Outcome | None:
        """See the port."""
        return await self._read(lambda c: reads.outcome_of(c, conversation, seq))

    async def history(
        self,
        conversation: int,
        head: int | None,
        tokens: int,
        skip: frozenset[int],
        scope: Scope | None,
        only: frozenset[int] | None = None,
    ) -> Span:
        """See the port."""
        return await self._read(
            lambda c: reads.history(c, conversation, head, tokens, skip, scope, only)
        )

    async def thread(self, conversation: int, seqs: Sequence[int]) -> frozenset[int] | None:
        """See the port."""
        return await self._read(lambda c: threads.thread(c, conversation, seqs))

    async def aside(
        self, conversation: int, head: int | None, ids: Collection[str]
    ) -> frozenset[str]:
        """See the port."""
        return await self._read(lambda c: paths.aside(c, conversation, head, ids))

    async def stretch(
        self, conversation: int, after: int | None, upto: int, audience: int
    ) -> Sequence[Message]:
        """See the port."""
        return await self._read(lambda c: reads.stretch(c, conversation, after, upto, audience))

    async def deliveries(self, channel: str, conversation: int | None) -> Sequence[Delivery]:
        """See the port."""
        return await self._read(lambda c: _ready(c, channel, conversation))

    async def unsent(self, delivery: int, cause: str, *, final: bool) -> None:
        """See the port."""
        values = {"state": "failed" if final else "ready", "cause": cause}
        await self._write(lambda c: _note(c, delivery, values))

    async def conversation(self, place: Place) -> Conversation | None:
        """See the port."""
        return await self._read(lambda c: reads.conversation_at(c, place))

    async def conversations(self, channel: str | None) -> Sequence[Conversation]:
        """See the port."""
        return await self._read(lambda c: reads.conversations(c, channel))

    async def transcript(self, conversation: int) -> Sequence[Message]:
        """See the port."""
        return await self._read(lambda c: reads.transcript(c, conversation))

    async def set_model(
        self, conversation: int, model: str | None, *, owners_pick: bool = False
    ) -> None:
        """See the port."""
        values = {"model": model, "owners_pick": owners_pick and model is not None}
        await self._write(lambda c: _change(c, conversation, values))

    async def summary(self, conversation: int, on_path_of: int, audience: int) -> Summary | None:
        """See the port."""
        return await self._read(lambda c: reads.summary_for(c, conversation, on_path_of, audience))

    async def add_summary(self, made: Summary, model: str, generation: int, now: int) -> bool:
        """See the port."""
        return await self._write(lambda c: _add_summary(c, made, model, generation, now))

    async def factors(self) -> Mapping[str, float]:
        """See the port."""
        return await self._read(
            lambda c: {row[0]: row[1] for row in c.execute(select(factor.c.model, factor.c.factor))}
        )

    async def set_factor(self, model: str, learned: float) -> None:
        """See the port."""
        row = upsert(factor).values(model=model, factor=learned)
        row = row.on_conflict_do_update(index_elements=["model"], set_={"factor": learned})
        await self._write(lambda c: c.execute(row) and None)


def _add_summary(
    connection: Connection, made: Summary, model: str, generation: int, now: int
) -> bool:
    if reads.generation(connection) != generation:
        return False
    row = {
        "conversation_id": made.conversation,
        "audience_id": made.audience,
        "first": made.first,
        "upto": made.upto,
        "count": made.count,
        "covered": made.covered,
        "text": made.text,
        "tokens": made.tokens,
        "model": model,
        "made_at": now,
    }
    connection.execute(insert(summary), row)
    return True


def _ready(connection: Connection, channel: str, which: int | None) -> list[Delivery]:
    query = select_deliveries.where(delivery.c.state == "ready", conversation.c.channel == channel)
    if which is not None:
        query = query.where(conversation.c.id == which)
    return read_deliveries(connection, query.order_by(delivery.c.turn_id))


def _note(connection: Connection, which: int, values: Mapping[str, object]) -> None:
    connection.execute(
        update(delivery)
        .where(delivery.c.id == which)
        .values(attempts=delivery.c.attempts + 1, **values)
    )


def _change(connection: Connection, which: int, values: Mapping[str, object]) -> None:
    connection.execute(update(conversation).where(conversation.c.id == which).values(**values))


def _version(path: Path) -> str | None:
    """The revision of the tables in the file, or None where there are none yet.

    Looked at without writing: another program's database is left as it is, to the last byte.
    """
    connection = sqlite3.connect(f"file:{quote(os.fsencode(path))}?mode=ro", uri=True)
    try:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
        if not tables:
            return None
        if not {"alembic_version", conversation.name, outcome.name} <= tables:
            raise StoreCorrupt(
                f"{path} is a database of another program. Nothing was changed in it: "
                "move it away, or set TERTULIA_DATA to another folder."
            )
        (version,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(version)
    finally:
        connection.close()


def _version_of(connection: Connection) -> str | None:
    there = connection.exec_driver_sql(
        "SELECT 1 FROM sqlite_schema WHERE name = 'alembic_version'"
    ).first()
    if there is None:
        return None
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
