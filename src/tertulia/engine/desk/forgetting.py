"""Forgetting, as whoever looks may have it."""

from __future__ import annotations

import re

from tertulia.engine.desk.viewing import Viewing
from tertulia.engine.forgetting import forget, would_forget
from tertulia.engine.targets import FACT, MESSAGE, everything_of, named, whole
from tertulia.values.errors import NotThere
from tertulia.values.forgetting import Forgotten, Replies, Target
from tertulia.values.shown import Viewer

_CONVERSATION = re.compile(r"\d{1,18}")


class Forgetting(Viewing):
    """Those methods of the desk that forget."""

    async def target(self, viewer: Viewer, what: str) -> Target:
        """See the port."""
        person, owner = viewer.person, viewer.owner
        if what == "me":
            return everything_of(person).target
        if _CONVERSATION.fullmatch(what):
            here = await self._conversation(viewer, int(what))
            return (await whole(self._tools, person, here, owner=owner)).target
        if MESSAGE.fullmatch(what) or FACT.fullmatch(what):
            return (await named(self._tools, person, what, owner=owner)).target
        raise NotThere(f"There is no {what!r} that you may have forgotten.")

    async def would_forget(self, target: Target, replies: Replies) -> Forgotten:
        """See the port."""
        return await would_forget(self._tools, target, replies)

    async def forget(self, target: Target, replies: Replies) -> Forgotten:
        """See the port."""
        return await forget(self._tools, target, replies)
