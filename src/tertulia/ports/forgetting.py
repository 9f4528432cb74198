"""Forgetting, exactly: what goes, what is rebuilt, and what keeps it from coming back."""

from __future__ import annotations

from typing import Protocol

from tertulia.values.forgetting import Forgotten, Replies, Target


class ForgettingStore(Protocol):
    """Deletes what was said and all that was derived from it.

    Every method raises `NotThere` where the target is not there; then nothing is done.
    """

    async def would_forget(self, target: Target, replies: Replies) -> Forgotten:
        """The dry run: what `forget` would do now."""
        ...

    async def forget(self, target: Target, replies: Replies, now: int) -> Forgotten:
        """Forget it in one transaction, then clean its bytes out of the database and its log.

        Turns that run and may have read of it are taken back and answered anew. A keyed hash of
        each message's platform id remains, so that it does not come back. Where the bytes cannot be
        cleaned now, what is returned is not `cleaned`.
        """
        ...

    async def generation(self) -> int:
        """How often something was forgotten."""
        ...

    async def scrub(self) -> bool:
        """Clean the bytes that an earlier forgetting left; False where a reader holds them."""
        ...
