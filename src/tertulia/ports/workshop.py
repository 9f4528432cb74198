"""Where bots are described and models are connected, for parts that have a screen for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from tertulia.values.caller import Caller

Source = Literal["file", "page", "built in"]
"""Where a bot is described: in `tertulia.toml`, on the page, or nowhere (the default one)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A bot as a screen shows it.

    `given` has the keys of a bot in `tertulia.toml`, all of them told: `persona` (`name`,
    `instructions`), `model` (a table), `memory` (a table), `choices` (a list). No key is in it.
    `model` is the public name of the model that answers. What stands in the `file` is changed
    there.
    """

    name: str
    source: Source
    model: str
    choices: tuple[str, ...]
    given: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """Who offers models. `ready`: usable now, by a key of the owner's or because it needs none.

    `connected`: by a key that this session typed in, `kept` on disk if they asked for that.
    `local` needs no key but a server at `base_url`.
    """

    name: str
    ready: bool
    connected: bool
    kept: bool
    local: bool
    base_url: str | None = None


class Workshop(Protocol):
    """The bots and the models of this installation."""

    def bots(self) -> Sequence[Described]:
        """All bots, the default one first."""
        ...

    def bot(self, name: str) -> Described:
        """One bot. Raises: `NotThere`."""
        ...

    async def describe(self, name: str, given: Mapping[str, Any]) -> Described:
        """Make a bot, or change one that the page made (or the built-in one).

        Raises: `SettingsError`, which tells all that is wrong, and where the file describes it.
        """
        ...

    async def discard(self, name: str) -> None:
        """Take away a bot that the page made. Its conversations stay.

        Raises: `NotThere`, `SettingsError`.
        """
        ...

    def vendors(self, caller: Caller) -> Sequence[Vendor]:
        """Who offers models, the usual ones first."""
        ...

    async def models(self, caller: Caller, vendor: str) -> Sequence[str]:
        """The models that a vendor's server lists, as `VENDOR:NAME`. Raises: `ModelError`."""
        ...

    async def connect(
        self, caller: Caller, vendor: str, key: str, *, base_url: str | None, keep: bool
    ) -> Sequence[str]:
        """Use this key for what this caller's session says; returns the models that it opens.

        It is tried at once, kept in memory, and with `keep` in a file that only the owner of the
        machine can read. It is never given back. Only the owner may name a `base_url`.
        Raises: `ModelError` where the key does not work; then it is not kept.
        """
        ...

    async def disconnect(self, caller: Caller, vendor: str) -> None:
        """Lose the key, also the one on disk."""
        ...

    def lend(self, caller: Caller, conversation: int) -> None:
        """From now on this caller's keys serve the turns of a conversation.

        It is one in which they speak as themselves: ask the desk for their place there before.
        """
        ...

    def may_pick(self, caller: Caller, bot: str, model: str) -> bool:
        """Whether this caller may use a model with a bot: a choice, by their key, or the owner."""
        ...
