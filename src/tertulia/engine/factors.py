"""How many of a model's own tokens one of ours is: learned from the usage that servers report."""

from __future__ import annotations

import logging

from tertulia.ports.model import Model
from tertulia.ports.store import Store
from tertulia.values.errors import ContextOverflow, StoreError
from tertulia.values.prompt import Prompt, Usage

log = logging.getLogger(__name__)

LARGE_ENOUGH = 100
"""A smaller prompt tells little: what a server adds to each weighs too much in it."""

LEAST = 512
"""A budget is never guessed to be smaller than this, whatever a server says."""

LOWEST, HIGHEST = 1.0, 8.0
"""No server is believed that counts fewer tokens than we do: a budget would be overrun."""


class Factors:
    """One factor a model: up at once, down by a fifth of the way."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._stored: dict[str, float] = {}
        self._learned: dict[str, float] = {}
        self._windows: dict[str, int] = {}
        self._most: dict[str, int] = {}

    async def load(self) -> None:
        """Read what was learned before."""
        self._stored = dict(await self._store.factors())
        self._learned = dict(self._stored)

    def of(self, model: Model) -> float:
        """How many of the model's tokens one of ours is taken for."""
        return self._learned.get(model.name, model.factor)

    def budget(self, model: Model) -> int:
        """The token budget of a prompt for `model`, in our tokens."""
        window = min(model.context_window, self._windows.get(model.name, model.context_window))
        reserve = model.reserve if model.reserve < window else window // 4
        whole = int((window - reserve) / self.of(model))
        return min(whole, self._most.get(model.name, whole))

    async def learn(self, model: Model, prompt: Prompt, usage: Usage | None) -> None:
        """Take the server's count of a prompt into account; a store that fails is only logged."""
        if usage is None or prompt.tokens < LARGE_ENOUGH or usage.prompt_tokens <= 0:
            return
        seen, known = usage.prompt_tokens / prompt.tokens, self.of(model)
        await self._keep(model.name, seen if seen > known else known + (seen - known) / 5)

    async def overflowed(self, model: Model, prompt: Prompt, told: ContextOverflow) -> None:
        """A prompt was too long for the server: the next one will be smaller.

        A window, told or guessed, is kept until the program ends, as its owner may enlarge it.
        """
        if told.window is not None and told.window < model.context_window:
            self._windows[model.name] = told.window
        if told.prompt_tokens is not None:
            await self._keep(model.name, max(self.of(model), told.prompt_tokens / prompt.tokens))
        if self.budget(model) >= prompt.tokens:
            # Nothing that was told explains it.
            self._most[model.name] = max(prompt.tokens * 3 // 4, LEAST)

    async def _keep(self, model: str, factor: float) -> None:
        factor = min(max(factor, LOWEST), HIGHEST)
        self._learned[model] = factor
        if abs(self._stored.get(model, 0.0) - factor) <= factor / 100:
            return
        try:
            await self._store.set_factor(model, factor)
            self._stored[model] = factor
        except StoreError as error:
            log.warning("What was learned of %s could not be kept: %s", model, error)
