"""A conversation, and what a turn in it works on."""

from __future__ import annotations

from dataclasses import dataclass

from tertulia.values.message import Message, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """An ordered transcript in one place.

    `head` is the message that the next one follows, or None where the window is empty. Every
    message up to `answered_seq` has its outcome. Times are milliseconds since 1970 UTC.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to run one turn: storing its reply requires that `epoch` is still current."""

    conversation: Conversation
    owner: str
    epoch: int
    delivery: int
    nonce: str
    waiting: tuple[Message, ...]

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
    """A stretch of the path to the head, newest first; `older`: more lies before it."""

    messages: tuple[Message, ...]
    older: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a stretch of a conversation said, from its first message to `upto`, on one path.

    `depth` and `path_tokens` are those of the message `upto`.
    """

    id: int
    conversation: int
    root: int
    upto: int
    depth: int
    path_tokens: int
    text: str
    tokens: int
