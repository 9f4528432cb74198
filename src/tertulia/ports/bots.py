"""Keeps the bots that were described on a screen, beside those of the settings file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class BotStore(Protocol):
    """Bots by their names, each with the keys of a bot in `tertulia.toml`; no secret is in them."""

    async def described_bots(self) -> Mapping[str, Mapping[str, Any]]:
        """All of them."""
        ...

    async def describe_bot(self, name: str, given: Mapping[str, Any], now: int) -> None:
        """Keep one, in place of what was there (`now` is ms since 1970 UTC)."""
        ...

    async def discard_bot(self, name: str) -> bool:
        """Take one away; False where there is none."""
        ...
