"""The conversations of whoever looks, and what stands in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tertulia.engine.desk.viewing import Viewing
from tertulia.engine.titles import SCREENS, title_of
from tertulia.values.attachment import Attachment
from tertulia.values.audience import EVER
from tertulia.values.conversation import Conversation
from tertulia.values.errors import NotThere, SettingsError
from tertulia.values.message import Place
from tertulia.values.shown import Listed, Page, Shown, Viewer
from tertulia.values.text import clean

MOST = 200
"""Conversations or messages that are given at once."""

BEHIND = 1000
"""Messages that `since` gives at once."""

TITLE = 120
"""Characters of a title."""


class Conversations(Viewing):
    """Those methods of the desk that list, read and mark conversations."""

    async def conversations(
        self,
        viewer: Viewer,
        *,
        archived: bool = False,
        everybody: bool = False,
        before: int | None = None,
        most: int = 50,
    ) -> Sequence[Listed]:
        """See the port."""
        person = None if viewer.owner and everybody else viewer.person
        found = await self._store.conversations_of(
            person, archived=archived, before=before, most=_at_most(most)
        )
        return [self._listed(viewer, one, title_of(one, beginning)) for one, beginning in found]

    async def under(self, viewer: Viewer, place: Place, *, most: int) -> Sequence[Conversation]:
        """See the port."""
        if place.account != viewer.account:
            return ()
        return await self._store.conversations_under(place, _at_most(most))

    async def listed(self, viewer: Viewer, number: int) -> Listed:
        """See the port."""
        here = await self._conversation(viewer, number)
        return self._listed(viewer, here, await self._title(here, await self._scope(viewer)))

    def _listed(self, viewer: Viewer, here: Conversation, title: str) -> Listed:
        mine = self.place(viewer, here) is not None
        return Listed(conversation=here, title=title, mine=mine)

    def place(self, viewer: Viewer, conversation: Conversation) -> tuple[Place, str] | None:
        """See the port."""
        there = conversation.place
        if there.channel not in SCREENS:
            return None
        theirs = [
            one.platform_id
            for one in viewer.person.identities
            if (one.channel, one.account) == (there.channel, there.account)
        ]
        # Beside the account itself it may have people of its own.
        theirs.sort(key=lambda who: who != there.account)
        return (there, theirs[0]) if theirs else None

    async def rename(self, viewer: Viewer, number: int, title: str | None) -> None:
        """See the port."""
        await self._conversation(viewer, number)
        given = " ".join(clean(title or "").split())[:TITLE]
        await self._store.set_title(number, given or None)
        self._changed(number)

    async def pin(self, viewer: Viewer, number: int, *, pinned: bool) -> None:
        """See the port."""
        await self._conversation(viewer, number)
        await self._store.set_pinned(number, self._tools.clock.now() if pinned else None)
        self._changed(number)

    async def archive(self, viewer: Viewer, number: int, *, archived: bool) -> None:
        """See the port."""
        await self._conversation(viewer, number)
        await self._store.set_archived(number, self._tools.clock.now() if archived else None)
        self._changed(number)

    async def pick_model(
        self, viewer: Viewer, number: int, model: str | None, *, allowed: bool = False
    ) -> None:
        """See the port."""
        here = await self._conversation(viewer, number)
        if model is not None:
            bot = self._tools.bot(here.bot)
            if not (viewer.owner or allowed or model in bot.choices):
                raise SettingsError(_refused(model, bot.choices))
            bot.models(model, here.id, owners_pick=viewer.owner)
        await self._store.set_model(number, model, owners_pick=viewer.owner)
        self._changed(number)

    async def page(
        self,
        viewer: Viewer,
        number: int,
        *,
        before: int | None = None,
        after: int | None = None,
        around: int | None = None,
        most: int = 50,
    ) -> Page:
        """See the port."""
        if sum(one is not None for one in (before, after, around)) > 1:
            raise SettingsError("Ask for one of before, after and around: they exclude each other.")
        await self._enter(viewer, number)
        scope = await self._scope(viewer)
        found = await self._store.page(
            number, scope, before=before, after=after, around=around, most=_at_most(most)
        )
        return _for(viewer, found)

    async def since(self, viewer: Viewer, number: int, after: int) -> Page:
        """See the port."""
        await self._enter(viewer, number)
        scope = await self._scope(viewer)
        return _for(viewer, await self._store.since(number, scope, after, BEHIND))

    async def hears(self, viewer: Viewer, number: int, audience: int) -> bool:
        """See the port."""
        await self._enter(viewer, number)
        scope = await self._scope(viewer)
        return scope is None or scope.allows(audience, EVER)

    async def attachment(self, viewer: Viewer, number: int) -> Attachment:
        """See the port."""
        found = await self._store.attachment(number)
        if found is None or not await self._may_see(viewer, found[0]):
            raise NotThere(f"There is no attachment {number} that you may see.")
        return found[1]


def _at_most(most: int) -> int:
    return min(max(most, 1), MOST)


def _refused(model: str, choices: Sequence[str]) -> str:
    named = f": {', '.join(choices)}" if choices else ", as there are none"
    return f"{model!r} is not among the models that you may pick{named}."


def _for(viewer: Viewer, page: Page) -> Page:
    """Why a reply failed is for the owner alone."""
    return page if viewer.owner else replace(page, shown=tuple(map(_without_cause, page.shown)))


def _without_cause(shown: Shown) -> Shown:
    if shown.ended is None:
        return shown
    return replace(shown, ended=replace(shown.ended, cause=None))
