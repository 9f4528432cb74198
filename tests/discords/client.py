"""A plain discord.py client that notes what it hears, and is pointed at the local Discord."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from discords.server import Discord

SECONDS = 20


@contextmanager
def pointed(d: Discord) -> Generator[None]:
    """All of discord.py goes there meanwhile."""
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = d.api_url, yarl.URL(d.gateway_url)
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before


class Client(discord.Client):
    """Notes what it hears, by the names of the events."""

    def __init__(self, intents: discord.Intents | None = None, **more: Any) -> None:
        if intents is None:
            intents = discord.Intents.default()
            intents.message_content = True
        super().__init__(intents=intents, guild_ready_timeout=0, **more)
        self.heard: list[tuple[str, tuple[Any, ...]]] = []
        self.ended: asyncio.Task[None] | None = None
        self._more = asyncio.Condition()
        self._tellers: set[asyncio.Task[None]] = set()

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        super().dispatch(event, *args, **kwargs)
        self.heard.append((event, args))
        teller = asyncio.get_running_loop().create_task(self._tell())
        self._tellers.add(teller)
        teller.add_done_callback(self._tellers.discard)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Without the five seconds that discord.py waits before a second session."""

    async def _tell(self) -> None:
        async with self._more:
            self._more.notify_all()

    def of(self, event: str) -> list[Any]:
        """The first argument of each such event."""
        return [args[0] if args else None for name, args in self.heard if name == event]

    def said(self) -> list[str]:
        """The words of all messages that it heard."""
        return [one.content for one in self.of("message")]

    async def hears(self, event: str, number: int = 1) -> Any:
        """Wait until the event came that many times, and give the first argument of that one."""
        await self.sees(lambda: len(self.of(event)) >= number)
        return self.of(event)[number - 1]

    async def sees(self, condition: Callable[[], Any]) -> None:
        """Wait until it is so; looked at whenever something is heard."""
        async with asyncio.timeout(SECONDS), self._more:
            await self._more.wait_for(condition)

    def knows(self) -> bool:
        """Whether it knows all its servers: with no time to wait, it is ready before."""
        return bool(self.of("ready")) and not any(guild.unavailable for guild in self.guilds)


@asynccontextmanager
async def connected(d: Discord, client: Client | None = None) -> AsyncGenerator[Client]:
    """The client, or a usual one, when it is ready. What ends it early is raised."""
    async with client or Client() as here:
        here.ended = asyncio.create_task(here.start(d.token))
        ready = asyncio.create_task(here.sees(here.knows))
        await asyncio.wait((here.ended, ready), return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if here.ended.done():
            await here.ended
        try:
            yield here
        finally:
            await here.close()
            await here.ended
