"""Turns text into vectors, so that recall finds what was said in other words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Embedder(Protocol):
    """One embedding model of one server."""

    name: str
    """Its public name, `PROVIDER:NAME`: vectors of one are never compared with another's."""

    async def embed(self, texts: Sequence[str]) -> Sequence[bytes]:
        """A vector for each text: int8, one byte a dimension, the longest component at 127.

        Raises: a `ModelError` for every way in which a call can fail.
        """
        ...

    async def close(self) -> None:
        """Give its connections back."""
        ...
