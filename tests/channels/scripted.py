"""A host that answers from a script, in the order in which the engine tells things."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tertulia.broadcasts.local import LocalBroadcast
from tertulia.channels.terminal import Terminal
from tertulia.ports.broadcast import Sink
from tertulia.ports.channel import Host
from tertulia.values.errors import NotHere, SettingsError, TertuliaError
from tertulia.values.events import Restarted, Settled, Spoken, Started
from tertulia.values.message import Accepted, Author, Incoming, Place
from tertulia.values.prompt import Usage
from tertulia.values.reply import Delivery, Outcome

PLACE = Place(channel="terminal", account="local", spot="main")
AUTHOR = Author(platform_id="ana", name="Ana")
RECEIPT = {"budget": 100, "prompt_tokens": 7, "items": [], "left_out": []}


@dataclass
class Turn:
    """What happens between a message and its outcome.

    `steps` are pieces of the reply, restarts, and events to wait for. `text` is what is stored, by
    default the pieces. `told` says who tells the person: this process ("here"), another one, which
    has shown it ("elsewhere"), one that could not ("left"), or nobody ("unanswered").
    """

    steps: Sequence[str | Restarted | asyncio.Event | Callable[[], None]] = ()
    text: str | None = None
    kind: str = "reply"
    finish_reason: str = "stop"
    notes: tuple[str, ...] = ()
    told: str = "here"
    stoppable: bool = True
    pace: float = 0.0


def incoming(text: str = "hello") -> Incoming:
    return Incoming(
        place=PLACE, bot="ana", author=AUTHOR, platform_id="p1", text=text, said_at=1000
    )


def delivery(text: str, *, seq: int = 2, covers: tuple[int, ...] = (1,), **more: Any) -> Delivery:
    made = Delivery(
        id=seq,
        nonce=f"n{seq}",
        conversation=7,
        place=PLACE,
        bot="ana",
        seq=seq,
        covers=covers,
        kind="reply",
        text=text,
        finish_reason="stop",
        model="scripted",
        usage=Usage(prompt_tokens=5, completion_tokens=3),
        cost=None,
        notes=(),
        receipt=dict(RECEIPT),
        attempts=0,
    )
    return replace(made, **more)


@dataclass
class Scripted(Host):
    """One conversation, number 7."""

    answer: Callable[[str], Turn]
    terminal: Terminal | None = None
    kept: list[Delivery] = field(default_factory=list)
    fail: dict[str, list[TertuliaError | None]] = field(default_factory=dict)
    commands: dict[str, str] = field(
        default_factory=lambda: {"/help": "You talk with ana.\n/new   begin again\n/memory  see it"}
    )

    when_opened: Callable[[], Any] | None = None

    def __post_init__(self) -> None:
        self.said: list[str] = []
        self.lines: list[str] = []
        self.sent: list[str] = []
        self.refused: list[str] = []
        self.outcomes: dict[int, Outcome] = {}
        self.held: set[int] = set()
        self.opened_times = 0
        self.stops = 0
        self._broadcast = LocalBroadcast()
        self._seq = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._running: asyncio.Task[None] | None = None
        self._stopped = False

    def tell(self, event: Any) -> None:
        self._broadcast.publish(7, event)

    async def accept(self, incoming: Incoming) -> Accepted:
        self._fail("accept")
        self.said.append(incoming.text)
        self._seq += 1
        accepted = Accepted(conversation=7, seq=self._seq, duplicate=False)
        self._seq += 1
        self._start(self._turn(accepted, self.answer(incoming.text)))
        return accepted

    async def begin(self, place: Place, bot: str) -> int:
        return 7

    async def opened(self, place: Place) -> int | None:
        self._fail("opened")
        self.opened_times += 1
        if self.when_opened is not None:
            await self.when_opened()
        kept, self.kept = self.kept, []
        for one in kept:
            await self.hand(one)
        return 7 if self._seq or kept else None

    def listen(self, conversation: int, sink: Sink) -> Callable[[], None]:
        assert conversation == 7
        return self._broadcast.listen(conversation, sink)

    def stop(self, conversation: int) -> bool:
        self.stops += 1
        if self._running is None or self._stopped:
            return False
        self._stopped = True
        self._running.cancel()
        return True

    async def command(
        self, place: Place, bot: str, line: str, *, author: Author, owner: bool
    ) -> str | None:
        assert (author, owner) == (AUTHOR, True)
        self._fail("command")
        self.lines.append(line)
        return self.commands.get(line.split(maxsplit=1)[0])

    async def outcome(self, accepted: Accepted) -> Outcome | None:
        self._fail("outcome")
        found = self.outcomes.get(accepted.seq)
        if found and found.delivery and found.delivery.id in self.held:
            return None
        return found

    async def export(self, place: Place, form: str) -> str:
        self._fail("export")
        return f"# all of it as {form}\n"

    async def hand(self, one: Delivery) -> None:
        """As the outbox does: what nobody takes stays."""
        assert self.terminal is not None
        self.held.add(one.id)
        try:
            await self.terminal.send(one)
            self.sent.append(one.nonce)
        except NotHere:
            self.refused.append(one.nonce)
            self.kept.append(one)
        finally:
            self.held.discard(one.id)

    async def close(self) -> None:
        """Wait until everything that was begun has ended."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _start(self, coroutine: Any) -> asyncio.Task[None]:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _fail(self, name: str) -> None:
        errors = self.fail.get(name, [])
        error = errors.pop(0) if errors else None
        if error is not None:
            raise error

    async def _turn(self, accepted: Accepted, turn: Turn) -> None:
        said: list[str] = []
        self.tell(Started(accepted.seq))
        speaking = self._start(self._speak(turn, said))
        self._stopped = False
        self._running = speaking if turn.stoppable else None
        try:
            await speaking
        except asyncio.CancelledError:
            turn = replace(turn, finish_reason="stopped", text="".join(said))
            if not said:
                turn = replace(turn, told="unanswered")
        self._running = None
        self._end(accepted, turn, "".join(said) if turn.text is None else turn.text)

    async def _speak(self, turn: Turn, said: list[str]) -> None:
        for step in turn.steps:
            await asyncio.sleep(turn.pace)
            if isinstance(step, str):
                said.append(step)
                self.tell(Spoken(step))
            elif isinstance(step, Restarted):
                said.clear()
                self.tell(step)
            elif isinstance(step, asyncio.Event):
                await step.wait()
            else:
                step()

    def _end(self, accepted: Accepted, turn: Turn, text: str) -> None:
        seq = accepted.seq
        if turn.told == "unanswered":
            self.outcomes[seq] = Outcome(kind="unanswered", reason=turn.finish_reason)
            self.tell(Settled())
            return
        made = delivery(
            text,
            seq=seq + 1,
            covers=(seq,),
            kind=turn.kind,
            finish_reason=turn.finish_reason,
            notes=turn.notes,
        )
        self.outcomes[seq] = Outcome(kind=made.kind, delivery=made)
        if turn.told == "here":
            self.held.add(made.id)
            self._start(self.hand(made))
        elif turn.told == "left":
            self.kept.append(made)
        self.tell(Settled())


def nothing_there() -> SettingsError:
    return SettingsError("There is no conversation 'main'.")
