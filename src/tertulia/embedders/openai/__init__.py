"""Every server that speaks OpenAI's `/embeddings`: OpenAI itself, and any with a `base_url`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from tertulia.embedders.openai.server import server
from tertulia.embedders.openai.vectors import vectors
from tertulia.ports.embedder import Embedder
from tertulia.values.bot import ModelSpec
from tertulia.values.errors import ContextOverflow, ModelRejected
from tertulia.values.text import clean

_BATCH = 64
_LONGEST = 6000
"""Characters of one text: OpenAI takes 8,192 tokens, and CJK has about one for a character."""
_SHORTEST = 200


class OpenAIEmbedder(Embedder):
    """One embedding model of one server; what it is asked is in batches, each text cut.

    A server that finds a batch too large is asked for halves of it, and for half of a text that it
    finds too long; so one that reads 512 tokens needs no setting, though a `context_window` spares
    the tries. `spec.options` go into the request as they are, such as `dimensions`.
    """

    def __init__(self, spec: ModelSpec) -> None:
        """Nothing is asked yet. Raises: `SettingsError` for a missing key, name or address."""
        self._spec = spec
        self._server = server(spec)
        self.name = self._server.name
        self._longest = min(_LONGEST, max(_SHORTEST, 2 * (spec.context_window or _LONGEST)))
        self._dimensions = 0

    async def embed(self, texts: Sequence[str]) -> Sequence[bytes]:
        """A vector for each text, in their order. Raises: a `ModelError`."""
        found: list[bytes] = []
        for start in range(0, len(texts), _BATCH):
            found += await self._batch([clean(text) for text in texts[start : start + _BATCH]])
        return found

    async def close(self) -> None:
        """Close the connections that the running event loop has opened."""
        await self._wire.close()

    @cached_property
    def _wire(self):
        from tertulia.embedders.openai.wire import Wire  # loads the SDK

        return Wire(self._server, timeout=self._spec.timeout, retries=self._spec.retries)

    async def _batch(self, texts: list[str]) -> list[bytes]:
        try:
            return await self._ask(texts)
        except ContextOverflow:
            if len(texts) == 1 and min(self._longest, len(texts[0])) <= _SHORTEST:
                raise
        half = len(texts) // 2
        if half:
            return [*await self._batch(texts[:half]), *await self._batch(texts[half:])]
        self._longest = max(_SHORTEST, min(self._longest, len(texts[0])) // 2)
        return await self._batch(texts)

    async def _ask(self, texts: list[str]) -> list[bytes]:
        # No server takes an empty text.
        asked = [text[: self._longest] if text.strip() else "." for text in texts]
        body = await self._wire.embeddings(self._server.model, asked, self._spec.options)
        found = vectors(self._server, body, len(texts))
        sizes = {len(vector) for vector in found}
        self._dimensions = self._dimensions or max(sizes)
        if sizes != {self._dimensions}:
            odd = min(sizes - {self._dimensions})
            raise ModelRejected(
                f"{self.name}: {self._server.host} answers with vectors of {odd} and of "
                f"{self._dimensions} dimensions. Check which model it serves."
            )
        return found
