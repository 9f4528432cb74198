"""Finds one message by its numbers."""

from __future__ import annotations

from tertulia.ports.store import Store
from tertulia.values.message import Message


async def message_numbered(store: Store, conversation: int, seq: int) -> Message | None:
    """One message, or None where there is none."""
    span = await store.history(conversation, seq, 0, frozenset(), None)
    return span.messages[0] if span.messages and span.messages[0].seq == seq else None
