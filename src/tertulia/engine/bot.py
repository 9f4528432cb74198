"""A bot as the engine runs it: its persona, its models and its memories, ready for use."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tertulia.ports.memory import Memory
from tertulia.ports.model import Model
from tertulia.values.bot import Persona, Price


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembering:
    """A memory that a bot uses, by its name, with its share of the token budget.

    `share` is a part of 1 of what persona and waiting messages leave; `most` is in tokens.
    """

    name: str
    memory: Memory
    share: float
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """Persona + models + memories, in the order in which the prompt has them.

    `last` is how many exchanges the window holds at most; None: as many as fit.

    `models(None, 12)` gives the model and those to fall back on, in order; `models(NAME, 12)` those
    that were picked, for conversation 12, which may have been lent keys of its own, or (None) for
    none yet. `choices` are the names that its people may pick. `prices` are by the model's public
    name.
    """

    persona: Persona
    models: Callable[[str | None, int | None], Sequence[Model]]
    choices: tuple[str, ...] = ()
    memories: tuple[Remembering, ...] = ()
    last: int | None = None
    prices: Mapping[str, Price] = field(default_factory=dict[str, Price])

    @property
    def name(self) -> str:
        """The persona's name."""
        return self.persona.name
