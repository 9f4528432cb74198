"""Finds what was said, for a person who looks: the same search that recall stands on."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tertulia.ports.recall import Candidate, RecallStore
from tertulia.ports.store import Store
from tertulia.values.audience import Scope
from tertulia.values.message import Message

_WORD = re.compile(r"\w+")


async def search(
    store: RecallStore, scope: Scope | None, text: str, most: int
) -> Sequence[Candidate]:
    """At most `most` messages with words of `text`, the best first.

    Only what `scope` allows (None: the owner's own tools read all). Those that only stand beside
    a match come in where there are no others.
    """
    words = _WORD.findall(text)
    if not words:
        return []
    await store.index()
    found = await store.seek(scope, words, most * 4)
    matching = [one for one in found if one.text_score > 0]
    return (matching or list(found))[:most]


async def message_numbered(store: Store, conversation: int, seq: int) -> Message | None:
    """One message, or None where there is none."""
    span = await store.history(conversation, seq, 0, frozenset(), None)
    return span.messages[0] if span.messages and span.messages[0].seq == seq else None
