"""Runs what takes long beside the loop, in a thread that nobody waits for at the end."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from functools import partial
from typing import TypeVar

T = TypeVar("T")


async def apart(work: Callable[[], T]) -> T:
    """What `work` returns or raises.

    The loop's own threads are joined when it ends, so that one that reads a large file would keep
    the whole process. This one ends with the process, and what comes of it later is dropped.
    """
    loop = asyncio.get_running_loop()
    coming: asyncio.Future[T] = loop.create_future()

    def run() -> None:
        try:
            found = work()
        except Exception as error:  # noqa: BLE001 - it is raised where this is awaited
            told = partial(_raise, coming, error)
        else:
            told = partial(_give, coming, found)
        # Once the loop has ended nobody is there to be told.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(told)

    threading.Thread(target=run, name="apart", daemon=True).start()
    return await coming


def _give(coming: asyncio.Future[T], found: T) -> None:
    if not coming.done():
        coming.set_result(found)


def _raise(coming: asyncio.Future[T], error: Exception) -> None:
    if not coming.done():
        coming.set_exception(error)
