"""The parts that turns work with, handed around as one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tertulia.engine.bot import Bot
from tertulia.engine.factors import Factors
from tertulia.engine.outbox import Outbox
from tertulia.ports.broadcast import Broadcast
from tertulia.ports.clock import Clock
from tertulia.ports.store import Store
from tertulia.ports.tokenizer import Tokenizer


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What every turn needs. `bot` finds a bot by its name; `lease` is in seconds.

    `owner` names this process in leases: no other may have the same.
    """

    store: Store
    tokenizer: Tokenizer
    broadcast: Broadcast
    clock: Clock
    factors: Factors
    outbox: Outbox
    bot: Callable[[str], Bot]
    owner: str
    lease: float
