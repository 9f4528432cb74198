"""Named points where a test may end the process, to see that nothing is lost there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

Failpoint = Literal[
    "accept.before",
    "accept.stored",
    "turn.claimed",
    "turn.prompted",
    "turn.spoken",
    "turn.before_store",
    "turn.stored",
    "delivery.before",
    "delivery.sent",
    "delivery.noted",
    "store.before_commit",
    "store.committed",
]

FAILPOINTS: tuple[Failpoint, ...] = get_args(Failpoint)

hook: Callable[[Failpoint], None] | None = None
"""None, but in a fault test."""


def reach(point: Failpoint) -> None:
    """Tell the fault test, if one is watching, that `point` is reached."""
    if hook is not None:
        hook(point)
