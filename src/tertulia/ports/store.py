"""The database: every method is one transaction, on disk when it returns."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from tertulia.ports.accounts import AccountStore
from tertulia.ports.archive import ArchiveStore
from tertulia.ports.bots import BotStore
from tertulia.ports.facts import FactStore
from tertulia.ports.forgetting import ForgettingStore
from tertulia.ports.people import PeopleStore
from tertulia.ports.posts import PostStore
from tertulia.ports.recall import RecallStore
from tertulia.ports.screen import ScreenStore
from tertulia.ports.usage import UsageStore
from tertulia.values.audience import Scope
from tertulia.values.conversation import Conversation, Lease, Leased, Span, Summary
from tertulia.values.message import Accepted, Author, Measured, Message, Place
from tertulia.values.reply import Delivery, Ending, Outcome


class Store(
    PeopleStore,
    FactStore,
    RecallStore,
    ForgettingStore,
    ArchiveStore,
    ScreenStore,
    PostStore,
    UsageStore,
    AccountStore,
    BotStore,
    Protocol,
):
    """Keeps what was said and what became of it. Times are milliseconds since 1970 UTC.

    Every method raises `StoreError` where the database cannot be used.
    """

    async def open(self) -> None:
        """Open it, making or upgrading its tables. Raises: `StoreTooNew`, `StoreCorrupt`."""
        ...

    async def close(self) -> None:
        """Finish what is being written, and close."""
        ...

    async def accept(self, message: Measured, now: int) -> Accepted:
        """Store a message after the head of its conversation, once for its platform id."""
        ...

    async def claim(
        self, conversation: int, owner: str, now: int, until: int
    ) -> Lease | Leased | None:
        """Take the lease of the next turn, or tell who has it; None where nothing waits.

        Makes the turn's delivery, or takes up the one that an unfinished turn left. What waits on
        one path is one turn's, and the conversation's `head` is on that path. Once nothing waits,
        the turn makes the reply `again` anew: `head` is then what that follows.
        """
        ...

    async def renew(self, owner: str, conversations: Sequence[int], until: int) -> frozenset[int]:
        """Extend the leases of `owner` on these; returns the conversations that it still holds."""
        ...

    async def release(self, lease: Lease) -> None:
        """Give a lease back with nothing stored: its messages wait again."""
        ...

    async def finish(self, lease: Lease, ending: Ending) -> Delivery | None:
        """Store how a turn ended: message, outcomes, receipt and delivery, all or nothing.

        A reply that was made anew stands beside the old one, covers what that did, and is the head.
        Where it came to nothing, what it should have covered keeps its outcome.
        Returns the delivery, or None where nothing is said.
        Raises: `LeaseLost` where another process has taken the turn over, `AudienceGrew` where
        somebody has joined who may not have heard what it is made of; then nothing is stored.
        """
        ...

    async def waiting(self, now: int, bots: Collection[str]) -> Sequence[int]:
        """Conversations of `bots` where something waits and no lease is live, the longest first."""
        ...

    async def outcome(self, conversation: int, seq: int) -> Outcome | None:
        """What became of a message, or None while it waits; `forgotten` where it is not there."""
        ...

    async def history(
        self,
        conversation: int,
        head: int | None,
        tokens: int,
        skip: frozenset[int],
        scope: Scope | None,
        only: frozenset[int] | None = None,
    ) -> Span:
        """The path up to `head`, newest first, without `skip`: what fits in `tokens`, and one more.

        Of `only` these, where they are given.

        Only what `scope` allows (None: all); what it does not is told as hidden. `older` is true
        where the path goes on before the last one looked at.
        """
        ...

    async def thread(self, conversation: int, seqs: Sequence[int]) -> frozenset[int] | None:
        """What these answer, and what that answers in its turn, with themselves.

        None where one of them expressly answers nothing: then all that was said is meant.
        """
        ...

    async def aside(
        self, conversation: int, head: int | None, ids: Collection[str]
    ) -> frozenset[str]:
        """Those of the messages that one does not read on the way to the head of their talk.

        They are on another branch: another version of something said, or behind one. The head of
        `conversation` is taken to be `head`.
        """
        ...

    async def stretch(
        self, conversation: int, after: int | None, upto: int, audience: int
    ) -> Sequence[Message]:
        """What `audience` heard on the path from behind `after` (or its beginning) up to `upto`."""
        ...

    async def deliveries(self, channel: str, conversation: int | None) -> Sequence[Delivery]:
        """What is ready to be sent on a channel, or in one conversation of it, oldest first."""
        ...

    async def unsent(self, delivery: int, cause: str, *, final: bool) -> None:
        """A try failed: one more is counted, and with `final` there will be no other."""
        ...

    async def conversation(self, place: Place) -> Conversation | None:
        """The conversation at a place."""
        ...

    async def conversation_numbered(self, number: int) -> Conversation | None:
        """The conversation of that number, with its count of messages."""
        ...

    async def begin(self, place: Place, bot: str, now: int) -> Conversation:
        """The conversation at a place; where there is none it begins, with nothing said."""
        ...

    async def conversations(self, channel: str | None) -> Sequence[Conversation]:
        """All conversations (of a channel), the newest first, each with its count of messages."""
        ...

    async def transcript(self, conversation: int) -> Sequence[Message]:
        """Everything said in a conversation, in order, notices included."""
        ...

    async def set_head(self, conversation: int, head: int | None, window: str | None) -> None:
        """What the next message follows; None starts an empty window.

        A `window` names one that uses nothing from before and is used nowhere else.
        """
        ...

    async def arrive(
        self, place: Place, author: Author, circle: str | None, present: Sequence[Author] | None
    ) -> None:
        """Tell who is here, without a message: from now on it is they who hear.

        They are a `circle`, or the author and `present`, as with `Incoming`.
        """
        ...

    async def set_model(
        self, conversation: int, model: str | None, *, owners_pick: bool = False
    ) -> None:
        """The model that this conversation uses in place of its bot's, and whether an owner's."""
        ...

    async def summary(self, conversation: int, on_path_of: int, audience: int) -> Summary | None:
        """The longest-reaching summary for `audience` of what lies before or at `on_path_of`."""
        ...

    async def add_summary(self, made: Summary, model: str, generation: int, now: int) -> bool:
        """Store a summary; the store gives it its own `id`.

        False, and nothing is stored, where something was forgotten since `generation`.
        """
        ...

    async def factors(self) -> Mapping[str, float]:
        """What was learned of each model's tokens: how many a token of ours is."""
        ...

    async def set_factor(self, model: str, learned: float) -> None:
        """Keep what was learned of a model's tokens."""
        ...
