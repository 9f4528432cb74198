"""Joins ports to parts: the only file that knows which part stands behind which port."""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from tertulia.app.cleaning import clean_up
from tertulia.app.logs import log_to
from tertulia.app.nearest import did_you_mean
from tertulia.app.plugins import load, names
from tertulia.app.settings import Settings, is_there
from tertulia.app.workshop.bots import Bots
from tertulia.app.workshop.described import Descriptions
from tertulia.app.workshop.keys import Keyring
from tertulia.app.workshop.local import LocalWorkshop
from tertulia.app.workshop.opened import Models
from tertulia.app.workshop.vendors import Vendors
from tertulia.engine.host import Engine, Parts
from tertulia.ports.channel import Channel
from tertulia.ports.clock import Clock
from tertulia.ports.embedder import Embedder
from tertulia.ports.importer import Importer
from tertulia.ports.memory import Memory
from tertulia.ports.model import Model
from tertulia.ports.store import Store
from tertulia.ports.tokenizer import Tokenizer
from tertulia.values.bot import ModelSpec
from tertulia.values.errors import SettingsError
from tertulia.values.message import Accepted, Incoming

LEARNING = 30.0
"""Seconds that a summary may still take when a talk at the terminal or in Python ends."""

RECALL = "recall"
"""The memory that commands search with, and that an embedder is for."""


class SystemClock(Clock):
    """The machine's own time of day."""

    def now(self) -> int:
        """Milliseconds since 1970 UTC."""
        return time.time_ns() // 1_000_000


class Running(Engine):
    """An engine with these settings, and with what it closes at its end.

    `bots` are those of the settings and of the store; `workshop` is where a screen changes them.
    """

    def __init__(
        self, settings: Settings, channels: Mapping[str, Channel], *, everything: bool
    ) -> None:
        log_to(settings.data / "tertulia.log", settings)
        store: Store = load("stores", "sqlite")(database(settings.data))
        tokenizer: Tokenizer = load("tokenizers", "o200k")()
        clock = SystemClock()
        self._everything = everything
        self._memories = Memories(settings, store, tokenizer)
        self._models = Models(open_model)
        keys = Keyring(settings.data, clock, self._models.lose)
        self.bots = Bots(
            Descriptions(settings, store, clock),
            self._models,
            keys,
            self._memories.memory,
            settings.prices,
        )
        vendors = Vendors(partial(load, "models"))
        self.workshop = LocalWorkshop(self.bots, self._models, keys, vendors)
        super().__init__(
            Parts(
                store=store,
                dispatcher=load("dispatchers", "local")(settings.turns_at_once),
                broadcast=load("broadcasts", "local")(),
                tokenizer=tokenizer,
                clock=clock,
                channels=channels,
                search=self._memories.memory(RECALL),
                bot=self.bots.bot,
                bots=self._answered,
                owner=f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}",
                lease=settings.lease_seconds,
                everything=everything,
                after_forgetting=partial(clean_up, settings.data),
                importers=lambda: importers(*names("importers")),
            )
        )

    async def start(self) -> None:
        """Open the store, read what bots there are, and begin. Raises: `StoreError`."""
        await super().start()
        await self.bots.refresh()

    async def accept(self, incoming: Incoming) -> Accepted:
        """Store a message, once; it is on disk when this returns, and will be answered."""
        if not self._everything and self.bots.described.may_change(incoming.bot):
            await self.bots.refresh()  # nothing else looks at what another process has changed
        return await super().accept(incoming)

    async def close(self, grace: float = 10.0, *, learning: float = 0.0) -> None:
        """Let what runs finish for `grace` seconds, and memories for `learning`, then end."""
        try:
            await super().close(grace, learning=learning)
        finally:
            await self._models.close()
            await self._memories.close()

    async def _answered(self) -> Collection[str]:
        """The bots that there are now: another process may have made or changed one."""
        await self.bots.refresh()
        return self.bots.described.names()


@asynccontextmanager
async def running(
    settings: Settings, channels: Mapping[str, Channel], *, everything: bool, bot: str | None = None
) -> AsyncGenerator[Running]:
    """An engine with these settings, started, and closed at the end.

    With `everything` it answers whatever waits in the store, else only what comes in here.
    Raises: `StoreError`; `SettingsError` where it has no `bot` of the name that is given.
    """
    if bot is not None and bot not in settings.bots and not is_there(database(settings.data)):
        raise SettingsError(f"There is no bot {bot!r}.{did_you_mean(bot, settings.bots)}")
    engine = Running(settings, channels, everything=everything)
    try:
        await engine.start()
        if bot is not None:
            engine.bots.described.check(bot)
        yield engine
    finally:
        await engine.close(learning=LEARNING)


def importers(*which: str) -> Sequence[Importer]:
    """The importers of these names."""
    return [load("importers", name)() for name in which]


def database(data: Path) -> Path:
    """The SQLite file within a data folder."""
    return data / "tertulia.db"


def open_model(spec: ModelSpec) -> Model:
    """The model that `spec` describes. Raises: `SettingsError`, `ModelNotAllowed`."""
    return load("models", spec.provider).open(spec)


class Memories:
    """The memories by their names, each made when it is first asked for."""

    def __init__(self, settings: Settings, store: Store, tokenizer: Tokenizer) -> None:
        self._settings = settings
        self._store = store
        self._tokenizer = tokenizer
        self._memories: dict[str, Memory] = {}
        self._embedder: Embedder | None = None

    def memory(self, name: str) -> Any:
        """The memory of that name, one for all bots: what it knows is in the store."""
        if name not in self._memories:
            part = load("memories", name)
            more = self._for_recall() if name == RECALL else {}
            self._memories[name] = part(self._store, self._tokenizer, SystemClock(), **more)
        return self._memories[name]

    async def close(self) -> None:
        """Give the connections of the embedder back."""
        if self._embedder is not None:
            await self._embedder.close()

    def _for_recall(self) -> dict[str, Any]:
        spec = self._settings.embedder
        if spec is None:
            return {}
        self._embedder = load("embedders", spec.model.provider)(spec.model)
        return {"embedder": self._embedder, "patience": spec.patience}
