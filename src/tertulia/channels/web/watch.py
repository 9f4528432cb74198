"""One conversation as one open page follows it: what was missed, the draft, then what happens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from tertulia.channels.web import news
from tertulia.channels.web.news import News
from tertulia.channels.web.shaping import messages
from tertulia.ports.channel import Floor
from tertulia.values import shown
from tertulia.values.events import (
    Changed,
    Event,
    Restarted,
    Running,
    Settled,
    Spoken,
    Started,
    Stored,
)
from tertulia.values.message import message_id
from tertulia.values.shown import Viewer
from tertulia.values.text import clean

EACH = 32
"""What holding an event costs beside its text, in characters."""

STILL = 1.0
"""Seconds after which it is asked anew whether who looks still hears what is being said."""


class Line(Protocol):
    """The way to the page on which a watch tells what it hears."""

    floor: Floor
    held: int
    """How much waits to be told on it, in characters."""

    async def viewer(self) -> Viewer:
        """Who looks, as of now."""
        ...

    async def tell(self, what: News, seq: int | None = None) -> None:
        """Tell it; `seq` where it is a stored message."""
        ...

    async def breathe(self) -> None:
        """Wait as long as it takes that not each piece of a text goes by itself."""
        ...

    def full(self) -> bool:
        """Whether more waits than may be kept for a slow reader."""
        ...

    def wake(self, watch: Watch) -> None:
        """`watch` has something to tell."""
        ...


Waiting = Event | list[str]
"""An event, or pieces of text that follow each other."""


class Watch:
    """What one page was told of one conversation, and what is still to be told.

    While it is `behind`, nothing is kept but what kinds of things happened: `step` then reads what
    was stored and takes the draft as it stands. So it begins, and so it comes back where a slow
    reader let too much gather. Who looks is asked anew with each read and each turn: they may be
    linked with others, or parted from them, while a page is open.
    """

    __slots__ = (
        "_asked",
        "_at",
        "_behind",
        "_changed",
        "_deaf",
        "_drawn",
        "_ended",
        "_fresh",
        "_hears",
        "_line",
        "_sent",
        "_settled",
        "_size",
        "_stored",
        "_sure",
        "_viewer",
        "_void",
        "_waiting",
        "due",
        "number",
    )

    def __init__(self, line: Line, number: int, after: int) -> None:
        self.number = number
        self.due = False
        self._line = line
        self._sent = after
        self._at = 0
        self._size = 0
        self._waiting: list[Waiting] = []
        self._viewer: Viewer | None = None
        self._deaf: Callable[[], None] | None = None
        self._fresh = self._behind = True
        self._changed = self._settled = self._void = False
        self._stored = 0
        self._asked: int | None = None  # the audience of which it is known whether they hear it
        self._sure = 0.0
        self._hears = self._drawn = self._ended = False

    def hear(self, event: Event) -> None:
        """Keep what has just happened until it is told."""
        if self._behind:
            self._note(event)
        else:
            self._keep(event)
            if self._line.full():
                self._fall_behind()
        self._line.wake(self)

    def end(self) -> None:
        """Hear nothing more."""
        self._ended = True
        self._drop()
        if self._deaf is not None:
            self._deaf()
            self._deaf = None

    async def step(self) -> bool:
        """Tell the next thing; whether there is more. Raises: `NotThere`, `StoreError`."""
        if self._behind:
            await self._catch_up()
        elif self._waiting:
            if isinstance(self._waiting[0], list):
                await self._line.breathe()
            if self._waiting:  # else it fell behind meanwhile
                await self._tell(self._take())
        return self._behind or bool(self._waiting)

    def _keep(self, event: Event) -> None:
        waiting = self._waiting
        last = waiting[-1] if waiting else None
        size = EACH
        if isinstance(event, Spoken):
            size += len(event.text)
            if isinstance(last, list):
                last.append(event.text)
            else:
                waiting.append([event.text])
        elif isinstance(event, Stored) and isinstance(last, Stored) and last.seq > self._sent:
            waiting[-1] = Stored(max(event.seq, last.seq))
        else:
            waiting.append(event)
        self._size += size
        self._line.held += size

    def _take(self) -> Waiting:
        taken = self._waiting.pop(0)
        size = sum(EACH + len(piece) for piece in taken) if isinstance(taken, list) else EACH
        if not self._waiting:
            size = self._size  # Stored events that became one
        self._size -= size
        self._line.held -= size
        return taken

    def _drop(self) -> None:
        self._waiting.clear()
        self._line.held -= self._size
        self._size = 0

    def _fall_behind(self) -> None:
        self._behind = True
        self._asked = None
        for one in self._waiting:
            if not isinstance(one, list):
                self._note(one)
        self._drop()

    def _note(self, event: Event) -> None:
        """What of an event is still worth telling when the draft is told as it stands."""
        match event:
            case Stored(seq):
                self._stored = max(self._stored, seq)
            case Changed():
                self._changed = True
            case Settled():
                self._settled = True
            case Started() | Restarted():
                self._void, self._settled = True, False
            case _:
                pass

    async def _catch_up(self) -> None:
        """What was stored behind the last that was told, then the draft as it stands."""
        line = self._line
        if self._deaf is None and not self._ended:
            self._deaf = line.floor.host.listen(self.number, self.hear)
        if not await self._read():
            return
        # From here until the draft is taken nothing else runs: no piece is lost or told twice.
        running = line.floor.host.running(self.number)
        if running is not None and running.audience != self._asked:
            await self._ask(running.audience)
            return  # what was stored meanwhile comes first
        self._behind = False
        drafted = running is not None and self._hears
        for one in self._missed(drafted=drafted):
            await line.tell(one)
        if running is not None and drafted:
            await self._tell_draft(running)

    async def _tell_draft(self, running: Running) -> None:
        text = clean(running.text)
        self._at, self._drawn = news.units(text), True
        await self._line.tell(
            news.Draft(
                conversation=self.number,
                upto=running.upto,
                again=self._again(running.again),
                text=text,
            )
        )

    async def _ask(self, audience: int) -> None:
        """Note whether who looks now hears what is said to that audience."""
        self._asked, self._hears = audience, False
        viewer = await self._line.viewer()
        hears = await self._line.floor.desk.hears(viewer, self.number, audience)
        self._hears, self._sure = hears, asyncio.get_running_loop().time()

    async def _still_hears(self) -> bool:
        """Whether this turn goes on being told; who was parted from others hears no more of it."""
        late = asyncio.get_running_loop().time() - self._sure >= STILL
        if self._hears and late and self._asked is not None:
            await self._ask(self._asked)
        return self._hears

    async def _read(self) -> bool:
        """Tell a stretch of what was stored; whether that was all."""
        self._stored = 0
        page = await self._since(self._sent)
        if self._fresh:
            self._fresh = False
            await self._line.tell(news.Watching(conversation=self.number, last_seq=page.last_seq))
        await self._tell_messages(page, page.last_seq)
        if page.newer and page.shown:
            self._sent = max(self._sent, page.shown[-1].message.seq)
            return False
        self._sent = max(self._sent, page.last_seq)
        return self._stored <= self._sent

    def _missed(self, *, drafted: bool) -> list[News]:
        """What was noted while it was behind, and is now told."""
        here = self.number
        told: list[News] = []
        if self._settled and not drafted:
            told.append(news.Settled(conversation=here))
        elif self._void and self._drawn and not drafted:
            told.append(news.Restarted(conversation=here))
        if self._changed:
            told.append(news.Changed(conversation=here))
        self._changed = self._settled = self._void = False
        return told

    async def _tell(self, what: Waiting) -> None:
        here, line = self.number, self._line
        match what:
            case list():
                await self._tell_text(clean("".join(what)))
            case Stored(seq):
                await self._tell_upto(seq)
            case Started():
                await self._tell_started(what)
            case Restarted():
                self._at = 0
                if self._hears:
                    await line.tell(news.Restarted(conversation=here))
            case Settled():
                await line.tell(news.Settled(conversation=here))
            case _:
                await line.tell(news.Changed(conversation=here))

    async def _tell_started(self, what: Started) -> None:
        self._at = 0
        await self._ask(what.audience)
        self._drawn = self._hears
        if self._hears:
            again = self._again(what.again)
            await self._line.tell(
                news.Started(conversation=self.number, upto=what.upto, again=again)
            )

    async def _tell_text(self, text: str) -> None:
        at, self._at = self._at, self._at + news.units(text)
        if await self._still_hears():
            await self._line.tell(news.Text(conversation=self.number, at=at, text=text))

    async def _tell_upto(self, seq: int) -> None:
        """Tell what is new as far as `seq`, and that one in any case.

        It may have been read already while its draft was still there: told once more, it takes the
        place of that.
        """
        after = min(self._sent, seq - 1)
        while after < seq:
            page = await self._since(after)
            await self._tell_messages(page, seq)
            after = page.shown[-1].message.seq if page.newer and page.shown else seq
        self._sent = max(self._sent, seq)

    async def _tell_messages(self, page: shown.Page, upto: int) -> None:
        viewer = self._viewer
        assert viewer is not None  # noqa: S101 - it is set before the first page is read
        for one in messages(page, viewer, self._line.floor.workshop):
            if one.seq <= upto:
                await self._line.tell(news.Said(conversation=self.number, message=one), one.seq)

    async def _since(self, after: int) -> shown.Page:
        self._viewer = await self._line.viewer()
        return await self._line.floor.desk.since(self._viewer, self.number, after)

    def _again(self, seq: int | None) -> str | None:
        return None if seq is None else message_id(self.number, seq)
