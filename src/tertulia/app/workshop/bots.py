"""Bots as the engine runs them, each made when it is first asked for; models are shared."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from tertulia.app.modelspec import model_spec
from tertulia.app.workshop.described import Descriptions
from tertulia.app.workshop.keys import Connection, Keyring
from tertulia.app.workshop.opened import Models
from tertulia.engine.bot import Bot, Remembering
from tertulia.ports.memory import Memory
from tertulia.ports.model import Model
from tertulia.values.bot import BotSpec, MemorySpec, ModelSpec, Price
from tertulia.values.errors import SettingsError

log = logging.getLogger(__name__)


class Bots:
    """All bots of one engine. `memory` gives the memory of a name, one for all of them."""

    def __init__(
        self,
        described: Descriptions,
        models: Models,
        keys: Keyring,
        memory: Callable[[str], Memory],
        prices: Mapping[str, Price],
    ) -> None:
        self.described = described
        self._models = models
        self._keys = keys
        self._memory = memory
        self._prices = prices
        self._made: dict[str, tuple[BotSpec, Bot]] = {}

    def bot(self, name: str) -> Bot:
        """The bot of that name, as it is described now. Raises: `SettingsError`."""
        spec = self.described.spec(name)
        made = self._made.get(name)
        if made is None or made[0] is not spec:
            made = self._made[name] = (spec, self._make(spec))
        return made[1]

    async def refresh(self) -> None:
        """Look again at what is described on screens."""
        if await self.described.refresh():
            self._forget_others()

    async def describe(self, name: str, given: Mapping[str, Any]) -> None:
        """See `Descriptions`."""
        await self.described.describe(name, given)
        self._forget_others()

    async def discard(self, name: str) -> None:
        """See `Descriptions`."""
        await self.described.discard(name)
        self._forget_others()

    def _forget_others(self) -> None:
        """Keep the models that bots have; what was picked beside them is opened again."""
        self._models.keep(spec for bot in self.described.specs() for spec in _all_models(bot))
        known = self.described.names()
        for name in [name for name in self._made if name not in known]:
            del self._made[name]

    def _make(self, spec: BotSpec) -> Bot:
        return Bot(
            persona=spec.persona,
            models=partial(self._chain, spec),
            choices=tuple(spec.choices),
            memories=tuple(map(self._remember, spec.memories)),
            last=spec.last,
            prices=self._prices,
        )

    def _remember(self, spec: MemorySpec) -> Remembering:
        memory = self._memory(spec.name)
        return Remembering(name=spec.name, memory=memory, share=spec.share, most=spec.most)

    def _chain(
        self,
        spec: BotSpec,
        choice: str | None,
        conversation: int | None,
        /,
        *,
        owners_pick: bool = False,
    ) -> Sequence[Model]:
        """The model that answers in a conversation and those to fall back on, with its keys."""
        lent = self._keys.lent(conversation)
        specs = spec.models if choice is None else spec.choices.get(choice)
        if not specs:
            specs = _picked(choice, lent, owners_pick=owners_pick)
        first, *others = (_with_key(one, lent.get(one.provider)) for one in specs)
        return [self._models.open(first), *self._open_those_that_can(others)]

    def _open_those_that_can(self, specs: Iterable[ModelSpec]) -> Iterator[Model]:
        for spec in specs:
            try:
                yield self._models.open(spec)
            except SettingsError as error:
                log.warning("A fallback model cannot be used: %s", error)


def _picked(
    choice: str | None, lent: Mapping[str, Connection], *, owners_pick: bool
) -> tuple[ModelSpec, ...]:
    """A model that is none of the bot's: its owner's pick, or open to a key of one's own."""
    if choice is None:
        raise SettingsError("No model is set up for this bot.")
    specs = model_spec(choice, "The model that was picked")
    if not owners_pick and specs[0].provider not in lent:
        raise SettingsError(
            f"The key is gone with which {choice} was picked. Connect {specs[0].provider} again, "
            "or pick another model."
        )
    return specs


def _with_key(spec: ModelSpec, lent: Connection | None) -> ModelSpec:
    """A lent key goes only to where it was tried: its vendor, or the address given with it."""
    if lent is None or spec.base_url not in (None, lent.base_url):
        return spec
    return replace(spec, api_key=lent.key, base_url=lent.base_url)


def _all_models(bot: BotSpec) -> Iterator[ModelSpec]:
    yield from bot.models
    for specs in bot.choices.values():
        yield from specs
