"""Whatever breaks between Discord and us: each message is answered once, and people are told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from channels.discord.botting import bot, running, server, table
from discords import Discord as Server
from running import Scene, ScriptedModel, scene
from tertulia.channels.discord import Discord
from tertulia.engine import host
from tertulia.values.errors import NotHere, SettingsError

__all__ = ["server"]


def texts(server: Server, channel: object) -> list[str]:
    return [one.content for one in server.answers(channel)]  # type: ignore[arg-type]


def whole(body: Callable[[], object]) -> None:
    async def run() -> None:
        async with asyncio.timeout(90):
            await body()  # type: ignore[misc]

    asyncio.run(run())


def test_what_was_said_while_it_was_away_is_answered_once(server: Server, tmp_path: Path) -> None:
    ana, general = server.user("ana"), server.channel(server.guild())
    dm = server.dm(ana)

    async def body() -> None:
        async with bot(server, tmp_path, ScriptedModel([["first"]])):
            server.says(ana, general, "<@BOT> one")
            server.says(ana, dm, "one")
            await server.until(lambda: texts(server, general) == texts(server, dm) == ["first"])
        server.says(ana, general, "<@BOT> two")
        server.says(ana, general, "just talk")
        server.says(ana, dm, "two")
        async with bot(server, tmp_path, ScriptedModel([["second"]]), owner="two"):
            await server.until(lambda: texts(server, dm) == ["first", "second"])
            await server.until(lambda: texts(server, general) == ["first", "second"])
        async with bot(server, tmp_path, ScriptedModel([["third"]]), owner="three"):
            server.says(ana, dm, "three")
            await server.until(lambda: texts(server, dm) == ["first", "second", "third"])
        assert texts(server, general) == ["first", "second"]

    whole(body)


def test_what_is_too_old_is_left(server: Server, tmp_path: Path) -> None:
    ana = server.user("ana")
    dm = server.dm(ana)

    async def body() -> None:
        server.says(ana, dm, "long ago", ago=9_000)
        async with bot(server, tmp_path, ScriptedModel([["first"]])):
            server.says(ana, dm, "one", ago=8_000)
            await server.until(lambda: texts(server, dm) == ["first"])
        server.says(ana, dm, "two", ago=7_000)
        server.says(ana, dm, "three", ago=10)
        model = ScriptedModel([["second"]])
        async with bot(server, tmp_path, model, owner="two", catch_up_hours=1):
            await server.until(lambda: texts(server, dm) == ["first", "second"])
            assert "two" not in [line.content for line in model.prompts[0].lines]

    whole(body)


def test_a_reply_that_was_cut_is_finished_in_the_same_message(
    server: Server, tmp_path: Path
) -> None:
    ana = server.user("ana")
    dm = server.dm(ana)

    async def body() -> None:
        stuck = ScriptedModel([["Half of", asyncio.Event()]])
        async with bot(server, tmp_path, stuck, grace=0):
            said = server.says(ana, dm, "tell me")
            await server.until(lambda: texts(server, dm) == ["Half of"])
            (half,) = server.answers(dm)
            await server.until(lambda: half.reference == said.id)
        async with bot(server, tmp_path, ScriptedModel([["Half of it, and all."]]), owner="two"):
            await server.until(lambda: texts(server, dm) == ["Half of it, and all."])
        (answer,) = server.answers(dm)
        assert answer.id == half.id

    whole(body)


@pytest.mark.parametrize("resumable", [True, False])
def test_a_line_that_breaks_loses_and_doubles_nothing(
    server: Server, tmp_path: Path, resumable: bool
) -> None:
    ana = server.user("ana")
    dm = server.dm(ana)

    async def body() -> None:
        async with bot(server, tmp_path, ScriptedModel([["one"], ["two"], ["three"]])):
            server.says(ana, dm, "first")
            await server.until(lambda: texts(server, dm) == ["one"])
            server.drop(resumable=resumable, replay=resumable)
            server.says(ana, dm, "second")
            await server.until(lambda: texts(server, dm) == ["one", "two"])
            await server.until(lambda: server.connected)
            server.says(ana, dm, "third")
            await server.until(lambda: texts(server, dm) == ["one", "two", "three"])

    whole(body)


def test_errors_of_discord_in_the_midst_of_a_reply_do_no_harm(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, general = server.user("ana"), server.channel(server.guild())
    gates = [asyncio.Event() for _ in range(3)]
    model = ScriptedModel([["One,", gates[0], " two,", gates[1], " three,", gates[2], " four."]])
    monkeypatch.setattr(host, "SEND_AGAIN", 0.05)

    async def body() -> None:
        async with bot(server, tmp_path, model):
            server.limit("POST /channels/*/messages", times=1, retry_after=0.05)
            server.says(ana, general, "<@BOT> count")
            await server.until(lambda: texts(server, general) == ["One,"])
            server.limit("PATCH /channels/*/messages/*", times=2, retry_after=0.05)
            gates[0].set()
            await server.until(lambda: texts(server, general) == ["One, two,"])
            server.fail("PATCH /channels/*/messages/*", status=403, code=50013, times=1)
            gates[1].set()
            await server.until(lambda: len(server.calls("PATCH /channels/*/messages/*")) >= 4)
            gates[2].set()
            await server.until(lambda: texts(server, general) == ["One, two, three, four."])

    whole(body)
    assert not server.violations


def test_what_was_deleted_while_it_was_made_is_sent_again(server: Server, tmp_path: Path) -> None:
    ana, general = server.user("ana"), server.channel(server.guild())
    gate = asyncio.Event()

    async def body() -> None:
        async with bot(server, tmp_path, ScriptedModel([["One,", gate, " two."]])):
            said = server.says(ana, general, "<@BOT> count")
            await server.until(lambda: texts(server, general) == ["One,"])
            server.deletes(server.answers(general)[0])
            server.deletes(said)
            gate.set()
            await server.until(lambda: texts(server, general) == ["One, two."])

    whole(body)


def test_a_channel_that_is_gone_is_told_to_the_owner(
    server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ana, guild = server.user("ana"), server.guild()
    general, other = server.channel(guild), server.channel(guild, "other")
    gate = asyncio.Event()

    async def body() -> None:
        async with bot(server, tmp_path, ScriptedModel([["One,", gate, " two."], ["ok"]])) as here:
            server.says(ana, general, "<@BOT> count")
            await server.until(lambda: texts(server, general) == ["One,"])
            server.delete_channel(general)
            gate.set()
            server.says(ana, other, "<@BOT> hello")
            await server.until(lambda: texts(server, other) == ["ok"])
            await settled(here)

    with caplog.at_level(logging.ERROR, "tertulia"):
        whole(body)
    assert "is gone from Discord" in caplog.text


async def settled(here: Scene) -> None:
    await here.engine.tools.outbox.settle(1)


def test_where_it_may_not_write_the_permissions_are_named(
    server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ana, guild = server.user("ana"), server.guild()
    general, other = server.channel(guild), server.channel(guild, "other")

    async def body() -> None:
        async with bot(server, tmp_path, ScriptedModel()) as here:
            server.permissions(general, send_messages=False)
            server.says(ana, general, "<@BOT> hello")
            server.says(ana, other, "<@BOT> hello")
            await server.until(lambda: texts(server, other) == ["ok"])
            async with asyncio.timeout(20):
                while "may not write" not in caplog.text:
                    await settled(here)
                    await asyncio.sleep(0.005)

    with caplog.at_level(logging.ERROR, "tertulia"):
        whole(body)
    assert "Send Messages" in caplog.text
    assert str(general.id) in caplog.text


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (lambda s: s.refuse_token(), "Discord refused the token"),
        (lambda s: s.disallow_intents(), "Message Content Intent"),
    ],
    ids=["token", "intent"],
)
def test_what_keeps_it_out_is_told_with_where_to_mend_it(
    server: Server, tmp_path: Path, trouble: Callable[[Server], None], told: str
) -> None:
    trouble(server)

    async def body() -> None:
        wire = Discord(table(server))
        async with scene(tmp_path, ScriptedModel(), channel=wire) as here:
            async with running(wire, here) as task:
                with pytest.raises(SettingsError) as caught:
                    await task
            assert told in str(caught.value)
            assert "https://discord.com/developers/applications" in str(caught.value)
            assert server.token not in str(caught.value)

    whole(body)


def test_where_discord_has_trouble_that_is_told(server: Server, tmp_path: Path) -> None:
    server.fail("GET /users/@me", status=503, times=9)

    async def body() -> None:
        wire = Discord(table(server))
        made = scene(tmp_path, ScriptedModel(), channel=wire)
        async with made as here, running(wire, here) as task:
            with pytest.raises(NotHere, match="does not let the bot in now"):
                await task

    whole(body)


@pytest.mark.slow
def test_a_hundred_channels_at_once(server: Server, tmp_path: Path) -> None:
    ana, guild = server.user("ana"), server.guild()
    channels = [server.channel(guild, f"c{number}") for number in range(100)]

    async def body() -> None:
        async with bot(server, tmp_path, Echo(), stream=False):
            for turn in range(10):
                for channel in channels:
                    server.says(ana, channel, f"<@BOT> {turn}")
            await server.until(
                lambda: (
                    server.sent >= 100
                    and all("9" in (texts(server, one) or [""])[-1] for one in channels)
                ),
                seconds=80,
            )

    whole(body)
    assert not server.violations
    for channel in channels:
        said = " ".join(texts(server, channel)).split()
        assert said == [str(turn) for turn in range(10)]


class Echo(ScriptedModel):
    """Says again all that waits."""

    async def stream(self, prompt):  # type: ignore[no-untyped-def]
        lines = [line for line in prompt.lines if line.role != "system"]
        last = max((n for n, line in enumerate(lines) if line.role == "assistant"), default=-1)
        self.scripts = [[" ".join(line.content for line in lines[last + 1 :])]]
        self.prompts.clear()
        async for chunk in super().stream(prompt):
            yield chunk
