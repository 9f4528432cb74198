"""What keeps people from a bot is found before it connects, and told in the log when it has."""

from __future__ import annotations

import asyncio
import logging
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from channels.discord.botting import bot, server, table
from discords import Discord as Server
from discords import discord
from loopback import free_port
from running import ScriptedModel
from servers import Misbehaving, misbehaving, response
from tertulia.channels.discord import Discord, checks, portal
from tertulia.values.check import Check
from tertulia.values.secret import Secret

__all__ = ["server"]

DOCS = Path(__file__).parents[3] / "docs" / "channels" / "discord.md"
UNAVAILABLE = "unavailable"
"""Without it a server is a new one."""
NEEDED = (
    "view_channel",
    "send_messages",
    "send_messages_in_threads",
    "read_message_history",
    "attach_files",
)


def ask(server: Server, **more: Any) -> list[Check]:
    return list(asyncio.run(Discord(table(server, **more)).check()))


def at(url: str, token: str = "the-token") -> list[Check]:
    told = {"token": Secret(token, "env:DISCORD_BOT_TOKEN"), "api_url": url}
    return list(asyncio.run(Discord(told).check()))


def missing(found: list[Check]) -> list[str]:
    return [check.found for check in found if not check.ready]


def link(server: Server) -> str:
    return (
        f"https://discord.com/oauth2/authorize?client_id={server.application}"
        "&scope=bot+applications.commands&permissions=274878008320"
    )


def test_the_link_asks_for_what_the_docs_name_and_for_no_more(server: Server) -> None:
    needed = discord.Permissions(**dict.fromkeys(NEEDED, True))
    assert portal.invite(7).endswith(f"&permissions={needed.value}")
    assert portal.invite(server.application) == link(server)
    docs = DOCS.read_text()
    assert [name for name in portal.PERMISSIONS if name not in docs] == []
    by_hand = docs.partition("of the permissions")[2].partition("Open the address")[0]
    assert len(re.findall(r"\*([A-Z][^*]+)\*", by_hand)) == len(portal.PERMISSIONS)


def test_a_bot_that_is_right_is_ready_without_the_gateway(server: Server) -> None:
    server.channel(server.guild("home"))
    server.channel(server.guild("club"))
    (found,) = ask(server)
    assert found == Check(subject="discord", ready=True, found="it is bo, on 2 servers: home, club")
    assert not server.gateway.identified
    assert {call.method for call in server.requests} == {"GET"}


def test_a_refused_token_is_told_with_where_to_make_a_new_one(server: Server) -> None:
    server.refuse_token()
    (found,) = ask(server)
    assert (found.ready, found.found) == (False, "Discord refuses the token")
    assert found.step is not None
    assert f"{portal.PORTAL} choose the application, then Bot, then Reset Token" in found.step
    assert "env:DISCORD_BOT_TOKEN" in found.step
    assert server.token not in str(found)


@pytest.mark.parametrize("token", ["two\nlines", "the tok\N{LATIN SMALL LETTER E WITH ACUTE}n"])
def test_what_is_no_token_at_all_is_refused(server: Server, token: str) -> None:
    (found,) = at(server.api_url, token)
    assert found.found == "Discord refuses the token"
    assert token not in str(found)
    assert not server.requests


def test_a_token_may_have_a_line_end(server: Server) -> None:
    server.guild("home")
    assert at(server.api_url + "/", f"{server.token}\n")[0].ready


def test_the_intent_that_is_off_is_told_with_where_to_turn_it_on(server: Server) -> None:
    server.guild("home")
    server.disallow_intents()
    told, found = ask(server)
    assert told.ready
    assert missing([found]) == ["it may not read what people write: Message Content Intent is off"]
    assert found.step == (
        "On https://discord.com/developers/applications choose the application, then Bot, and turn "
        "on Message Content Intent."
    )


def test_a_public_bot_is_a_hint(server: Server) -> None:
    server.guild("home")
    server.public()
    _, found = ask(server)
    assert found.ready
    assert found.found == "Public Bot is on: anybody can invite it"
    assert found.step is not None
    assert "turn off Public Bot" in found.step


def test_one_that_was_not_invited_gets_the_link(server: Server) -> None:
    (found,) = ask(server)
    assert not found.ready
    assert "on no server" in found.found
    assert found.step == f"Open {link(server)} and choose your server."


