"""The days of moments, where this program runs: as its people would say them."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

_QUARTER = 900_000
"""Milliseconds of a quarter of an hour: wherever a day begins, it is with one."""

_FIRST, _LAST = 86_400_000, 253_370_764_800_000
"""The second day of 1970 and the last year of all: beyond, there is no local time for some."""


def day(at: int) -> date:
    """The local date of a moment in ms since 1970 UTC."""
    return _day(min(max(at, _FIRST), _LAST) // _QUARTER)


@lru_cache(maxsize=4096)
def _day(quarter: int) -> date:
    return datetime.fromtimestamp(quarter * _QUARTER / 1000).astimezone().date()
