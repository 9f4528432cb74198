"""A key or token that cannot be printed by accident."""

from __future__ import annotations


class Secret:
    """Holds a secret; `str`, `repr` and formatting show only where it came from."""

    __slots__ = ("_value", "origin")

    def __init__(self, value: str, origin: str) -> None:
        self._value = value
        self.origin = origin
        """Where the owner keeps it, such as `env:OPENAI_API_KEY`: safe to show."""

    def reveal(self) -> str:
        """The secret itself: only for the call that needs it."""
        return self._value

    def __repr__(self) -> str:
        return f"<secret from {self.origin}>"

    __str__ = __repr__