def test_what_is_missing_is_told_by_channel(server: Server) -> None:
    home, club = server.guild("home"), server.guild("club")
    server.channel(home, "general")
    quiet, half = server.channel(home, "quiet"), server.channel(club, "half")
    server.permissions(quiet, send_messages=False)
    server.permissions(half, attach_files=False, read_message_history=False, add_reactions=False)
    found = ask(server)
    assert missing(found) == [
        "in #quiet of home it lacks Send Messages",
        "in #half of club it lacks Read Message History and Attach Files",
    ]
    assert found[1].step is not None
    assert f'[channels.discord.channels.{quiet.id}] and answer = "never"' in found[1].step


@pytest.mark.parametrize(
    "settings",
    [
        lambda one: {"channels": {str(one.id): {"answer": "never"}}},
        lambda one: {"servers": {str(one.guild.id): {"answer": "never"}}},
        lambda one: {"deny": {"channels": [str(one.id)]}},
        lambda one: {"allow": {"channels": ["1"]}},
        lambda one: {"answer": "never"},
    ],
    ids=["never", "never on the server", "denied", "not allowed", "never anywhere"],
)
def test_where_it_should_not_answer_nothing_is_missing(
    server: Server, settings: Callable[[Any], dict[str, Any]]
) -> None:
    quiet = server.channel(server.guild("home"), "quiet")
    server.permissions(quiet, send_messages=False)
    assert missing(ask(server)) == ["in #quiet of home it lacks Send Messages"]
    assert missing(ask(server, **settings(quiet))) == []


def test_channels_that_are_not_for_all_are_a_hint_unless_they_are_named(server: Server) -> None:
    home = server.guild("home")
    server.channel(home, "general")
    staff, board = server.channel(home, "staff"), server.channel(home, "board")
    for channel in (staff, board):
        server.permissions(channel, view_channel=False, send_messages=False)
    hint = ask(server)[1]
    assert (hint.ready, hint.found) == (True, "on home it does not see #staff and #board")
    found = ask(server, channels={str(staff.id): {"answer": "all"}})
    assert missing(found) == ["in #staff of home it lacks View Channel"]
    assert found[-1].found == "on home it does not see #board"


def test_a_server_where_it_sees_nothing(server: Server) -> None:
    home = server.guild("home")
    server.channel(home)
    server.permissions(home, view_channel=False)
    found = ask(server)
    assert missing(found) == ["on home it sees no channel where it could answer"]
    assert link(server) in str(found[1].step)


def test_no_more_than_ten_of_anything_are_told(server: Server) -> None:
    home = server.guild("home")
    for number in range(12):
        server.permissions(server.channel(home, f"q{number}"), send_messages=False)
        server.permissions(server.channel(home, f"h{number}"), view_channel=False)
    told = [check.found for check in ask(server)]
    assert told[10:12] == [
        "in #q9 of home it lacks Send Messages",
        "so it is in 2 more channels of home",
    ]
    assert told[12].endswith("#h8, #h9 and 2 more")
    for number in range(10):
        server.permissions(server.channel(server.guild(f"g{number}")), send_messages=False)
    told = [check.found for check in ask(server)]
    assert told[0].startswith("it is bo, on 11 servers: home, g0,")
    assert told[0].endswith("g8, …")
    assert "in #general of g8 it lacks Send Messages" in told
    assert told[-1] == "only the first 10 of its servers were looked at"
    assert "g9" not in " ".join(told)


def test_in_a_forum_it_writes_in_threads_only(server: Server) -> None:
    forum = server.channel(server.guild("home"), "questions")
    with server.world.changed:
        forum.kind = 15
    server.permissions(forum, send_messages=False)
    assert missing(ask(server)) == []
    server.permissions(forum, send_messages_in_threads=False)
    assert missing(ask(server)) == ["in #questions of home it lacks Send Messages in Threads"]


def test_other_kinds_of_channels_are_left_out(server: Server) -> None:
    home = server.guild("home")
    server.channel(home)
    voice = server.channel(home, "voice")
    with server.world.changed:
        voice.kind = 2
    server.permissions(voice, send_messages=False)
    assert missing(ask(server)) == []


