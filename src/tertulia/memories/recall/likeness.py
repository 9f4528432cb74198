"""What is like a question though it is said in other words: by the vectors of an embedder.

It only ever adds: while the server fails, or takes too long, recall goes by words alone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from tertulia.memories.recall.nearest import Alike, Nearest
from tertulia.ports.clock import Clock
from tertulia.ports.embedder import Embedder
from tertulia.ports.recall import RecallStore, Unembedded, Vectors
from tertulia.values.audience import Scope
from tertulia.values.errors import ContextOverflow, ModelRejected

log = logging.getLogger(__name__)

NEAREST = 100
"""Messages of the likest vectors that are ranked, whatever words they hold."""

TOGETHER = 64
"""Messages whose vectors are made and stored at once."""

CALLS = 32
"""So many times at most behind one reply: the rest behind the next one."""

REST = 60_000
"""Milliseconds in which a server that failed is left alone."""

TOLD = 3_600_000
"""Milliseconds until the log tells of it again."""

PROBE = "."


class Likeness:
    """One embedder's vectors of all messages, made in the background."""

    def __init__(
        self, store: RecallStore, embedder: Embedder, clock: Clock, patience: float
    ) -> None:
        self._store = store
        self._embedder = embedder
        self._clock = clock
        self._patience = patience
        self._nearest = Nearest(store)
        self._asking = asyncio.Lock()
        self._learning = False
        self._rests_until = 0
        self._told_until = 0

    async def of(self, scope: Scope, text: str) -> Alike | None:
        """How like `text` all is that may be used; None where the server gives no answer in time.

        `patience` seconds are in time.
        """
        if self._rests():
            return None
        try:
            async with asyncio.timeout(self._patience):
                (question,) = await self._embedder.embed([text])
        except Exception as error:  # noqa: BLE001 - a part of anybody's may fail in any way
            self._failed(error)
            return None
        if not any(question):
            return None
        async with self._asking:
            kept = await self._nearest.kept(scope, self._model(question), len(question))
            return await asyncio.to_thread(kept.like, question, NEAREST)

    async def learn(self) -> None:
        """Make vectors of messages that have none; a server that fails is asked again later."""
        if self._learning or self._rests():
            return
        self._learning = True
        try:
            await self._learn()
        except Exception as error:  # noqa: BLE001 - a part of anybody's may fail in any way
            self._failed(error)
        finally:
            self._learning = False

    async def _learn(self) -> None:
        (probe,) = await self._embedder.embed([PROBE])
        model = self._model(probe)
        for _ in range(CALLS):
            missing = await self._store.unembedded(model, TOGETHER)
            if not missing.numbers:
                return
            made = Vectors(
                generation=missing.generation,
                numbers=missing.numbers,
                vectors=tuple(await self._made(missing)),
            )
            await self._store.add_vectors(model, made)

    async def _made(self, missing: Unembedded) -> Sequence[bytes]:
        """A vector each; an empty one for what is empty, or what the server never takes."""
        texts = [text for text in missing.texts if text.strip()]
        try:
            found = iter(await self._embedder.embed(texts))
        except (ContextOverflow, ModelRejected):
            found = iter([await self._one(text) for text in texts])
        made = (next(found) if text.strip() else b"" for text in missing.texts)
        return [vector if any(vector) else b"" for vector in made]

    async def _one(self, text: str) -> bytes:
        try:
            (vector,) = await self._embedder.embed([text])
        except (ContextOverflow, ModelRejected):
            await self._embedder.embed([PROBE])  # it takes others: it is this text
            return b""
        return vector

    def _model(self, vector: bytes) -> str:
        """Under which name vectors are kept: those of other dimensions cannot be compared."""
        return f"{self._embedder.name}/{len(vector)}"

    def _rests(self) -> bool:
        return self._clock.now() < self._rests_until

    def _failed(self, error: Exception) -> None:
        now = self._clock.now()
        self._rests_until = now + REST
        if now >= self._told_until:
            self._told_until = now + TOLD
            why = str(error) or f"no answer within {self._patience:g} seconds"
            log.warning("Recall goes by words alone for now: %s", why)
