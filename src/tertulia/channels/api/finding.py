"""Finds the conversation whose path is the transcript that a client sent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum

from tertulia.channels.api.asked import Said
from tertulia.channels.api.saying import is_command, said_in, same_pictures, same_words, says
from tertulia.channels.api.seen import Stand
from tertulia.channels.api.speaking import Speaker
from tertulia.ports.desk import Desk
from tertulia.values.conversation import Conversation
from tertulia.values.errors import NotThere
from tertulia.values.message import Place
from tertulia.values.shown import Page, Shown, Viewer

LATEST = 30
"""Conversations of the speaker that are looked through, the latest first."""

LONGEST = 2000
"""Messages of a transcript that are compared, from its end on."""

TURNS = 20
"""Other branches that are looked at."""

FEW, MANY = 50, 200
"""Messages that are read at once: at first, and when there is reason to read on."""

REDACTED = "(forgotten)"
"""What stands in place of a reply whose source was forgotten."""


class Fit(IntEnum):
    """How a transcript and a path are alike, the better the higher."""

    TAIL = 1
    """The conversation began when the client had said other things before."""
    PART = 2
    """The client sends only the last messages of its talk."""
    WHOLE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """What follows a message: `next` is what somebody said there, None where nothing was.

    `leaf` is the message that would be followed; `current`, that it is on the path to the head.
    """

    place: Place
    conversation: int
    leaf: Shown
    next: Shown | None
    current: bool


class Finder:
    """Looks through one speaker's conversations."""

    def __init__(self, desk: Desk, viewer: Viewer, speaker: Speaker) -> None:
        self._desk = desk
        self._viewer = viewer
        self._speaker = speaker

    async def behind(self, stand: Stand) -> Behind | None:
        """What follows a message; None where it is not there any more."""
        found = await self._there(stand)
        return None if found is None else _behind(found[0], stand.seq, current=found[1])

    async def shown(self, stand: Stand) -> Shown | None:
        """The message itself; None where it is not there any more."""
        found = await self._there(stand)
        said = said_in(found[0]) if found else ()
        return next((one for one in said if one.message.seq == stand.seq), None)

    async def _there(self, stand: Stand) -> tuple[Page, bool] | None:
        """A page with a message in it, and whether it is on the path to the head."""
        try:
            page = await self._desk.page(self._viewer, stand.conversation, most=FEW)
            if any(one.message.seq == stand.seq for one in page.shown):
                return page, True
            return await self._around(stand), False
        except NotThere:
            return None

    async def newest(self, number: int) -> Page | None:
        """The end of a conversation; None where it is not there, or nothing was said yet."""
        try:
            return await self._desk.page(self._viewer, number, most=FEW)
        except NotThere:
            return None

    async def find(self, said: Sequence[Said]) -> Stand | None:
        """The message with which this transcript ends: of the most alike, the latest."""
        sent = said[::-1][:LONGEST]
        best: tuple[Fit, Stand] | None = None
        async for here in self._latest():
            found = None
            with suppress(NotThere):  # it was forgotten since it was listed
                found = await self._in(here.id, sent)
            if found is not None and (best is None or found[0] > best[0]):
                best = found
            if best is not None and best[0] is Fit.WHOLE:
                break
        return None if best is None else best[1]

    async def begun(self, said: Said, answered_since: int) -> Shown | None:
        """The first message of a talk that began with just this, and has no reply yet.

        Also one that has, and was said since `answered_since` (ms since 1970 UTC).
        """
        async for here in self._latest():
            if here.answered_seq and here.last_seq > 2:
                continue
            page = await self.newest(here.id)
            first, *more = (page and said_in(page)) or [None]
            if first is None or not await self.says(first, said):
                continue
            late = first.message.said_at >= answered_since
            if (first.outcome is None and not more) or (late and len(more) == 1):
                return first
        return None

    async def says(self, there: Shown, said: Said) -> bool:
        """Whether somebody said just this there."""
        with suppress(NotThere):  # it was forgotten since it was read
            return await says(self._desk, self._viewer, there, said)
        return False

    async def _latest(self) -> AsyncIterator[Conversation]:
        for here in await self._desk.under(self._viewer, self._speaker.home, most=LATEST):
            if here.bot == self._speaker.bot:
                yield here

    async def _in(self, number: int, sent: Sequence[Said]) -> tuple[Fit, Stand] | None:
        """On the path to the head, else on another branch of this conversation."""
        page = await self._desk.page(self._viewer, number, most=FEW)
        found = await self._on(page, sent)
        if found is not None:
            return found
        others = {seq for one in page.shown for seq in one.versions}
        others -= {one.message.seq for one in page.shown}
        for seq in sorted(others, reverse=True)[:TURNS]:
            found = await self._on(await self._around(Stand(number, seq)), sent)
            if found is not None:
                return found
        return None

    async def _on(self, page: Page, sent: Sequence[Said]) -> tuple[Fit, Stand] | None:
        path = _Path(self._desk, self._viewer, page)
        for start, there in enumerate(tuple(path.read)):
            if start == 0 or _fits(sent[0], there) or _redacted(sent[0], there):
                fit = await _Comparing(path, start, sent).fit()
                if fit is not None:
                    return fit, Stand(page.conversation.id, there.message.seq)
        return None

    async def _around(self, stand: Stand) -> Page:
        return await self._desk.page(self._viewer, stand.conversation, around=stand.seq, most=FEW)