NO, YES, ALL = {"send_messages": False}, {"send_messages": True}, {"administrator": True}
RULES: dict[str, list[tuple[str, str, dict[str, bool]]]] = {
    "everyone is denied it": [("channel", "everyone", NO)],
    "a role is denied it": [("channel", "role", NO)],
    "a role of others is denied it": [("channel", "others", NO)],
    "a role allows what everyone is denied": [
        ("channel", "everyone", NO),
        ("channel", "role", YES),
    ],
    "a role allows what another denies": [("channel", "role", NO), ("channel", "more", YES)],
    "itself is denied what a role allows": [("channel", "role", YES), ("channel", "itself", NO)],
    "itself is allowed what a role denies": [("channel", "role", NO), ("channel", "itself", YES)],
    "the server denies it": [("server", "everyone", NO)],
    "a role of the server allows it": [("server", "everyone", NO), ("server", "role", YES)],
    "an administrator may all": [("channel", "itself", NO), ("server", "role", ALL)],
}
LACKS = "in #general of home it lacks Send Messages"
LACKING = {
    "everyone is denied it",
    "a role is denied it",
    "itself is denied what a role allows",
    "the server denies it",
}


@pytest.mark.parametrize("rule", RULES)
def test_permissions_are_reckoned_as_discord_does(
    server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture, rule: str
) -> None:
    home = server.guild("home")
    places: dict[str, Any] = {"channel": server.channel(home), "server": home}
    whom: dict[str, Any] = {
        "everyone": home.roles[home.id],
        "itself": None,
        "others": server.role(home, "others"),
        "role": server.role(home, "talkers", server.world.me),
        "more": server.role(home, "more", server.world.me),
    }
    for place, who, may in RULES[rule]:
        server.permissions(places[place], whom[who], **may)
    assert missing(ask(server)) == ([LACKS] if rule in LACKING else [])
    log = in_the_log(server, tmp_path, caplog, lambda: "marker" in caplog.text)
    assert [LACKS in line for line in log if "lacks" in line] == [True] * (rule in LACKING)


def test_the_owner_of_a_server_may_all(server: Server) -> None:
    home = server.guild("home")
    server.permissions(server.channel(home), **NO)
    with server.world.changed:
        home.owner = server.me
    assert missing(ask(server)) == []


def in_the_log(
    server: Server,
    folder: Path,
    caplog: pytest.LogCaptureFixture,
    is_there: Callable[[], bool],
    **more: Any,
) -> list[str]:
    """What is logged until `is_there`; with servers that is when the last one is known."""
    last = server.channel(server.guild("last"), "marker") if server.world.guilds else None
    if last is not None:
        server.permissions(last, send_messages=False)

    async def body() -> None:
        async with asyncio.timeout(30), bot(server, folder, ScriptedModel(), **more):
            while not is_there():
                await asyncio.sleep(0.005)

    with caplog.at_level(logging.INFO, "tertulia"):
        asyncio.run(body())
    return [record.getMessage() for record in caplog.records if "marker" not in record.getMessage()]


