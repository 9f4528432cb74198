"""Finds a message and the receipt of a reply, and shows that as a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from tertulia.ports.store import Store
from tertulia.values.conversation import Conversation
from tertulia.values.message import Message
from tertulia.values.reply import Delivery

FAR = 200
"""A reply's receipt hangs on the messages that it covers: so many before it are looked at."""

FEW = 3
"""More items in a row without a score than these are shown as a range."""

FRAME = 3
"""Tokens that the prompt itself takes, beside its items."""


async def delivery_of(store: Store, conversation: int, seq: int) -> Delivery | None:
    """The reply of that number, or the one that covers the message of that number."""
    for before in range(seq, max(0, seq - FAR), -1):
        outcome = await store.outcome(conversation, before)
        found = outcome.delivery if outcome is not None else None
        if found is not None and (seq in {found.seq, before}):
            return found
    return None


async def message_numbered(store: Store, conversation: int, seq: int) -> Message | None:
    """One message, or None where there is none."""
    span = await store.history(conversation, seq, 0, frozenset(), None)
    return span.messages[0] if span.messages and span.messages[0].seq == seq else None


async def latest_delivery(store: Store, here: Conversation) -> Delivery | None:
    """The last reply in a conversation that has a receipt."""
    for seq in range(here.last_seq, max(0, here.last_seq - FAR), -1):
        outcome = await store.outcome(here.id, seq)
        found = outcome.delivery if outcome is not None else None
        if found is not None and found.kind == "reply" and found.receipt:
            return found
    return None


def table(message: str, receipt: dict[str, Any]) -> list[str]:
    """A receipt (`Receipt.as_json`) as lines for a person, by origin in the prompt's order."""
    rows = [row for origin in _origins(receipt["items"]) for row in _rows(*origin)]
    rows.append(("(the prompt itself)", "", FRAME, ""))
    heading = (
        f"For {message} the model read {receipt['prompt_tokens']} of the {receipt['budget']} "
        "tokens that it may:"
    )
    left = [_left(one) for one in receipt["left_out"]]
    behind = ["Left out:", *_aligned(left)] if left else ["Nothing was left out."]
    return [heading, *_aligned(rows), *behind]


_Row = tuple[str, str, int, str]
"""Origin, ids, tokens, and the score or the reason."""


def _origins(items: Iterable[dict[str, Any]]) -> Iterable[tuple[str, list[dict[str, Any]]]]:
    for origin, members in groupby(items, lambda item: str(item["origin"])):
        yield origin, list(members)


def _rows(origin: str, items: Sequence[dict[str, Any]]) -> list[_Row]:
    if len(items) > FEW and all(item["score"] is None for item in items):
        tokens = sum(item["tokens"] for item in items)
        ids = f"{items[0]['id']} … {items[-1]['id']} ({len(items)})"
        return [(origin, ids, tokens, "")]
    return [(origin, item["id"], item["tokens"], _score(item["score"])) for item in items]


def _score(score: float | None) -> str:
    return "" if score is None else f"score {score:.2f}"


def _left(one: dict[str, Any]) -> _Row:
    ids = one["from"] if one["count"] == 1 else f"{one['from']} … {one['to']} ({one['count']})"
    return one["origin"], ids, one["tokens"], one["why"]


def _aligned(rows: Sequence[_Row]) -> list[str]:
    origins = max(len(row[0]) for row in rows)
    ids = max(len(row[1]) for row in rows)
    return [
        f"  {origin:<{origins}}  {named:<{ids}}  {tokens:>6}  {more}".rstrip()
        for origin, named, tokens, more in rows
    ]
