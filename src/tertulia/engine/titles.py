"""What a conversation is called in a list."""

from __future__ import annotations

from tertulia.engine.commands.wording import one_line
from tertulia.values.conversation import Conversation

SCREENS = ("web", "api")
"""The channels on which people are accounts: of one account all callers are one person."""

LONGEST = 60
"""Characters of what was said first."""

NEW = "New conversation"
"""Where nothing was said yet."""


def title_of(conversation: Conversation, beginning: str) -> str:
    """Its title, else the name that an import gave it, else how it begins."""
    if conversation.title:
        return conversation.title
    if conversation.place.channel in SCREENS and " " in conversation.place.spot:
        # The spots that a door makes are ids without a blank: this one is a name.
        return conversation.place.spot
    return first_words(beginning) or NEW


def first_words(text: str) -> str:
    """The beginning of a text on one line, cut at a word."""
    line = one_line(text)
    if len(line) <= LONGEST:
        return line
    cut, blank, _ = line[: LONGEST + 1].rpartition(" ")
    return f"{cut if blank else line[:LONGEST]} …"
