"""Words as the index takes them."""

from __future__ import annotations


def words(text: str) -> str:
    """The text as it is."""
    return text
