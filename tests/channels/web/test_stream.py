"""One stream by itself: whatever happens in whatever order, and however slowly it is read."""

from __future__ import annotations

import asyncio
import json
import random
import tracemalloc
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.web.served import SOON, Bench, Reader, caller, until
from tertulia.broadcasts.local import LocalBroadcast
from tertulia.channels.web import news, stream
from tertulia.channels.web.live import Socket
from tertulia.channels.web.stream import HELD, Outlet, Stream
from tertulia.ports.channel import Floor
from tertulia.values.conversation import Conversation
from tertulia.values.errors import NotThere
from tertulia.values.events import Changed, Restarted, Running, Settled, Spoken, Started, Stored
from tertulia.values.message import Message, Place
from tertulia.values.person import Identity, Person
from tertulia.values.shown import Page, Shown, Viewer
from tertulia.values.text import clean

ANA = Person(
    identities=(
        Identity(id=1, participant=1, channel="web", account="ana", platform_id="ana", name="Ana"),
    )
)


class Engine:
    """One conversation, number 7, whose turns a test makes step by step; reads take a while."""

    def __init__(self, seed: int = 0, most: int = 1000) -> None:
        self.broadcast = LocalBroadcast()
        self.stored: list[Message] = []
        self.now: Running | None = None
        self.most = most
        self.random = random.Random(seed)

    # What the engine does

    def say(self, role: Any, text: str) -> int:
        """Store a message; what is told of it comes a moment later (`tell`)."""
        seq = len(self.stored) + 1
        self.stored.append(
            Message(
                conversation=7,
                seq=seq,
                parent=None,
                root=1,
                depth=0,
                path_tokens=0,
                role=role,
                name=None,
                text=text,
                tokens=0,
                said_at=0,
                author=1 if role == "user" else None,
            )
        )
        return seq

    def tell(self, event: Any) -> None:
        self.broadcast.publish(7, event)

    def start(self) -> None:
        self.now = Running(len(self.stored), None, "")
        self.tell(Started(len(self.stored)))

    def speak(self, text: str) -> None:
        assert self.now is not None
        self.now = Running(self.now.upto, None, self.now.text + text)
        self.tell(Spoken(text))

    def restart(self) -> None:
        assert self.now is not None
        self.now = Running(self.now.upto, None, "")
        self.tell(Restarted("again"))

    def finish(self, seq: int) -> None:
        self.tell(Stored(seq))
        self.now = None

    # Host

    def listen(self, conversation: int, sink: Any) -> Callable[[], None]:
        return self.broadcast.listen(conversation, sink)

    def running(self, conversation: int) -> Running | None:
        return self.now

    # Desk

    async def viewer(self, caller: Any, channel: str) -> Viewer:
        await self.pause()
        return Viewer(account="ana", person=ANA, owner=True)

    async def since(self, viewer: Viewer, number: int, after: int) -> Page:
        await self.pause()
        if number != 7:
            raise NotThere("There is nothing.")
        behind = [one for one in self.stored if one.seq > after]
        found = tuple(Shown(message=one) for one in behind[: self.most])
        last = len(self.stored)
        await self.pause()
        return Page(
            conversation=Conversation(
                id=7,
                place=Place(channel="web", account="ana", spot="s"),
                bot="bo",
                model=None,
                head=None,
                last_seq=last,
                answered_seq=0,
                created_at=0,
                updated_at=0,
            ),
            shown=found,
            older=False,
            newer=len(behind) > self.most,
            last_seq=last,
        )

    async def hears(self, viewer: Viewer, number: int, audience: int) -> bool:
        await self.pause()
        return True

    async def pause(self) -> None:
        for _ in range(self.random.randrange(4)):
            await asyncio.sleep(0)


class End:
    """The other end: it takes what it is told, when `open` is set."""

    def __init__(self, seed: int = 0) -> None:
        self.readers = {7: Reader()}
        self.open = asyncio.Event()
        self.open.set()
        self.random = random.Random(seed)
        self.closed: tuple[int, str] | None = None
        self.others: list[str] = []

    @property
    def reader(self) -> Reader:
        return self.readers[7]

    async def tell(self, what: Any, seq: int | None) -> None:
        await self.open.wait()
        for _ in range(self.random.randrange(3)):
            await asyncio.sleep(0)
        event = json.loads(news.written(what))
        assert event["type"] == news.kind(what)
        if "conversation" in event:
            self.reader.take(event)
        else:
            self.others.append(event["type"])

    async def close(self, code: int, reason: str) -> None:
        await self.open.wait()
        self.closed = (code, reason)


