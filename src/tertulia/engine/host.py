"""The engine: inbox, dispatcher, turns and outbox as one, and what a channel sees of it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from tertulia.engine.bot import Bot
from tertulia.engine.commands import There, command, exported, nothing_there
from tertulia.engine.desk import Desk
from tertulia.engine.factors import Factors
from tertulia.engine.following import Following
from tertulia.engine.forgetting import forget
from tertulia.engine.inbox import Inbox
from tertulia.engine.outbox import Outbox
from tertulia.engine.titles import SCREENS
from tertulia.engine.tools import Tools, nothing_more
from tertulia.engine.turns import Turns
from tertulia.ports.broadcast import Broadcast, Sink
from tertulia.ports.channel import Channel, Host
from tertulia.ports.clock import Clock
from tertulia.ports.dispatcher import Dispatcher
from tertulia.ports.importer import Importer
from tertulia.ports.recall import Search
from tertulia.ports.store import Store
from tertulia.ports.tokenizer import Tokenizer
from tertulia.values.errors import TertuliaError
from tertulia.values.events import EVERYWHERE, Restarted, Running, Said, Spoken, Stored
from tertulia.values.forgetting import Target
from tertulia.values.message import Accepted, Author, Incoming, Place
from tertulia.values.reply import Opened, Outcome
from tertulia.values.used import Used

log = logging.getLogger(__name__)

SEND_AGAIN = 15.0
"""Seconds between two tries of what could not be sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What an engine is made of. `owner` is this process's name; `lease` is in seconds.

    `after_forgetting` is given what was forgotten, to clean what keeps it beside the store.
    `importers` gives those that are installed, once they are needed.
    With `everything` it answers whatever waits in the store for its `bots`, which are asked for
    at each look, else only what comes in here.
    """

    store: Store
    dispatcher: Dispatcher
    broadcast: Broadcast
    tokenizer: Tokenizer
    clock: Clock
    channels: Mapping[str, Channel]
    search: Search
    bot: Callable[[str], Bot]
    bots: Callable[[], Awaitable[Collection[str]]]
    owner: str
    lease: float
    everything: bool
    after_forgetting: Callable[[Sequence[str]], None] = nothing_more
    importers: Callable[[], Sequence[Importer]] = lambda: ()


class Engine(Host):
    """One process's engine; any number of them may share a store."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.store = parts.store
        self.tools = Tools(
            store=parts.store,
            tokenizer=parts.tokenizer,
            broadcast=parts.broadcast,
            clock=parts.clock,
            factors=Factors(parts.store),
            outbox=Outbox(parts.store, parts.channels, parts.clock),
            search=parts.search,
            bot=parts.bot,
            owner=parts.owner,
            lease=parts.lease,
            after_forgetting=parts.after_forgetting,
        )
        self.desk = Desk(self.tools, wake=parts.dispatcher.wake, importers=parts.importers)
        self._turns = Turns(self.tools)
        self._following = Following(parts.store, parts.broadcast, self._turns.running)
        self._inbox = Inbox(parts.store, parts.tokenizer, parts.dispatcher, parts.clock)
        self._renewing: asyncio.Task[None] | None = None
        self._delivering: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Open the store and begin. Raises: `StoreError`."""
        await self.store.open()
        await self._scrub()
        await self.tools.factors.load()
        self._renewing = asyncio.create_task(self._renew())
        self._parts.dispatcher.start(self._turns.run, self._waiting())
        if self._parts.everything:
            self._delivering = asyncio.create_task(self._deliver())

    async def close(self, grace: float = 10.0, *, learning: float = 0.0) -> None:
        """Let what runs finish, then end: turns, deliveries and memories have `grace` seconds.

        That is all together; memories have `learning` seconds at least, as a summary takes a
        model's time. One that is cut short is made up at a later turn; what waits or is unsent is
        for another process, or the next start.
        """
        self._turns.end()
        self.desk.end()
        until = time.monotonic() + grace
        try:
            await self._parts.dispatcher.close(grace)
            await self.tools.outbox.close(max(0.0, until - time.monotonic()))
            await self._turns.close(max(learning, until - time.monotonic()))
        finally:
            await self._following.end()
            loops = [task for task in (self._renewing, self._delivering) if task is not None]
            for task in loops:
                task.cancel()
            await asyncio.gather(*loops, return_exceptions=True)
            await self.store.close()

    async def accept(self, incoming: Incoming) -> Accepted:
        """Store a message, once; it is on disk when this returns, and will be answered."""
        accepted = await self._inbox.accept(incoming)
        if not (accepted.duplicate or accepted.forgotten):
            self._parts.broadcast.publish(accepted.conversation, Stored(accepted.seq))
            account = incoming.place.account
            if incoming.place.channel in SCREENS and incoming.author.platform_id == account:
                self._parts.broadcast.publish(EVERYWHERE, Said(account, accepted.conversation))
        return accepted

    async def begin(self, place: Place, bot: str) -> int:
        """The number of the conversation at `place`; where there is none, it begins."""
        return (await self.store.begin(place, bot, self._parts.clock.now())).id

    async def opened(self, place: Place) -> int | None:
        """Somebody is at `place` now: answer what waits there, deliver what is ready."""
        conversation = await self.store.conversation(place)
        if conversation is None:
            return None
        self._parts.dispatcher.wake(conversation.id)
        await self.tools.outbox.take_up(place.channel, conversation.id)
        await self.tools.outbox.settle(conversation.id)
        return conversation.id

    def listen(self, conversation: int, sink: Sink) -> Callable[[], None]:
        """Live events of a conversation; the returned function ends them."""
        return self._parts.broadcast.listen(conversation, sink)

    def stop(self, conversation: int) -> bool:
        """Stop the running turn, keeping what was shown; False where none runs here."""
        return self._turns.stop(conversation)

    def running(self, conversation: int) -> Running | None:
        """The turn that runs in this process, with what it has said so far."""
        return self._turns.running(conversation)

    def follow(self, accepted: Accepted) -> AsyncGenerator[Spoken | Restarted | Outcome]:
        """What is said in reply to an accepted message as it comes, and last its outcome."""
        return self._following.follow(accepted)

    async def command(
        self,
        place: Place,
        bot: str,
        line: str,
        *,
        author: Author,
        owner: bool,
        circle: str | None = None,
        present: Sequence[Author] | None = None,
    ) -> str | None:
        """Do what a line such as `/new` says; None where it is no command."""
        there = There(author=author, circle=circle, present=present)
        return await command(self.tools, place, bot, line, there, owner=owner)

    async def showing(self, opened: Opened, platform_ids: Sequence[str]) -> None:
        """Keep under which ids the platform shows what a running turn says."""
        await self.store.showing(opened.id, platform_ids)

    async def posted(self, place: Place, platform_id: str) -> int | None:
        """The seq of what the platform shows at `place` under that id."""
        conversation = await self.store.conversation(place)
        found = await self.store.posted(place.channel, place.account, platform_id)
        which, _, seq = (found or "").partition(".")
        here = conversation is not None and which == str(conversation.id)
        return int(seq) if here else None

    async def unsaid(self, place: Place, platform_id: str) -> bool:
        """Forget what somebody deleted on its platform."""
        numbers = await self.store.said_as(place.channel, place.account, platform_id)
        if not numbers:
            return False
        target = Target(kind="message", numbers=tuple(numbers))
        await forget(self.tools, target, "quoting")
        return True

    async def latest(
        self, channel: str, account: str, spot: str | None = None
    ) -> Mapping[str, str]:
        """By spot (or of one), the platform's id of what somebody said there last."""
        return await self.store.latest(channel, account, spot)

    async def used(
        self, place: Place, since: int, *, person: str | None, spots: Collection[str] | None
    ) -> Used:
        """What a person, or all, used on the channel and account of `place`."""
        return await self.store.used(
            place.channel, place.account, since, person=person, spots=spots
        )

    async def outcome(self, accepted: Accepted) -> Outcome | None:
        """What became of a message; None while it waits, or while its reply is being sent here."""
        found = await self.store.outcome(accepted.conversation, accepted.seq)
        if found is not None and found.delivery is not None:
            return None if self.tools.outbox.holds(found.delivery) else found
        return found

    async def export(self, place: Place, form: str) -> str:
        """The whole conversation at `place` as `md`, `json` or `html`: for the owner's doors."""
        conversation = await self.store.conversation(place)
        if conversation is None:
            raise nothing_there(place)
        return await exported(self.tools, conversation, form, None)

    async def _scrub(self) -> None:
        """Clean the bytes that a forgetting which was cut short left behind."""
        try:
            if not await self.store.scrub():
                log.warning("Bytes of what was forgotten are still held by another program.")
        except TertuliaError as error:
            log.error("What was forgotten could not be cleaned from the disk: %s", error)

    def _waiting(self) -> Callable[[], Awaitable[Sequence[int]]] | None:
        if not self._parts.everything:
            return None

        async def waiting() -> Sequence[int]:
            bots = await self._parts.bots()
            return await self.store.waiting(self._parts.clock.now(), bots)

        return waiting

    async def _deliver(self) -> None:
        """What is ready is sent: at the start, and later what could not be sent at first."""
        while True:
            try:
                for name in self._parts.channels:
                    await self.tools.outbox.take_up(name)
            except TertuliaError as error:
                log.error("Could not look for what is to be sent: %s", error)
            await asyncio.sleep(SEND_AGAIN)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self._parts.lease / 3)
            try:
                await self._turns.renew()
            except TertuliaError as error:
                log.error("The leases could not be renewed: %s", error)
