"""One thread that writes: whatever waits is written in one transaction and told at once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from tertulia.stores.sql import accept
from tertulia.stores.sql.connect import plain
from tertulia.values.errors import StoreBusy, StoreError
from tertulia.values.failpoints import reach
from tertulia.values.message import Accepted

T = TypeVar("T")

GROUP = 512
"""The most that is written in one transaction."""


@dataclass(slots=True)
class _Job:
    """Something to write. `work` may be run twice, and must then do the same."""

    work: Callable[[Connection], Any] | accept.Arrival
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    result: Any = None
    error: Exception | None = None


class Writer:
    """Owns the one connection that writes. One fsync serves all that waited together."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self._engine = engine
        self._path = path
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="tertulia-writer", daemon=True)
        self._closed = False
        self._ended: Callable[[], object] | None = None

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a transaction; on disk when this returns. Once put, it is written."""
        return cast("T", await self._put(work))

    async def accept(self, arrival: accept.Arrival) -> Accepted:
        """Store an arriving message; many at once become one bulk insert."""
        return cast("Accepted", await self._put(arrival))

    async def _put(self, work: Callable[[Connection], Any] | accept.Arrival) -> Any:
        if self._closed:
            raise StoreError("The database is closed: this was not stored.")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        self._queue.put(_Job(work, loop, future))
        return await future

    async def close(self) -> None:
        """Write what waits, then end the thread."""
        if self._closed:
            return
        self._closed = True
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[None] = loop.create_future()
        self._ended = lambda: loop.call_soon_threadsafe(ended.set_result, None)
        self._queue.put(None)
        await ended

    def _run(self) -> None:
        with self._engine.connect() as connection:
            while (jobs := self._next()) is not None:
                self._write(connection, jobs)
                _tell(jobs)
        if self._ended is not None:
            self._ended()

    def _next(self) -> list[_Job] | None:
        first = self._queue.get()
        if first is None:
            return None
        jobs = [first]
        while len(jobs) < GROUP:
            try:
                job = self._queue.get_nowait()
            except Empty:
                break
            if job is None:
                self._queue.put(None)
                break
            jobs.append(job)
        return jobs

    def _write(self, connection: Connection, jobs: list[_Job]) -> None:
        try:
            _commit(connection, jobs)
        except Exception as error:  # noqa: BLE001 - one odd value must not end the thread of all
            told = self._told(error)
            if isinstance(told, StoreBusy):
                for job in jobs:
                    job.error = told
                return
            # Once more, each in a transaction of its own: only the caller at fault is told. Not in
            # savepoints: on a full disk SQLite rolls the whole transaction back, and them with it.
            for job in jobs:
                self._write_alone(connection, job)

    def _write_alone(self, connection: Connection, job: _Job) -> None:
        try:
            _commit(connection, [job])
        except Exception as error:  # noqa: BLE001 - the caller is told, whatever it is
            job.error = self._told(error)

    def _told(self, error: Exception) -> Exception:
        return plain(error, self._path) if isinstance(error, DBAPIError) else error


def _commit(connection: Connection, jobs: Sequence[_Job]) -> None:
    with connection.begin():
        _do_together(connection, jobs)
        reach("store.before_commit")
    reach("store.committed")


def _do_together(connection: Connection, jobs: Sequence[_Job]) -> None:
    arrivals: list[_Job] = []
    for job in jobs:
        if isinstance(job.work, accept.Arrival):
            arrivals.append(job)
            continue
        _accept(connection, arrivals)
        arrivals = []
        job.result = job.work(connection)
    _accept(connection, arrivals)


def _accept(connection: Connection, jobs: Sequence[_Job]) -> None:
    if jobs:
        arrivals = [cast("accept.Arrival", job.work) for job in jobs]
        for job, accepted in zip(jobs, accept.store(connection, arrivals), strict=True):
            job.result = accepted


def _tell(jobs: Sequence[_Job]) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[_Job]] = {}
    for job in jobs:
        by_loop.setdefault(job.loop, []).append(job)
    for loop, told in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_resolve, told)


def _resolve(jobs: Sequence[_Job]) -> None:
    for job in jobs:
        if job.future.done():
            continue  # its caller was cancelled; the write stands
        if job.error is not None:
            job.future.set_exception(job.error)
        else:
            job.future.set_result(job.result)
