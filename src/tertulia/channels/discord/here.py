"""Where something is said on Discord, by whom, and who reads it there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import discord

from tertulia.channels.discord.rules import Spoken
from tertulia.values.message import Author, Place

if TYPE_CHECKING:
    # By this name it is there for type checkers alone.
    Anywhere = discord.abc.MessageableChannel | discord.abc.GuildChannel


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """What the engine is told of a message as of a command; see `Incoming`.

    `name` is what the model reads as the speaker's name.
    """

    place: Place
    bot: str
    author: Author
    name: str | None
    circle: str | None
    present: tuple[Author, ...] | None


def here(
    channel: Anywhere,
    user: discord.abc.User,
    place: Place,
    bot: str,
) -> Here:
    """What `user` says in `channel`, which is kept at `place`."""
    alone = isinstance(channel, discord.DMChannel)
    author = Author(platform_id=str(user.id), name=user.display_name)
    return Here(
        place=place,
        bot=bot,
        author=author,
        name=None if alone else author.name,
        circle=_circle(channel),
        present=() if alone else None,
    )


def spoken(channel: Anywhere, user: discord.abc.User) -> Spoken:
    """The same, as the settings' rules ask for it."""
    guild = getattr(channel, "guild", None)
    return Spoken(
        channel=whole(channel).id,
        server=None if guild is None else guild.id,
        user=user.id,
        roles=frozenset(role.id for role in getattr(user, "roles", ())),
    )


def whole(
    channel: Anywhere,
) -> discord.abc.Snowflake:
    """The channel itself, of a thread the one that it hangs on."""
    return discord.Object(channel.parent_id) if isinstance(channel, discord.Thread) else channel


def _circle(channel: Anywhere) -> str | None:
    """Who can read its history, later joiners too: a channel's members read its threads as well."""
    if isinstance(channel, discord.DMChannel):
        return None
    private = isinstance(channel, discord.Thread) and channel.is_private()
    return str(channel.id if private else whole(channel).id)
