"""A bot as the engine runs it: its persona, its models and its memories, ready for use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tertulia.ports.memory import Memory
from tertulia.ports.model import Model
from tertulia.values.bot import Persona, Price
from tertulia.values.conversation import Conversation


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembering:
    """A memory that a bot uses, by its name, with its share of the token budget.

    `share` is a part of 1 of what persona and waiting messages leave; `most` is in tokens.
    """

    name: str
    memory: Memory
    share: float
    most: int


class Opening(Protocol):
    """Gives the model that answers and those to fall back on, in order."""

    def __call__(
        self, choice: str | None, conversation: int | None, /, *, owners_pick: bool = False
    ) -> Sequence[Model]:
        """Those of the bot, or those that were picked by the name of `choice`.

        For a conversation, which may have been lent keys of its own, or (None) for none yet. What
        is neither the bot's own nor one of its choices is opened with the owner's keys only where
        it is the `owners_pick`. Raises: `SettingsError`.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """Persona + models + memories, in the order in which the prompt has them.

    `last` is how many exchanges the window holds at most; None: as many as fit.

    `choices` are the names that its people may pick. `prices` are by the model's public name.
    """

    persona: Persona
    models: Opening
    choices: tuple[str, ...] = ()
    memories: tuple[Remembering, ...] = ()
    last: int | None = None
    prices: Mapping[str, Price] = field(default_factory=dict[str, Price])

    @property
    def name(self) -> str:
        """The persona's name."""
        return self.persona.name

    def models_in(self, conversation: Conversation) -> Sequence[Model]:
        """The model that answers there and those to fall back on. Raises: `SettingsError`."""
        here = conversation
        return self.models(here.model, here.id, owners_pick=here.owners_pick)
