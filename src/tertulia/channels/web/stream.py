"""One open page: what it watches, told in order over its one way, however slow it reads."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

from tertulia.channels.web import news
from tertulia.channels.web.news import News
from tertulia.channels.web.watch import Watch
from tertulia.ports.channel import Floor
from tertulia.values.caller import Caller
from tertulia.values.errors import NotThere, TertuliaError
from tertulia.values.shown import Viewer

log = logging.getLogger(__name__)

TICK = 0.025
"""Seconds at least between two pieces of text on one stream."""

HELD = 250_000
"""So much may wait for a slow reader, in characters: at most 1 MB."""

PATIENCE = 30.0
"""Seconds after which somebody who takes nothing is parted with."""

FAREWELL = 2.0
"""Seconds that the last word may take."""

MOST = 32
"""So many conversations are watched on one stream."""

GOING, AWAY, TRY_LATER, BROKEN, NOT_SO = 1012, 1001, 1013, 1011, 1008
"""What a close of a WebSocket tells: https://www.iana.org/assignments/websocket."""


class Outlet(Protocol):
    """Where a stream goes: a WebSocket, or an answer that does not end."""

    async def tell(self, what: News, seq: int | None) -> None:
        """Hand it over; returns when there is room for more."""
        ...

    async def close(self, code: int, reason: str) -> None:
        """Say why nothing more comes."""
        ...


class Stream:
    """What one page is told. A task runs only while there is something to tell."""

    __slots__ = (
        "_closed",
        "_due",
        "_leash",
        "_listing",
        "_next",
        "_outlet",
        "_patience",
        "_pump",
        "_watches",
        "caller",
        "floor",
        "held",
    )

    def __init__(
        self, floor: Floor, caller: Caller, outlet: Outlet, patience: float = PATIENCE
    ) -> None:
        self.floor = floor
        self.caller = caller
        self.held = 0
        self._outlet = outlet
        self._patience = patience
        self._watches: dict[int, Watch] = {}
        self._due: list[Watch] = []
        self._listing = False
        self._closed = False
        self._next = 0.0
        self._pump: asyncio.Task[None] | None = None
        self._leash: asyncio.Timeout | None = None

    async def last(self, receive: Callable[[], Awaitable[object]]) -> None:
        """Run `receive`, which hears what the page says, until it or this stream ends."""
        try:
            async with asyncio.timeout(None) as self._leash:
                if not self._closed:
                    await receive()
                elif self._pump is not None:  # the last word is being said
                    await asyncio.wait([self._pump])
        except TimeoutError:
            if not self._closed:
                raise
        finally:
            self.end()

    def watch(self, number: int, after: int) -> bool:
        """Follow a conversation from behind message `after`; False where there are too many."""
        self.unwatch(number)
        if len(self._watches) >= MOST:
            return False
        watch = Watch(self, number, after)
        self._watches[number] = watch
        self.wake(watch)
        return True

    def unwatch(self, number: int) -> None:
        """Follow it no more."""
        watch = self._watches.pop(number, None)
        if watch is not None:
            watch.end()
            if watch in self._due:
                self._due.remove(watch)

    def listing(self) -> None:
        """The list of conversations has changed."""
        self._listing = True
        self._run()

    def farewell(self) -> None:
        """The server is about to stop: say so, and end."""
        if not self._closed:
            self._stop()
            self._pump = asyncio.create_task(self._end(news.Ending(), GOING, "the server stops"))

    async def refuse(self, reason: str) -> None:
        """The page said what it cannot: tell it, and end."""
        if not self._closed:
            self._stop()
            await self._end(None, NOT_SO, reason)

    def end(self) -> None:
        """Tell nothing more."""
        self._stop()
        if self._leash is not None and self._leash.when() is None:
            with contextlib.suppress(RuntimeError):  # it has ended by itself
                self._leash.reschedule(asyncio.get_running_loop().time())

    async def viewer(self) -> Viewer:
        """Who looks, as of now."""
        return await self.floor.desk.viewer(self.caller, "web")

    async def tell(self, what: News, seq: int | None = None) -> None:
        """Tell it. Raises: `TimeoutError` where nobody takes it."""
        async with asyncio.timeout(self._patience):
            await self._outlet.tell(what, seq)

    async def breathe(self) -> None:
        """Wait until the next piece of text may go."""
        loop = asyncio.get_running_loop()
        if (pause := self._next - loop.time()) > 0:
            await asyncio.sleep(pause)
        self._next = loop.time() + TICK

    def full(self) -> bool:
        """Whether more waits than may be kept."""
        return self.held > HELD

    def wake(self, watch: Watch) -> None:
        """`watch` has something to tell."""
        if not watch.due:
            watch.due = True
            self._due.append(watch)
        self._run()

    def _run(self) -> None:
        if self._pump is None and not self._closed:
            self._pump = asyncio.create_task(self._tell_all())

    async def _tell_all(self) -> None:
        """Tell what there is; what cannot be told ends the stream, and the page comes back."""
        try:
            while self._listing or self._due:
                if self._listing:
                    self._listing = False
                    await self.tell(news.Conversations())
                elif self._due:
                    await self._step(self._due[0])
            self._pump = None
        except OSError as error:
            self._closed = True  # TimeoutError is one too: nobody reads, or nobody is there
            late = isinstance(error, TimeoutError)
            await self._end(None, AWAY, "nothing was taken for too long" if late else "")
        except TertuliaError as error:
            log.error("A page could not be told what happens: %s", error)
            await self._end(None, TRY_LATER, "the database cannot be used just now")
        except Exception:  # whatever it is, the page comes back and says where it was
            log.exception("A page could not be told what happens")
            await self._end(None, BROKEN, "something went wrong here")

    async def _step(self, watch: Watch) -> None:
        try:
            more = await watch.step()
        except NotThere:
            # It went, or never was for these eyes: whoever reads it again is told so.
            self.unwatch(watch.number)
            await self.tell(news.Changed(conversation=watch.number))
            return
        if self._due and self._due[0] is watch:
            del self._due[0]
            watch.due = more
            if more:
                self._due.append(watch)

    async def _end(self, word: News | None, code: int, reason: str) -> None:
        self._closed = True
        try:
            async with asyncio.timeout(FAREWELL):
                if word is not None:
                    await self._outlet.tell(word, None)
                await self._outlet.close(code, reason)
        except OSError:
            pass  # nobody is there any more, or nobody reads: there is nobody to tell
        finally:
            self._pump = None
            self.end()

    def _stop(self) -> None:
        self._closed = True
        pump, self._pump = self._pump, None
        if pump is not None:
            pump.cancel()
        for watch in self._watches.values():
            watch.end()
        self._watches.clear()
        self._due.clear()
