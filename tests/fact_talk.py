"""A talk on a real store; the facts memory reads from it with a scripted or the offline model."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from making import TOKENIZER, incoming
from running import SetClock
from tertulia.engine.prompt import cost
from tertulia.memories.facts import FactsMemory
from tertulia.models.offline import provider
from tertulia.ports.memory import Gathered, Scene
from tertulia.stores.sql.sqlite import SQLiteStore
from tertulia.values.bot import ModelSpec
from tertulia.values.conversation import Lease
from tertulia.values.fact import Fact
from tertulia.values.message import Author, Measured, Message
from tertulia.values.prompt import Delta, Prompt
from tertulia.values.reply import Ending

DAY = 86_400_000
MAY_1 = 1_777_593_600_000
"""2026-05-01, in ms since 1970 UTC."""

Answer = str | Exception | Callable[[Prompt], Awaitable[str]]


def claim(statement: str, *sources: int, **more: Any) -> dict[str, Any]:
    """One fact as a model tells it."""
    told = {"subject": "Ana", "about": "Ana", "slot": None, "replaces": []}
    return {**told, "statement": statement, "sources": list(sources) or [1], **more}


def reply(*claims: dict[str, Any]) -> str:
    """A model's whole answer."""
    return json.dumps({"facts": list(claims)})


def message(number: int, text: str, *, author: int = 1, name: str = "Ana") -> Message:
    """What a person said, each after the one before it."""
    return Message(
        conversation=1,
        seq=number,
        parent=number - 1 or None,
        root=1,
        depth=number - 1,
        path_tokens=0,
        role="user",
        name=name,
        text=text,
        tokens=5,
        said_at=number * 100,
        number=number,
        audience=1,
        author=author,
    )


@dataclass
class Talk:
    """What people and the bot say in one place, and what is read from it."""

    store: SQLiteStore
    memory: FactsMemory
    clock: SetClock
    prompts: list[Prompt] = field(default_factory=list[Prompt])
    numbers: Iterator[int] = field(default_factory=itertools.count)
    conversation: int = 1
    budget: int = 4000

    async def say(
        self,
        text: str,
        name: str | None = "Ana",
        *,
        author: str | None = None,
        present: Sequence[str] | None = None,
        day: int = 0,
        spot: str = "t",
    ) -> None:
        number = str(next(self.numbers))
        said = incoming(text, number=number, name=name, author=author or name or "ana", spot=spot)
        others = None if present is None else tuple(Author(platform_id=p, name=p) for p in present)
        said = replace(said, said_at=MAY_1 + day * DAY, present=others)
        measured = Measured(incoming=said, tokens=cost(TOKENIZER, text, name))
        self.conversation = (await self.store.accept(measured, self.clock.now())).conversation

    async def bot(self, text: str) -> None:
        """The bot answers."""
        lease = await self.store.claim(self.conversation, "me", 1, 2)
        assert isinstance(lease, Lease)
        ending = Ending(
            kind="reply",
            text=text,
            tokens=cost(TOKENIZER, text, None),
            finish_reason="stop",
            model="m",
            started_at=1,
            ended_at=2,
            usage=None,
            cost=None,
            notes=(),
            receipt=None,
        )
        await self.store.finish(lease, ending)

    async def scene(self, answer: Answer = "", *, model: str = "scripted") -> Scene:
        """What the memory is told now; what is not answered yet waits."""
        transcript = await self.store.transcript(self.conversation)
        last = transcript[-1]
        here = next(
            one for one in await self.store.conversations(None) if one.id == self.conversation
        )

        async def complete(prompt: Prompt) -> str:
            self.prompts.append(prompt)
            if isinstance(answer, Exception):
                raise answer
            return answer if isinstance(answer, str) else await answer(prompt)

        scope = await self.store.scope(last.audience)
        return Scene(
            conversation=here,
            scope=scope,
            span=await self.store.history(here.id, None, 4000, frozenset(), scope),
            waiting=(last,) if last.role == "user" else (),
            budget=self.budget,
            model=model,
            now=self.clock.now(),
            generation=await self.store.generation(),
            complete=complete,
        )

    async def learn(self, answer: Answer = "", *, model: str = "scripted") -> list[str]:
        """Read what is unread; the facts that hold then."""
        await self.memory.learn(await self.scene(answer, model=model))
        return told(await self.store.facts(None))

    async def learn_offline(self) -> list[str]:
        return await self.learn(offline, model="offline")

    async def gather(self) -> Gathered:
        return await self.memory.gather(await self.scene())


async def offline(prompt: Prompt) -> str:
    model = provider.open(ModelSpec(provider="offline"))
    chunks = [chunk async for chunk in model.stream(prompt)]
    return "".join(chunk.text for chunk in chunks if isinstance(chunk, Delta))


def told(facts: Sequence[Fact]) -> list[str]:
    return [f"{fact.subject} {fact.statement}" for fact in facts]


@asynccontextmanager
async def talking(folder: Path, *, every: int = 1) -> AsyncGenerator[Talk]:
    store, clock = SQLiteStore(folder / "tertulia.db"), SetClock()
    await store.open()
    try:
        yield Talk(store, FactsMemory(store, TOKENIZER, clock, every=every), clock)
    finally:
        await store.close()


def run(folder: Path, body: Callable[[Talk], Awaitable[None]], *, every: int = 1) -> None:
    async def whole() -> None:
        async with talking(folder, every=every) as talk:
            await body(talk)

    asyncio.run(whole())
