"""Reads somebody's past from a file of another program."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One message of an import. `id` is unique in its conversation; `said_at` is ms since 1970.

    `name` is what who said it is called there, or None where it is the one whose past it is.
    `instead_of` is the id of the first message of which this is another version.
    """

    id: str
    parent: str | None
    role: Literal["user", "assistant"]
    name: str | None
    text: str
    said_at: int
    instead_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """One conversation of an import. `id` is unique, `title` is for people.

    `messages` are in an order in which each comes after its parent; `head` is the last message of
    the branch that its person saw last, or None where they had begun anew.
    """

    id: str
    title: str
    messages: tuple[Told, ...]
    head: str | None


class Importer(Protocol):
    """One format."""

    name: str

    def knows(self, path: Path) -> bool:
        """Whether the file is in this format, by a look at it."""
        ...

    def read(self, path: Path) -> Iterator[Talk]:
        """The conversations, one after another.

        Raises: `Malformed` with the place of what is wrong.
        """
        ...
