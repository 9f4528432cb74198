"""How long recall takes in a store of 1,000,000 messages: within one scope of 10,000, and over all.

bench/recall.py [QUESTIONS [SCOPES [MESSAGES_OF_EACH]]]

What is timed is what a question costs before its lines are laid out: the speakers are read, new
messages are looked for, the index is asked, and the candidates are ranked (`RecallMemory.find`).
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from figures import percentile, rounded
from language import Language, questions

from tertulia.memories.recall import RecallMemory
from tertulia.ports.clock import Clock
from tertulia.stores.sql.accept import Arrival
from tertulia.stores.sql.accept import store as accept_all
from tertulia.stores.sql.recall import LIMIT
from tertulia.stores.sql.sqlite import SQLiteStore
from tertulia.tokenizers.o200k import O200k
from tertulia.values.audience import Scope
from tertulia.values.message import Author, Incoming, Measured, Place

QUESTIONS = 400
SCOPES = 100
EACH = 10_000
WARM = 20
TOGETHER = 2000
"""Messages that are stored in one transaction, as the writer does with what waits together."""

SESSION = 20
"""Messages of one conversation that come in a row, before another one goes on."""

BEGAN = 1_600_000_000_000


class StillClock(Clock):
    """The time stands still."""

    def now(self) -> int:
        return BEGAN * 2


def messages(scopes: int, each: int) -> Iterator[Incoming]:
    """All that is said: in sessions, now in one conversation, now in another."""
    texts, language = random.Random(7), Language()
    left = dict.fromkeys(range(scopes), each)
    authors = [Author(platform_id=f"p{scope}", name=f"Person{scope}") for scope in range(scopes)]
    number = 0
    while left:
        scope = texts.choice(list(left))
        for _ in range(min(SESSION, left[scope])):
            number += 1
            left[scope] -= 1
            mark = "?" if texts.random() < 0.2 else "."
            yield Incoming(
                place=Place(channel="library", account="local", spot=str(scope)),
                bot="bo",
                author=authors[scope],
                platform_id=str(number),
                text=language.say(texts, texts.randint(4, 40)) + mark,
                said_at=BEGAN + number * 60_000,
                unanswered="imported",
                present=(),
            )
        if not left[scope]:
            del left[scope]


async def fill(store: SQLiteStore, scopes: int, each: int) -> dict[str, float]:
    """Accept all messages in bulk and index them, as the product does; returns the seconds."""
    began = time.perf_counter()
    said = messages(scopes, each)
    for batch in iter(lambda: list(itertools.islice(said, TOGETHER)), []):
        measured = (Measured(incoming=one, tokens=4 + len(one.text) // 4) for one in batch)
        arrivals = [Arrival(one, one.incoming.said_at) for one in measured]
        await store._write(partial(accept_all, arrivals=arrivals))
    accepted = time.perf_counter()
    assert await store.index() == scopes * each
    indexed = time.perf_counter()
    return {"accept": rounded(accepted - began), "index": rounded(indexed - accepted)}


async def ask(
    store: SQLiteStore, scopes: int, count: int, *, everywhere: bool
) -> tuple[list[float], list[float]]:
    """The milliseconds of each question, on the clock and of CPU."""
    memory = RecallMemory(store, O200k(), StillClock())
    texts = random.Random(3)
    taken, worked = list[float](), list[float]()
    numbers = texts.sample(range(1, scopes + 1), min(scopes, 20))
    talks = {one.id: one for one in await store.conversations(None)}
    asked = {
        number: questions(texts, [one.text for one in await store.transcript(number)])
        for number in numbers
    }
    reach: dict[int, Scope | None] = {
        number: None if everywhere else await store.scope(talks[number].audience)
        for number in numbers
    }
    for run in range(-WARM, count):
        number = texts.choice(numbers)
        text = next(asked[number])
        began, cpu = time.perf_counter(), time.process_time()
        found = await memory.find(reach[number], text)
        if run >= 0:
            taken.append((time.perf_counter() - began) * 1000)
            worked.append((time.process_time() - cpu) * 1000)
        assert len(found.ranked) <= LIMIT
    return taken, worked


async def measure(count: int, scopes: int, each: int) -> dict[str, object]:
    """All figures."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        store = SQLiteStore(Path(folder) / "recall.db")
        await store.open()
        seconds = await fill(store, scopes, each)
        scope = await ask(store, scopes, count, everywhere=False)
        whole = await ask(store, scopes, count, everywhere=True)
        size = (Path(folder) / "recall.db").stat().st_size
        await store.close()
    return {
        "recall_messages": scopes * each,
        "recall_p50_ms": {"scope": percentile(scope[0], 50), "all": percentile(whole[0], 50)},
        "recall_p95_ms": {"scope": percentile(scope[0], 95), "all": percentile(whole[0], 95)},
        "recall_cpu_p95_ms": {"scope": percentile(scope[1], 95), "all": percentile(whole[1], 95)},
        "recall_fill_seconds": seconds,
        "recall_megabytes": rounded(size / 1e6),
    }


if __name__ == "__main__":
    told = [int(one) for one in sys.argv[1:]]
    print(json.dumps(asyncio.run(measure(*told, *(QUESTIONS, SCOPES, EACH)[len(told) :]))))
