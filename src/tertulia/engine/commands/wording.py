"""How facts, names, days and long texts are shown to a person."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from tertulia.values.fact import Fact

LONGEST = 200
"""Characters that are shown of one text in a list."""


def told(fact: Fact) -> str:
    """A fact as a line: its id, what it says, and the day since which it holds."""
    return f"  {fact.name}  {one_line(fact.statement)}  ({day(fact.valid_from)})"


def one_line(text: str) -> str:
    """The text on one line, cut where it is long, without anything that a terminal obeys."""
    line = _OBEYED.sub("", " ".join(_SEQUENCES.sub("", text).split()))
    return line if len(line) <= LONGEST else f"{line[:LONGEST]} …"


_SEQUENCES = re.compile(r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]")
_OBEYED = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def only_asks(text: str) -> bool:
    """Whether all of its sentences ask: such a message tells nothing."""
    return all(_ASKS.search(sentence) for sentence in _SENTENCE.split(text.strip()))


_SENTENCE = re.compile(r"(?<=[.!?\uff1f\u061f\u3002])\s+|\n+")
_ASKS = re.compile(r"[?\uff1f\u061f][\"'\u201d\u2019)\]]*$")


def written(text: str) -> str:
    """What a person writes as a fact, without the quotes around it; "" where it says nothing."""
    text = text.strip()
    while len(text) > 1 and (text[0], text[-1]) in _QUOTES:
        text = text[1:-1].strip()
    return text if any(map(str.isalnum, text)) else ""


_QUOTES = {('"', '"'), ("'", "'"), ("\u201c", "\u201d"), ("\u2018", "\u2019"), ("\u00ab", "\u00bb")}


def day(at: int) -> str:
    """The day of a moment (ms since 1970 UTC)."""
    return datetime.fromtimestamp(at / 1000, UTC).date().isoformat()
