"""Who talks with which bot where, who is let in, and how much they may use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from channels.discord.botting import server
from channels.discord.test_talking import read, run
from discords import Discord
from running import Scene, ScriptedModel
from tertulia.channels.discord.rules import Rules, Spoken
from tertulia.channels.discord.settings import read as read_settings
from tertulia.values.prompt import Usage
from tertulia.values.secret import Secret

__all__ = ["server"]


def rules(**table: Any) -> Rules:
    return Rules(read_settings({"token": Secret("x", "env:X"), **table}))


def at(
    channel: int = 1, server: int | None = 2, user: int = 3, roles: tuple[int, ...] = ()
) -> Spoken:
    return Spoken(channel=channel, server=server, user=user, roles=frozenset(roles))


def test_the_nearest_tells_whom_it_answers() -> None:
    told = rules(
        answer="never", servers={"2": {"answer": "mentions"}}, channels={"1": {"answer": "all"}}
    )
    assert told.answers(at()) == "all"
    assert told.answers(at(channel=9)) == "mentions"
    assert told.answers(at(channel=9, server=9)) == "never"
    assert told.answers(at(channel=9, server=None)) == "all"
    assert rules(channels={"1": {"bot": "ana"}}).answers(at()) == "mentions"


def test_the_channel_tells_the_bot_before_the_role_and_that_before_the_server() -> None:
    told = rules(
        servers={"2": {"bot": "server"}},
        roles={"7": {"bot": "role"}},
        channels={"1": {"bot": "channel"}, "5": {"answer": "all"}},
    )
    assert told.bot(at(roles=(7,))) == "channel"
    assert told.bot(at(channel=5, roles=(6, 7))) == "role"
    assert told.bot(at(channel=5)) == "server"
    assert told.bot(at(channel=5, server=9)) is None
    assert told.bot(at(channel=5, server=None)) is None


@pytest.mark.parametrize(
    ("table", "let_in"),
    [
        ({}, True),
        ({"deny": {"users": ["3"]}}, False),
        ({"deny": {"roles": ["7"]}}, False),
        ({"deny": {"channels": ["1"]}}, False),
        ({"deny": {"users": ["4"], "roles": ["8"], "channels": ["2"]}}, True),
        ({"allow": {"users": ["3"]}}, True),
        ({"allow": {"users": ["4"]}}, False),
        ({"allow": {"roles": ["7"]}}, True),
        ({"allow": {"roles": ["8"]}}, False),
        ({"allow": {"users": ["4"], "roles": ["7"]}}, True),
        ({"allow": {"channels": ["1"]}}, True),
        ({"allow": {"channels": ["9"]}}, False),
        ({"allow": {"users": ["3"]}, "deny": {"roles": ["7"]}}, False),
        ({"answer": "never"}, False),
    ],
)
def test_lists_tell_who_is_heard(table: dict[str, Any], let_in: bool) -> None:
    assert rules(**table).lets_in(at(roles=(7,))) is let_in


def test_lists_of_channels_are_of_servers_alone() -> None:
    assert rules(allow={"channels": ["9"]}).lets_in(at(server=None))
    assert rules(answer="never").lets_in(at(server=None))
    assert not rules(deny={"users": ["3"]}).lets_in(at(server=None))


def texts(server: Discord, channel: object) -> list[str]:
    return [one.content for one in server.answers(channel)]  # type: ignore[arg-type]


def test_who_is_not_let_in_is_not_even_kept(server: Discord, tmp_path: Path) -> None:
    ana, ben, guild = server.user("ana"), server.user("ben"), server.guild()
    mod, general = server.role(guild, "mod", ana), server.channel(guild)
    model = ScriptedModel()

    async def body(here: Scene) -> None:
        server.says(ben, general, "<@BOT> hello from ben")
        server.says(ana, general, "<@BOT> hello")
        await server.until(lambda: texts(server, general) == ["ok"])
        assert "from ben" not in read(model)
        assert len(await here.store.transcript(1)) == 2

    run(server, tmp_path, model, body, allow={"roles": [str(mod.id)]}, stream=False)


def spending(prompt: object) -> Usage:
    return Usage(prompt_tokens=90, completion_tokens=10)


@pytest.mark.parametrize(
    ("most", "what"),
    [({"messages": 2}, "2 messages"), ({"tokens": 150}, "150 tokens")],
    ids=["messages", "tokens"],
)
def test_a_person_is_told_when_the_day_s_share_is_used(
    server: Discord, tmp_path: Path, most: dict[str, Any], what: str
) -> None:
    ana, ben, general = server.user("ana"), server.user("ben"), server.channel(server.guild())
    model = ScriptedModel(usage=spending)

    async def body(here: Scene) -> None:
        here.clock.time = 4_000_000_000_000
        for count in (1, 2):
            server.says(ana, general, "<@BOT> hello")
            await server.until(lambda count=count: len(server.answers(general)) == count)
            await here.engine.tools.outbox.settle(1)
        server.says(ana, general, "<@BOT> once more")
        await server.until(lambda: len(server.answers(general)) == 3)
        told = server.answers(general)[-1].content
        assert told.startswith(f"You have reached what you may use in a day: {what}.")
        assert "<t:" in told
        server.says(ben, general, "<@BOT> and me?")
        await server.until(lambda: texts(server, general)[-1] == "ok")
        assert len(model.prompts) == 3
        outcome = await here.store.outcome(1, 5)
        assert outcome is not None
        assert outcome.reason == "a limit is reached"

    run(server, tmp_path, model, body, limits={"person": most}, stream=False)


def test_a_server_is_too_and_other_servers_are_not(server: Discord, tmp_path: Path) -> None:
    ana = server.user("ana")
    first, second = server.guild("first"), server.guild("second")
    here_, beside, there = (
        server.channel(first),
        server.channel(first, "beside"),
        server.channel(second),
    )

    async def body(here: Scene) -> None:
        here.clock.time = 4_000_000_000_000
        server.says(ana, here_, "<@BOT> hello")
        await server.until(lambda: texts(server, here_) == ["ok"])
        server.says(ana, beside, "<@BOT> hello")
        await server.until(lambda: texts(server, beside))
        assert texts(server, beside)[0].startswith("This server has reached")
        server.says(ana, there, "<@BOT> hello")
        await server.until(lambda: texts(server, there) == ["ok"])
        dm = server.dm(ana)
        server.says(ana, dm, "hello")
        await server.until(lambda: texts(server, dm) == ["ok"])

    limits = {"server": {"messages": 1}}
    run(server, tmp_path, ScriptedModel(), body, limits=limits, stream=False)
