"""The local Discord of the tests and the real discord.py agree."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Generator
from typing import Any

import aiohttp
import pytest

from discords import Discord, discord, discord_server
from discords.client import Client, connected, pointed

Route = discord.http.Route


@pytest.fixture
def server() -> Generator[Discord]:
    with discord_server(window=0.3, heartbeat=0.1, patience=1) as d, pointed(d):
        yield d


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
        async with connected(server, Client(intents)) as client:
            return (await client.application_info()).flags

    assert run(talk(discord.Intents.all())).gateway_message_content_limited
    server.disallow_intents()
    with pytest.raises(discord.PrivilegedIntentsRequired):
        run(talk(discord.Intents.all()))
    assert not run(talk(discord.Intents.default())).gateway_message_content_limited


def test_words_are_withheld_without_the_intent(server: Discord):
    ana, general = server.user("ana"), server.channel(server.guild())

    async def talk() -> list[str]:
        async with connected(server, Client(discord.Intents.default())) as client:
            server.says(ana, general, "secret", attachments=[("a.txt", "text/plain", b"a")])
            server.says(ana, server.dm(ana), "direct")
            server.says(ana, general, "<@BOT> mention")
            await client.get_channel(general.id).send("own")
            await client.hears("message", 4)
            return [f"{one.content}{len(one.attachments)}" for one in client.of("message")]

    assert run(talk()) == ["0", "direct0", f"<@{server.me}> mention0", "own0"]
    server.disallow_intents()

    async def read() -> list[str]:
        async with connected(server, Client(discord.Intents.default())) as client:
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
            assert await read(limit=3, around=discord.Object(said[2].id)) == ["3", "2", "1"]
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


def test_one_call_too_many_is_refused_and_counted():
    with discord_server(window=60) as d:
        goes_over(d)


def goes_over(server: Discord) -> None:
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
        assert 0 < body["retry_after"] <= float(answer.headers["X-RateLimit-Reset-After"]) <= 60
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
            slow = asyncio.create_task(here.send("too slow"))
            await server.until(lambda: len(server.calls(route)) == 10)
            slow.cancel()
            server.heal()
            await here.send("well")

    run(talk())
    said = [one.content for one in server.messages(general)]
    assert said == ["after two", "after all", "after one second", "well"]
    assert not server.violations
    statuses = [one.status for one in server.calls(route)]
    assert statuses == [429, 429, 200, 429, 200, 500, 200, 503, 0, 0, 200]


def test_what_the_bot_may_not_do_it_is_told(server: Discord):
    ana, guild = server.user("ana"), server.guild()
    general, closed, gone = (server.channel(guild, name) for name in ("a", "b", "c"))
    thread, dm = server.thread(general), server.dm(ana)
    question, removed = server.says(ana, general, "q"), server.says(ana, general, "r")

    async def talk() -> None:
        async with connected(server) as client:
            here, there = client.get_channel(general.id), client.get_channel(closed.id)
            lost, person = client.get_channel(gone.id), await client.fetch_user(ana.id)
            heard, away = (
                await here.fetch_message(question.id),
                here.get_partial_message(removed.id),
            )
            server.deletes(removed)
            server.delete_channel(gone)
            server.blocks(ana)
            server.permissions(closed, view_channel=False)
            assert await refused(away.edit(content="x")) == (404, 10008)
            assert await refused(away.reply("x")) == (400, 50035)
            assert await refused(lost.send("x")) == (404, 10003)
            assert await refused(there.send("x")) == (403, 50001)
            assert await refused(person.send("x")) == (403, 50007)
            assert await refused(heard.edit(content="x")) == (403, 50005)
            assert await refused(heard.delete()) == (403, 50013)
            server.permissions(general, read_message_history=False, attach_files=False)
            assert await refused(heard.reply("x")) == (400, 160002)
            assert await refused(here.send(file=text("a.txt"))) == (403, 50013)
            server.permissions(guild, send_messages=False)
            await client.hears("guild_role_update")
            assert not here.permissions_for(here.guild.me).send_messages
            assert await refused(here.typing().__aenter__()) == (403, 50013)
            await client.get_channel(thread.id).send("threads are another matter")
            server.role(guild, "mod", server.world.me, administrator=True)
            await heard.reply("now")
            await heard.delete()

    run(talk())
    assert [one.content for one in server.answers(general)] == ["now"]
    assert server.deleted(general) == [removed, question]
    assert not server.messages(dm)
    assert not server.violations


def text(name: str, data: bytes = b"text") -> discord.File:
    return discord.File(io.BytesIO(data), name)


def test_edits_and_deletions_are_heard(server: Discord):
    ana, general = server.user("ana"), server.channel(server.guild())

    async def talk() -> None:
        async with connected(server) as client:
            said = server.says(ana, general, "tpyo")
            assert server.edits(said, "typo").revisions[0].content == "tpyo"
            edited = await client.hears("raw_message_edit")
            assert (edited.message_id, edited.message.content) == (said.id, "typo")
            server.deletes(said)
            assert (await client.hears("raw_message_delete")).message_id == said.id
            several = [server.says(ana, general, word) for word in ("one", "two")]
            server.deletes(*several)
            gone = await client.hears("raw_bulk_message_delete")
            assert gone.message_ids == {one.id for one in several}
            sent = await client.get_channel(general.id).send("own")
            await sent.delete()
            server.delete_channel(general)
            assert (await client.hears("guild_channel_delete")).id == general.id

    run(talk())


def test_who_speaks_can_be_told(server: Discord):
    ana, guild = server.user("ana", shown="Ana"), server.guild()
    general = server.channel(guild)
    mod = server.role(guild, "mod", ana)
    server.nick(guild, ana, "Annie")

    async def talk() -> None:
        async with connected(server, Client(discord.Intents.all())) as client:
            first = server.says(ana, general, f"@everyone <@&{mod.id}>")
            server.says(ana, general, "hook", webhook=True)
            server.says(ana, general, "bot", bot=True, reply_to=first)
            server.says(ana, server.dm(ana), "direct")
            await client.hears("message", 4)
            person, hook, bot, direct = client.of("message")
            assert (person.author.display_name, person.author.bot) == ("Annie", False)
            assert [role.name for role in person.author.roles] == ["@everyone", "mod"]
            assert (person.mention_everyone, person.role_mentions[0].name) == (True, "mod")
            assert (bool(hook.webhook_id), bot.webhook_id, bot.author.bot) == (True, None, True)
            assert (bot.reference.resolved.content, bot.mentions) == (
                person.content,
                [person.author],
            )
            assert (direct.guild, direct.author.display_name) == (None, "Ana")
            found = await client.get_guild(guild.id).query_members("ana")
            assert {one.name for one in found} == {"ana"}
            assert client.get_guild(guild.id).get_member(ana.id).nick == "Annie"

    run(talk())


def test_nobody_is_told_whom_the_message_does_not_allow(server: Discord):
    ana, general = server.user("ana"), server.channel(server.guild())
    words = f"@everyone {ana.mention}"

    async def talk() -> None:
        quiet = Client(allowed_mentions=discord.AllowedMentions.none())
        async with connected(server, quiet) as client:
            server.says(ana, general, "q")
            await (await client.hears("message")).reply(words)
            allowed = discord.AllowedMentions(users=[discord.Object(ana.id)])
            await client.get_channel(general.id).send(words, allowed_mentions=allowed)

    run(talk())
    _, silent, told = server.messages(general)
    assert (silent.pings, silent.everyone) == ([], False)
    assert silent.allowed_mentions == {"parse": []}
    assert (told.pings, told.everyone) == ([ana], False)


def test_files_go_both_ways(server: Discord):
    ana, general = server.user("ana"), server.channel(server.guild())

    async def talk() -> None:
        async with connected(server) as client:
            server.says(ana, general, "", attachments=[("a.png", "image/png", b"picture")])
            heard = await client.hears("message")
            (attachment,) = heard.attachments
            assert (attachment.content_type, attachment.size) == ("image/png", 7)
            assert await attachment.read() == b"picture"
            server.fail("GET /attachments/**", status=404)
            with pytest.raises(discord.NotFound):
                await attachment.read()
            sent = await heard.reply(files=[text("a.txt", b"a"), text("b.md", b"b")])
            kept = await sent.edit(content="one", attachments=sent.attachments[:1])
            assert await kept.attachments[0].read() == b"a"
            most = 10 * 1024 * 1024
            await heard.channel.send(file=text("most.txt", b"x" * most))
            assert await refused(heard.reply(file=text("c", b"x" * (most + 1)))) == (413, 40005)

    run(talk())
    first, second = server.answers(general)
    assert [(one.name, one.kind) for one in first.files] == [("a.txt", "text/plain; charset=utf-8")]
    assert (first.content, len(second.files[0].data)) == ("one", 10 * 1024 * 1024)


def test_threads_are_opened_found_and_spoken_in(server: Discord):
    ana, guild = server.user("ana"), server.guild()
    general = server.channel(guild)
    before = server.thread(general, "before", joined=True)

    async def talk() -> None:
        async with connected(server) as client:
            opened = server.thread(general, "opened", owner=ana, private=True)
            assert (await client.hears("thread_create")).owner_id == ana.id
            server.says(ana, opened, "in it")
            heard = await client.hears("message")
            assert heard.channel.parent.id == general.id
            server.says(ana, general, "start")
            own = await (await client.hears("message", 2)).create_thread(name="own")
            await own.send("first")
            active = await client.get_guild(guild.id).active_threads()
            assert {one.id for one in active} == {before.id, opened.id, own.id}
            await own.edit(archived=True)
            assert len(await client.get_guild(guild.id).active_threads()) == 2
            await heard.channel.join()
            await heard.channel.leave()

    run(talk())
    assert [one.name for one in server.threads(general)] == ["before", "opened", "own"]
    assert server.messages(general)[0].thread == server.threads(general)[2]


def test_what_was_missed_is_told_on_resuming(server: Discord):
    ana, general = server.user("ana"), server.channel(server.guild())

    async def talk() -> None:
        async with connected(server) as client:
            server.says(ana, general, "1")
            await client.hears("message")
            with server.away():
                assert not server.connected
                for number in "23":
                    server.says(ana, general, number)
            await client.hears("resumed")
            assert client.said() == ["1", "2", "3"]
            server.reconnect()
            await client.hears("resumed", 2)
            server.says(ana, general, "4")
            await client.hears("message", 4)
            with server.away(replay=True):
                server.says(ana, general, "5")
            await client.hears("resumed", 3)
            assert client.said() == ["1", "2", "3", "4", "4", "5"]
            server.says(ana, general, "6")
            await client.hears("message", 7)

    run(talk())
    assert (server.gateway.identified, server.gateway.resumed) == (1, 3)


def test_nothing_is_told_of_what_was_missed_by_a_new_session(server: Discord):
    ana, general = server.user("ana"), server.channel(server.guild())

    async def talk() -> None:
        async with connected(server) as client:
            with server.away(resumable=False):
                server.says(ana, general, "missed")
            await client.hears("ready", 2)
            server.says(ana, general, "heard")
            await client.hears("message")
            assert client.said() == ["heard"]
            here = client.get_channel(general.id)
            assert [one.content async for one in here.history()] == ["heard", "missed"]

    run(talk())
    assert (server.gateway.identified, server.gateway.resumed) == (2, 0)


def test_a_line_that_says_nothing_any_more_is_left(server: Discord):
    ana, general = server.user("ana"), server.channel(server.guild())

    async def talk() -> None:
        async with connected(server, Client(heartbeat_timeout=1)) as client:
            await server.until(lambda: server.gateway.beats > 2)
            server.zombie()
            server.says(ana, general, "missed")
            await client.hears("resumed")
            assert client.said() == ["missed"]
            assert await server.until(lambda: server.connected)

    run(talk())
    server.wait_for(lambda: not server.connected)


def test_who_is_not_known_is_not_let_in(server: Discord):
    async def talk(*said: dict[str, Any]) -> int | None:
        async with aiohttp.ClientSession() as session, session.ws_connect(server.gateway_url) as ws:
            assert (await ws.receive_json())["op"] == 10
            for one in said:
                await ws.send_json(one)
            while (await ws.receive()).type != aiohttp.WSMsgType.CLOSE:
                pass
            return ws.close_code

    hello = {"op": 2, "d": {"token": server.token, "intents": 1}}
    assert run(talk({"op": 8, "d": {}})) == 4003
    assert run(talk(hello, hello)) == 4005
    assert run(talk({"op": 2, "d": {"token": "another", "intents": 1}})) == 4004


def test_what_the_application_is_can_be_asked(server: Discord):
    guild = server.guild("g")
    server.channel(guild)
    server.public()

    async def talk() -> None:
        async with connected(server) as client:
            about = await client.application_info()
            assert (about.id, about.bot_public) == (server.application, True)
            assert (about.approximate_guild_count, about.owner.name) == (1, "dev")
            shards, url, _ = await client.http.get_bot_gateway()
            assert (shards, url) == (1, server.gateway_url)
            assert [one.name async for one in client.fetch_guilds()] == ["g"]
            there = await client.fetch_guild(guild.id)
            assert [one.name for one in await there.fetch_channels()] == ["general"]
            assert [one.name for one in await there.fetch_roles()] == ["@everyone", "bo"]
            assert (await there.fetch_member(client.user.id)).bot
            person = await client.fetch_user(server.user("ana").id)
            assert (await person.create_dm()) is (await person.create_dm())
            assert await refused(client.fetch_user(1)) == (404, 10013)
            assert await refused(client.http.request(Route("GET", "/nothing"))) == (404, 0)
            server.kick(guild)
            await client.hears("guild_remove")
            assert await refused(client.fetch_guild(guild.id)) == (404, 10004)

    run(talk())
    assert server.calls("GET /gateway/bot")


class Commands(Client):
    """With commands and buttons, which wait for what a test says."""

    def __init__(self) -> None:
        super().__init__()
        tree = self.tree = discord.app_commands.CommandTree(self)
        self.may_answer = asyncio.Event()
        self.failed: list[Exception] = []

        @tree.command(description="now")
        async def now(asked: discord.Interaction, words: str, whom: discord.User) -> None:
            await asked.response.send_message(f"{words} {whom.name}", ephemeral=True)
            await asked.followup.send("to all")

        @tree.command(description="later")
        async def later(asked: discord.Interaction, private: bool = False) -> None:
            await asked.response.defer(ephemeral=private, thinking=True)
            await self.may_answer.wait()
            sent = await asked.followup.send("first", wait=True)
            await sent.edit(content="second")
            await asked.followup.send("third", ephemeral=True)
            await asked.edit_original_response(content="fourth")

        @tree.command(description="never")
        async def never(asked: discord.Interaction) -> None:
            await self.may_answer.wait()
            try:
                await asked.response.defer()
            except discord.NotFound as error:
                self.failed.append(error)

        group = discord.app_commands.Group(name="memory", description="m")
        tree.add_command(group)

        @group.command(name="form", description="f")
        async def form(asked: discord.Interaction) -> None:
            modal = Form()
            await asked.response.send_modal(modal)
            await modal.wait()
            self.failed.append(ValueError(modal.words.value))


class Form(discord.ui.Modal, title="t"):
    words: discord.ui.TextInput[Any] = discord.ui.TextInput(label="w", custom_id="w")

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.defer()


def test_a_command_is_answered_in_time_or_it_failed(server: Discord):
    ana, guild = server.user("ana"), server.guild()
    general, dm = server.channel(guild), server.dm(ana)

    async def talk() -> None:
        async with connected(server, Commands()) as client:
            await client.tree.sync()
            assert [one.name for one in await client.tree.fetch_commands()] == list(
                server.commands()
            )
            now = server.slash(ana, general, "now", words="hello", whom=ana)
            await server.until(lambda: len(now.answers) == 2)
            assert [(one.content, one.ephemeral) for one in now.answers] == [
                ("hello ana", True),
                ("to all", False),
            ]
            later = server.slash(ana, dm, "later", private=True)
            await server.until(lambda: later.deferred)
            assert later.private
            assert later.took < 1
            never = server.slash(ana, general, "never")
            await server.until(lambda: never.failed)
            client.may_answer.set()
            await server.until(lambda: len(later.answers) == 2 and later.answers[0].edited)
            await client.sees(lambda: client.failed)
            assert client.failed[0].code == 10062
            await server.until(lambda: later.answers[0].content == "fourth")
            said = [one.content for one in later.answers[0].revisions]
            assert said == ["first", "second", "fourth"]
            assert all(one.ephemeral for one in later.answers)
            form = server.slash(ana, general, "memory form")
            await server.until(lambda: form.form)
            sent = server.submit(form, w="words")
            await server.until(lambda: sent.deferred)

    run(talk())
    assert [one.content for one in server.messages(general)] == ["to all"]
    assert not server.messages(dm)


def test_commands_of_a_server_and_only_those_that_there_are(server: Discord):
    guild = server.guild()
    ana, general = server.user("ana"), server.channel(guild)
    dm = server.dm(ana)

    async def talk() -> None:
        async with connected(server, Commands()) as client:
            there = discord.Object(guild.id)
            client.tree.copy_global_to(guild=there)
            await client.tree.sync(guild=there)
            assert len(await client.tree.fetch_commands(guild=there)) == 4
            bad = [{"name": "Bad", "description": "x"}]
            put = client.http.bulk_upsert_global_commands
            assert await refused(put(server.application, bad)) == (400, 50035)
            bad = [{"name": "bad", "description": ""}]
            assert await refused(put(server.application, bad)) == (400, 50035)

    run(talk())
    assert "now" in server.commands(guild)
    assert not server.commands()
    for place, name, options in [
        (dm, "now", {}),
        (general, "no", {}),
        (general, "now", {}),
        (general, "now", {"words": "x", "whom": ana, "more": 1}),
    ]:
        with pytest.raises(AssertionError):
            server.slash(ana, place, name, **options)


def test_a_button_is_pressed(server: Discord):
    ana, general = server.user("ana"), server.channel(server.guild())

    class Stop(discord.ui.View):
        @discord.ui.button(label="Stop", custom_id="stop")
        async def stop_it(self, asked: discord.Interaction, button: Any) -> None:
            button.disabled = True
            await asked.response.edit_message(content="stopped", view=self)
            own = await asked.original_response()
            await asked.followup.send(f"{own.content} by {asked.user.name}", ephemeral=True)
            await asked.delete_original_response()

    async def talk() -> None:
        async with connected(server) as client:
            await client.get_channel(general.id).send("going", view=Stop())
            (going,) = server.answers(general)
            pressed = server.press(ana, going, "stop")
            await server.until(lambda: pressed.answers and not server.answers(general))
            assert (pressed.callback, pressed.answers[0].content) == (7, "stopped by ana")
            (gone,) = server.deleted(general)
            assert gone.components[0]["components"][0]["disabled"]
            await client.get_channel(general.id).send("again", view=Stop())
            server.expire(pressed)

    run(talk())
    (again,) = server.answers(general)
    with pytest.raises(AssertionError, match="has no 'go'"):
        server.press(ana, again, "go")


def test_waiting_for_what_does_not_come_says_so(server: Discord):
    with pytest.raises(AssertionError, match="did not come"):
        server.wait_for(lambda: False, 0.01)


def call(server: Discord, route: str, **more: Any) -> tuple[int, Any]:
    """The status and the body of a call made by hand."""
    method, path = route.split()

    async def ask() -> tuple[int, Any]:
        token = {"Authorization": f"Bot {server.token}"}
        async with aiohttp.ClientSession(headers=token) as session:
            url = f"{server.api_url}{path}"
            async with session.request(method, url, **more) as answer:
                typed = answer.headers.get("Content-Type") == "application/json"
                return answer.status, await answer.json() if typed else await answer.text()

    return run(ask())


def code(server: Discord, route: str, **more: Any) -> int:
    return call(server, route, **more)[1]["code"]


def test_an_interaction_is_answered_once_and_for_as_long_as_it_lives(server: Discord):
    ana, general = server.user("ana"), server.channel(server.guild())
    command = {"name": "c", "description": "d"}
    call(server, f"PUT /applications/{server.application}/commands", json=[command])
    asked = server.slash(ana, general, "c")
    first = f"POST /interactions/{asked.id}/{asked.token}/callback"
    behind = f"/webhooks/{server.application}/{asked.token}"
    assert code(server, f"POST {behind}", json={"content": "too soon"}) == 10015
    assert code(server, first, json={"type": 7, "data": {"content": "x"}}) == 50035
    assert code(server, first, json={"type": 4, "data": {"content": ""}}) == 50006
    status, told = call(server, first, json={"type": 5})
    assert (status, told["interaction"]["response_message_loading"]) == (200, True)
    assert code(server, first, json={"type": 5}) == 40060
    assert not server.messages(general)
    call(server, f"PATCH {behind}/messages/@original", json={"content": "late"})
    _, more = call(server, f"POST {behind}", json={"content": "more", "flags": 64})
    path = f"{behind}/messages/{more['id']}"
    assert call(server, f"GET {path}")[1]["content"] == "more"
    assert call(server, f"PATCH {path}", json={"content": "less"})[1]["content"] == "less"
    assert [one.content for one in asked.answers] == ["late", "less"]
    assert call(server, f"DELETE {path}") == (204, "")
    assert code(server, f"GET {path}") == 10008
    server.expire(asked)
    assert code(server, f"POST {behind}", json={"content": "x"}) == 50027
    assert [one.content for one in server.messages(general)] == ["late"]


OPTIONS = {"whom": 6, "where": 7, "which": 8, "file": 11, "kind": 3}


def test_a_command_is_given_what_discord_gives(server: Discord):
    ana, guild = server.user("ana"), server.guild()
    general = server.channel(guild)
    mod = server.role(guild, "mod", ana)
    kinds = [{"name": "all", "value": "a"}, {"name": "none", "value": "n"}]
    options: list[dict[str, Any]] = [
        {"name": name, "type": kind, "description": "o", "required": name == "whom"}
        for name, kind in OPTIONS.items()
    ]
    options[-1]["choices"] = kinds
    group = {"name": "sub", "type": 1, "description": "s", "options": options}
    command = {"name": "c", "description": "d", "options": [group]}
    call(server, f"PUT /applications/{server.application}/commands", json=[command])
    picked = {"which": mod, "file": ("a.txt", "text/plain", b"a"), "kind": "a"}
    asked = server.slash(ana, general, "c sub", whom=ana, where=general, **picked)
    (sub,) = asked.data["options"]
    assert (sub["name"], len(sub["options"])) == ("sub", 5)
    assert set(asked.data["resolved"]) == {"users", "members", "channels", "roles", "attachments"}
    with pytest.raises(AssertionError, match="not offered"):
        server.slash(ana, general, "c sub", whom=ana, kind="b")
    with pytest.raises(AssertionError, match="needs"):
        server.slash(ana, general, "c sub")
    assert set(server.slash(ana, server.dm(ana), "c sub", whom=ana).data["resolved"]) == {"users"}
    with pytest.raises(AssertionError, match="no form"):
        server.submit(asked)


def test_what_else_is_refused_is_refused_as_discord_does_it(server: Discord):
    ana, guild = server.user("ana"), server.guild()
    general, dm = server.channel(guild), server.dm(ana)
    said, direct = server.says(ana, general, "q"), server.says(ana, dm, "q")
    thread = server.thread(general)
    call(server, f"PATCH /channels/{thread.id}", json={"archived": True, "locked": True})
    assert not thread.archived
    server.permissions(guild, manage_threads=True, manage_channels=True)
    call(server, f"PATCH /channels/{thread.id}", json={"archived": True, "locked": True})
    assert code(server, f"POST /channels/{thread.id}/messages", json={"content": "x"}) == 50083
    assert code(server, f"DELETE /channels/{dm.id}/messages/{direct.id}") == 50003
    send = f"POST /channels/{general.id}/messages"
    for wrong in ({"components": [{}] * 6}, {"embeds": [{}] * 11}):
        assert code(server, send, json={"content": "x", **wrong}) == 50035
    branch = f"POST /channels/{general.id}/messages/{said.id}/threads"
    assert call(server, branch, json={"name": "t"})[0] == 201
    assert code(server, branch, json={"name": "t"}) == 160004
    edit = f"PATCH /channels/{general.id}/messages"
    _, own = call(server, send, json={"content": "x", "embeds": [{"title": "t"}]})
    assert call(server, f"{edit}/{own['id']}", json={"content": ""})[0] == 200
    assert code(server, f"{edit}/{own['id']}", json={"embeds": []}) == 50006
    assert server.answers(general)[0].embeds == [{"title": "t"}]
    assert code(server, f"GET /applications/{server.application}/guilds/1/commands") == 10004
    form = aiohttp.FormData(quote_fields=False)
    for number in range(11):
        form.add_field(f"files[{number}]", b"x", filename="a.txt")
    form.add_field("payload_json", json.dumps({"content": "x"}))
    assert code(server, send, data=form) == 50035


def test_channels_and_threads_are_changed_by_who_may(server: Discord):
    guild = server.guild()
    general = server.channel(guild)
    start = f"POST /channels/{general.id}/threads"
    private = call(server, start, json={"name": "p"})[1]
    assert (private["type"], private["owner_id"]) == (12, str(server.me))
    assert call(server, start, json={"name": "p", "type": 11})[1]["type"] == 11
    assert code(server, f"DELETE /channels/{private['id']}") == 50013
    server.permissions(guild, manage_threads=True, manage_channels=True)
    assert call(server, f"DELETE /channels/{private['id']}")[0] == 200
    assert call(server, f"GET /channels/{general.id}")[1]["name"] == "general"
    assert call(server, f"DELETE /channels/{general.id}")[0] == 200
    assert not server.threads(general)
    assert code(server, f"GET /channels/{general.id}") == 10003


def test_roles_and_people_are_let_in_and_kept_out(server: Discord):
    ana, guild = server.user("ana"), server.guild()
    general = server.channel(guild)
    everyone, mod = guild.roles[guild.id], server.role(guild, "mod", server.world.me)
    send = f"POST /channels/{general.id}/messages"
    server.permissions(general, everyone, send_messages=False)
    assert code(server, send, json={"content": "x"}) == 50013
    server.permissions(general, mod, send_messages=True)
    assert call(server, send, json={"content": "x"})[0] == 200
    server.permissions(server.thread(general), send_messages=False)
    assert code(server, send, json={"content": "x"}) == 50013
    server.permissions(general, ana, send_messages=True)
    server.permissions(guild, mod, administrator=True)
    assert call(server, send, json={"content": "x"})[0] == 200


def test_a_nonce_is_forgotten_in_the_end(server: Discord, monkeypatch: pytest.MonkeyPatch):
    general = server.channel(server.guild())
    body = {"content": "x", "nonce": "n", "enforce_nonce": True}
    send = f"POST /channels/{general.id}/messages"
    first, again = (call(server, send, json=body)[1]["id"] for _ in range(2))
    assert first == again
    server.deletes(server.messages(general)[0])
    other = call(server, send, json=body)[1]["id"]
    assert other != first
    monkeypatch.setattr("discords.messages.NONCE_SECONDS", 0)
    assert call(server, send, json=body)[1]["id"] != other
    assert call(server, send, json={**body, "nonce": None})[0] == 200
    assert len(server.messages(general)) == 3


def test_everything_can_fail_at_once(server: Discord):
    server.fail("**", status=502, times=2)
    assert [call(server, "GET /users/@me")[0] for _ in range(3)] == [502, 502, 200]
    assert call(server, "GET /attachments/1/2/none.txt")[0] == 404
    ana, general = server.user("ana"), server.channel(server.guild())
    server.delete_channel(general)
    with pytest.raises(Exception, match="Unknown Channel"):
        server.says(ana, general, "nobody can")


def test_a_fault_of_its_own_is_told():
    with (
        pytest.raises(ExceptionGroup, match="failed by itself") as caught,
        discord_server() as d,
    ):
        assert call(d, "GET /users/none")[0] == 500
    assert caught.group_contains(ValueError)


def test_a_thousand_messages_are_heard_and_answered(server: Discord):
    ana, guild = server.user("ana"), server.guild()
    channels = [server.channel(guild, str(number)) for number in range(100)]

    # Of several at once in one channel, discord.py sends more than it may until it knows the limit.
    turns = {channel.id: asyncio.Lock() for channel in channels}

    class Echo(Client):
        async def on_message(self, message: discord.Message) -> None:
            if message.author != self.user:
                async with turns[message.channel.id]:
                    await message.reply(message.content)

    async def talk() -> None:
        async with connected(server, Echo()):
            for number in range(10):
                for channel in channels:
                    server.says(ana, channel, str(number))
            await server.until(lambda: server.sent == 1000)

    run(talk())
    in_order = [str(number) for number in range(10)]
    for channel in channels:
        assert [one.content for one in server.answers(channel)] == in_order
    assert not server.violations
