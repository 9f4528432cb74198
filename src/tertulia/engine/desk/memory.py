"""What is remembered of whoever looks, and looking for what was said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress

from tertulia.engine.commands.wording import written
from tertulia.engine.desk.viewing import Viewing
from tertulia.engine.targets import FACT
from tertulia.engine.theirs import (
    ELSEWHERE,
    fact_number,
    heard_alone,
    scope_before,
    told_by,
)
from tertulia.engine.titles import SCREENS
from tertulia.values.audience import Scope
from tertulia.values.conversation import Summary
from tertulia.values.errors import NotThere, SettingsError
from tertulia.values.fact import Fact
from tertulia.values.person import Identity
from tertulia.values.shown import Hit, Viewer

FOUND = 100
"""Messages that a search gives at most."""

TOLD = 200
"""Facts about others that are listed for who told them."""


class Remembered(Viewing):
    """Those methods of the desk that find, and that show and mend what is remembered."""

    # Search

    async def search(
        self, viewer: Viewer, text: str, *, everybody: bool = False, most: int = 30
    ) -> Sequence[Hit]:
        """See the port."""
        everywhere = viewer.owner and everybody
        scope = None if everywhere else await self._store.heard_by(viewer.person)
        wanted = min(max(most, 1), FOUND)
        # Some may stand where they only listened, which a screen does not show.
        found = await self._tools.search.search(scope, text, 2 * wanted)
        titles = await self._titles(viewer, scope, (one.message.conversation for one, _ in found))
        hits = [
            Hit(
                message=one.message,
                speaker=one.speaker,
                title=titles[one.message.conversation],
                score=score,
            )
            for one, score in found
            if one.message.conversation in titles
        ]
        return hits[:wanted]

    async def _titles(
        self, viewer: Viewer, scope: Scope | None, which: Iterable[int]
    ) -> dict[int, str]:
        """The titles of those that the viewer was in."""
        titles: dict[int, str] = {}
        for number in dict.fromkeys(which):
            with suppress(NotThere):
                here = await self._conversation(viewer, number)
                titles[number] = await self._title(here, scope)
        return titles

    # Facts

    async def facts(self, viewer: Viewer, bot: str, *, everybody: bool = False) -> Sequence[Fact]:
        """See the port."""
        if viewer.owner and everybody:
            return await self._of_bot(await self._store.facts(None), bot)
        scope = await self._store.heard_by(viewer.person)
        found = await self._of_bot(await self._store.facts(scope), bot)
        own = {one.id for one in found if one.about in viewer.person.numbers}
        others = [one for one in found if one.id not in own]
        told_of = await told_by(self._tools, viewer.person, others, TOLD)
        shown = own | {one.id for one in told_of}
        return [one for one in found if one.id in shown]

    async def fact_history(self, viewer: Viewer, fact: str) -> Sequence[Fact]:
        """See the port."""
        found = await self._fact(viewer, fact)
        scope = await self._scope(viewer)
        steps = await self._store.fact_history(found.id)
        return [step for step in steps if _may_be_shown(step, scope)]

    async def add_fact(self, viewer: Viewer, bot: str, statement: str) -> Fact:
        """See the port."""
        self._tools.bot(bot)
        words = _written(statement)
        who = _account(viewer)
        now = self._tools.clock.now()
        return await self._store.write_fact(bot, who.id, who.name, words, now)

    async def edit_fact(self, viewer: Viewer, fact: str, statement: str) -> Fact:
        """See the port."""
        found = await self._fact(viewer, fact)
        alone = await heard_alone(self._tools, found.audience, viewer.person)
        if not (viewer.owner or alone):
            # What is written here all who heard the fact would be told, and they do not hear this.
            raise SettingsError(ELSEWHERE)
        if found.closed_at is not None:
            raise SettingsError(f"{fact} holds no longer: its history tells what holds now.")
        words = _written(statement)
        return await self._store.edit_fact(found.id, words, self._tools.clock.now())

    async def undo_fact(self, viewer: Viewer) -> Fact | None:
        """See the port."""
        now = self._tools.clock.now()
        if viewer.owner:
            return await self._store.undo_fact(None, now)
        scope = await self._store.heard_by(viewer.person)
        edited = {one.audience for one in await self._store.facts(scope) if one.origin == "written"}
        alone = [one for one in edited if await heard_alone(self._tools, one, viewer.person)]
        return await self._store.undo_fact(None, now, audiences=alone)

    async def _fact(self, viewer: Viewer, name: str) -> Fact:
        """One that is listed for them, or was. Raises: `NotThere`."""
        found = await self._store.fact(fact_number(name)) if FACT.fullmatch(name) else None
        if found is None or not (viewer.owner or await self._is_shown(viewer, found)):
            raise NotThere(f"There is no fact {name} that you may see or change.")
        return found

    async def _is_shown(self, viewer: Viewer, fact: Fact) -> bool:
        if not _may_be_shown(fact, await self._store.heard_by(viewer.person)):
            return False
        about = fact.about in viewer.person.numbers
        return about or bool(await told_by(self._tools, viewer.person, [fact], 1))

    async def _of_bot(self, facts: Iterable[Fact], bot: str) -> list[Fact]:
        return [one for one in facts if await self._bot_of(one.audience) == bot]

    async def _bot_of(self, audience: int) -> str | None:
        """Whose audience it is: of each that stays the same for good."""
        if audience not in self._bots:
            found = await scope_before(self._tools, audience)
            if found is None:
                return None
            self._bots[audience] = found.here.bot
        return self._bots[audience]

    async def summaries(self, viewer: Viewer, number: int) -> Sequence[Summary]:
        """See the port."""
        await self._conversation(viewer, number)
        return await self._store.summaries(number, await self._scope(viewer))


def _may_be_shown(fact: Fact, scope: Scope | None) -> bool:
    return scope is None or scope.allows(fact.audience, fact.newest_source)


def _written(statement: str) -> str:
    words = written(statement)
    if not words:
        raise SettingsError("A fact says something in words. To erase one, forget it.")
    return words


def _account(viewer: Viewer) -> Identity:
    """The viewer as the account by which they were let in, where they are that themselves."""
    who = (SCREENS[0], viewer.account, viewer.account)
    every = viewer.person.identities
    own = (one for one in every if (one.channel, one.account, one.platform_id) == who)
    return next(own, every[0])
