"""Reads `[channels.discord]`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from tertulia.values.errors import SettingsError
from tertulia.values.secret import Secret

Answer = Literal["mentions", "all", "never"]
TOKEN = 'token = "env:DISCORD_BOT_TOKEN"'  # noqa: S105 - where one is, not one


class There(Struct, kw_only=True, forbid_unknown_fields=True):
    """What holds in one channel and its threads."""

    answer: Answer


class Spec(Struct, kw_only=True, forbid_unknown_fields=True):
    """What the owner chose.

    `answer` tells to what it answers on a server: to those who address it, or to all; `channels`
    tells it by channel's id, `threads` whether it answers to all in threads of its own. What begins
    with `prefix` is addressed to it. With `stream` a reply is shown as it comes. What was said
    while it was away is answered where it is no older than `catch_up_hours`. With `bots` it
    answers other bots, so many times (`bot_turns`) until a person speaks.
    """

    token: Secret
    bot: str | None = None
    api_url: str = "https://discord.com/api/v10"
    gateway_url: str = "wss://gateway.discord.gg/"
    answer: Answer = "mentions"
    channels: dict[str, There] = {}
    threads: bool = True
    prefix: str = ""
    stream: bool = True
    catch_up_hours: Annotated[float, Meta(ge=0)] = 24.0
    bots: bool = False
    bot_turns: Annotated[int, Meta(ge=1)] = 3

    def answers(self, channel: int) -> Answer:
        """To what it answers in a channel."""
        there = self.channels.get(str(channel))
        return self.answer if there is None else there.answer


def read(table: Mapping[str, object]) -> Spec:
    """The table, checked. Raises: `SettingsError` with what is wrong."""
    if table.get("token") is None:
        raise SettingsError(f"[channels.discord] needs the bot's token. Write {TOKEN}.")
    try:
        spec = msgspec.convert(table, Spec, dec_hook=_secret)
    except msgspec.ValidationError as error:
        raise SettingsError(f"[channels.discord] is not right: {error}") from None
    wrong = [one for one in spec.channels if not one.isdecimal()]
    if wrong:
        raise SettingsError(
            f"[channels.discord.channels] must name channels by their ids, not {wrong[0]!r}. Turn "
            "on Developer Mode in Discord, then right-click the channel: Copy Channel ID."
        )
    return spec


def _secret(kind: type, value: Any) -> Any:
    if kind is Secret and isinstance(value, Secret):
        return value
    raise ValueError(f"write {TOKEN}")
