"""How long a prompt takes to assemble in a conversation of 1,000 and in one of 100,000 messages.

What is timed is what a turn does after its claim: the talk before is read from the store, the
memories are asked, and the prompt is laid out with its receipt (`engine.gather`).
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

from figures import percentile, rounded

from tertulia.broadcasts.local import LocalBroadcast
from tertulia.engine.bot import Bot
from tertulia.engine.factors import Factors
from tertulia.engine.gather import look, prepare
from tertulia.engine.outbox import Outbox
from tertulia.engine.prompt import Assembled, cost
from tertulia.engine.tools import Tools
from tertulia.memories.summary import SummaryMemory
from tertulia.ports.clock import Clock
from tertulia.ports.model import Model
from tertulia.stores.sql.sqlite import SQLiteStore
from tertulia.tokenizers.o200k import O200k
from tertulia.values.bot import Persona
from tertulia.values.check import Check
from tertulia.values.conversation import Lease, Summary
from tertulia.values.message import Author, Incoming, Measured, Place
from tertulia.values.prompt import Chunk, Prompt

SIZES = (1_000, 100_000)
RUNS = 400
WARM = 20
CONTEXT_WINDOW = 8_192
PLACE = Place(channel="library", account="local", spot="long")
WORDS = (
    "the a we you it to and of in that is was for on with as at by this from but or have not what "
    "when where which their would about there could other then because river mountain letter "
    "window yesterday tomorrow friend garden kitchen remember forget travel answer question coffee"
)


class StillClock(Clock):
    """The time stands still."""

    def now(self) -> int:
        return 1_700_000_000_000


class SilentModel(Model):
    """A model that is never asked: only its window is read."""

    name = "silent:one"
    context_window = CONTEXT_WINDOW
    reserve = 512
    factor = 1.0
    retries = 0

    def stream(self, prompt: Prompt) -> AsyncIterator[Chunk]:  # noqa: ARG002 - the port asks for it
        raise AssertionError("the bench asks no model")

    async def check(self) -> Check:
        raise AssertionError("the bench asks no model")

    async def close(self) -> None:
        pass


class Talk:
    """A stored conversation of `size` messages, the last of which waits in a claimed turn."""

    def __init__(self, folder: Path, size: int) -> None:
        self.size = size
        self.clock = StillClock()
        self.tokenizer = O200k()
        self.store = SQLiteStore(folder / f"{size}.db")
        memory = SummaryMemory(self.store, self.tokenizer, self.clock)
        self.model = SilentModel()
        self.bot = Bot(
            persona=Persona(name="bo", instructions="You are Bo, a kind and concise guide."),
            models=lambda _choice: [self.model],
            choices=(),
            memories=(memory,),
            prices={},
        )
        self.tools = Tools(
            store=self.store,
            tokenizer=self.tokenizer,
            broadcast=LocalBroadcast(),
            clock=self.clock,
            factors=Factors(self.store),
            outbox=Outbox(self.store, {}, self.clock),
            bot=lambda _name: self.bot,
            owner="bench",
            lease=60,
        )

    async def fill(self) -> None:
        """Accept all messages, as the product does, in bulk; then claim the turn of the last."""
        await self.store.open()
        texts = random.Random(7)
        messages = (self._message(number, texts) for number in range(self.size))
        for batch in iter(lambda: list(itertools.islice(messages, 512)), []):
            await asyncio.gather(*(self.store.accept(each, 0) for each in batch))
        lease = await self.store.claim(1, "bench", self.clock.now(), self.clock.now() + 60_000)
        assert isinstance(lease, Lease)
        self.lease = lease
        await self._summarise()

    def _message(self, number: int, texts: random.Random) -> Measured:
        text = _words(texts, texts.randint(5, 60))
        last = number == self.size - 1
        incoming = Incoming(
            place=PLACE,
            bot="bo",
            author=Author(platform_id="ana", name="Ana"),
            platform_id=str(number),
            text=text,
            said_at=0,
            unanswered=None if last else "imported",
        )
        return Measured(incoming=incoming, tokens=cost(self.tokenizer, text, None))

    async def _summarise(self) -> None:
        """A summary for each half window of the talk, as the product makes them while it grows."""
        scene = await look(self.tools, self.lease, self.model)
        read = scene.span.messages
        half = len(read) // 2
        talk = await self.store.stretch(1, None, read[half].seq)
        texts = random.Random(7)
        for upto in reversed(talk[::-half]):
            text = _words(texts, 600)
            made = Summary(
                id=0,
                conversation=upto.conversation,
                root=upto.root,
                upto=upto.seq,
                depth=upto.depth,
                path_tokens=upto.path_tokens,
                text=text,
                tokens=self.tokenizer.count(text),
            )
            await self.store.add_summary(made, self.model.name, 0)

    async def assemble(self) -> Assembled:
        """What is timed."""
        scene = await look(self.tools, self.lease, self.model)
        return await prepare(self.tools, self.bot, scene)


def _words(texts: random.Random, count: int) -> str:
    return " ".join(texts.choices(WORDS.split(), k=count))


async def measure(runs: int, sizes: tuple[int, ...]) -> dict[str, object]:
    """The milliseconds of `runs` prompts of each conversation, taken in turns."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        talks = [Talk(Path(folder), size) for size in sizes]
        for talk in talks:
            await talk.fill()
        taken: dict[int, list[float]] = {talk.size: [] for talk in talks}
        worked: dict[int, list[float]] = {talk.size: [] for talk in talks}
        for run in range(-WARM, runs):
            for talk in talks:
                began, cpu = time.perf_counter(), time.process_time()
                await talk.assemble()
                if run >= 0:
                    taken[talk.size].append((time.perf_counter() - began) * 1000)
                    worked[talk.size].append((time.process_time() - cpu) * 1000)
        read = {str(talk.size): len((await talk.assemble()).prompt.lines) for talk in talks}
        for talk in talks:
            await talk.store.close()
    p50, p95 = _each(taken, 50), _each(taken, 95)
    small, *_, large = (statistics.median(times) for times in taken.values())
    return {
        "assembly_p50_ms": p50,
        "assembly_p95_ms": p95,
        "assembly_cpu_p95_ms": _each(worked, 95),
        "assembly_ratio": rounded(max(large / small, p95[str(sizes[-1])] / p95[str(sizes[0])])),
        "assembly_messages_read": read,
    }


def _each(times: dict[int, list[float]], percent: int) -> dict[str, float]:
    return {str(size): percentile(values, percent) for size, values in times.items()}


if __name__ == "__main__":
    runs = int(sys.argv[1]) if sys.argv[1:] else RUNS
    sizes = tuple(int(size) for size in sys.argv[2:]) or SIZES
    print(json.dumps(asyncio.run(measure(runs, sizes))))