class _Path:
    """A path, read from its end on as far as it is asked for; `read` has the newest first."""

    def __init__(self, desk: Desk, viewer: Viewer, page: Page) -> None:
        self._desk = desk
        self._viewer = viewer
        self._page = page
        self._aside: set[int] = set()
        self.read: list[Shown] = []
        self._add(page)

    def _add(self, page: Page) -> None:
        self._page = page
        self.read += said_in(page)[::-1]
        for one in page.shown:
            self._aside.update(one.versions)
            if one.message.role == "notice":
                self._aside.add(one.message.seq)

    async def fits(self, sent: Said, there: Shown) -> bool:
        """Whether that is what was said, with the pictures that were sent."""
        if not _fits(sent, there):
            return False
        return await same_pictures(self._desk, self._viewer, there, sent)

    async def at(self, index: int) -> Shown | None:
        """The message so many before the last; None where the path has none."""
        while index >= len(self.read) and self._page.older:
            first = self._page.shown[0].message.seq
            older = await self._desk.page(
                self._viewer, self._page.conversation.id, before=first, most=MANY
            )
            self._add(older)
        return self.read[index] if index < len(self.read) else None

    def lost(self, index: int) -> int:
        """How many messages there may have been just behind this one that are not on the path."""
        behind = self._seq(index - 1)
        before = self.read[index].message.seq if index < len(self.read) else 0
        known = sum(before < seq < behind for seq in self._aside)
        return behind - before - 1 - known

    def _seq(self, index: int) -> int:
        if index < 0:
            return self._page.conversation.last_seq + 1
        return self.read[index].message.seq


class _Comparing:
    """How alike a path and a transcript are, of which the newest come first.

    Commands are no part of a path. What was forgotten is not either: so much of what was sent may
    be without its like as is missing there.
    """

    def __init__(self, path: _Path, start: int, sent: Sequence[Said]) -> None:
        self._path = path
        self._sent = sent
        self._at, self._here = 0, start
        self._lost = path.lost(start)
        self._alike = self._skipped = 0

    async def fit(self) -> Fit | None:
        """How alike they are, from the newest of what was sent at `start` of the path on."""
        while self._at < len(self._sent):
            there = await self._path.at(self._here)
            if not await self._go_on(there):
                tail = there is None and self._alike > 1 and not self._skipped
                return Fit.TAIL if tail else None
        if not self._alike:
            return None
        if len(self._sent) == LONGEST or await self._path.at(self._here) is None:
            return Fit.WHOLE
        return Fit.PART if self._alike > 1 and not self._skipped else None

    async def _go_on(self, there: Shown | None) -> bool:
        """Whether the next that was sent is there, or need not be."""
        one = self._sent[self._at]
        if there is not None and await self._path.fits(one, there):
            self._alike += 1
            await self._both()
        elif _is_command(self._sent, self._at):
            self._at += 2
        elif there is not None and _redacted(one, there):
            await self._both()
        elif self._lost > 0:
            self._lost -= 1
            self._skipped += 1
            self._at += 1
        else:
            return False
        return True

    async def _both(self) -> None:
        self._at += 1
        self._here += 1
        await self._path.at(self._here)
        self._lost = self._path.lost(self._here)


def _behind(page: Page, seq: int, *, current: bool) -> Behind:
    said = said_in(page)
    place = [one.message.seq for one in said].index(seq)
    # A client that lost a reply goes on behind it all the same.
    while place + 1 < len(said) and said[place + 1].message.role == "assistant":
        place += 1
    return Behind(
        place=page.conversation.place,
        conversation=page.conversation.id,
        leaf=said[place],
        next=said[place + 1] if place + 1 < len(said) else None,
        current=current,
    )


def _fits(sent: Said, there: Shown) -> bool:
    """Whether that is what was said; of a reply a client may have only the beginning."""
    if sent.role == "user":
        return same_words(there, sent)
    return sent.role == there.message.role and there.message.text.strip().startswith(
        sent.text.strip()
    )


def _redacted(sent: Said, there: Shown) -> bool:
    """Whether that may be a reply of which the text was forgotten."""
    same = sent.role == there.message.role == "assistant"
    return same and there.message.text == REDACTED


def _is_command(sent: Sequence[Said], at: int) -> bool:
    """Whether an answer to a command stands there, with the command before it."""
    before = sent[at + 1] if at + 1 < len(sent) else None
    return sent[at].role == "assistant" and before is not None and is_command(before)
