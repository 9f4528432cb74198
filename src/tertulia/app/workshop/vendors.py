"""Who offers models: the providers that are installed, and the models that their servers list."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from tertulia.app import plugins
from tertulia.app.found import OFFLINE
from tertulia.ports.model import Provider
from tertulia.values.bot import ModelSpec
from tertulia.values.errors import (
    ModelNotAllowed,
    ModelUnavailable,
    NotThere,
    PartMissing,
    TertuliaError,
)

log = logging.getLogger(__name__)


class Vendors:
    """All providers, each loaded once. `load` finds one by its name."""

    def __init__(self, load: Callable[[str], Provider]) -> None:
        self._load = load

    @property
    def names(self) -> Sequence[str]:
        """All but `offline`, which needs nothing; the usual ones first."""
        return [name for name in self._all if name != OFFLINE]

    def ready(self, name: str) -> bool:
        """Whether a key of the owner's is set; no local server is looked for."""
        return self.local(name) is None and self._all[name].found() is not None

    def local(self, name: str) -> str | None:
        """The usual address of its server, where that is one's own and needs no key."""
        find = getattr(self._all[name], "local", None)
        return None if find is None else find()

    def check(self, name: str) -> None:
        """Raises: `NotThere` where there is no such vendor."""
        if name not in self._all:
            raise NotThere(f"There is no vendor {name!r}. Known: {', '.join(self.names)}.")

    async def models(self, spec: ModelSpec) -> Sequence[str]:
        """The models that a server lists. Raises: `ModelError`, `SettingsError`."""
        find = getattr(self._all[spec.provider], "list", None)
        try:
            return () if find is None else await find(spec)
        except TertuliaError:
            raise
        except Exception as error:  # noqa: BLE001 - somebody else's part may raise anything
            why = type(error).__name__
        raise ModelUnavailable(f"The models of {spec.provider} cannot be listed: {why}.")

    async def tried(self, spec: ModelSpec) -> Sequence[str]:
        """The models that a key opens. Raises: `ModelError`, `SettingsError`."""
        found = await self.models(spec)
        if not found:
            await self._try(spec)
        return found

    async def _try(self, spec: ModelSpec) -> None:
        """Ask the model itself, where nothing was listed."""
        model = self._all[spec.provider].open(spec)
        try:
            check = await model.check()
        finally:
            await model.close()
        if not check.ready:
            raise ModelNotAllowed(" ".join(filter(None, (check.found, check.step))))

    @cached_property
    def _all(self) -> Mapping[str, Provider]:
        found: dict[str, Provider] = {}
        for name in plugins.names("models"):
            try:
                found[name] = self._load(name)
            except PartMissing as error:
                log.warning("%s", error)
        return dict(sorted(found.items(), key=lambda item: item[1].rank))
