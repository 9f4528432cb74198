"""What a screen shows of conversations: messages, their other versions, what came of them."""

from __future__ import annotations

from dataclasses import dataclass

from tertulia.values.attachment import Attached
from tertulia.values.conversation import Conversation
from tertulia.values.message import Message
from tertulia.values.person import Person
from tertulia.values.prompt import Usage
from tertulia.values.reply import OutcomeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Somebody before a screen: with all linked identities; `owner` may see and do all.

    `account` is the name by which they were let in.
    """

    account: str
    person: Person
    owner: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How the turn ended that made a reply or a notice; `cost` is None where no price is known.

    `cause` of a notice is for the owner's eyes only.
    """

    model: str
    usage: Usage | None
    cost: float | None
    notes: tuple[str, ...]
    receipt: bool
    cause: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A message as a screen shows it.

    `versions` are the seqs of all messages of which one is current here (edits of one message,
    regenerations of one reply), its own among them, in the order made. `outcome` tells what became
    of something said, None while it waits, with its `reason` where it was left unanswered. `ended`
    belongs to replies and notices.
    """

    message: Message
    versions: tuple[int, ...] = ()
    outcome: OutcomeKind | None = None
    reason: str | None = None
    ended: Ended | None = None
    attachments: tuple[Attached, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A stretch of a conversation as one reads it, oldest first: the path to the head.

    Notices stand behind what they answer. What was said in earlier windows comes before the first
    message of the present one. `last_seq` is the newest message of the conversation when it was
    read, on the path or not.
    """

    conversation: Conversation
    shown: tuple[Shown, ...]
    older: bool
    newer: bool
    last_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A conversation in a list: its title (given, else its first words), and whether it can go on.

    `mine`: the viewer may say something in it from a screen; else it is held on another channel.
    """

    conversation: Conversation
    title: str
    mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """Something said that was looked for, and where; `score` is higher the better it fits."""

    message: Message
    speaker: str
    title: str
    score: float
