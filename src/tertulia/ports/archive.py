"""Takes in what was said elsewhere, with its dates, as if it had been said here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from tertulia.values.message import Author, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A message of long ago.

    `id` tells it from all others of its account, for good. It begins with `import:`: such messages
    are not read for facts. `parent` is the id of the one that it followed. `tokens` is its whole
    cost in a prompt; `said_at` is in ms since 1970 UTC. `own`: of what people said, whether the
    author of the past said it; of others only the name is known. `instead_of` is the id of the
    first message of which this is another version: both follow the same one.
    """

    id: str
    parent: str | None
    role: Literal["user", "assistant"]
    name: str | None
    text: str
    tokens: int
    said_at: int
    own: bool = True
    instead_of: str | None = None


class ArchiveStore(Protocol):
    """Keeps a past."""

    async def take_in(
        self,
        place: Place,
        bot: str,
        author: Author,
        messages: Sequence[Past],
        head: str | None,
        now: int,
    ) -> int:
        """Store a conversation, each message once; returns how many were new.

        Each comes after its parent. All was heard by `author` alone. What was forgotten stays so.
        Nothing of it waits for a reply. What was taken in before grows by what is new, where it
        was; else a conversation is begun at `place`, or beside it where another one is there. It
        goes on behind `head`, unless it already went on here.
        """
        ...
