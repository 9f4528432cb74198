"""The workshop of this process: bots of the settings and of the store, keys in memory."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from tertulia.app.entry import Entry, Problems
from tertulia.app.found import OFFLINE
from tertulia.app.logs import hidden
from tertulia.app.modelspec import base_url as read_base_url
from tertulia.app.modelspec import public_name
from tertulia.app.tomlfile import NOTHING
from tertulia.app.workshop.bots import Bots
from tertulia.app.workshop.given import as_given, as_shown, read_given
from tertulia.app.workshop.keys import Connection, Keyring
from tertulia.app.workshop.opened import Models
from tertulia.app.workshop.vendors import Vendors
from tertulia.ports.workshop import Described, Vendor, Workshop
from tertulia.values.bot import BotSpec, ModelSpec
from tertulia.values.caller import Caller
from tertulia.values.errors import SettingsError, TertuliaError
from tertulia.values.secret import Secret

LONGEST_KEY = 4096
SHORTEST_KEY = 6
"""A shorter text opens nothing, and taking it out would garble a message."""


class LocalWorkshop(Workshop):
    """See the port."""

    def __init__(self, bots: Bots, models: Models, keys: Keyring, vendors: Vendors) -> None:
        self._bots = bots
        self._models = models
        self._keys = keys
        self._vendors = vendors

    def bots(self) -> Sequence[Described]:
        """See the port."""
        return [self.bot(name) for name in self._bots.described.names()]

    def bot(self, name: str) -> Described:
        """See the port."""
        described = self._bots.described
        source = described.source(name)
        try:
            spec = described.spec(name)
        except SettingsError:  # it is shown as it was given, so that somebody can mend it
            given = {**as_given(read_given(name, {})), **described.given(name)}
            return Described(name=name, source=source, model="", choices=(), given=given)
        given = as_shown(spec) if source == "file" else as_given(spec)
        return Described(
            name=name,
            source=source,
            model=self._answers(spec),
            choices=tuple(spec.choices),
            given=given,
        )

    async def describe(self, name: str, given: Mapping[str, Any]) -> Described:
        """See the port."""
        await self._bots.describe(name, given)
        return self.bot(name)

    async def discard(self, name: str) -> None:
        """See the port."""
        await self._bots.discard(name)

    def vendors(self, caller: Caller) -> Sequence[Vendor]:
        """See the port."""
        connected, kept = self._keys.of(caller), self._keys.kept(caller)
        return [
            self._vendor(name, connected.get(name), kept=name in kept)
            for name in self._vendors.names
        ]

    async def models(self, caller: Caller, vendor: str) -> Sequence[str]:
        """See the port."""
        self._vendors.check(vendor)
        connection = self._keys.of(caller).get(vendor)
        spec = ModelSpec(provider=vendor)
        if connection is None:
            return await self._vendors.models(spec)
        lent = replace(spec, api_key=connection.key, base_url=connection.base_url)
        with _untold(connection.key):
            return await self._vendors.models(lent)

    async def connect(
        self, caller: Caller, vendor: str, key: str, *, base_url: str | None, keep: bool
    ) -> Sequence[str]:
        """See the port."""
        self._vendors.check(vendor)
        if vendor == OFFLINE:
            raise SettingsError(f"{OFFLINE} needs no key: pick it as it is.")
        address = _address(caller, base_url)
        local = self._vendors.local(vendor) is not None
        if local and not caller.owner:  # such a server takes any key
            raise SettingsError(
                f"Only the owner can connect {vendor}: it is a server of their own."
            )
        connection = Connection(key=_key(key, free=local or bool(address)), base_url=address)
        spec = ModelSpec(provider=vendor, api_key=connection.key, base_url=address)
        with _untold(connection.key):
            found = await self._vendors.tried(spec)
        self._keys.add(caller, vendor, connection, keep=keep)
        return found

    async def disconnect(self, caller: Caller, vendor: str) -> None:
        """See the port."""
        self._vendors.check(vendor)
        self._keys.remove(caller, vendor)

    def lend(self, caller: Caller, conversation: int) -> None:
        """See the port."""
        self._keys.lend(caller, conversation)

    def may_pick(self, caller: Caller, bot: str, model: str) -> bool:
        """See the port."""
        if caller.owner:
            return True
        try:
            choices = self._bots.described.spec(bot).choices
        except SettingsError:
            return False
        return model in choices or model.partition(":")[0].strip() in self._keys.of(caller)

    def _answers(self, spec: BotSpec) -> str:
        """The public name of its model; the whole one where that is known."""
        first = next(iter(spec.models), None)
        return "" if first is None else self._models.name_of(first) or public_name(first)

    def _vendor(self, name: str, connection: Connection | None, *, kept: bool) -> Vendor:
        local = self._vendors.local(name)
        return Vendor(
            name=name,
            ready=self._vendors.ready(name),
            connected=connection is not None,
            kept=kept,
            local=local is not None,
            base_url=(connection.base_url if connection else None) or local,
        )


def _address(caller: Caller, text: str | None) -> str | None:
    """The address that was given. Raises: `SettingsError`."""
    if text is None or not text.strip():
        return None
    if not caller.owner:
        raise SettingsError("Only the owner can say where a vendor's server is.")
    problems = Problems(NOTHING)
    address = read_base_url(Entry(text.strip(), ("base_url",), problems))
    problems.tell()
    return address


def _key(text: str, *, free: bool) -> Secret | None:
    """The key that was typed in; with `free` there need not be one. Raises: `SettingsError`."""
    value = text.strip()
    if not value and free:
        return None
    if not value:
        raise SettingsError("There is no key. Copy it from the vendor's page, and put it here.")
    if len(value) > LONGEST_KEY or not value.isascii() or not value.isprintable() or " " in value:
        raise SettingsError(
            "This is no key: a key is one line of plain letters, digits and marks. Copy it anew."
        )
    return Secret(value, "the page")


@contextmanager
def _untold(key: Secret | None) -> Generator[None]:
    """No error that leaves this block repeats the key, and no log: servers' messages may."""
    if key is None:
        yield
        return
    with hidden(key):
        try:
            yield
        except TertuliaError as error:
            error.args = tuple(_without(arg, key.reveal()) for arg in error.args)
            raise error from None


def _without(told: object, secret: str) -> object:
    long = len(secret) >= SHORTEST_KEY
    return told.replace(secret, "***") if long and isinstance(told, str) else told
