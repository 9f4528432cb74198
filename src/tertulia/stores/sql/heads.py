"""Where each conversation stands: what comes next is numbered by it, and follows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from tertulia.stores.sql.schema import conversation, message


@dataclass(slots=True)
class Head:
    """Where a conversation stands: what the next message is numbered, and what it follows."""

    id: int
    bot: str
    last_seq: int
    asked_seq: int
    answered_seq: int
    head: int | None
    root: int | None
    depth: int | None
    path_tokens: int | None
    updated_at: int
    audience: int | None
    window: str | None

    def follow(self, tokens: int) -> dict[str, Any]:
        """The columns of the message that comes next, which is then the head."""
        self.last_seq += 1
        columns = {
            "conversation_id": self.id,
            "seq": self.last_seq,
            "parent": self.head,
            "root": self.last_seq if self.root is None else self.root,
            "depth": 0 if self.depth is None else self.depth + 1,
            "path_tokens": (self.path_tokens or 0) + tokens,
            "tokens": tokens,
        }
        self.head = self.last_seq
        self.root = columns["root"]
        self.depth = columns["depth"]
        self.path_tokens = columns["path_tokens"]
        return columns


head_columns = (
    conversation.c.id,
    conversation.c.bot,
    conversation.c.last_seq,
    conversation.c.asked_seq,
    conversation.c.answered_seq,
    conversation.c.head,
    message.c.root,
    message.c.depth,
    message.c.path_tokens,
    conversation.c.updated_at,
    conversation.c.audience_id,
    conversation.c.window,
)
with_head = conversation.outerjoin(
    message,
    (message.c.conversation_id == conversation.c.id) & (message.c.seq == conversation.c.head),
)


def select_head(conversation_id: int) -> Any:
    """The query for one conversation's `Head`."""
    return select(*head_columns).select_from(with_head).where(conversation.c.id == conversation_id)
