"""Joins ports to parts: the only file that knows which part stands behind which port."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from tertulia.app.cleaning import clean_up
from tertulia.app.logs import log_to
from tertulia.app.plugins import load, names
from tertulia.app.settings import Settings, model_spec
from tertulia.engine.bot import Bot, Remembering
from tertulia.engine.host import Engine, Parts
from tertulia.ports.channel import Channel
from tertulia.ports.clock import Clock
from tertulia.ports.embedder import Embedder
from tertulia.ports.importer import Importer
from tertulia.ports.memory import Memory
from tertulia.ports.model import Model
from tertulia.ports.store import Store
from tertulia.ports.tokenizer import Tokenizer
from tertulia.values.bot import BotSpec, MemorySpec, ModelSpec
from tertulia.values.errors import SettingsError

log = logging.getLogger(__name__)

RECALL = "recall"
"""The memory that commands search with, and that an embedder is for."""


class SystemClock(Clock):
    """The machine's own time of day."""

    def now(self) -> int:
        """Milliseconds since 1970 UTC."""
        return time.time_ns() // 1_000_000


class Running(Engine):
    """An engine with these settings, and the bots that it closes at its end."""

    def __init__(
        self, settings: Settings, channels: Mapping[str, Channel], *, everything: bool
    ) -> None:
        log_to(settings.data / "tertulia.log", settings)
        store: Store = load("stores", "sqlite")(database(settings.data))
        tokenizer: Tokenizer = load("tokenizers", "o200k")()
        self._bots = Bots(settings, store, tokenizer)
        super().__init__(
            Parts(
                store=store,
                dispatcher=load("dispatchers", "local")(settings.turns_at_once),
                broadcast=load("broadcasts", "local")(),
                tokenizer=tokenizer,
                clock=SystemClock(),
                channels=channels,
                search=self._bots.memory(RECALL),
                bot=self._bots.bot,
                bots=tuple(settings.bots),
                owner=f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}",
                lease=settings.lease_seconds,
                everything=everything,
                after_forgetting=partial(clean_up, settings.data),
                importers=lambda: importers(*names("importers")),
            )
        )

    async def close(self, grace: float = 10.0) -> None:
        """Let turns, memories and deliveries finish for `grace` seconds each, then end."""
        try:
            await super().close(grace)
        finally:
            await self._bots.close()


@asynccontextmanager
async def running(
    settings: Settings, channels: Mapping[str, Channel], *, everything: bool
) -> AsyncGenerator[Engine]:
    """An engine with these settings, started, and closed at the end.

    With `everything` it answers whatever waits in the store, else only what comes in here.
    """
    engine = Running(settings, channels, everything=everything)
    try:
        await engine.start()
        yield engine
    finally:
        await engine.close()


def importers(*which: str) -> Sequence[Importer]:
    """The importers of these names."""
    return [load("importers", name)() for name in which]


def database(data: Path) -> Path:
    """The SQLite file within a data folder."""
    return data / "tertulia.db"


class Bots:
    """The bots of the settings, each made when it is first asked for; models are shared."""

    def __init__(self, settings: Settings, store: Store, tokenizer: Tokenizer) -> None:
        self._settings = settings
        self._store = store
        self._tokenizer = tokenizer
        self._bots: dict[str, Bot] = {}
        self._memories: dict[str, Memory] = {}
        self._models: dict[int, tuple[ModelSpec, Model]] = {}
        self._picked: dict[str, tuple[ModelSpec, ...]] = {}
        self._embedder: Embedder | None = None

    def bot(self, name: str) -> Bot:
        """The bot of that name. Raises: `SettingsError` where the settings have none."""
        if name not in self._bots:
            spec = self._settings.bots.get(name)
            if spec is None:
                raise SettingsError(
                    f"There is no bot {name!r} in the settings any more. "
                    f"There are: {', '.join(self._settings.bots)}."
                )
            self._bots[name] = Bot(
                persona=spec.persona,
                models=lambda choice, _: self._chain(spec, choice),
                choices=tuple(spec.choices),
                memories=tuple(self._remember(memory) for memory in spec.memories),
                last=spec.last,
                prices=self._settings.prices,
            )
        return self._bots[name]

    async def close(self) -> None:
        """Give the connections of models and embedder back."""
        for _, model in self._models.values():
            await model.close()
        if self._embedder is not None:
            await self._embedder.close()

    def memory(self, name: str) -> Any:
        """The memory of that name, one for all bots: what it knows is in the store."""
        if name not in self._memories:
            part = load("memories", name)
            more = self._for_recall() if name == RECALL else {}
            self._memories[name] = part(self._store, self._tokenizer, SystemClock(), **more)
        return self._memories[name]

    def _for_recall(self) -> dict[str, Any]:
        spec = self._settings.embedder
        if spec is None:
            return {}
        self._embedder = load("embedders", spec.model.provider)(spec.model)
        return {"embedder": self._embedder, "patience": spec.patience}

    def _remember(self, spec: MemorySpec) -> Remembering:
        memory: Memory = self.memory(spec.name)
        return Remembering(name=spec.name, memory=memory, share=spec.share, most=spec.most)

    def _chain(self, spec: BotSpec, choice: str | None) -> Sequence[Model]:
        specs = spec.models
        if choice is not None:
            specs = spec.choices.get(choice) or self._pick(choice)
        first, *others = specs
        return [self._open(first), *self._open_those_that_can(others)]

    def _pick(self, choice: str) -> tuple[ModelSpec, ...]:
        if choice not in self._picked:
            self._picked[choice] = model_spec(choice)
        return self._picked[choice]

    def _open_those_that_can(self, specs: Sequence[ModelSpec]) -> list[Model]:
        opened: list[Model] = []
        for spec in specs:
            try:
                opened.append(self._open(spec))
            except SettingsError as error:
                log.warning("A fallback model cannot be used: %s", error)
        return opened

    def _open(self, spec: ModelSpec) -> Model:
        # The spec is kept beside its model, so that its identity stays its own.
        if id(spec) not in self._models:
            self._models[id(spec)] = (spec, load("models", spec.provider).open(spec))
        return self._models[id(spec)][1]
