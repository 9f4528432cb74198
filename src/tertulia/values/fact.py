"""A remembered statement about a subject, and what a reading of messages changes in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tertulia.values.message import Message

Origin = Literal["said", "written"]
"""Taken from what was said, or written by a person who edited it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One statement, kept for one audience; all times are ms since 1970 UTC.

    `about` is the identity that it tells of, where that is somebody who spoke. `slot` names what of
    the subject it tells where that has one value at a time ("name", "home"); two facts with the
    same subject and slot contradict each other. It holds from `valid_from` until `valid_to` (None:
    still); it was recorded at `recorded_at` and believed until `closed_at`. `sources` are the
    public ids of messages; who heard up to the message of the number `newest_source` heard it.
    """

    id: int
    audience: int
    subject: str
    about: int | None
    slot: str | None
    statement: str
    origin: Origin
    sources: tuple[str, ...]
    valid_from: int
    valid_to: int | None
    recorded_at: int
    closed_at: int | None
    superseded_by: int | None
    newest_source: int = 0

    @property
    def name(self) -> str:
        """The public id: `f12`."""
        return fact_name(self.id)


def fact_name(number: int) -> str:
    """The public id of a fact."""
    return f"f{number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """Messages of one audience that were not read for facts yet, oldest first.

    `before` are those directly before them in their conversations, for the context only. `upto` is
    the number of the newest.
    """

    audience: int
    messages: tuple[Message, ...]
    before: tuple[Message, ...]
    upto: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """A new fact, with the facts that it contradicts (`closes`), by their numbers.

    `sources` are numbers of messages, all of the audience that is read.
    """

    subject: str
    about: int | None
    slot: str | None
    statement: str
    sources: tuple[int, ...]
    valid_from: int
    closes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeated:
    """A fact that was told again: it gets these messages as further sources."""

    fact: int
    sources: tuple[int, ...]
