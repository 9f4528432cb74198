"""Where what a client says belongs: which conversation, behind which message."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from tertulia.channels.api.asked import Asked, Said
from tertulia.channels.api.finding import Behind, Finder
from tertulia.channels.api.saying import is_blank, is_command, said_in
from tertulia.channels.api.seen import Seen, Stand, beginning, behind
from tertulia.channels.api.speaking import CHANNEL, Speaker, a_name
from tertulia.ports.channel import Floor
from tertulia.values.message import Accepted, Place
from tertulia.values.shown import Shown, Viewer

RETRY = "x-stainless-retry-count"
"""The header by which OpenAI's own libraries tell that they send the same once more."""

KEY = "idempotency-key"

LATELY = 15 * 60_000
"""Milliseconds within which a client sends once more what it had no answer to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Where something is to be said; `digest` is of the talk before it.

    `waiting` says it already. `past` was said elsewhere, and is to be taken in before. Where
    nothing was said yet it `begins`, with a `blank` window if it is told so.
    """

    place: Place
    digest: bytes
    waiting: Accepted | None = None
    instead_of: int | None = None
    past: Sequence[Said] = ()
    begins: bool = False
    blank: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeking:
    """Seeks it for one request. `again`: the client sends it once more; `key`: with this one."""

    floor: Floor
    seen: Seen
    speaker: Speaker
    asked: Asked
    again: bool
    key: str | None

    @property
    def keyed(self) -> bool:
        """Whether its key tells by itself what is the same message."""
        return self.key is not None

    async def where(self) -> Where:
        """Raises: `Busy` where another branch is to be gone on with while a turn runs."""
        viewer = await self.floor.desk.viewer(
            self.speaker.caller, CHANNEL, user=self.speaker.end_user
        )
        finder = Finder(self.floor.desk, viewer, self.speaker)
        if self.asked.conversation is not None:
            return await self._named(finder, self.asked.conversation)
        digest = self.seen.walk(self.speaker.digest, self.asked.before)
        known = self.seen.stand(digest)
        stand = known or (await finder.find(self.asked.before) if self.asked.before else None)
        if stand is None and not _without_commands(self.asked.before):
            return await self._fresh(finder, digest)
        found = None if stand is None else await finder.behind(stand)
        if found is not None:
            return await self._at(finder, viewer, found, digest)
        return await self._beginning(finder, known, digest)

    async def _named(self, finder: Finder, name: str) -> Where:
        place = self.speaker.place(name)
        digest = beginning(self.speaker.caller.account, place.spot, "named")
        number = await self.floor.host.opened(place)
        page = None if number is None else await finder.newest(number)
        said = said_in(page)[-2:] if page else []
        answered = [one.message.role for one in said] == ["user", "assistant"]
        last = said[0] if answered else said[-1] if said else None
        waiting = await self._same(finder, last) if last else None
        return Where(place=place, digest=digest, waiting=waiting)

    async def _fresh(self, finder: Finder, digest: bytes) -> Where:
        """A talk begins, unless it is told that it is sent once more: others say the same too."""
        waiting = None
        if self.again and not self.keyed:
            new, since = self.asked.new, time.time_ns() // 1_000_000 - LATELY
            known = self.seen.stand(behind(digest, "user", new.text, new.pictures))
            said = await (finder.shown(known) if known else finder.begun(new, since))
            waiting = await self._same(finder, said) if said else None
        begun = self.seen.take(digest) if waiting is None else None
        there = begun is not None and await self.floor.host.opened(begun) is not None
        return Where(
            place=begun or self.speaker.place(a_name(self.key)),
            digest=digest,
            waiting=waiting,
            begins=True,
            blank=not there and is_blank(self.asked.before),
        )

    async def _at(self, finder: Finder, viewer: Viewer, found: Behind, digest: bytes) -> Where:
        if found.next is None:
            if not found.current:
                await self.floor.desk.switch(viewer, found.leaf.message.id)
            return Where(place=found.place, digest=digest)
        return Where(
            place=found.place,
            digest=digest,
            waiting=await self._same(finder, found.next),
            instead_of=found.next.message.seq,
        )

    async def _beginning(self, finder: Finder, known: Stand | None, digest: bytes) -> Where:
        """The transcript is another's, or (where it is `known`) its end was forgotten."""
        place = self.speaker.place(a_name(self.key))
        if known is None:
            # What was said in a blank window is not to be used in any other.
            blank = is_blank(self.asked.before)
            past = () if blank else _without_commands(self.asked.before)
            return Where(place=place, digest=digest, past=past, begins=True, blank=blank)
        page = await finder.newest(known.conversation)
        return Where(place=page.conversation.place if page else place, digest=digest)

    async def _same(self, finder: Finder, there: Shown) -> Accepted | None:
        """What waits with the same words and pictures is not said twice.

        A client that sends it once more had no answer, where there is one.
        """
        lost = self.again and there.outcome == "reply"
        if self.keyed or not (there.outcome is None or lost):
            return None
        if not await finder.says(there, self.asked.new):
            return None
        return _accepted(there.message.conversation, there.message.seq)


def _accepted(conversation: int, seq: int) -> Accepted:
    return Accepted(conversation=conversation, seq=seq, duplicate=True)


def _without_commands(said: Sequence[Said]) -> list[Said]:
    """What was said; commands and their answers are no part of a talk."""
    kept: list[Said] = []
    for number, one in enumerate(said):
        commanded = number > 0 and is_command(said[number - 1]) and one.role == "assistant"
        if not (commanded or is_command(one)):
            kept.append(one)
    return kept
