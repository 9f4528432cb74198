"""The model that needs nothing: rules, no weights; it answers only from what the prompt holds."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from typing import Final

from tertulia.models.offline.condense import condense
from tertulia.models.offline.facts import facts_in
from tertulia.models.offline.phrases import CONNECT
from tertulia.models.offline.reply import reply_to
from tertulia.ports.model import Model, Provider
from tertulia.values.bot import ModelSpec
from tertulia.values.check import Check
from tertulia.values.prompt import Chunk, Delta, Done, Prompt

CONTEXT_WINDOW: Final = 8192
RESERVE: Final = 512

_PIECE = re.compile(r"\s*\S{1,32}\s*|\s+")
_PIECES_AT_ONCE: Final = 16
_ANSWERS: Final = {"reply": reply_to, "summary": condense, "facts": facts_in}


class Offline(Model):
    """A rule-based model: quotes the sentence of the prompt that answers best, else reflects."""

    def __init__(self, spec: ModelSpec) -> None:
        self.name = "offline"
        self.context_window = spec.context_window or CONTEXT_WINDOW
        self.reserve = spec.max_tokens or RESERVE
        self.factor = 1.0
        self.retries = 0

    async def stream(self, prompt: Prompt) -> AsyncIterator[Chunk]:
        """The reply, word by word; the same prompt always gives the same reply."""
        text = _ANSWERS[prompt.purpose](prompt)
        left = self.reserve
        for count, piece in enumerate(_PIECE.findall(text)):
            left -= _tokens(piece)
            if left < 0:
                yield Done(finish_reason="length")
                return
            yield Delta(piece)
            if count % _PIECES_AT_ONCE == 0:
                await asyncio.sleep(0)
        yield Done(finish_reason="stop")

    async def check(self) -> Check:
        """Always ready."""
        return Check(
            subject="model offline",
            ready=True,
            found="built in, answers from what is said",
            step=f"to connect a language model, {CONNECT}",
        )

    async def close(self) -> None:
        """It holds nothing open."""


def _tokens(piece: str) -> int:
    """About what a piece costs: four letters of English a token, one of most other scripts."""
    letters = piece.strip()
    wide = sum(not letter.isascii() for letter in letters)
    return max(1, wide + (len(letters) - wide + 3) // 4)


class OfflineProvider(Provider):
    """Opens the offline model; it is always found, and asked last."""

    rank = 1000

    def open(self, spec: ModelSpec) -> Model:
        """The model; only the sizes in `spec` change anything."""
        return Offline(spec)

    async def list(self, spec: ModelSpec) -> Sequence[str]:
        """The only one that there is."""
        return (spec.provider,)

    def found(self) -> ModelSpec | None:
        """It is always at hand."""
        return ModelSpec(provider="offline")


provider: Final = OfflineProvider()
