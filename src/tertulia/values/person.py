"""A participant behind the identities of several channels."""

from __future__ import annotations

from dataclasses import dataclass

from tertulia.values.message import Author, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who a participant is on one channel. `participant` is shared by linked identities."""

    id: int
    participant: int
    channel: str
    account: str
    platform_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A participant: all identities that are linked, the one with the lowest number first."""

    identities: tuple[Identity, ...]

    @property
    def id(self) -> int:
        """The participant's number."""
        return self.identities[0].participant

    def own(self, place: Place, author: Author) -> int:
        """The number of the identity that is `author` on the channel of `place`."""
        key = (place.channel, place.account, author.platform_id)
        return next(
            one.id for one in self.identities if (one.channel, one.account, one.platform_id) == key
        )

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of the identities."""
        return tuple(one.id for one in self.identities)

    @property
    def name(self) -> str:
        """What they are called: the name of the identity that came first."""
        return self.identities[0].name
