"""One command as it was typed: who asks, where, and what may be shown there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from tertulia.engine.bot import Bot
from tertulia.engine.theirs import scope_before
from tertulia.engine.tools import Tools
from tertulia.values.audience import Scope
from tertulia.values.conversation import Conversation
from tertulia.values.events import Changed
from tertulia.values.message import Author, Place
from tertulia.values.person import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class There:
    """Who types, and who reads the answer, as far as the channel knows: see `Incoming`."""

    author: Author
    circle: str | None = None
    present: Sequence[Author] | None = None

    @property
    def told(self) -> bool:
        """Whether the channel knows who reads the answer."""
        return self.circle is not None or self.present is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One command: who asks, where, and the words behind it.

    `called` is the bot's name in the settings. `owner` may do all that the bot's owner may.
    """

    tools: Tools
    place: Place
    bot: Bot
    called: str
    author: Author
    conversation: Conversation | None
    words: str
    owner: bool

    async def person(self) -> Person | None:
        """Who asks, with all linked identities; None where they never spoke."""
        return await self.tools.store.person(self.place, self.author)

    def changed(self, conversation: int) -> None:
        """Tell whoever watches it that it goes on in another way."""
        self.tools.broadcast.publish(conversation, Changed())

    async def scope(self) -> Scope | None:
        """What may be shown here: the audience rule, for all who are known to read this place.

        None where nobody knows who reads it, or where the one who asks has only just come.
        """
        here, person = self.conversation, await self.person()
        if here is not None and here.audience:
            found = await scope_before(self.tools, here.audience)
            if found is None or found.here.circle is not None:
                return found
            return found if person is not None and person.id in found.here.people else None
        if self.owner and person is not None:
            return await self.tools.store.scope_of(self.called, person)
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What a command does, how it is written, and its line in /help."""

    usage: str
    does: str
    run: Callable[[Ask], Awaitable[str]]
