"""Counts and cuts text in tokens."""

from __future__ import annotations

from typing import Protocol


class Tokenizer(Protocol):
    """One vocabulary. Text that looks like a special token is counted as ordinary text."""

    name: str

    def count(self, text: str) -> int:
        """How many tokens `text` is."""
        ...

    def head(self, text: str, tokens: int) -> str:
        """The longest beginning of `text` that is found to count at most `tokens`."""
        ...

    def tail(self, text: str, tokens: int) -> str:
        """The longest end of `text` that is found to count at most `tokens`."""
        ...
