"""A conversation, and what a turn in it works on."""

from __future__ import annotations

from dataclasses import dataclass

from tertulia.values.message import Message, Place
from tertulia.values.reply import Opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """An ordered transcript in one place.

    `head` is the message that the next one follows, or None where the window is empty. Every
    message up to `answered_seq` has its outcome. `audience` is the number of those who hear what
    is said now. `owners_pick`: an owner picked `model`, which their keys then open. Times are
    milliseconds since 1970 UTC.
    """

    id: int
    place: Place
    bot: str
    model: str | None
    head: int | None
    last_seq: int
    answered_seq: int
    created_at: int
    updated_at: int
    messages: int = 0
    audience: int = 0
    title: str | None = None
    pinned_at: int | None = None
    archived_at: int | None = None
    again: int | None = None
    go_on: bool = False
    owners_pick: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to run one turn: storing its reply requires that `epoch` is still current.

    `again` is the reply beside which another version is to stand; `waiting` is then what it covers.
    `stood` is where the talk stood when it was claimed.
    """

    conversation: Conversation
    owner: str
    epoch: int
    opened: Opened
    waiting: tuple[Message, ...]
    again: Message | None = None
    stood: int | None = None

    @property
    def upto(self) -> int:
        """The newest message that the turn covers."""
        return self.waiting[-1].seq


@dataclass(frozen=True, slots=True, kw_only=True)
class Leased:
    """Another process runs the turn, until `until` (ms since 1970 UTC) unless it renews."""

    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of the path to the head, newest first; `older`: more lies before it.

    `hidden` are messages in it that not everybody here has heard, newest first.
    """

    messages: tuple[Message, ...]
    older: bool
    hidden: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What one audience heard of a conversation, from its first message to `upto`, on one path.

    Its sources are the `count` messages (`covered` tokens) that `audience` heard on the path from
    `first` to `upto`.
    """

    id: int
    conversation: int
    audience: int
    first: int
    upto: int
    count: int
    covered: int
    text: str
    tokens: int
