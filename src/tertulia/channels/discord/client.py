"""The connection: what comes in goes to its channel's own queue, so that none waits for another."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import discord
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

from tertulia.channels.discord.checks import Told
from tertulia.channels.discord.hearing import Hearing
from tertulia.channels.discord.settings import Spec
from tertulia.channels.discord.showing import Shows, Writable
from tertulia.channels.discord.slash import Slash
from tertulia.channels.discord.tree import StopButton, Tree, drawn
from tertulia.ports.channel import Floor
from tertulia.values.errors import NotHere
from tertulia.values.message import Place
from tertulia.values.reply import Delivery

log = logging.getLogger(__name__)

MISSED = 500
"""Messages of one channel that are read at most, when it was away."""


def pointed_to(spec: Spec) -> None:
    """Make discord.py call where the settings say; it has one address for the whole process."""
    Route.BASE = spec.api_url.rstrip("/")
    DiscordWebSocket.DEFAULT_GATEWAY = URL(spec.gateway_url)
    # What it lacks for voice concerns nobody here.
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False


class Client(discord.Client):
    """One bot's."""

    def __init__(self, spec: Spec, floor: Floor) -> None:
        intents = discord.Intents(
            guilds=True, guild_messages=True, dm_messages=True, message_content=True
        )
        super().__init__(
            intents=intents,
            allowed_mentions=discord.AllowedMentions.none(),
            chunk_guilds_at_startup=False,
            guild_ready_timeout=0,
        )
        self._spec = spec
        self._floor = floor
        self._told = Told(spec)
        self._queues: dict[int, asyncio.Queue[Callable[[], Awaitable[None]]]] = {}
        self._workers: set[asyncio.Task[None]] = set()
        self._shows: Shows | None = None
        self._hearing: Hearing | None = None
        self._ending = asyncio.Event()

    async def setup_hook(self) -> None:
        """Once it is known who we are."""
        me = self._me()
        host, stream = self._floor.host, self._spec.stream
        button = drawn() if stream else None
        self._shows = Shows(
            host,
            str(me.id),
            self._writable,
            stream=stream,
            button=button,
            file_over=self._spec.file_over,
        )
        self._hearing = Hearing(self._spec, self._floor, me, self._shows)
        slash = Slash(self._floor, self._hearing, self._shows)
        self.add_view(StopButton(slash))
        self._keep(Tree(self, slash).tell())
        self._keep(self._until_the_end())

    async def close(self) -> None:
        """Leave."""
        await super().close()
        if self._shows is not None:
            await self._shows.close()
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)

    def serves(self, place: Place) -> bool:
        """Whether what is said at `place` can be sent by this connection now."""
        return self.is_ready() and self.user is not None and place.account == str(self.user.id)

    async def deliver(self, delivery: Delivery) -> tuple[str, ...]:
        """See `Channel.send`."""
        if self._shows is None:
            raise NotHere("There is no connection to Discord yet.")
        return await self._shows.deliver(delivery)

    def _me(self) -> discord.ClientUser:
        if self.user is None:
            raise NotHere("There is no connection to Discord yet.")
        return self.user

    # What Discord tells

    async def on_ready(self) -> None:
        """A session has begun: what was said since the last one was told to nobody."""
        me = self._me()
        self._told.ready(self)
        latest = await self._floor.host.latest("discord", str(me.id))
        for spot, newest in latest.items():
            self._queue(int(spot), lambda spot=spot, newest=newest: self._catch_up(spot, newest))

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """A server is known with its channels; that comes only after the session has begun."""
        self._told.server(guild)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Somebody has invited it."""
        self._told.server(guild)

    async def on_message(self, message: discord.Message) -> None:
        """Somebody said something."""
        self._queue(message.channel.id, lambda: self._hear(message))

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """Somebody corrected what they had said."""
        self._queue(payload.channel_id, lambda: self._hear_again(payload.message))

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """Somebody took back what they had said."""
        self._queue(
            payload.channel_id, lambda: self._unsaid(payload.channel_id, payload.message_id)
        )

    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """A moderator did, of several."""
        for one in sorted(payload.message_ids):
            self._queue(payload.channel_id, lambda one=one: self._unsaid(payload.channel_id, one))

    async def _hear_again(self, message: discord.Message) -> None:
        if self._hearing is not None and not self._ending.is_set():
            await self._hearing.hear_again(message)

    async def _unsaid(self, channel: int, message: int) -> None:
        if self._hearing is not None:
            await self._hearing.unsaid(channel, message)

    async def _hear(self, message: discord.Message) -> None:
        if self._hearing is not None and not self._ending.is_set():
            await self._hearing.hear(message)

    async def _catch_up(self, spot: str, newest: str) -> None:
        """Read what came behind the newest message that we have of a channel."""
        try:
            async for message in self._missed(int(spot), int(newest)):
                await self._hear(message)
        except (discord.Forbidden, discord.NotFound) as error:
            log.warning("Discord: what was said in channel %s is not shown: %s", spot, error)

    async def _missed(self, spot: int, newest: int) -> AsyncIterator[discord.Message]:
        channel = await self._writable(spot)
        oldest = datetime.now(UTC) - timedelta(hours=self._spec.catch_up_hours)
        behind = max(newest, discord.utils.time_snowflake(oldest))
        after = discord.Object(behind)
        async for message in channel.history(after=after, limit=MISSED, oldest_first=True):
            yield message

    # Queues

    def _queue(self, channel: int, work: Callable[[], Awaitable[None]]) -> None:
        if channel not in self._queues:
            queue = self._queues[channel] = asyncio.Queue[Callable[[], Awaitable[None]]]()
            self._keep(self._work(queue))
        self._queues[channel].put_nowait(work)

    async def _work(self, queue: asyncio.Queue[Callable[[], Awaitable[None]]]) -> None:
        while True:
            work = await queue.get()
            try:
                await work()
            except Exception:  # one message must not keep the channel's others from being heard
                log.exception("Discord: something in a channel could not be heard.")

    def _keep(self, work: Awaitable[None]) -> None:
        self._workers.add(asyncio.ensure_future(work))

    async def _until_the_end(self) -> None:
        await self._floor.ending()
        self._ending.set()

    async def _writable(self, number: int) -> Writable:
        """The channel or thread. Raises: `discord.NotFound`, `discord.Forbidden`."""
        found = self.get_channel(number) or await self.fetch_channel(number)
        if not isinstance(found, discord.abc.Messageable):
            raise TypeError(f"Nobody can write in {found}.")
        return found  # pyright: ignore[reportReturnType] - those that are found have an id
