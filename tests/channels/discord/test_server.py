"""The local Discord of the tests and the real discord.py agree."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
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
        self.ended: asyncio.Task[None] | None = None
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
        await self.sees(lambda: len(self.of(event)) >= number)
        return self.of(event)[number - 1]

    async def sees(self, condition: Callable[[], Any]) -> None:
        """Wait until it is so; looked at whenever something is heard."""
        async with asyncio.timeout(20), self._more:
            await self._more.wait_for(condition)

    def knows(self) -> bool:
        """Whether it knows all its servers: with no time to wait, it is ready before."""
        return bool(self.of("ready")) and not any(guild.unavailable for guild in self.guilds)


@asynccontextmanager
async def connected(d: Discord, **more: Any) -> AsyncGenerator[Client]:
    async with Client(**more) as client:
        running = asyncio.create_task(client.start(d.token))
        waiting = asyncio.create_task(client.sees(client.knows))
        client.ended = running
        await asyncio.wait((running, waiting), return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if running.done():
            await running
        try:
            yield client
        finally:
            await client.close()
            await running


def run(work: Any) -> Any:
    return asyncio.run(work)


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


async def refused(work: Any) -> tuple[int, int]:
    """The status and the code with which Discord refused it."""
    with pytest.raises(discord.HTTPException) as caught:
        await work
    return caught.value.status, caught.value.code


def test_a_wrong_token_is_refused_in_both_places(server: Discord):
    async def talk() -> None:
        async with connected(server) as client:
            server.refuse_token()
            server.drop()
            await client.ended

    with pytest.raises(discord.ConnectionClosed) as caught:
        run(talk())
    assert caught.value.code == 4004
    with pytest.raises(discord.LoginFailure):
        run(talk())


def test_an_intent_that_is_not_enabled_closes_the_gateway(server: Discord):
    async def talk(intents: discord.Intents) -> discord.ApplicationFlags:
        async with connected(server, intents=intents) as client:
            return (await client.application_info()).flags

    assert run(talk(discord.Intents.all())).gateway_message_content_limited
    server.disallow_intents()
    with pytest.raises(discord.PrivilegedIntentsRequired):
        run(talk(discord.Intents.all()))
    assert not run(talk(discord.Intents.default())).gateway_message_content_limited


def test_words_are_withheld_without_the_intent(server: Discord):
    ana, general = server.user("ana"), server.channel(server.guild())

    async def talk() -> list[str]:
        async with connected(server, intents=discord.Intents.default()) as client:
            server.says(ana, general, "secret", attachments=[("a.txt", "text/plain", b"a")])
            server.says(ana, server.dm(ana), "direct")
            server.says(ana, general, "<@BOT> mention")
            await client.get_channel(general.id).send("own")
            await client.hears("message", 4)
            return [f"{one.content}{len(one.attachments)}" for one in client.of("message")]

    assert run(talk()) == ["0", "direct0", f"<@{server.me}> mention0", "own0"]
    server.disallow_intents()

    async def read() -> list[str]:
        async with connected(server, intents=discord.Intents.default()) as client:
            return [one.content async for one in client.get_channel(general.id).history()]

    assert run(read()) == ["own", f"<@{server.me}> mention", ""]


def test_what_is_too_long_or_empty_is_refused(server: Discord):
    general = server.channel(server.guild())

    async def talk() -> None:
        async with connected(server) as client:
            here = client.get_channel(general.id)
            with pytest.raises(discord.HTTPException, match="Must be 2000 or fewer") as caught:
                await here.send("x" * 2001)
            assert (caught.value.status, caught.value.code) == (400, 50035)
            assert (await here.send("x" * 2000)).content == "x" * 2000
            assert await refused(here.send(" \n ")) == (400, 50006)
            assert await refused(here.send("x", nonce="n" * 26)) == (400, 50035)

    run(talk())
    assert len(server.messages(general)) == 1


def test_a_nonce_is_taken_once(server: Discord):
    general = server.channel(server.guild())

    async def talk() -> None:
        async with connected(server) as client:
            here = client.get_channel(general.id)
            first = await here.send("one", nonce="n" * 25)
            again = await here.send("two", nonce="n" * 25)
            assert (again.id, again.content) == (first.id, "one")
            server.fail("POST /channels/*/messages", status=503, done=True)
            with pytest.raises(discord.DiscordServerError):
                await here.send("three", nonce="other")
            await here.send("three", nonce="other")

    run(talk())
    assert [one.content for one in server.messages(general)] == ["one", "three"]
    assert server.sent == 2
    assert [one.status for one in server.calls("POST /channels/*/messages")] == [200, 200, 503, 200]


def test_history_is_read_from_either_end(server: Discord):
    ana, general = server.user("ana"), server.channel(server.guild())
    said = [server.says(ana, general, str(number), ago=60 - number) for number in range(6)]
    newer = server.says(ana, general, "6")
    assert server.says(ana, general, "old", ago=3600) == server.messages(general)[0]

    async def talk() -> None:
        async with connected(server) as client:
            here = client.get_channel(general.id)

            async def read(**how: Any) -> list[str]:
                return [one.content async for one in here.history(**how)]

            assert await read(limit=2) == ["6", "5"]
            assert await read(limit=2, after=discord.Object(said[2].id)) == ["3", "4"]
            assert await read(limit=2, before=discord.Object(said[2].id)) == ["1", "0"]
            assert await read(limit=3, around=discord.Object(said[2].id)) == ["1", "2", "3"]
            assert await read(limit=None, after=discord.Object(newer.id)) == []
            assert (await here.fetch_message(newer.id)).content == "6"
            assert await refused(client.http.logs_from(general.id, 101)) == (400, 50035)
            server.permissions(general, read_message_history=False)
            assert await read() == []

    run(talk())


def test_a_client_that_reads_the_limits_keeps_them(server: Discord):
    general, other = (server.channel(server.guild(name)) for name in "ab")

    async def talk() -> None:
        async with connected(server) as client:
            here, there = client.get_channel(general.id), client.get_channel(other.id)
            sent = [await here.send(str(number)) for number in range(7)]
            for number in range(6):
                await sent[0].edit(content=f"again {number}")
            await there.send("elsewhere")

    run(talk())
    assert not server.violations
    sends = [one.time for one in server.calls("POST /channels/*/messages")]
    assert sends[5] - sends[0] >= 0.3
    assert len(server.message(server.messages(general)[0]).revisions) == 7


def test_one_call_too_many_is_refused_and_counted(server: Discord):
    general = server.channel(server.guild())

    async def talk() -> None:
        url = f"{server.api_url}/channels/{general.id}/messages"
        token = {"Authorization": f"Bot {server.token}"}
        async with aiohttp.ClientSession(headers=token) as session:
            for number in range(6):
                async with session.post(url, json={"content": "x"}) as answer:
                    left = {"X-RateLimit-Limit": "5", "X-RateLimit-Remaining": str(4 - number)}
                    if number < 5:
                        assert left.items() <= answer.headers.items()
                    body = await answer.json()
        assert (answer.status, body["global"]) == (429, False)
        assert 0 < body["retry_after"] <= float(answer.headers["X-RateLimit-Reset-After"]) <= 0.3
        assert {"Via", "Retry-After", "X-RateLimit-Bucket"} <= set(answer.headers)

    run(talk())
    assert [one.route for one in server.violations] == [f"POST /channels/{general.id}/messages"]
    assert len(server.messages(general)) == 5


def test_ordered_faults_come_as_often_as_they_were_ordered(server: Discord):
    general = server.channel(server.guild())
    route = "POST /channels/*/messages"

    async def talk() -> None:
        async with connected(server) as client:
            here = client.get_channel(general.id)
            server.limit(route, times=2, retry_after=0.02)
            await here.send("after two")
            server.limit(route, retry_after=0.02, everywhere=True)
            await here.send("after all")
            server.fail(route, status=500)
            await here.send("after one second")
            server.fail(route, status=503)
            assert await refused(here.send("never")) == (503, 0)
            server.fail(route, status=0)
            with pytest.raises(aiohttp.ServerDisconnectedError):
                await here.send("nor this")
            server.slow(route, 5)
            server.fail(route, times=9)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(here.send("too slow"), 0.05)
            server.heal()
            await here.send("well")

    run(talk())
    said = [one.content for one in server.messages(general)]
    assert said == ["after two", "after all", "after one second", "well"]
    assert not server.violations
    statuses = [one.status for one in server.calls(route)]
    assert statuses == [429, 429, 200, 429, 200, 500, 200, 503, 0, 0, 200]
