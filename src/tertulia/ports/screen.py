"""What a screen reads and changes of conversations, beside what turns need."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Protocol

from tertulia.values.attachment import Attachment
from tertulia.values.audience import Scope
from tertulia.values.conversation import Conversation, Summary
from tertulia.values.fact import Fact
from tertulia.values.message import Message, Place
from tertulia.values.person import Person
from tertulia.values.shown import Page


class ScreenStore(Protocol):
    """Reads for people. Every method raises `StoreError`; what a `scope` hides is left out.

    A scope of None is for the owner's own tools, which read all.
    """

    async def heard_by(self, person: Person) -> Scope:
        """All that this person heard, of every bot and in every window: what they are shown."""
        ...

    async def conversations_of(
        self,
        person: Person | None,
        *,
        archived: bool,
        before: int | None,
        most: int,
    ) -> Sequence[tuple[Conversation, str]]:
        """Those in which this person (None: anybody) spoke, or nobody did in an account of theirs.

        Pinned ones first (all of them, and only without `before`), then the `most` latest; behind
        an `updated_at`. More come where several changed at the same moment, so that the next page
        leaves none out. With `archived` those that were archived, else the others. Each with the
        beginning of what they heard first, "" where nothing was said.
        """
        ...

    async def conversations_under(self, place: Place, most: int) -> Sequence[Conversation]:
        """The `most` latest whose spots are `place`'s, a slash and a last part without one."""
        ...

    async def spoke_in(self, person: Person, conversation: int) -> bool:
        """Whether this person said something there, or nobody did in an account of theirs."""
        ...

    async def set_title(self, conversation: int, title: str | None) -> None:
        """Give it a title, or take that away."""
        ...

    async def set_pinned(self, conversation: int, at: int | None) -> None:
        """Pin it at that moment (ms since 1970 UTC), or let it go."""
        ...

    async def set_archived(self, conversation: int, at: int | None) -> None:
        """Archive it at that moment (ms since 1970 UTC), or take it back."""
        ...

    async def page(
        self,
        conversation: int,
        scope: Scope | None,
        *,
        before: int | None,
        after: int | None,
        around: int | None,
        most: int,
    ) -> Page:
        """See `Desk.page`. Its cost does not grow with the conversation.

        Where a message is not there, what is before or behind its seq on the path is given.
        Raises: `NotThere` where the conversation is not, or a message that was asked `around`.
        """
        ...

    async def since(self, conversation: int, scope: Scope | None, after: int, most: int) -> Page:
        """See `Desk.since`; `newer` where there were more than `most`. Raises: `NotThere`."""
        ...

    async def ask_again(self, conversation: int, reply: int, *, go_on: bool) -> bool:
        """Note that a reply is to be made anew, or tried again where a notice stands: see `claim`.

        A notice is never gone on with; one that was tried again stands for what came of it.
        False where something waits, is to be made anew already, or a turn runs.
        Raises: `NotThere` where there is no such reply, or nothing is left that it covers.
        """
        ...

    async def switch(self, conversation: int, seq: int) -> bool:
        """The head is the newest message behind `seq`, or that one itself. Raises: `NotThere`.

        False, and nothing is changed, where something waits or runs, as with `ask_again`.
        """
        ...

    async def receipt_of(self, conversation: int, seq: int) -> dict[str, Any] | None:
        """The receipt of a reply; None where there is none."""
        ...

    async def messages_named(self, ids: Collection[str]) -> Sequence[Message]:
        """Those of the messages with these public ids that are there."""
        ...

    async def summaries(self, conversation: int, scope: Scope | None) -> Sequence[Summary]:
        """All summaries of a conversation for audiences whose words are all in `scope`."""
        ...

    async def summary_numbered(self, number: int) -> Summary | None:
        """One summary."""
        ...

    async def attachment(self, number: int) -> tuple[Message, Attachment] | None:
        """A picture or file with the message that it came with."""
        ...

    async def write_fact(
        self, bot: str, about: int, subject: str, statement: str, now: int
    ) -> Fact:
        """Keep a fact that somebody wrote about themselves, for them alone.

        `about` is their identity, `subject` what they are called.
        """
        ...
