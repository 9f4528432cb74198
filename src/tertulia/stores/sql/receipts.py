"""Receipts as they are kept: messages in a row take a few bytes each, not a line each.

A large window holds thousands of messages, and every turn has its receipt.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import accumulate, groupby, pairwise
from typing import Any

from tertulia.values.message import message_id

_MESSAGE = re.compile(r"(\d+)\.(\d+)")

Item = dict[str, Any]


def pack(receipt: dict[str, Any] | None) -> dict[str, Any] | None:
    """The receipt with its runs of messages folded; `unpack` gives it back as it was."""
    return receipt and {**receipt, "items": list(_fold(receipt["items"]))}


def unpack(receipt: dict[str, Any] | None) -> dict[str, Any]:
    """The whole receipt, or an empty one where a turn has none."""
    return {**receipt, "items": list(_unfold(receipt["items"]))} if receipt else {}


def _fold(items: Iterable[Item]) -> Iterator[Item]:
    for run, members in groupby(items, _run):
        if run is None:
            yield from members
            continue
        folded = list(members)
        numbers = [int(item["id"].partition(".")[2]) for item in folded]
        yield {
            "origin": run[0],
            "conversation": run[1],
            "steps": [numbers[0], *(later - earlier for earlier, later in pairwise(numbers))],
            "tokens": [item["tokens"] for item in folded],
        }


def _run(item: Item) -> tuple[str, int] | None:
    """What an item shares with the others of its run; None for one that stands by itself."""
    found = _MESSAGE.fullmatch(item["id"]) if item["score"] is None else None
    if found is None or message_id(int(found[1]), int(found[2])) != item["id"]:
        return None
    return item["origin"], int(found[1])


def _unfold(items: Iterable[Item]) -> Iterator[Item]:
    for item in items:
        if "steps" not in item:
            yield item
            continue
        numbers = accumulate(item["steps"])
        for number, tokens in zip(numbers, item["tokens"], strict=True):
            name = message_id(item["conversation"], number)
            yield {"origin": item["origin"], "id": name, "tokens": tokens, "score": None}
