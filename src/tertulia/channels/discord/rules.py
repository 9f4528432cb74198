"""What holds for whom and where, by the settings: everything by ids, nothing asked of Discord."""

from __future__ import annotations

from dataclasses import dataclass

from tertulia.channels.discord.settings import Answer, Spec, There, Whom


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """Where something is said, and by whom. Of a thread `channel` is the one that it hangs on.

    `server` is None in a direct message, which nobody else reads.
    """

    channel: int
    server: int | None
    user: int
    roles: frozenset[int] = frozenset()


class Rules:
    """Of one bot on Discord."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec

    def answers(self, here: Spoken) -> Answer:
        """To what it answers there."""
        if here.server is None:
            return "all"
        return self._spec.answers(here.channel, here.server)

    def bot(self, here: Spoken) -> str | None:
        """Which bot answers; None for the one that does without being named."""
        channel = self._spec.channels.get(str(here.channel), There())
        server = self._spec.servers.get(str(here.server), There())
        theirs = [one.bot for role, one in self._spec.roles.items() if int(role) in here.roles]
        named = (channel.bot, *theirs, server.bot)
        return next((one for one in named if one is not None), None)

    def lets_in(self, here: Spoken) -> bool:
        """Whether it hears them there at all."""
        allow, deny = self._spec.allow, self._spec.deny
        if _is_one(here, deny) or str(here.channel) in deny.channels:
            return False
        if (allow.users or allow.roles) and not _is_one(here, allow):
            return False
        elsewhere = bool(allow.channels) and str(here.channel) not in allow.channels
        return here.server is None or not (elsewhere or self.answers(here) == "never")


def _is_one(here: Spoken, whom: Whom) -> bool:
    return str(here.user) in whom.users or any(int(role) in here.roles for role in whom.roles)
