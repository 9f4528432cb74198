"""Counts what people have used."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from tertulia.values.used import Used


class UsageStore(Protocol):
    """Looks at the turns that are stored."""

    async def used(
        self,
        channel: str,
        account: str,
        since: int,
        *,
        person: str | None = None,
        spots: Collection[str] | None = None,
    ) -> Used:
        """What was said there since then (ms since 1970 UTC) and wanted a reply, and what it cost.

        By the person whom the channel knows as `person`, or all; at these `spots`, or everywhere. A
        turn that covers what several said counts for each of them.
        """
        ...
