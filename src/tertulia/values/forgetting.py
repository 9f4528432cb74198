"""What is to be forgotten, and what that takes with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["message", "fact", "person", "conversation", "bot"]
Replies = Literal["all", "quoting"]
"""Redact all replies that had it before them, or only those that repeat words of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is to be forgotten.

    `numbers` are rows: messages, facts, the identities of a person, a conversation. A bot is told
    by `bot`.
    """

    kind: Kind
    numbers: tuple[int, ...] = ()
    bot: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What goes (or went), by public ids, oldest first.

    `redacted` are replies whose receipts show something of it: their text goes with it. `facts`
    are removed; `reopened` hold again, because what had closed them is gone. `summaries` are
    removed and made anew without it in `rebuilt`, which are conversations by their numbers, as are
    those in `renamed`, whose names or titles gave it away. Where `cleaned` is False, another
    program has the files open, or they could not be written: the bytes go later.
    `texts` is what was said, so that an owner's log can be cleaned of it too.
    """

    messages: tuple[str, ...] = ()
    redacted: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    reopened: tuple[str, ...] = ()
    summaries: tuple[str, ...] = ()
    rebuilt: tuple[int, ...] = ()
    conversations: tuple[int, ...] = ()
    people: tuple[str, ...] = ()
    renamed: tuple[int, ...] = ()
    texts: tuple[str, ...] = ()
    cleaned: bool = True

    def __bool__(self) -> bool:
        return bool(self.messages or self.facts or self.conversations or self.people)

    def as_json(self) -> dict[str, Any]:
        """The receipt in the shape that `--json` prints; what was said is not in it."""
        return {
            "messages": list(self.messages),
            "redacted": list(self.redacted),
            "facts": list(self.facts),
            "reopened": list(self.reopened),
            "summaries": list(self.summaries),
            "conversations": list(self.conversations),
            "people": list(self.people),
            "renamed": list(self.renamed),
        }
