"""The time of day, as a port, so that a test can set it."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> int:
        """Milliseconds since 1970 UTC."""
        ...
