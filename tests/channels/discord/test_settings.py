"""What the owner may choose for Discord, and how what is wrong is told."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from channels.scripted import delivery
from tertulia.channels.discord import Discord
from tertulia.channels.discord.settings import read
from tertulia.values.errors import NotHere, SettingsError
from tertulia.values.secret import Secret

TOKEN = Secret("a-token", "env:DISCORD_BOT_TOKEN")


def test_a_token_is_all_it_needs() -> None:
    spec = read({"token": TOKEN})
    assert spec.api_url == "https://discord.com/api/v10"
    assert (spec.answer, spec.stream, spec.bots) == ("mentions", True, False)
    assert spec.catch_up_hours == 24
    assert spec.answers(1) == "mentions"


def test_each_channel_may_be_told_apart() -> None:
    spec = read({"token": TOKEN, "answer": "never", "channels": {"17": {"answer": "all"}}})
    assert (spec.answers(17), spec.answers(18)) == ("all", "never")


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({}, 'needs the bot\'s token. Write token = "env:DISCORD_BOT_TOKEN"'),
        ({"token": None}, "needs the bot's token"),
        ({"token": "secret"}, "write token ="),
        ({"token": TOKEN, "anser": "all"}, "anser"),
        ({"token": TOKEN, "answer": "some"}, "some"),
        ({"token": TOKEN, "bot_turns": 0}, "bot_turns"),
        ({"token": TOKEN, "catch_up_hours": -1}, "catch_up_hours"),
        ({"token": TOKEN, "channels": {"general": {"answer": "all"}}}, "Copy ID"),
        ({"token": TOKEN, "channels": {"1": {"reply": "all"}}}, "reply"),
        ({"token": TOKEN, "deny": {"users": ["ana"]}}, "deny.users must hold ids"),
        ({"token": TOKEN, "limits": {"person": {"messages": 0}}}, "limits.person.messages"),
    ],
)
def test_what_is_wrong_is_told(table: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Discord(table)
    assert told in str(caught.value)
    assert "[channels.discord" in str(caught.value)
    assert "a-token" not in str(caught.value)


def test_without_a_connection_nothing_is_sent() -> None:
    with pytest.raises(NotHere):
        asyncio.run(Discord({"token": TOKEN}).send(delivery("hello")))
