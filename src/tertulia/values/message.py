"""One thing said: as a channel hands it in, and as the store keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tertulia.values.attachment import Attachment

Role = Literal["user", "assistant", "notice"]
"""Who speaks: a participant, the bot, or the engine itself (never shown to a model)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a conversation is held: a channel, our account on it, and the spot's own id there."""

    channel: str
    account: str
    spot: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """A participant as one channel knows them."""

    platform_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A message as it comes in.

    `platform_id` is the platform's own message id, unique for a channel and account: a second one
    is the same message delivered twice. `said_at` is in milliseconds since 1970 UTC. `name` is what
    the model reads as the speaker's name, or None where only one person speaks. `unanswered` tells
    why no reply is wanted ("not addressed"), or is None where one is.

    `circle` names those who can read the place's history, later joiners too (on Discord a channel
    with its threads); None where only those hear it who are there. Those are the author and
    `present`; where `present` is None, the author and whoever was there at the message before.

    `instead_of` is the seq of a message of this conversation of which this is another version: it
    stands beside that one, and the talk goes on from it. `reply_to` is the seq of one that it
    expressly answers: it is read with what that answers in its turn, in place of all that was said.
    """

    place: Place
    bot: str
    author: Author
    platform_id: str
    text: str
    said_at: int
    name: str | None = None
    unanswered: str | None = None
    circle: str | None = None
    present: tuple[Author, ...] | None = None
    instead_of: int | None = None
    reply_to: int | None = None
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """An incoming message with its cost in a prompt, in tokens of the engine's tokenizer."""

    incoming: Incoming
    tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """What the store answers to an incoming message once it is on disk.

    `forgotten`: it was stored once and is to stay forgotten; nothing was stored, `seq` is 0.
    """

    conversation: int
    seq: int
    duplicate: bool
    forgotten: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A stored message: immutable, the child of `parent` in the same conversation.

    `seq` counts the messages of a conversation in the order accepted, from 1. Along the path from
    the first message (`root`) to this one, `depth` counts the messages before it and `path_tokens`
    sums their tokens and its own. `tokens` is the whole cost in a prompt: text, role and name.
    `number` counts all messages of the store; `audience` is the number of those who heard it, and
    `author` that of the identity that said it (None for the bot). `instead_of` is the seq of the
    first message of which this is another version.
    """

    conversation: int
    seq: int
    parent: int | None
    root: int
    depth: int
    path_tokens: int
    role: Role
    name: str | None
    text: str
    tokens: int
    said_at: int
    finish_reason: str | None = None
    number: int = 0
    audience: int = 0
    author: int | None = None
    instead_of: int | None = None

    @property
    def id(self) -> str:
        """The public id, `CONVERSATION.SEQ`."""
        return message_id(self.conversation, self.seq)


def message_id(conversation: int, seq: int) -> str:
    """The public id of a message: `12.345` is message 345 of conversation 12."""
    return f"{conversation}.{seq}"
