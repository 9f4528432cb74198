"""A whole engine on a real SQLite file, with a model that a test scripts word by word."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from making import TOKENIZER, incoming
from tertulia.app.compose import importers
from tertulia.app.memories import SHARES
from tertulia.app.plugins import load
from tertulia.broadcasts.local import LocalBroadcast
from tertulia.dispatchers.local import LocalDispatcher
from tertulia.engine.bot import Bot, Remembering
from tertulia.engine.host import Engine, Parts
from tertulia.memories.recall import RecallMemory
from tertulia.ports.channel import Channel
from tertulia.ports.clock import Clock
from tertulia.ports.model import Model
from tertulia.stores.sql.sqlite import SQLiteStore
from tertulia.values.bot import Persona, Price
from tertulia.values.check import Check
from tertulia.values.message import Accepted
from tertulia.values.prompt import Chunk, Delta, Done, Prompt, Usage
from tertulia.values.reply import Delivery, Outcome

Step = str | Exception | asyncio.Event | Done
"""A piece of text, an error, a gate to wait at, or an explicit end."""


class SetClock(Clock):
    """A clock that moves only when a test moves it."""

    def __init__(self) -> None:
        self.time = 1_700_000_000_000

    def now(self) -> int:
        return self.time


@dataclass
class ScriptedModel(Model):
    """Gives one script a call, the last one again and again, and keeps the prompts it was given."""

    scripts: Sequence[Sequence[Step]] = (("ok",),)
    name: str = "scripted:one"
    context_window: int = 4096
    reserve: int = 512
    factor: float = 1.0
    retries: int = 2
    usage: Callable[[Prompt], Usage | None] = lambda _prompt: None
    prompts: list[Prompt] = field(default_factory=list)
    closed: bool = False

    async def stream(self, prompt: Prompt) -> AsyncIterator[Chunk]:
        script = self.scripts[min(len(self.prompts), len(self.scripts) - 1)]
        self.prompts.append(prompt)
        for step in script:
            if isinstance(step, Exception):
                raise step
            if isinstance(step, asyncio.Event):
                await step.wait()
            elif isinstance(step, Done):
                yield step
                return
            else:
                yield Delta(step)
        yield Done(finish_reason="stop", usage=self.usage(prompt))

    async def check(self) -> Check:
        return Check(subject=self.name, ready=True, found="scripted")

    async def close(self) -> None:
        self.closed = True


class Keeping(Channel):
    """A channel that keeps what it is sent."""

    name = "library"

    def __init__(self) -> None:
        self.sent: list[Delivery] = []
        self.errors: list[Exception] = []

    async def send(self, delivery: Delivery) -> tuple[str, ...]:
        if self.errors:
            raise self.errors.pop(0)
        self.sent.append(delivery)
        return (delivery.nonce,)


@dataclass
class Scene:
    """What a test holds of a running engine."""

    engine: Engine
    store: SQLiteStore
    channel: Keeping
    clock: SetClock
    counter: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    async def say(self, text: str = "hello", **more: str) -> Accepted:
        return await self.engine.accept(
            incoming(text, **{"number": str(next(self.counter)), **more})
        )

    async def outcome(self, accepted: Accepted) -> Outcome:
        """Wait until it has one."""
        async with asyncio.timeout(20):
            while (found := await self.engine.outcome(accepted)) is None or self._busy(accepted):
                await asyncio.sleep(0.002)
        return found

    def _busy(self, accepted: Accepted) -> bool:
        """Whether a reply may still be on its way from the store to the channel."""
        turns, outbox = self.engine._turns, self.engine.tools.outbox
        here = accepted.conversation
        return any(here in busy for busy in (turns._running, outbox._senders))

    async def talk(self, text: str = "hello", **more: str) -> Delivery:
        outcome = await self.outcome(await self.say(text, **more))
        assert outcome.delivery is not None
        return outcome.delivery


def remembering(store: SQLiteStore, clock: Clock, names: Sequence[str]) -> tuple[Remembering, ...]:
    """The memories of these names, with the shares that the settings give them."""
    made: list[Remembering] = []
    for name in names:
        share, most = SHARES[name]
        memory = load("memories", name)(store, TOKENIZER, clock)
        made.append(Remembering(name=name, memory=memory, share=share / 100, most=most))
    return tuple(made)


async def _only_bo() -> tuple[str]:
    return ("bo",)


@asynccontextmanager
async def scene(
    folder: Path,
    *models: Model,
    summarise: bool = False,
    memories: Sequence[str] = (),
    last: int | None = None,
    persona: str = "Be kind.",
    owner: str = "one",
    everything: bool = True,
    lease: float = 60,
    at_once: int = 64,
    channel: Channel | None = None,
    clock: SetClock | None = None,
    prices: Mapping[str, Price] | None = None,
    choices: Mapping[str, Sequence[Model]] | None = None,
    grace: float = 5,
) -> AsyncGenerator[Scene]:
    store = SQLiteStore(folder / "tertulia.db")
    clock = clock or SetClock()
    channel = channel or Keeping()
    picks = choices or {}
    bot = Bot(
        persona=Persona(name="bo", instructions=persona),
        models=lambda choice, _, **__: models if choice is None else picks[choice],
        choices=tuple(picks),
        memories=remembering(store, clock, ("summary",) if summarise else memories),
        last=last,
        prices=prices or {},
    )
    engine = Engine(
        Parts(
            store=store,
            dispatcher=LocalDispatcher(at_once),
            broadcast=LocalBroadcast(),
            tokenizer=TOKENIZER,
            clock=clock,
            channels={channel.name: channel},
            search=RecallMemory(store, TOKENIZER, clock),
            bot={"bo": bot}.__getitem__,
            bots=_only_bo,
            owner=owner,
            lease=lease,
            everything=everything,
            importers=lambda: importers("chatgpt", "tertulia"),
        )
    )
    await engine.start()
    try:
        yield Scene(engine, store, channel, clock)  # type: ignore[arg-type]
    finally:
        await engine.close(grace)


__all__ = ["Keeping", "Scene", "ScriptedModel", "SetClock", "scene"]
