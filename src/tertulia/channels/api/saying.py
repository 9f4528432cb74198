"""What counts as the same words, on the way in and in the database."""

from __future__ import annotations

from tertulia.channels.api.asked import Said
from tertulia.values.shown import Page, Shown


def said_in(page: Page) -> list[Shown]:
    """What was said, without notices."""
    return [one for one in page.shown if one.message.role != "notice"]


def says(there: Shown, text: str) -> bool:
    """Whether somebody said just this there."""
    said = there.message
    return said.role == "user" and said.text.strip() == plain(text).strip()


def waits_with(there: Shown, text: str) -> bool:
    """Whether somebody said just this, and is still to be answered."""
    return says(there, text) and there.outcome is None


def is_command(said: Said) -> bool:
    """Whether it is one line that begins with a single slash."""
    line = said.text.strip()
    slashes = line.startswith("/") and not line.startswith("//")
    return said.role == "user" and slashes and len(line.splitlines()) == 1 and not said.pictures


def plain(text: str) -> str:
    """The text as it is said: of two slashes at its beginning the first only tells that it is."""
    begun = text.lstrip()
    return begun.removeprefix("/") if begun.startswith("//") else text
