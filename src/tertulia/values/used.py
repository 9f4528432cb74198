"""What somebody has used."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """Messages that wanted a reply, and the tokens and the money that their turns took.

    `money` is in the currency of the price table; what has no price counts nothing.
    """

    messages: int = 0
    tokens: int = 0
    money: float = 0.0
