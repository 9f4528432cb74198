"""What bots there are, and where each is described: in the settings, on a screen, or nowhere."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tertulia.app.found import first_at_hand
from tertulia.app.nearest import did_you_mean
from tertulia.app.settings import Settings
from tertulia.app.tomlfile import short
from tertulia.app.workshop.given import as_given, copied, read_given
from tertulia.ports.bots import BotStore
from tertulia.ports.clock import Clock
from tertulia.ports.workshop import Source
from tertulia.values.bot import BotSpec, ModelSpec
from tertulia.values.errors import NotThere, SettingsError

log = logging.getLogger(__name__)

_FIELDS = {"overflow": "memory"}
"""The settings that are kept under another's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A bot of the store: `spec` is None where it cannot be read, and `wrong` tells why."""

    given: Mapping[str, Any]
    spec: BotSpec | None = None
    wrong: str = ""


class Descriptions:
    """All bots by their names. Those of the settings go before those of the store."""

    def __init__(self, settings: Settings, store: BotStore, clock: Clock) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._told = {name: self._this_time(name, spec) for name, spec in settings.bots.items()}
        self._kept: Mapping[str, Kept] = {}
        self._passed_over: set[str] = set()
        self._lock = asyncio.Lock()
        self._at_hand: tuple[ModelSpec, ...] = ()

    def names(self) -> tuple[str, ...]:
        """All of them: the default one, the settings' in their order, then the store's."""
        default = self._settings.default_bot
        return tuple(dict.fromkeys((default, *self._told, *sorted(self._kept))))

    def spec(self, name: str) -> BotSpec:
        """One bot. Raises: `SettingsError` where there is none, or it cannot be read any more."""
        kept = self._kept.get(name)
        if kept is not None and kept.spec is None:
            raise SettingsError(
                f"The bot {name!r}, which was made on the page, cannot be used as it is: "
                f"{kept.wrong} Change it there."
            )
        spec = kept.spec if kept is not None else self._told.get(name)
        if spec is None:
            raise SettingsError(
                f"There is no bot {name!r} in the settings any more. "
                f"There are: {', '.join(self.names())}."
            )
        return spec

    def check(self, name: str) -> None:
        """Raises: `SettingsError` where there is no bot of that name."""
        if name not in self.names():
            raise SettingsError(f"There is no bot {name!r}.{did_you_mean(name, self.names())}")

    def specs(self) -> Iterator[BotSpec]:
        """All bots that can be read."""
        yield from self._told.values()
        yield from (kept.spec for kept in self._kept.values() if kept.spec is not None)

    def source(self, name: str) -> Source:
        """Where it is described. Raises: `NotThere`."""
        if name in self._kept:
            return "page"
        if name not in self._told:
            raise NotThere(f"There is no bot {name!r}.{did_you_mean(name, self.names())}")
        return "built in" if name in self._settings.assumed else "file"

    def given(self, name: str) -> Mapping[str, Any]:
        """What a screen gave of it; empty where nothing was."""
        kept = self._kept.get(name)
        return {} if kept is None else kept.given

    def may_change(self, name: str) -> bool:
        """Whether somebody may describe it on a screen, now or later."""
        return name not in self._told or name in self._settings.assumed

    async def refresh(self) -> bool:
        """Look again at what the store keeps; whether something has changed."""
        async with self._lock:
            return await self._take(await self._store.described_bots())

    async def describe(self, name: str, given: Mapping[str, Any]) -> None:
        """Make a bot or change it; what is not given stays. Raises: `SettingsError`."""
        self._check_place(name)
        async with self._lock:
            rows = await self._store.described_bots()
            told = _together(rows.get(name, {}), given)
            whole = as_given(read_given(name, told))
            kept = {key: whole[key] for key in (_FIELDS.get(key, key) for key in told)}
            await self._store.describe_bot(name, kept, self._clock.now())
            await self._take({**rows, name: kept})

    async def discard(self, name: str) -> None:
        """Take a bot of the store away. Raises: `NotThere`, `SettingsError`."""
        self._check_place(name)
        async with self._lock:
            rows = dict(await self._store.described_bots())
            if rows.pop(name, None) is None and name in self._told:
                raise SettingsError(f"{name} is built in: it can be changed, but not discarded.")
            if not await self._store.discard_bot(name):
                raise NotThere(f"There is no bot {name!r}.{did_you_mean(name, self.names())}")
            await self._take(rows)

    def _check_place(self, name: str) -> None:
        if not self.may_change(name):
            raise SettingsError(f"{name} is described in {self._where}: change it there.")

    @property
    def _where(self) -> str:
        path = self._settings.path
        return "the program that runs" if path is None else short(path)

    async def _take(self, rows: Mapping[str, Mapping[str, Any]]) -> bool:
        """From now on these are the bots of the store."""
        before, kept = self._kept, dict[str, Kept]()
        for name, given in rows.items():
            if not self.may_change(name):
                self._pass_over(name)
            elif name in before and before[name].given == given:
                kept[name] = before[name]
            else:
                kept[name] = await self._read(name, given)
        self._kept = kept
        return kept != before

    def _pass_over(self, name: str) -> None:
        if name not in self._passed_over:
            self._passed_over.add(name)
            log.warning(
                "The bot %s is described in %s, which goes before what was made of it on the page.",
                name,
                self._where,
            )

    async def _read(self, name: str, given: Mapping[str, Any]) -> Kept:
        try:
            return Kept(given=given, spec=await self._with_models(name, read_given(name, given)))
        except SettingsError as error:
            log.warning("The bot %s, made on the page, cannot be used: %s", name, error)
            return Kept(given=given, wrong=str(error))

    async def _with_models(self, name: str, spec: BotSpec) -> BotSpec:
        spec = self._this_time(name, spec)
        if spec.models:
            return spec
        if not self._at_hand:
            self._at_hand = (await asyncio.to_thread(first_at_hand),)
        return replace(spec, models=self._at_hand)

    def _this_time(self, name: str, spec: BotSpec) -> BotSpec:
        models = self._settings.instead.get(name)
        return spec if models is None else replace(spec, models=models)


def _together(kept: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """What was kept, with what is given now in its place; a null takes something back."""
    replaced = {_FIELDS.get(key, key) for key in given}
    return {key: value for key, value in kept.items() if key not in replaced} | copied(given)
