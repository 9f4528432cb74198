"""What is told live while a turn runs: provisional until the reply is stored."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Started:
    """A turn has begun, covering the messages up to `upto`."""

    upto: int


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


Event = Started | Spoken | Restarted | Settled
