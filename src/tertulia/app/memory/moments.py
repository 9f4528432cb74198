"""Reads and writes dates: in the time zone of this machine, where none is told."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from tertulia.app.compose import SystemClock
from tertulia.values.errors import SettingsError

LAST = time(23, 59, 59, 999_000)
"""The last millisecond of a day."""


def moment(text: str) -> int:
    """A date or a date-time in ms since 1970 UTC; of a date alone, the end of its day.

    Raises: `SettingsError`.
    """
    try:
        read = _read(text.strip())
    except ValueError:
        raise SettingsError(
            f"{text!r} is no date. Write it as 2026-05-01, or with a time: 2026-05-01T18:30."
        ) from None
    try:
        at = int(read.astimezone().timestamp() * 1000)
        shown(at)  # at the ends of time another zone may have another year
    except (ValueError, OverflowError, OSError):
        raise SettingsError(
            f"{text!r} is too far away. Give a date between the years 2 and 9998."
        ) from None
    return at


def _read(text: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(text), LAST)
    except ValueError:
        return datetime.fromisoformat(text)


def shown(at: int) -> str:
    """A moment for a person, with its time zone."""
    return datetime.fromtimestamp(at / 1000, UTC).astimezone().strftime("%Y-%m-%d %H:%M %Z")


def day(at: int) -> str:
    """The day of a moment."""
    return datetime.fromtimestamp(at / 1000, UTC).astimezone().date().isoformat()


def iso(at: int) -> str:
    """A moment for a program, in UTC."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="seconds")


def now() -> int:
    """The moment in which it is asked."""
    return SystemClock().now()
