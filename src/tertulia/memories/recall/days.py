"""The days of moments, where this program runs: as its people would say them."""

from __future__ import annotations

from datetime import datetime

_FIRST, _LAST = 86_400_000, 253_370_764_800_000
"""The second day of 1970 and the last year of all: beyond, there is no local time for some."""


def day(at: int) -> datetime:
    """The local time of a moment in ms since 1970 UTC."""
    return datetime.fromtimestamp(min(max(at, _FIRST), _LAST) / 1000).astimezone()


def day_name(at: int) -> str:
    """A moment's date, such as 2023-05-08."""
    return day(at).date().isoformat()
