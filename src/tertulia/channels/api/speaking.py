"""Who speaks over the door, and where."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, replace

from tertulia.channels.api.seen import beginning
from tertulia.values.caller import Caller
from tertulia.values.message import Author, Place

CHANNEL = "api"

_APART = re.compile(r"[%/\s]")
"""Parts of a name are joined by slashes; one with a blank would be taken for a title."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """A token's caller or, with `user`, an end user of theirs, talking with `bot`."""

    caller: Caller
    bot: str
    user: str | None

    @property
    def label(self) -> str:
        """Which of the account's tokens it is."""
        return self.caller.token or "local"

    @property
    def owner(self) -> bool:
        """Whether they may do what the bot's owner may: an end user is somebody else."""
        return self.caller.owner and self.user is None

    @property
    def end_user(self) -> Author | None:
        """The participant within the token's, where one was told."""
        if self.user is None:
            return None
        return Author(platform_id=_joined(self.label, self.user), name=self.user)

    @property
    def author(self) -> Author:
        """Who says it."""
        account = Author(platform_id=self.caller.account, name=self.caller.name)
        return self.end_user or account

    @property
    def prefix(self) -> str:
        """So begin the spots of all conversations that are theirs, and of nobody else."""
        theirs = (self.label,) if self.user is None else (self.label, self.user)
        return f"{_joined(*theirs, self.bot)}/"

    @property
    def digest(self) -> bytes:
        """The digest of their empty transcript."""
        return beginning(self.caller.account, self.prefix)

    def place(self, name: str) -> Place:
        """Where the conversation of that name is held."""
        return replace(self.home, spot=self.prefix + _joined(name))

    @property
    def home(self) -> Place:
        """All conversations that are theirs are held one step below it."""
        spot = self.prefix.removesuffix("/")
        return Place(channel=CHANNEL, account=self.caller.account, spot=spot)


def a_name(key: str | None) -> str:
    """A name for a conversation that was given none: the same for the same key."""
    if key is None:
        return f"c-{secrets.token_hex(8)}"
    return f"c-{hashlib.blake2b(key.encode(), digest_size=8).hexdigest()}"


def name_of(place: Place) -> str:
    """The name by which a conversation can be asked for."""
    last = place.spot.rpartition("/")[2]
    return re.sub(r"%([0-9a-f]+);", lambda found: chr(int(found[1], 16)), last)


def _joined(*parts: str) -> str:
    return "/".join(_APART.sub(lambda found: f"%{ord(found[0]):x};", part) for part in parts)