def stream_of(engine: Engine, page: Outlet, patience: float = SOON) -> Stream:
    floor = Floor(
        host=engine,  # type: ignore[arg-type]
        desk=engine,  # type: ignore[arg-type]
        workshop=Bench(),
        default_bot="bo",
        upload=1,
        ending=asyncio.Event().wait,
    )
    return Stream(floor, caller("ana"), page, patience)


async def idle(one: Stream) -> None:
    """Wait until nothing is left to tell."""
    await until(lambda: one._pump is None)


def run(body: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(body())


STEPS = ("say", "start", "speak", "speak", "restart", "store", "tell", "settle", "change")
step = st.tuples(st.sampled_from((*STEPS, "wait", "watch")), st.integers(0, 6))
PIECES = ("a", "🙂", "ñ ", "", "two words", "\ud83d", "\ude00")


class History:
    """Does steps that an engine could do, in an order in which it could do them."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.made: int | None = None
        """The reply that is on disk, and of which nothing was told yet."""

    def do(self, name: str, number: int) -> None:
        running = self.engine.now is not None
        if name == "say":
            self.engine.tell(Stored(self.engine.say("user", f"said {number}")))
        elif name == "change":
            self.engine.tell(Changed())
        elif not running:
            self._between(name)
        elif self.made is None:
            self._within(name, number)
        elif name == "tell":
            self.engine.finish(self.made)
            self.made = None

    def _between(self, name: str) -> None:
        if name == "start":
            self.engine.start()
        elif name == "settle":
            self.engine.tell(Settled())

    def _within(self, name: str, number: int) -> None:
        if name == "speak":
            self.engine.speak(PIECES[number])
        elif name == "restart":
            self.engine.restart()
        elif name == "store":
            assert self.engine.now is not None
            self.made = self.engine.say("assistant", clean(self.engine.now.text))

    def end(self) -> None:
        if self.engine.now is None:
            self.do("start", 0)
        self.do("store", 0)
        self.do("tell", 0)
        self.do("settle", 0)


@settings(deadline=None, max_examples=150)
@given(
    steps=st.lists(step, max_size=60), seed=st.integers(0, 999), held=st.sampled_from([60, HELD])
)
def test_nothing_is_lost_or_out_of_order_however_reads_and_events_fall(
    steps: list[tuple[str, int]], seed: int, held: int
):
    """In the end a page has every message, in order, and no draft, whenever it began to watch.

    `Reader` checks on the way that each piece of text stands where the page has got to. With
    little room for what waits, the stream falls behind again and again.
    """

    async def body() -> None:
        engine, page = Engine(seed, most=2), End(seed)
        one, history = stream_of(engine, page), History(engine)
        one.watch(7, 0)
        for name, number in steps:
            history.do(name, number)
            if name == "wait":
                for _ in range(number * 3):
                    await asyncio.sleep(0)
            elif name == "watch":
                one.watch(7, page.reader.last if number else 0)
        history.end()
        await idle(one)
        reader = page.reader
        assert reader.texts() == [message.text for message in engine.stored]
        assert reader.draft is None
        assert one.held == 0
        one.end()
        assert not engine.broadcast._sinks
        assert page.closed is None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream, "HELD", held)
        patch.setattr(stream, "TICK", 0.0)
        run(body)


@settings(deadline=None, max_examples=50)
@given(steps=st.lists(step, max_size=40), seed=st.integers(0, 999))
def test_a_page_never_shows_a_reply_and_its_draft(steps: list[tuple[str, int]], seed: int):
    """A message is told behind everything that was told of its draft."""

    async def body() -> None:
        engine, page = Engine(seed), End(seed)
        one, history = stream_of(engine, page), History(engine)
        one.watch(7, 0)
        for name, number in steps:
            history.do(name, number)
            await asyncio.sleep(0)
        await idle(one)
        history.end()
        await idle(one)
        assert page.reader.kinds()[-2:] == ["message", "settled"]
        last_draft = max(
            (at for at, kind in enumerate(page.reader.kinds()) if kind in ("draft", "text")),
            default=-1,
        )
        replies = [
            at
            for at, event in enumerate(page.reader.events)
            if event["type"] == "message" and event["message"]["role"] == "assistant"
        ]
        assert replies[-1] > last_draft
        one.end()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream, "TICK", 0.0)
        run(body)


def test_what_pours_in_is_told_in_few_pieces():
    async def body() -> None:
        engine, page = Engine(), End()
        one = stream_of(engine, page)
        one.watch(7, 0)
        await idle(one)
        engine.say("user", "hello")
        engine.start()
        for number in range(2000):
            engine.speak(f"{number} ")
            if number % 20 == 0:
                await asyncio.sleep(0)
        await until(lambda: page.reader.draft and page.reader.draft.endswith("1999 "))
        assert page.reader.kinds().count("text") <= 5
        one.end()

    run(body)


def test_the_first_piece_is_told_at_once_and_no_timer_runs_when_nothing_happens():
    async def body() -> None:
        engine, page = Engine(), End()
        one = stream_of(engine, page)
        one.watch(7, 0)
        await idle(one)
        engine.say("user", "hello")
        engine.start()
        engine.speak("first")
        loop = asyncio.get_running_loop()
        begun = loop.time()
        await idle(one)
        assert loop.time() - begun < stream.TICK
        assert page.reader.draft == "first"
        assert len(asyncio.all_tasks()) == 1
        one.end()

    run(body)


def test_somebody_who_sleeps_costs_little_and_is_told_the_draft_as_one():
    async def body() -> None:
        engine, page = Engine(), End()
        one = stream_of(engine, page)
        one.watch(7, 0)
        await idle(one)
        page.open.clear()
        engine.say("user", "hello")
        engine.start()
        piece = "word " * 20
        for _ in range(500):
            engine.speak(piece)
            await asyncio.sleep(0)
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        made = ["word " * 20 for _ in range(1)]
        for _ in range(30_000):
            one._watches[7].hear(Spoken(made[0][:]))
            assert one.held <= HELD + 200
        grown = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        assert grown < 1_000_000
        engine.tell(Changed())
        page.open.set()
        await idle(one)
        kinds = page.reader.kinds()
        assert kinds[-2:] == ["changed", "draft"]
        assert page.reader.draft == engine.now.text
        seq = engine.say("assistant", engine.now.text)
        engine.finish(seq)
        engine.tell(Settled())
        await idle(one)
        assert page.reader.texts() == ["hello", piece * 500]
        one.end()

    run(body)


def test_a_reply_that_was_finished_while_somebody_slept_is_told_whole():
    async def body() -> None:
        engine, page = Engine(), End()
        one = stream_of(engine, page)
        one.watch(7, 0)
        await idle(one)
        page.open.clear()
        engine.tell(Stored(engine.say("user", "hello")))
        engine.start()
        for _ in range(3000):
            engine.speak("word " * 20)
            await asyncio.sleep(0)
        engine.finish(engine.say("assistant", engine.now.text))
        engine.tell(Settled())
        page.open.set()
        await idle(one)
        assert page.reader.texts() == ["hello", "word " * 60_000]
        assert page.reader.kinds()[-1] == "settled"
        assert page.reader.kinds().count("text") == 0
        one.end()

    run(body)


def test_a_reply_that_was_read_before_it_was_told_takes_its_drafts_place():
    """It is on disk, and the turn still runs, when somebody begins to watch."""

    async def body() -> None:
        engine, page = Engine(), End()
        engine.say("user", "hello")
        engine.start()
        engine.speak("hi")
        reply = engine.say("assistant", "hi")
        one = stream_of(engine, page)
        one.watch(7, 0)
        await idle(one)
        assert page.reader.kinds() == ["watching", "message", "message", "draft"]
        engine.finish(reply)
        engine.tell(Stored(engine.say("user", "and more")))
        await idle(one)
        assert page.reader.draft is None
        assert page.reader.texts() == ["hello", "hi", "and more"]
        one.end()

    run(body)


def test_many_messages_at_once_are_read_together():
    async def body() -> None:
        engine, page = Engine(most=40), End()
        one = stream_of(engine, page)
        one.watch(7, 0)
        await idle(one)
        reads, since = [], engine.since

        async def counted(viewer: Viewer, number: int, after: int) -> Page:
            reads.append(after)
            return await since(viewer, number, after)

        engine.since = counted
        for number in range(100):
            engine.tell(Stored(engine.say("user", str(number))))
        await idle(one)
        assert page.reader.texts() == [str(number) for number in range(100)]
        assert reads == [0, 40, 80]
        one.end()

    run(body)


def test_a_draft_that_was_taken_back_while_somebody_slept_is_void():
    """As where another process answers: there is no reply here yet, and no turn."""

    async def body() -> None:
        engine, page = Engine(), End()
        one = stream_of(engine, page)
        one.watch(7, 0)
        engine.tell(Stored(engine.say("user", "hello")))
        engine.start()
        engine.speak("half")
        await idle(one)
        assert page.reader.draft == "half"
        page.open.clear()
        for _ in range(3000):
            engine.speak("word " * 20)
        engine.restart()
        engine.now = None
        page.open.set()
        await idle(one)
        assert page.reader.kinds()[-1] == "restarted"
        assert page.reader.draft == ""
        one.end()

    run(body)


def test_somebody_who_takes_nothing_for_too_long_is_parted_with():
    async def body() -> None:
        engine, page = Engine(), End()
        one = stream_of(engine, page, patience=0.02)
        gone = asyncio.Event()

        async def listen() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                gone.set()

        staying = asyncio.create_task(one.last(listen))
        one.watch(7, 0)
        await idle(one)
        page.open.clear()
        engine.start()
        await asyncio.wait_for(gone.wait(), SOON)
        await staying
        assert not engine.broadcast._sinks
        assert one.held == 0
        engine.tell(Changed())
        assert one._pump is None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream, "FAREWELL", 0.02)
        run(body)


def test_somebody_who_takes_nothing_hears_why_if_they_still_read():
    async def body() -> None:
        engine, page = Engine(), End()
        one = stream_of(engine, page, patience=0.02)
        one.watch(7, 0)
        await idle(one)
        page.open.clear()
        engine.start()
        await until(lambda: one._closed)
        page.open.set()
        await until(lambda: page.closed)
        assert page.closed == (stream.AWAY, "nothing was taken for too long")
        one.watch(7, 0)
        one.listing()
        assert one._pump is None

    run(body)


def test_somebody_whom_the_server_hung_up_on_is_no_error(caplog: pytest.LogCaptureFixture):
    """uvicorn hangs up where its pings stay unanswered, and tells nobody but by this."""

    async def body() -> None:
        async def hung_up(message: Any) -> None:
            raise RuntimeError(f"Unexpected ASGI message {message['type']!r}.")

        engine = Engine()
        engine.say("user", "hello")
        one = stream_of(engine, Socket(hung_up))
        one.watch(7, 0)
        await idle(one)
        assert not engine.broadcast._sinks

    run(body)
    assert not caplog.records


def test_a_stream_that_ends_by_itself_passes_a_timeout_on():
    async def body() -> None:
        one = stream_of(Engine(), End())

        async def listen() -> None:
            raise TimeoutError

        with pytest.raises(TimeoutError):
            await one.last(listen)

    run(body)


def test_somebody_who_leaves_while_they_begin_to_watch_leaves_nothing_behind():
    async def body() -> None:
        for steps in range(12):
            engine, page = Engine(steps), End()
            one = stream_of(engine, page)
            one.watch(7, 0)
            for _ in range(steps):
                await asyncio.sleep(0)
            if steps % 2:
                one.unwatch(7)
                await idle(one)
            one.end()
            one.farewell()
            await one.refuse("too late")
            assert not engine.broadcast._sinks
            assert page.closed is None

    run(body)


def test_the_last_word_is_said_over_whatever_waits():
    async def body() -> None:
        engine, page = Engine(), End()
        one = stream_of(engine, page)
        one.watch(7, 0)
        await idle(one)
        page.open.clear()
        engine.start()
        await asyncio.sleep(0)
        one.farewell()
        page.open.set()
        await until(lambda: page.closed)
        assert page.others == ["ending"]
        assert page.closed[0] == stream.GOING

    run(body)
