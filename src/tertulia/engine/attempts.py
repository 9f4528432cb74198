"""Asks a bot's models for one reply: tries again, trims, falls back, and says when it restarts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from tertulia.engine.factors import Factors
from tertulia.engine.prompt import Assembled
from tertulia.ports.model import Model
from tertulia.values.errors import (
    ContextOverflow,
    ModelError,
    ModelNotAllowed,
    ModelRejected,
    ModelUnavailable,
    PromptTooSmall,
)
from tertulia.values.events import Event, Restarted, Spoken
from tertulia.values.failpoints import reach
from tertulia.values.prompt import Delta, Done, Usage

log = logging.getLogger(__name__)

FIRST_PAUSE = 0.5
"""Seconds before the second try; each further pause is twice as long."""

LONGEST_PAUSE = 20.0
"""A server that asks for a longer pause is left for the next model."""


@dataclass(slots=True)
class Draft:
    """The reply as far as it has come; `begun` was said before it was cut, and is gone on with."""

    begun: str = ""
    parts: list[str] = field(default_factory=list[str])
    model: str = ""
    assembled: Assembled | None = None
    finish_reason: str = ""
    usage: Usage | None = None

    @property
    def text(self) -> str:
        """What was said until now."""
        return "".join(self.parts)

    @property
    def more(self) -> str:
        """Of that, what was said in this turn."""
        return self.text[len(self.begun) :]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempts:
    """One reply's way to a model. `prepare` makes the prompt for a model, from its budget."""

    models: Sequence[Model]
    prepare: Callable[[Model], Awaitable[Assembled]]
    tell: Callable[[Event], None]
    factors: Factors
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def run(self, draft: Draft) -> None:
        """Fill `draft`, from the first model that gives a whole reply.

        Raises: the first model's error where none does. A refused key and a declined answer
        are told at once: another model would only hide them.
        """
        first: ModelError | PromptTooSmall | None = None
        for model in self.models:
            try:
                return await self._ask(model, draft)
            except (ModelUnavailable, ModelRejected, ContextOverflow, PromptTooSmall) as error:
                log.warning("%s gave no reply: %s", model.name, error)
                first = first or error
                self._restart(draft, str(error))
        raise first or ModelNotAllowed("No model is set up for this bot.")

    async def _ask(self, model: Model, draft: Draft) -> None:
        trimmed = False
        failures = 0
        while True:
            try:
                return await self._stream(model, draft)
            except ContextOverflow as error:
                if trimmed:
                    raise
                trimmed = True
                await self._trim(model, draft, error)
            except ModelUnavailable as error:
                pause = _pause(failures, error)
                failures += 1
                if failures > model.retries or pause > LONGEST_PAUSE:
                    raise
                log.info("%s: trying again in %.1f s: %s", model.name, pause, error)
                self._restart(draft, str(error))
                await self.pause(pause)

    async def _stream(self, model: Model, draft: Draft) -> None:
        draft.model = model.name
        draft.assembled = await self.prepare(model)
        reach("turn.prompted")
        if draft.begun and not draft.parts:
            self._say(draft, draft.begun)
        ended: Done | None = None
        async for chunk in model.stream(draft.assembled.prompt):
            if isinstance(chunk, Delta):
                self._say(draft, chunk.text)
            else:
                ended = chunk
        _check(draft, ended)
        if ended is not None:
            draft.finish_reason, draft.usage = ended.finish_reason, ended.usage
        await self.factors.learn(model, draft.assembled.prompt, draft.usage)

    def _say(self, draft: Draft, text: str) -> None:
        draft.parts.append(text)
        self.tell(Spoken(text))
        if len(draft.parts) == 1:
            reach("turn.spoken")

    async def _trim(self, model: Model, draft: Draft, error: ContextOverflow) -> None:
        log.info("%s found the prompt too long; trimming it: %s", model.name, error)
        self._restart(draft, str(error))
        if draft.assembled is not None:
            await self.factors.overflowed(model, draft.assembled.prompt, error)

    def _restart(self, draft: Draft, why: str) -> None:
        if draft.parts:
            draft.parts.clear()
            self.tell(Restarted(why))


def _pause(failures: int, error: ModelUnavailable) -> float:
    doubled = FIRST_PAUSE * 2**failures
    return doubled if error.retry_after is None else max(error.retry_after, 0.0)


def _check(draft: Draft, ended: Done | None) -> None:
    """A stream that ended without a `Done`, or without a word, is no reply."""
    if ended is None:
        raise ModelUnavailable(f"{draft.model} ended its reply without saying why.")
    if draft.text.strip():
        return
    if ended.finish_reason == "length":
        raise ModelRejected(
            f"{draft.model} used its whole reply (max_tokens) before a first word. "
            "Give it a larger max_tokens."
        )
    raise ModelUnavailable(f"{draft.model} gave an empty reply.")
