"""How a turn ends, and the delivery that carries its reply."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from tertulia.values.message import Place, message_id
from tertulia.values.prompt import Usage

OutcomeKind = Literal["reply", "notice", "unanswered"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What a turn stores in one transaction.

    `text` is None where nothing is said (stopped before a word was shown); `tokens` is its cost in
    a later prompt. `finish_reason` is the model's own, or `stopped`, or `failed`. `cause` is for
    the owner's log. `notes` are plain sentences for the person, shown with the reply. `cost` is in
    the currency of the price table, None where no price is known. Times are ms since 1970 UTC.
    """

    kind: OutcomeKind
    text: str | None
    tokens: int
    finish_reason: str
    model: str
    started_at: int
    ended_at: int
    usage: Usage | None = None
    cost: float | None = None
    cause: str | None = None
    notes: tuple[str, ...] = ()
    receipt: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The delivery that a turn will fill: what it says may be shown before it is stored.

    `nonce` is the same for every try. `answers` is the platform's id of the newest message that it
    covers. `shown` are the platform's ids of what is shown of it already, in their order: another
    process may have begun it.
    """

    id: int
    nonce: str
    answers: str | None = None
    shown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A stored reply or notice on its way to its platform.

    It covers the messages `covers` of the conversation. `seq` is the stored message's. `attempts`
    counts the tries before this one. `cause` tells why a notice stands in place of a reply: for the
    owner's eyes only. For `nonce`, `answers` and `shown` see `Opened`.
    """

    id: int
    nonce: str
    conversation: int
    place: Place
    bot: str
    seq: int
    covers: tuple[int, ...]
    kind: OutcomeKind
    text: str
    finish_reason: str
    model: str
    usage: Usage
    cost: float | None
    notes: tuple[str, ...]
    receipt: dict[str, Any]
    attempts: int = field(compare=False)
    cause: str | None = None
    answers: str | None = None
    shown: tuple[str, ...] = field(default=(), compare=False)

    @property
    def message(self) -> str:
        """The public id of the reply."""
        return message_id(self.conversation, self.seq)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of an accepted message.

    `reason` tells why it was left unanswered; `delivery` carries the reply or notice
    that covers it.
    """

    kind: OutcomeKind
    reason: str | None = None
    delivery: Delivery | None = None