def test_the_log_says_who_is_there_and_what_is_missing(
    server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    home = server.guild("home")
    server.channel(home, "general")
    server.permissions(server.channel(home, "staff"), view_channel=False)
    server.permissions(server.channel(home, "quiet"), send_messages=False, attach_files=False)
    left = server.channel(home, "left")
    server.permissions(left, send_messages=False)
    server.public()
    log = in_the_log(
        server,
        tmp_path,
        caplog,
        lambda: "marker" in caplog.text,
        channels={str(left.id): {"answer": "never"}},
    )
    told = [line.removeprefix("Discord: ") for line in log if line.startswith("Discord: ")]
    assert [line for line in told if "lacks" in line] == [
        "in #quiet of home it lacks Send Messages and Attach Files."
    ]
    assert "bo#0000 is there, on 2 servers." in told
    assert any("Public Bot is on" in line and "turn off Public Bot" in line for line in told)
    assert not any("invited yet" in line for line in told)
    assert server.token not in caplog.text


def test_the_log_has_the_link_until_it_is_invited(
    server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def invited() -> None:
        home = server.guild("home")
        server.permissions(server.channel(home, "quiet"), send_messages=False)
        # As it is told when the bot is invited, and whenever the server was away for a while.
        with server.world.changed:
            server.world.tell("GUILD_CREATE", server.world.guild_shape(home))
            shape = server.world.guild_shape(home)
            server.world.tell("GUILD_CREATE", {k: v for k, v in shape.items() if k != UNAVAILABLE})
        server.permissions(server.channel(server.guild("last"), "marker"), send_messages=False)
        with server.world.changed:
            last = max(server.world.guilds.values(), key=lambda guild: guild.id)
            server.world.tell("GUILD_CREATE", server.world.guild_shape(last))

    async def body() -> None:
        async with asyncio.timeout(30), bot(server, tmp_path, ScriptedModel()):
            while "not invited yet" not in caplog.text:
                await asyncio.sleep(0.005)
            await asyncio.to_thread(invited)
            while "#marker" not in caplog.text:
                await asyncio.sleep(0.005)

    with caplog.at_level(logging.INFO, "tertulia"):
        asyncio.run(body())
    assert f"Open {link(server)} and choose your server." in caplog.text
    assert caplog.text.count("in #quiet of home it lacks Send Messages.") == 1


def test_the_log_is_not_filled(
    server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    home = server.guild("home")
    for number in range(13):
        server.permissions(server.channel(home, f"q{number}"), send_messages=False)
    log = in_the_log(server, tmp_path, caplog, lambda: "more channels" in caplog.text)
    assert len([line for line in log if "it lacks Send" in line]) == 10
    assert len([line for line in log if "`tertulia doctor` tells where" in line]) == 1


def test_discord_that_is_not_there_is_told() -> None:
    (found,) = at(f"http://127.0.0.1:{free_port()}/api/v10")
    assert missing([found])[0].startswith("Discord is not reached at http://127.0.0.1:")
    assert "discordstatus.com" in str(found.step)


def test_discord_that_has_trouble_is_told(server: Server) -> None:
    server.fail("GET /users/@me", 503)
    (found,) = ask(server)
    assert found.found == "Discord answers with an error (503)"
    server.fail("GET /users/@me", 0, times=3)
    (found,) = ask(server)
    assert found.found.startswith("Discord is not reached")


def test_discord_that_is_slow_is_told_with_what_was_found(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "SECONDS", 0.5)
    server.disallow_intents()
    server.guild("home")
    server.slow("GET /guilds/*/channels", 60)
    told = ask(server)
    assert [check.ready for check in told] == [True, False, False]
    assert told[-1].found == "Discord gave no answer within 0.5 seconds"


def test_trouble_with_one_server_leaves_the_others(server: Server) -> None:
    home, club = server.guild("home"), server.guild("club")
    server.permissions(server.channel(club, "quiet"), send_messages=False)
    server.fail(f"GET /guilds/{home.id}/members/*", 500)
    assert missing(ask(server)) == [
        "what it may do on home is not known: Discord answers with an error (500)",
        "in #quiet of club it lacks Send Messages",
    ]


def test_it_waits_where_discord_asks_it_to(server: Server) -> None:
    server.guild("home")
    server.limit("GET /users/@me/guilds", retry_after=0.05)
    assert ask(server)[0].ready
    assert len(server.calls("GET /users/@me/guilds")) == 2


def test_but_not_for_hours(server: Server) -> None:
    server.limit("GET /users/@me", retry_after=3600)
    (found,) = ask(server)
    assert found.found == "Discord takes no call of ours for 3600 seconds"


def answering(*answers: bytes) -> tuple[Misbehaving, list[Check]]:
    with misbehaving(*([answer] for answer in answers)) as other:
        return other, at(other.url)


def test_what_is_not_discord_is_told() -> None:
    other, (found,) = answering(response(200, b"<html>It works!</html>"))
    assert found.found == f"what answers at {other.url} is not Discord"
    other, (found,) = answering(response(200, {"id": "x"}))
    assert found.found == f"what answers at {other.url} is not Discord"
    _, (found,) = answering(response(302, b"", {"location": "http://127.0.0.1:1/"}))
    assert found.found == "Discord answers with an error (302)"


def test_an_address_that_is_none_is_told() -> None:
    for url in ("discord.com/api", "http://127.0.0.1:99999", "http://[::1"):
        (found,) = at(url)
        assert found.found.startswith(f"Discord is not reached at {url}: ")


def test_a_wait_that_is_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "PATIENCE", 0.5)
    busy = response(429, b"", {"retry-after": "Fri, 31 Dec 1999 23:59:59 GMT"})
    _, (found,) = answering(busy)
    assert found.found == "Discord takes no call of ours for 1 seconds"


def test_without_discord_py_it_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    monkeypatch.delitem(sys.modules, "tertulia.channels.discord.client")
    monkeypatch.setitem(sys.modules, "discord", None)
    (found,) = ask(server)
    assert not found.ready
    assert found.found == (
        'The channel "discord" needs the package "discord", which is not installed: '
        'pip install "tertulia[discord]"'
    )
    assert not server.requests
