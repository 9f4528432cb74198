"""How much people and servers may use in a day, and how they are told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import discord

from tertulia.channels.discord import settings
from tertulia.ports.channel import Host
from tertulia.values.message import Place
from tertulia.values.used import Used

_YOURS = "You have reached what you may use in a day: {what}. Please come back {when}."
_OURS = "This server has reached what it may use in a day: {what}. Please come back {when}."
_NONE = settings.Most()


class Limits:
    """Those of one bot."""

    def __init__(self, limits: settings.Limits, host: Host) -> None:
        self._limits = limits
        self._host = host

    async def reached(
        self, user: discord.abc.User, guild: discord.Guild | None, place: Place, at: datetime
    ) -> str | None:
        """What is told where no more is answered on the day of `at`, else None."""
        now = at.astimezone(UTC)
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        since = int(today.timestamp() * 1000)
        when = discord.utils.format_dt(today + timedelta(days=1), "R")
        if self._limits.person != _NONE:
            person = str(user.id)
            used = await self._host.used(place, since, person=person, spots=None)
            if (what := _over(self._limits.person, used)) is not None:
                return _YOURS.format(what=what, when=when)
        if guild is not None and self._limits.server != _NONE:
            here = (*guild.channels, *guild.threads)
            spots = {place.spot, *(str(one.id) for one in here)}
            used = await self._host.used(place, since, person=None, spots=spots)
            if (what := _over(self._limits.server, used)) is not None:
                return _OURS.format(what=what, when=when)
        return None


def _over(most: settings.Most, used: Used) -> str | None:
    """What of it is used up."""
    if most.messages is not None and used.messages >= most.messages:
        return f"{most.messages:,} messages"
    if most.tokens is not None and used.tokens >= most.tokens:
        return f"{most.tokens:,} tokens"
    if most.money is not None and used.money >= most.money:
        return f"{most.money:g} in money"
    return None
