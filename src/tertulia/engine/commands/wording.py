"""How facts, days and long texts are shown to a person."""

from __future__ import annotations

from datetime import UTC, datetime

from tertulia.values.fact import Fact

LONGEST = 200
"""Characters that are shown of one text in a list."""


def told(fact: Fact) -> str:
    """A fact as a line: its id, what it says, and the day since which it holds."""
    return f"  {fact.name}  {one_line(fact.statement)}  ({day(fact.valid_from)})"


def one_line(text: str) -> str:
    """The text on one line, cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST]} …"


def day(at: int) -> str:
    """The day of a moment (ms since 1970 UTC)."""
    return datetime.fromtimestamp(at / 1000, UTC).date().isoformat()
