"""Runs turns: one at a time in a conversation, each under a lease, each to one stored ending."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field, replace

from tertulia.engine.attempts import Attempts, Draft
from tertulia.engine.bot import Bot, Remembering
from tertulia.engine.endings import Endings
from tertulia.engine.gather import look, prepare
from tertulia.engine.going_on import going_on, room_for
from tertulia.engine.prompt import Assembled
from tertulia.engine.tools import Tools
from tertulia.ports.memory import Scene
from tertulia.ports.model import Model
from tertulia.values.conversation import Lease, Leased
from tertulia.values.errors import (
    AudienceGrew,
    LeaseLost,
    NotHeard,
    SettingsError,
    StoreError,
    TertuliaError,
)
from tertulia.values.events import Event, Restarted, Running, Settled, Started, Stored
from tertulia.values.failpoints import reach
from tertulia.values.message import Message
from tertulia.values.reply import Ending

log = logging.getLogger(__name__)

JOINS = 2
"""So often a reply is made anew because somebody joined meanwhile."""

LOOK_AGAIN = 0.25
"""Seconds between two looks at a turn that another process runs."""


@dataclass(slots=True)
class _Turn:
    """A turn that this process runs now."""

    lease: Lease
    started_at: int
    draft: Draft = field(default_factory=Draft)
    scene: Scene | None = None
    asking: asyncio.Task[None] | None = None
    stopped: bool = False
    lost: bool = False
    grown: bool = False

    @property
    def conversation(self) -> int:
        return self.lease.conversation.id

    @property
    def audience(self) -> int:
        """Those to whom the reply is said."""
        return self.lease.conversation.audience

    @property
    def again(self) -> int | None:
        """The reply that is made anew or gone on with, by its seq."""
        return None if self.lease.again is None else self.lease.again.seq

    @property
    def cut(self) -> Message | None:
        """The reply that is gone on with."""
        return self.lease.again if self.lease.conversation.go_on else None

    @property
    def said(self) -> bool:
        """Whether the model has ended, so that there is nothing to stop."""
        return self.asking is not None and self.asking.done()

    def cancel(self) -> None:
        if self.asking is not None:
            self.asking.cancel()


class Turns:
    """All turns of one process."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._running: dict[int, _Turn] = {}
        self._learning: dict[int, asyncio.Task[None]] = {}
        self._ending = False

    async def run(self, conversation: int) -> float | None:
        """Answer what waits; see `ports.dispatcher.Run`."""
        grown = 0
        while not self._ending:
            now = self._tools.clock.now()
            lease = await self._claim(conversation, now)
            if lease is None:
                self._tell(conversation, Settled())
                return None
            if isinstance(lease, Leased):
                return min(max((lease.until - now) / 1000, 0.0), LOOK_AGAIN)
            turn = _Turn(lease, now)
            await self._take(turn, crowded=grown >= JOINS)
            grown = grown + 1 if turn.grown else 0
        return None

    async def _claim(self, conversation: int, now: int) -> Lease | Leased | None:
        """A claim that is cancelled half-way is given back: nobody has to wait until it expires."""
        store = self._tools.store
        claiming = asyncio.ensure_future(
            store.claim(conversation, self._tools.owner, now, self._until(now))
        )
        try:
            return await asyncio.shield(claiming)
        except asyncio.CancelledError:
            lease = await claiming
            if isinstance(lease, Lease):
                await store.release(lease)
            raise

    def end(self) -> None:
        """Begin no further turn: what waits is for another process, or the next start."""
        self._ending = True

    def stop(self, conversation: int) -> bool:
        """Stop the running turn: what was shown is kept. False where none runs here."""
        turn = self._running.get(conversation)
        if turn is None or turn.stopped or turn.said:
            return False
        turn.stopped = True
        turn.cancel()
        return True

    def running(self, conversation: int) -> Running | None:
        """The turn that runs, as far as its reply has come."""
        turn = self._running.get(conversation)
        if turn is None:
            return None
        return Running(turn.lease.upto, turn.again, turn.draft.text, turn.audience)

    async def renew(self) -> None:
        """Extend the leases of all running turns; one that was lost is given up at once."""
        if not self._running:
            return
        until, asked = self._until(self._tools.clock.now()), dict(self._running)
        held = await self._tools.store.renew(self._tools.owner, list(asked), until)
        for conversation, turn in asked.items():
            if conversation not in held and self._running.get(conversation) is turn:
                turn.lost = True
                turn.cancel()

    async def close(self, grace: float) -> None:
        """Let the memories finish what they learn, for `grace` seconds."""
        if self._learning:
            _, late = await asyncio.wait(self._learning.values(), timeout=grace)
            for task in late:
                task.cancel()

    async def _take(self, turn: _Turn, *, crowded: bool) -> None:
        reach("turn.claimed")
        self._running[turn.conversation] = turn
        try:
            lease = turn.lease
            started = Started(lease.upto, turn.again, turn.audience, lease.opened)
            self._tell(turn.conversation, started)
            ending = self._put_off(turn) if crowded else await self._answer(turn)
            if ending is not None:
                await self._store(turn, ending)
            elif turn.draft.parts:
                self._tell(turn.conversation, Restarted("another process answers"))
        except asyncio.CancelledError:
            await asyncio.shield(self._tools.store.release(turn.lease))
            raise
        finally:
            del self._running[turn.conversation]

    async def _answer(self, turn: _Turn) -> Ending | None:
        """The ending of a turn, or None where its lease was lost."""
        endings = self._endings(turn)
        try:
            bot = self._tools.bot(turn.lease.conversation.bot)
        except SettingsError as error:
            self._complain(turn, error)
            return endings.failed(error)
        try:
            turn.asking = asyncio.create_task(self._ask(turn, bot))
            if turn.stopped:
                turn.cancel()
            await turn.asking
        except asyncio.CancelledError:
            if turn.lost:
                return None
            if not turn.stopped:
                turn.cancel()
                raise
            return endings.stopped(bot)
        except Exception as error:  # noqa: BLE001 - promise 8: whatever breaks, the person is told
            self._complain(turn, error)
            return endings.failed(error)
        return endings.replied(bot)

    def _put_off(self, turn: _Turn) -> Ending:
        """Where somebody joins during every reply, they are told instead of asking without end."""
        return self._endings(turn).failed(
            NotHeard(
                "People keep joining while I answer, and may not know what was said before. "
                "Please say it again in a moment."
            )
        )

    def _endings(self, turn: _Turn) -> Endings:
        return Endings(tools=self._tools, draft=turn.draft, started_at=turn.started_at)

    async def _ask(self, turn: _Turn, bot: Bot) -> None:
        async def make(model: Model) -> Assembled:
            lease, tokenizer, cut = turn.lease, self._tools.tokenizer, turn.cut
            scene = await look(self._tools, lease.conversation, lease.waiting, model)
            turn.scene = scene
            if cut is None:
                return await prepare(self._tools, bot, scene)
            left = scene.budget - room_for(tokenizer, cut, scene.budget)
            made = await prepare(self._tools, bot, replace(scene, budget=left))
            return going_on(made, tokenizer, cut, scene.budget)

        if turn.cut is not None:
            turn.draft.begun = turn.cut.text
        attempts = Attempts(
            models=bot.models_in(turn.lease.conversation),
            prepare=make,
            tell=lambda event: self._tell(turn.conversation, event),
            factors=self._tools.factors,
        )
        await attempts.run(turn.draft)

    def _complain(self, turn: _Turn, error: Exception) -> None:
        unexpected = not isinstance(error, TertuliaError)
        log.error("No reply in conversation %s: %s", turn.conversation, error, exc_info=unexpected)
        if turn.draft.parts:
            self._tell(turn.conversation, Restarted(str(error)))

    async def _store(self, turn: _Turn, ending: Ending) -> None:
        reach("turn.before_store")
        try:
            delivery = await self._tools.store.finish(turn.lease, ending)
        except LeaseLost as error:
            log.warning("%s", error)
            turn.grown = isinstance(error, AudienceGrew)
            if turn.draft.parts:
                self._tell(turn.conversation, Restarted(str(error)))
            return
        except StoreError as error:
            self._tell(turn.conversation, Restarted(str(error)))
            raise
        except Exception as error:  # noqa: BLE001 - what cannot be stored must not be asked for again
            self._complain(turn, error)
            delivery = await self._tools.store.finish(turn.lease, self._endings(turn).failed(error))
        reach("turn.stored")
        if delivery is None:
            self._tell(turn.conversation, Settled())
        else:
            self._tell(turn.conversation, Stored(delivery.seq))
            self._tools.outbox.hand(delivery)
        if ending.kind == "reply":
            self._learn(turn)

    def _learn(self, turn: _Turn) -> None:
        """In the background, one conversation's memories at a time."""
        memories = self._tools.bot(turn.lease.conversation.bot).memories
        made = turn.draft.assembled
        if not memories or made is None or turn.scene is None:
            return
        if turn.conversation in self._learning:
            return
        scene = replace(turn.scene, dropped=made.dropped)
        task = asyncio.create_task(_learn_all(memories, scene))
        self._learning[turn.conversation] = task
        task.add_done_callback(lambda _: self._learning.pop(turn.conversation))

    def _until(self, now: int) -> int:
        return now + int(self._tools.lease * 1000)

    def _tell(self, conversation: int, event: Event) -> None:
        self._tools.broadcast.publish(conversation, event)


async def _learn_all(memories: tuple[Remembering, ...], scene: Scene) -> None:
    for each in memories:
        try:
            await each.memory.learn(scene)
        except Exception as error:  # one that breaks must not keep the others from learning
            where, unexpected = scene.conversation.id, not isinstance(error, TertuliaError)
            message = "The memory %s could not learn in %s: %s"
            log.warning(message, each.name, where, error, exc_info=unexpected)
