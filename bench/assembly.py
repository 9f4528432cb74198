"""How long a prompt takes to assemble in a conversation of 1,000 and in one of 100,000 messages.

What is timed is what a turn does after its claim: the talk before is read from the store, the
memories are asked, and the prompt is laid out with its receipt (`engine.gather`); once by a bot
that has a window and a summary, once by one that has all memories, facts and recall too.
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
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from figures import percentile, rounded
from language import Language, questions

from tertulia.app.memories import SHARES
from tertulia.broadcasts.local import LocalBroadcast
from tertulia.engine.bot import Bot, Remembering
from tertulia.engine.factors import Factors
from tertulia.engine.gather import look, prepare
from tertulia.engine.outbox import Outbox
from tertulia.engine.prompt import Assembled, cost
from tertulia.engine.tools import Tools
from tertulia.memories.facts import FactsMemory
from tertulia.memories.recall import RecallMemory
from tertulia.memories.summary import SummaryMemory
from tertulia.ports.clock import Clock
from tertulia.ports.memory import Memory, Scene
from tertulia.ports.model import Model
from tertulia.stores.sql.sqlite import SQLiteStore
from tertulia.tokenizers.o200k import O200k
from tertulia.values.bot import Persona
from tertulia.values.check import Check
from tertulia.values.conversation import Lease, Summary
from tertulia.values.fact import Learned
from tertulia.values.message import Author, Incoming, Measured, Place
from tertulia.values.prompt import Chunk, Prompt

SIZES = (1_000, 100_000)
RUNS = 400
WARM = 20
CONTEXT_WINDOW = 8_192
PLACE = Place(channel="library", account="local", spot="long")
FACTS = 200
QUESTIONS = 100
READ = 48
"""Messages that are read for facts at once."""


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
        parts = (self.store, self.tokenizer, self.clock)
        recall = RecallMemory(*parts)
        memories: dict[str, Memory] = {
            "facts": FactsMemory(*parts),
            "summary": SummaryMemory(*parts),
            "recall": recall,
        }
        self.model = SilentModel()
        self.bot = self._bot({"summary": memories["summary"]})
        self.bot_with_all = self._bot(memories)
        self.language = Language()
        self.tools = Tools(
            store=self.store,
            tokenizer=self.tokenizer,
            broadcast=LocalBroadcast(),
            clock=self.clock,
            factors=Factors(self.store),
            outbox=Outbox(self.store, {}, self.clock),
            search=recall,
            bot=lambda _name: self.bot,
            owner="bench",
            lease=60,
        )

    def _bot(self, memories: Mapping[str, Memory]) -> Bot:
        return Bot(
            persona=Persona(name="bo", instructions="You are Bo, a kind and concise guide."),
            models=lambda _choice, _conversation: [self.model],
            memories=tuple(
                Remembering(name=name, memory=memory, share=share / 100, most=most)
                for name, memory in memories.items()
                for share, most in [SHARES[name]]
            ),
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
        await self.store.index()
        await self._summarise()
        await self._note_facts()
        said = [message.text for message in await self.store.transcript(1)]
        asked = questions(random.Random(5), said)
        self.questions = itertools.cycle(itertools.islice(asked, QUESTIONS))

    def _message(self, number: int, texts: random.Random) -> Measured:
        text = self.language.say(texts, texts.randint(5, 60))
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

    async def _look(self) -> Scene:
        return await look(self.tools, self.lease.conversation, self.lease.waiting, self.model)

    async def _summarise(self) -> None:
        """A summary for each half window of the talk, as the product makes them while it grows."""
        scene = await self._look()
        read = scene.span.messages
        half, here = len(read) // 2, scene.conversation.audience
        talk = await self.store.stretch(1, None, read[half].seq, here)
        texts = random.Random(7)
        for upto in reversed(talk[::-half]):
            text = self.language.say(texts, 400)
            made = Summary(
                id=0,
                conversation=upto.conversation,
                audience=here,
                first=upto.root,
                upto=upto.seq,
                count=upto.depth + 1,
                covered=upto.path_tokens,
                text=text,
                tokens=self.tokenizer.count(text),
            )
            await self.store.add_summary(made, self.model.name, 0, self.clock.now())

    async def _note_facts(self) -> None:
        """Some facts of what was said first, as if a model had found them."""
        audience, texts = self.lease.conversation.audience, random.Random(9)
        for _ in range(FACTS):
            unread = await self.store.unread(audience, READ)
            if unread is None:
                return
            source = unread.messages[0]
            told = Learned(
                subject="Ana",
                about=source.author,
                slot=None,
                statement=self.language.say(texts, 8),
                sources=(source.number,),
                valid_from=source.said_at,
            )
            assert await self.store.learn_facts(unread, [told], 0, self.clock.now())

    async def assemble(self) -> Assembled:
        """What is timed of the bot with a summary."""
        return await prepare(self.tools, self.bot, await self._look())

    async def assemble_all(self) -> Assembled:
        """What is timed of the bot with all memories, each time with another question."""
        waiting = replace(self.lease.waiting[0], text=next(self.questions))
        scene = await look(self.tools, self.lease.conversation, [waiting], self.model)
        return await prepare(self.tools, self.bot_with_all, scene)


async def measure(runs: int, sizes: tuple[int, ...]) -> dict[str, object]:
    """The milliseconds of `runs` prompts of each conversation, taken in turns."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        talks = [Talk(Path(folder), size) for size in sizes]
        for talk in talks:
            await talk.fill()
        plain = {talk.size: Times(talk.assemble) for talk in talks}
        whole = {talk.size: Times(talk.assemble_all) for talk in talks}
        for run in range(-WARM, runs):
            for times in (*plain.values(), *whole.values()):
                await times.take(keep=run >= 0)
        read = {str(talk.size): len((await talk.assemble()).prompt.lines) for talk in talks}
        items = [item.origin for item in (await talks[-1].assemble_all()).receipt.items]
        for talk in talks:
            await talk.store.close()
    p50, p95 = _each(plain, 50), _each(plain, 95)
    small, *_, large = (statistics.median(times.taken) for times in plain.values())
    return {
        "assembly_p50_ms": p50,
        "assembly_p95_ms": p95,
        "assembly_cpu_p95_ms": _each(plain, 95, cpu=True),
        "assembly_ratio": rounded(max(large / small, p95[str(sizes[-1])] / p95[str(sizes[0])])),
        "assembly_messages_read": read,
        "assembly_all_p50_ms": _each(whole, 50),
        "assembly_all_p95_ms": _each(whole, 95),
        "assembly_all_cpu_p95_ms": _each(whole, 95, cpu=True),
        "assembly_all_items": {origin: items.count(origin) for origin in dict.fromkeys(items)},
    }


@dataclass
class Times:
    """The milliseconds that something took each time, on the clock and of CPU."""

    what: Callable[[], Awaitable[object]]
    taken: list[float] = field(default_factory=list)
    worked: list[float] = field(default_factory=list)

    async def take(self, *, keep: bool) -> None:
        """Do it once more."""
        began, cpu = time.perf_counter(), time.process_time()
        await self.what()
        if keep:
            self.taken.append((time.perf_counter() - began) * 1000)
            self.worked.append((time.process_time() - cpu) * 1000)


def _each(times: dict[int, Times], percent: int, *, cpu: bool = False) -> dict[str, float]:
    return {
        str(size): percentile(one.worked if cpu else one.taken, percent)
        for size, one in times.items()
    }


if __name__ == "__main__":
    runs = int(sys.argv[1]) if sys.argv[1:] else RUNS
    sizes = tuple(int(size) for size in sys.argv[2:]) or SIZES
    print(json.dumps(asyncio.run(measure(runs, sizes))))
