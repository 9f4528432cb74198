"""The local Discord of the tests and the real discord.py agree."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import yarl

from discords import Discord, discord, discord_server

DiscordWebSocket, Route = discord.gateway.DiscordWebSocket, discord.http.Route


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Generator[Discord]:
    with discord_server(window=0.3) as d:
        point(d, monkeypatch)
        yield d


def point(d: Discord, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let discord.py go there instead."""
    monkeypatch.setattr(Route, "BASE", d.api_url)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(d.gateway_url))


class Client(discord.Client):
    """Notes what it hears, by the names of the events."""

    def __init__(self, intents: discord.Intents | None = None, **more: Any) -> None:
        if intents is None:
            intents = discord.Intents.default()
            intents.message_content = True
        super().__init__(intents=intents, guild_ready_timeout=0, **more)
        self.heard: list[tuple[str, tuple[Any, ...]]] = []
        self._more = asyncio.Condition()

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        super().dispatch(event, *args, **kwargs)
        self.heard.append((event, args))
        asyncio.get_running_loop().create_task(self._tell())

    async def _tell(self) -> None:
        async with self._more:
            self._more.notify_all()

    def of(self, event: str) -> list[Any]:
        """The first argument of each such event."""
        return [args[0] if args else None for name, args in self.heard if name == event]

    def said(self) -> list[discord.Message]:
        """The messages that were not its own."""
        return [one for one in self.of("message") if one.author != self.user]

    async def hears(self, event: str, number: int = 1) -> Any:
        """Wait until the event came that many times, and give the last one."""
        async with asyncio.timeout(20), self._more:
            await self._more.wait_for(lambda: len(self.of(event)) >= number)
        return self.of(event)[number - 1]


@asynccontextmanager
async def connected(d: Discord, **more: Any) -> AsyncGenerator[Client]:
    async with Client(**more) as client:
        running = asyncio.create_task(client.start(d.token))
        waiting = asyncio.create_task(client.hears("ready"))
        await asyncio.wait((running, waiting), return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            waiting.cancel()
            await running
        yield client
        await client.close()
        await running


def run(work: Any) -> None:
    asyncio.run(work)


def test_a_message_is_heard_and_answered(server: Discord):
    ana, guild = server.user("ana", shown="Ana"), server.guild("g")
    general = server.channel(guild)

    async def talk() -> None:
        async with connected(server) as client:
            server.says(ana, general, "hello <@BOT>")
            heard = await client.hears("message")
            assert (heard.clean_content, heard.author.display_name) == ("hello @bo", "Ana")
            assert client.user in heard.mentions
            assert heard.guild.name == "g"
            assert heard.channel.name == "general"
            async with heard.channel.typing():
                sent = await heard.reply("hi", mention_author=False, nonce="n1")
            edited = await sent.edit(content="hi there")
            assert (edited.content, edited.edited_at is None) == ("hi there", False)
            assert [one.content async for one in heard.channel.history()] == [
                "hi there",
                heard.content,
            ]

    run(talk())
    question, answer = server.messages(general)
    assert answer.reference == question.id
    assert answer.nonce == "n1"
    assert [one.content for one in answer.revisions] == ["hi", "hi there"]
    assert answer.pings == []
    assert server.typing(general) == 1
    assert not server.violations
