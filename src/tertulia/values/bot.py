"""A bot as its owner describes it, and the model that it is to use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tertulia.values.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """Which model to use, and how.

    `options` are sampling parameters, passed through as they are. `context_window` and `max_tokens`
    are in the model's tokens; None means the part's own table. `timeout` is how many seconds may
    pass without a token; `retries` how often a failed call is tried again.
    """

    provider: str
    name: str | None = None
    base_url: str | None = None
    api_key: Secret | None = None
    context_window: int | None = None
    max_tokens: int | None = None
    timeout: float = 60.0
    retries: int = 2
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """A bot's name and its instructions."""

    name: str
    instructions: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemorySpec:
    """A memory that a bot uses, and its share of the token budget.

    `share` is a part of 1 of what persona and waiting messages leave; `most` is in tokens.
    """

    name: str
    share: float
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BotSpec:
    """A bot: persona, the model and those to fall back on (in order), and what it remembers.

    `memories` stand in the order in which the prompt has them; the window comes after them, with
    the `last` exchanges at most (None: as many as fit). `choices` are the further models that its
    people may pick, by the names that they type.
    """

    persona: Persona
    models: tuple[ModelSpec, ...]
    memories: tuple[MemorySpec, ...] = ()
    last: int | None = None
    choices: Mapping[str, tuple[ModelSpec, ...]] = field(
        default_factory=dict[str, tuple[ModelSpec, ...]]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a million tokens of a model cost, in the owner's currency."""

    prompt: float
    completion: float
