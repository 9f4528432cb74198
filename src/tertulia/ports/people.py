"""Who the participants are: identities, their links, and the audiences that they are in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from tertulia.values.audience import Scope
from tertulia.values.message import Author, Place
from tertulia.values.person import Identity, Person


class PeopleStore(Protocol):
    """Keeps who is who. Times are milliseconds since 1970 UTC."""

    async def scope(self, audience: int, said: int | None = None) -> Scope:
        """What may be used before an audience: the audience rule, applied to all that there is.

        Where what is answered was `said` to another audience, it is in that one's window.
        """
        ...

    async def scope_of(self, bot: str, person: Person) -> Scope:
        """What may be used before this person alone: what they are shown of a bot's memory."""
        ...

    async def person(self, place: Place, author: Author) -> Person | None:
        """Who `author` is, with all linked identities; None where they never spoke."""
        ...

    async def meet(self, place: Place, author: Author) -> Person:
        """Who `author` is; one who never spoke is known from now on."""
        ...

    async def people(self) -> Sequence[Person]:
        """Everybody who ever spoke, for the owner's tools."""
        ...

    async def offer_link(self, identity: int, code: str, until: int) -> None:
        """Keep a code (its keyed hash) that joins whoever types it until then with `identity`."""
        ...

    async def offered(self, code: str, now: int) -> Identity | None:
        """Who offered `code`, which stays open; None where no such code is."""
        ...

    async def link(self, identity: int, code: str, now: int) -> Identity | None:
        """Join `identity` with the one that offered `code`, which is then used up.

        Returns that one; None where no such code is open.
        """
        ...

    async def unlink(self, identity: int) -> bool:
        """Part an identity from all others, with what was its own; False where it was alone.

        Turns that run meanwhile are taken back: they may have read what is another's now.
        """
        ...

    async def left(self, channel: str, account: str, circle: str, author: Author) -> None:
        """Somebody has left a circle: what is said there from now on they do not hear."""
        ...
