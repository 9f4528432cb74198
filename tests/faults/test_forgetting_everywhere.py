"""Promise 7 through the engine: one word by every path that it takes, then looked for in all files.

Beside the database lie the log, as it is really written, and what was typed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from prompt_toolkit.history import FileHistory

from commanding import learn, say
from making import TOKENIZER, incoming
from running import Scene, ScriptedModel, scene
from talks import Talks
from tertulia.app.cleaning import clean_up
from tertulia.app.logs import log_to
from tertulia.app.settings import Settings
from tertulia.engine.forgetting import forget
from tertulia.memories.recall.memory import RecallMemory
from tertulia.ports.embedder import Embedder
from tertulia.stores.sql import schema
from tertulia.values.errors import ModelRejected
from tertulia.values.forgetting import Forgotten, Target

CANARY = "quixzanary42"


class Gate(asyncio.Event):
    """A model waits here in the middle of its reply, and a test knows that it does."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = asyncio.Event()

    async def wait(self) -> Any:
        self.reached.set()
        return await super().wait()


class Literal(Embedder):
    """Its vectors are the texts themselves, so that they can be found in a file."""

    name = "literal:one"

    async def embed(self, texts: Sequence[str]) -> Sequence[bytes]:
        return [text.encode()[:64].ljust(64, b"\1") for text in texts]

    async def close(self) -> None:
        pass


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """The log of the program, with its own handler."""
    logger = logging.getLogger("tertulia")
    before = (list(logger.handlers), logger.level, logger.propagate)
    path = tmp_path / "tertulia.log"
    log_to(path, Settings(path=None, data=tmp_path, bots={}, default_bot="bo"))
    yield path
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()
    logger.handlers, logger.level, logger.propagate = before


def left_in(folder: Path) -> set[str]:
    """The files that have it; the index keeps the first letters of neighbouring words once."""
    end = CANARY[2:].encode()
    files = (file for file in folder.iterdir() if file.is_file())
    return {file.name for file in files if end in file.read_bytes().lower()}


def fail() -> Exception:
    return ModelRejected(f"400: bad content 'my {CANARY} is ill'")


async def write_everywhere(here: Scene, folder: Path) -> None:
    """By a message, a reply, the log, a fact, an edit, undo, a summary, an import, a vector."""
    await say(here, f"I keep a {CANARY}")
    await say(here, f"my {CANARY} is ill")
    assert CANARY in (folder / "tertulia.log").read_text()
    talks = Talks(here.store, time=here.clock.time)
    fact = await learn(here, f"keeps a {CANARY}")
    await talks.edit(fact.id, f"keeps a {CANARY} at home")
    assert await talks.undo() is not None
    said = await here.store.transcript(1)
    await talks.summarise(f"They spoke of a {CANARY}.", said[:2])
    await talks.take_in(
        [f"{CANARY} of old", f"A {CANARY}? I see.", "And then?", "Nothing."], f"On a {CANARY}"
    )
    clock: Any = here.clock
    nowhere: Any = None
    await RecallMemory(here.store, TOKENIZER, clock, embedder=Literal()).learn(nowhere)
    vectors = [row.vector for row in await talks.rows(schema.embedding)]
    assert any(CANARY.encode() in vector for vector in vectors)
    FileHistory(str(folder / "history")).store_string(f"I keep a {CANARY}")
    await say(here, "hello", who="ben", spot="bens")


async def forget_all_of(here: Scene, folder: Path, target: Target) -> Forgotten:
    tools = replace(here.engine.tools, after_forgetting=partial(clean_up, folder))
    return await forget(tools, target, "all")


@pytest.mark.parametrize("kind", ["person", "bot"])
def test_nothing_of_it_is_left_in_any_file(tmp_path: Path, log: Path, kind: Any) -> None:
    async def body() -> None:
        gate = Gate()
        model = ScriptedModel([[f"A {CANARY}!"], [fail()], ["Hello Ben."], [f"So {CANARY}", gate]])
        async with scene(tmp_path, model, memories=("recall",)) as here:
            await write_everywhere(here, tmp_path)
            # A reply is on its way, in pieces, and something waits behind it.
            await here.engine.accept(incoming(f"{CANARY} again", author="ana", number="s1"))
            async with asyncio.timeout(20):
                await gate.reached.wait()
            await here.engine.accept(incoming(f"{CANARY} waits", author="ana", number="s2"))
            assert left_in(tmp_path) >= {"tertulia.db-wal", log.name, "history"}
            everything = {
                "person": Target(kind="person", numbers=(1,)),
                "bot": Target(kind="bot", bot="bo"),
            }
            gone = await forget_all_of(here, tmp_path, everything[kind])
            assert gone.cleaned
            assert gone.facts
            assert left_in(tmp_path) == set()
            gate.set()
        # The reply that was on its way ended, and stored nothing.
        assert left_in(tmp_path) == set()

    asyncio.run(body())


def test_nothing_is_left_of_the_messages_alone(tmp_path: Path, log: Path) -> None:
    async def body() -> None:
        model = ScriptedModel([[f"A {CANARY}!"], [fail()], ["Hello."]])
        async with scene(tmp_path, model, memories=("recall",)) as here:
            await write_everywhere(here, tmp_path)
            talks = Talks(here.store)
            rows = [row for row in await talks.rows(schema.message) if row.role == "user"]
            told = tuple(row.id for row in rows if CANARY in row.text)
            assert len(told) == 3
            gone = await forget_all_of(here, tmp_path, Target(kind="message", numbers=told))
            assert gone.renamed == (2,)
            assert {"2.2", "2.4"} <= set(gone.redacted)
            assert gone.summaries == ("s1",)
            assert left_in(tmp_path) == set()
            assert log.read_text().count("(forgotten)") >= 1

    asyncio.run(body())
