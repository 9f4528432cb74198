"""Reads `[channels.discord]`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from tertulia.values.errors import SettingsError
from tertulia.values.secret import Secret

Answer = Literal["mentions", "all", "never"]
TOKEN = 'token = "env:DISCORD_BOT_TOKEN"'  # noqa: S105 - where one is, not one


Least = Annotated[int, Meta(ge=1)]


class There(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """What holds on one server, or in one channel and its threads."""

    answer: Answer | None = None
    bot: str | None = None


class Role(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Which bot those talk with who have a role."""

    bot: str


class Whom(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Some people and places, by their ids."""

    users: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()


class Most(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """What one person, or one server, may use in a day (UTC): None is without end.

    `money` is in the currency of the price table.
    """

    messages: Least | None = None
    tokens: Least | None = None
    money: Annotated[float, Meta(ge=0)] | None = None


class Limits(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Of each person, and of each server."""

    person: Most = Most()
    server: Most = Most()


class Spec(Struct, kw_only=True, forbid_unknown_fields=True):
    """What the owner chose.

    `answer` tells to what it answers on a server: to those who address it, or to all; `servers` and
    `channels` tell it by id, `threads` whether it answers to all in threads of its own. Which bot
    it is, the channel tells before the role, and that before the server. Whoever is in `deny` is
    not heard, nor, where `allow` names any, whoever is not in it. What begins with `prefix` is
    addressed to it. With `stream` a reply is shown as it comes; of one longer than `file_over`
    characters the beginning, and then the whole as a file. What was said while it was away is
    answered where it is no older than `catch_up_hours`. With `bots` it answers other bots, so many
    times (`bot_turns`) until a person speaks.
    """

    token: Secret
    bot: str | None = None
    api_url: str = "https://discord.com/api/v10"
    gateway_url: str = "wss://gateway.discord.gg/"
    answer: Answer = "mentions"
    servers: dict[str, There] = {}
    channels: dict[str, There] = {}
    roles: dict[str, Role] = {}
    allow: Whom = Whom()
    deny: Whom = Whom()
    limits: Limits = Limits()
    threads: bool = True
    prefix: str = ""
    stream: bool = True
    file_over: Annotated[int, Meta(ge=500)] | None = None
    catch_up_hours: Annotated[float, Meta(ge=0)] = 24.0
    bots: bool = False
    bot_turns: Least = 3

    def answers(self, channel: int, server: int | None = None) -> Answer:
        """To what it answers in a channel of a server."""
        for there in (self.channels.get(str(channel)), self.servers.get(str(server))):
            if there is not None and there.answer is not None:
                return there.answer
        return self.answer


def read(table: Mapping[str, object]) -> Spec:
    """The table, checked. Raises: `SettingsError` with what is wrong."""
    if table.get("token") is None:
        raise SettingsError(f"[channels.discord] needs the bot's token. Write {TOKEN}.")
    try:
        spec = msgspec.convert(table, Spec, dec_hook=_secret)
    except msgspec.ValidationError as error:
        raise SettingsError(f"[channels.discord] is not right: {error}") from None
    for name, ids in _ids(spec).items():
        for one in ids:
            if not one.isdecimal():
                raise SettingsError(_NO_ID.format(name=name, one=one))
    return spec


_NO_ID = """\
[channels.discord] {name} must hold ids, not {one!r}. Turn on Developer Mode in Discord, then \
right-click what is meant: Copy ID."""


def _ids(spec: Spec) -> dict[str, Iterable[str]]:
    named: dict[str, Iterable[str]] = {
        "servers": spec.servers,
        "channels": spec.channels,
        "roles": spec.roles,
    }
    for name, whom in (("allow", spec.allow), ("deny", spec.deny)):
        named |= {
            f"{name}.users": whom.users,
            f"{name}.roles": whom.roles,
            f"{name}.channels": whom.channels,
        }
    return named


def _secret(kind: type, value: Any) -> Any:
    if kind is Secret and isinstance(value, Secret):
        return value
    raise ValueError(f"write {TOKEN}")
