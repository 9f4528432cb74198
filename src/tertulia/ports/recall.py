"""Looking for earlier messages in the store, under the audience rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tertulia.values.audience import Scope
from tertulia.values.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A message that a search found.

    `text_score` and `context_score` tell how well its own words and those of its neighbours match:
    the higher the better. `answers` is the text of the message before it.
    """

    message: Message
    speaker: str
    text_score: float
    context_score: float


class RecallStore(Protocol):
    """Finds messages by their words. Every method raises `StoreError`."""

    async def index(self) -> int:
        """Make findable what is not yet; returns how many messages were taken in."""
        ...

    async def seek(
        self, scope: Scope | None, words: Sequence[str], most: int
    ) -> Sequence[Candidate]:
        """At most `most` messages with some of these words, the best first.

        Only what `scope` allows (None: the owner's own tools read all).
        """
        ...
