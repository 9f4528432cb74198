"""What counts as the same message, on the way in and in the database."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from tertulia.channels.api.asked import Said
from tertulia.ports.desk import Desk
from tertulia.values.shown import Page, Shown, Viewer

BLANK = "/new blank"


def said_in(page: Page) -> list[Shown]:
    """What was said, without notices."""
    return [one for one in page.shown if one.message.role != "notice"]


async def says(desk: Desk, viewer: Viewer, there: Shown, said: Said) -> bool:
    """Whether somebody said just this there, with just these pictures. Raises: `NotThere`."""
    if not (same_words(there, said) and len(there.attachments) == len(said.pictures)):
        return False
    return await same_pictures(desk, viewer, there, said)


def same_words(there: Shown, said: Said) -> bool:
    """Whether somebody said these words there."""
    words = there.message.text.strip() == plain(said.text).strip()
    return there.message.role == "user" and words


async def same_pictures(desk: Desk, viewer: Viewer, there: Shown, said: Said) -> bool:
    """Whether these pictures came with it; a client may have left them all out since.

    Raises: `NotThere`.
    """
    if not said.pictures:
        return True
    if [one.size for one in there.attachments] != [len(one.content) for one in said.pictures]:
        return False
    for kept, sent in zip(there.attachments, said.pictures, strict=True):
        if (await desk.attachment(viewer, kept.id)).content != sent.content:
            return False
    return True


def is_command(said: Said) -> bool:
    """Whether it is one line that begins with a single slash."""
    line = said.text.strip()
    slashes = line.startswith("/") and not line.startswith("//")
    return said.role == "user" and slashes and len(line.splitlines()) == 1 and not said.pictures


def is_blank(before: Sequence[Said]) -> bool:
    """Whether a blank window was begun in a talk, and that was answered."""
    return any(
        one.text.lower().split() == BLANK.split() and is_command(one) and answer.role == "assistant"
        for one, answer in pairwise(before)
    )


def plain(text: str) -> str:
    """The text as it is said: of two slashes at its beginning the first only tells that it is."""
    begun = text.lstrip()
    return begun.removeprefix("/") if begun.startswith("//") else text
