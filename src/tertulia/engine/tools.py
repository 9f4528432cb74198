"""The parts that turns work with, handed around as one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tertulia.engine.bot import Bot
from tertulia.engine.factors import Factors
from tertulia.engine.outbox import Outbox
from tertulia.engine.tries import Tries
from tertulia.ports.broadcast import Broadcast
from tertulia.ports.clock import Clock
from tertulia.ports.recall import Search
from tertulia.ports.store import Store
from tertulia.ports.tokenizer import Tokenizer


def nothing_more(_: Sequence[str]) -> None:
    """Where nobody keeps what was said but the store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What every turn needs. `bot` finds a bot by its name; `lease` is in seconds.

    `owner` names this process in leases: no other may have the same.
    `after_forgetting` is given what was said and is forgotten now, to clean what keeps it beside
    the store; it is called in a thread. `tries` counts wrong codes.
    """

    store: Store
    tokenizer: Tokenizer
    broadcast: Broadcast
    clock: Clock
    factors: Factors
    outbox: Outbox
    search: Search
    bot: Callable[[str], Bot]
    owner: str
    lease: float
    after_forgetting: Callable[[Sequence[str]], None] = nothing_more
    tries: Tries = field(default_factory=Tries)
