"""How many fsyncs 10,000 durable accepts from 256 at once take, and how much time.

They are compared with accepts that are awaited one after another, which is one commit each. An
fsync takes a millisecond here on every machine: `slowsync.c` is preloaded, and counts them. The
messages come through the engine's inbox; nothing answers them.
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from figures import rounded

from tertulia.app.compose import SystemClock
from tertulia.engine.inbox import Inbox
from tertulia.ports.dispatcher import Dispatcher, Run, Waiting
from tertulia.stores.sql.sqlite import SQLiteStore
from tertulia.tokenizers.o200k import O200k
from tertulia.values.message import Author, Incoming, Place

MESSAGES = 10_000
AT_ONCE = 256
ALONE = 1_000
ROUNDS = 5
SOURCE = Path(__file__).with_name("slowsync.c")


class NoDispatcher(Dispatcher):
    """Runs no turn."""

    def start(self, run: Run, waiting: Waiting | None) -> None:
        pass

    def wake(self, conversation: int) -> None:
        pass

    async def close(self, grace: float) -> None:
        pass


async def accepts(file: Path, messages: int, at_once: int) -> dict[str, float]:
    """Fsyncs and seconds of `messages` accepts by `at_once` senders, each in its conversation."""
    store = SQLiteStore(file)
    await store.open()
    inbox = Inbox(store, O200k(), NoDispatcher(), SystemClock())
    numbers = iter(range(messages))

    async def sender(spot: str) -> None:
        for number in numbers:
            await inbox.accept(_message(spot, number))

    await inbox.accept(_message("warm", -1))
    fsyncs, slept = _syncs()
    began = time.perf_counter()
    await asyncio.gather(*(sender(str(spot)) for spot in range(at_once)))
    seconds = time.perf_counter() - began
    fsyncs_after, slept_after = _syncs()
    stored = sum(one.messages for one in await store.conversations("library"))
    assert stored == messages + 1, stored
    await store.close()
    return {"seconds": seconds, "fsyncs": fsyncs_after - fsyncs, "ms": (slept_after - slept) / 1e6}


def _message(spot: str, number: int) -> Incoming:
    return Incoming(
        place=Place(channel="library", account="local", spot=spot),
        bot="bo",
        author=Author(platform_id=spot, name="Ana"),
        platform_id=str(number),
        text=f"This is message {number}: is it on disk when you say so?",
        said_at=0,
    )


def _syncs() -> tuple[int, int]:
    shim = ctypes.CDLL(None)
    shim.slowsync_count.restype = shim.slowsync_ns.restype = ctypes.c_long
    return shim.slowsync_count(), shim.slowsync_ns()


async def compare(folder: Path, messages: int, alone: int, rounds: int) -> dict[str, float]:
    """The best of several rounds; `alone` single accepts are scaled to `messages`.

    The best, as whatever else the machine does can only add seconds.
    """
    many: list[dict[str, float]] = []
    one: list[dict[str, float]] = []
    for number in range(rounds):
        many.append(await accepts(folder / f"many-{number}.db", messages, AT_ONCE))
        one.append(await accepts(folder / f"one-{number}.db", alone, 1))
    seconds = min(each["seconds"] for each in many)
    each_alone = min(each["seconds"] for each in one) * messages / alone
    return {
        "messages": messages,
        "at_once": AT_ONCE,
        "fsyncs": max(each["fsyncs"] for each in many),
        "fsyncs_each_alone": round(one[0]["fsyncs"] * messages / alone),
        "fsync_ms": rounded(statistics.median(each["ms"] / each["fsyncs"] for each in one)),
        "seconds": rounded(seconds),
        "seconds_each_alone": rounded(each_alone),
        "ratio": rounded(each_alone / seconds),
    }


def measure(messages: int, alone: int, rounds: int) -> dict[str, float] | None:
    """The figures, from a child process with `slowsync.c`; None where that cannot be compiled."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None or not sys.platform.startswith("linux"):
        print("accepts: not measured, for want of a C compiler or of Linux", file=sys.stderr)
        return None
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        shim = Path(folder, "slowsync.so")
        subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", shim, SOURCE], check=True)
        numbers = map(str, (messages, alone, rounds))
        told = subprocess.run(
            [sys.executable, __file__, "child", folder, *numbers],
            env=os.environ | {"LD_PRELOAD": str(shim)},
            stdout=subprocess.PIPE,
            check=True,
        )
    return json.loads(told.stdout)


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        found = asyncio.run(compare(Path(sys.argv[2]), *map(int, sys.argv[3:])))
        print(json.dumps(found))
    else:
        found = measure(*map(int, sys.argv[1:] or (MESSAGES, ALONE, ROUNDS)))
        print(json.dumps({"accepts": found}))
