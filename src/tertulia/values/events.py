"""What is told live while a turn runs: provisional until the reply is stored."""

from __future__ import annotations

from dataclasses import dataclass, field

from tertulia.values.reply import Opened


@dataclass(frozen=True, slots=True)
class Started:
    """A turn has begun, covering the messages up to `upto`.

    `again` is the reply that it makes anew or goes on with, by its seq. `audience` is the number of
    those to whom it is said: nobody else is told of it. `opened` is the delivery that it will fill.
    """

    upto: int
    again: int | None = None
    audience: int = field(default=0, compare=False)
    opened: Opened | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Spoken:
    """The next piece of the reply's text."""

    text: str


@dataclass(frozen=True, slots=True)
class Restarted:
    """What was shown of this reply is void: it begins again. `why` is for the owner."""

    why: str


@dataclass(frozen=True, slots=True)
class Settled:
    """Nothing waits any more: whoever awaits an outcome, and was sent no reply, looks for it."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Message `seq` is on disk: said by somebody, a reply, or a notice."""

    seq: int


@dataclass(frozen=True, slots=True)
class Changed:
    """The conversation is not what it was: another head, title or model, or something forgotten."""


EVERYWHERE = 0
"""What is told as of this conversation is told of all: no conversation has the number."""


@dataclass(frozen=True, slots=True)
class Said:
    """An account said something in a conversation of its own, by whatever door; see `EVERYWHERE`.

    Its list is not what it was.
    """

    account: str
    conversation: int


Event = Started | Spoken | Restarted | Settled | Stored | Changed | Said


@dataclass(frozen=True, slots=True)
class Running:
    """The turn that runs now, as far as its reply has come; see `Started`."""

    upto: int
    again: int | None
    text: str
    audience: int = field(default=0, compare=False)
