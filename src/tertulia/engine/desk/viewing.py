"""Who looks, and what is there for them: what they heard, in conversations that they were in."""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence

from tertulia.engine.targets import MESSAGE
from tertulia.engine.titles import SCREENS, title_of
from tertulia.engine.tools import Tools
from tertulia.ports.importer import Importer
from tertulia.values.audience import EVER, Scope
from tertulia.values.caller import Caller
from tertulia.values.conversation import Conversation
from tertulia.values.errors import NotThere
from tertulia.values.events import Changed
from tertulia.values.message import Author, Message, Place
from tertulia.values.person import Person
from tertulia.values.shown import Viewer

SOON = 60_000
"""Milliseconds in which two identities of one account are joined."""

FIRST = 8
"""Messages that are looked through for the first words of a conversation."""


class Viewing:
    """What all pieces of the desk need.

    `wake` has a conversation answered; `importers` gives those that are installed.
    """

    def __init__(
        self,
        tools: Tools,
        *,
        wake: Callable[[int], None],
        importers: Callable[[], Sequence[Importer]],
    ) -> None:
        self._tools = tools
        self._store = tools.store
        self._wake = wake
        self._importers = importers
        self._joining = asyncio.Lock()
        self._importing = asyncio.Lock()
        self._ended = threading.Event()
        self._bots: dict[int, str] = {}

    async def viewer(self, caller: Caller, channel: str, *, user: Author | None = None) -> Viewer:
        """See the port."""
        if user is not None:
            here = Place(channel=channel, account=caller.account, spot="")
            known = await self._store.person(here, user) or await self._store.meet(here, user)
            return Viewer(account=caller.account, person=known, owner=False)
        there = {one: _identity(caller, one) for one in (channel, *SCREENS)}
        found = await self._store.person(*there[channel])
        if found is None or not all(_has(found, *who) for who in there.values()):
            async with self._joining:
                found = await self._join(list(there.values()))
        return Viewer(account=caller.account, person=found, owner=caller.owner)

    async def _join(self, there: Sequence[tuple[Place, Author]]) -> Person:
        """Make one person of these; where they were parted, all others are parted from them."""
        known = {one.id for who in there if (one := await self._store.person(*who)) is not None}
        numbers = [(await self._store.meet(*who)).own(*who) for who in there]
        if len(known) > 1:
            # They are one account, so it is the others from whom somebody wanted to be parted.
            for number in numbers:
                await self._store.unlink(number)
        *others, last = numbers
        for other in others:
            code, now = secrets.token_hex(16), self._tools.clock.now()
            await self._store.offer_link(last, code, now + SOON)
            await self._store.link(other, code, now)
        return await self._store.meet(*there[0])

    async def _scope(self, viewer: Viewer) -> Scope | None:
        """What they may be shown; None: everything."""
        return None if viewer.owner else await self._store.heard_by(viewer.person)

    async def _enter(self, viewer: Viewer, number: int) -> None:
        """Raises `NotThere` where they were never in this conversation; the owner enters any."""
        possible = 0 < number <= EVER
        if not possible or not (viewer.owner or await self._store.spoke_in(viewer.person, number)):
            raise nowhere(number)

    async def _conversation(self, viewer: Viewer, number: int) -> Conversation:
        """One that they were in. Raises: `NotThere`."""
        await self._enter(viewer, number)
        found = await self._store.conversation_numbered(number)
        if found is None:
            raise nowhere(number)
        return found

    async def _message(self, viewer: Viewer, name: str) -> Message:
        """One that they heard, by its public id. Raises: `NotThere`."""
        refused = NotThere(f"There is no message {name} that you may see.")
        if not MESSAGE.fullmatch(name):
            raise refused
        found = next(iter(await self._store.messages_named([name])), None)
        if found is None or not await self._may_see(viewer, found):
            raise refused
        return found

    async def _may_see(self, viewer: Viewer, said: Message) -> bool:
        """Whether they were in its conversation, and heard it."""
        scope = await self._scope(viewer)
        if scope is None:
            return True
        inside = await self._store.spoke_in(viewer.person, said.conversation)
        return inside and scope.allows(said.audience, said.number)

    async def _title(self, here: Conversation, scope: Scope | None) -> str:
        """What it is called, by the first words that `scope` allows."""
        first = await self._store.since(here.id, scope, 0, FIRST)
        said = (one.message.text for one in first.shown if one.message.role == "user")
        return title_of(here, next(said, ""))

    def _changed(self, number: int) -> None:
        self._tools.broadcast.publish(number, Changed())


def nowhere(number: int) -> NotThere:
    """The same, be there no such conversation or one that they were never in."""
    return NotThere(f"There is no conversation {number} that you may see.")


def names_of(viewer: Viewer) -> Mapping[int, str]:
    """What the viewer is called, by their identities."""
    return {one.id: one.name for one in viewer.person.identities}


def _identity(caller: Caller, channel: str) -> tuple[Place, Author]:
    place = Place(channel=channel, account=caller.account, spot="")
    return place, Author(platform_id=caller.account, name=caller.name)


def _has(person: Person, place: Place, author: Author) -> bool:
    key = (place.channel, place.account, author.platform_id)
    return any((one.channel, one.account, one.platform_id) == key for one in person.identities)
