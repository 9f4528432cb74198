"""Remembers under which ids a platform knows what was said, and what it was shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol


class PostStore(Protocol):
    """A post is what one platform shows as one message: of a long reply there are several."""

    async def showing(self, delivery: int, platform_ids: Sequence[str]) -> None:
        """These show what a running turn says so far, in their order; others of it are no more."""
        ...

    async def sent(self, delivery: int, platform_ids: Sequence[str], now: int) -> None:
        """The platform took it: these show it, in their order."""
        ...

    async def posted(self, channel: str, account: str, platform_id: str) -> str | None:
        """The public id of the message that somebody said, or was sent, by that id.

        None where there is none, or none yet.
        """
        ...

    async def said_as(self, channel: str, account: str, platform_id: str) -> Sequence[int]:
        """The numbers of what somebody said by that id: all versions of it, the oldest first.

        A later version of what a platform knows as `ID` is stored as said by `ID/VERSION`.
        """
        ...

    async def latest(
        self, channel: str, account: str, spot: str | None = None
    ) -> Mapping[str, str]:
        """By the spot of each conversation the platform's id of what somebody said there last.

        With a `spot` only of that one.
        """
        ...
