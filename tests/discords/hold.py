"""What every part of the steering holds of the running server."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from typing import Any

from discords.gateway import Gateway
from discords.limits import Limits
from discords.things import Message
from discords.world import World

SECONDS = 20
"""How long a test waits for what ought to come."""


class Held:
    """The running server, and how to wait for it."""

    def __init__(self, world: World, gateway: Gateway, limits: Limits) -> None:
        self.world = world
        self.gateway = gateway
        self.limits = limits
        self.token = world.token
        self.gateway_url = world.gateway_url
        self.api_url = world.api_url
        self.me = world.me.id
        self.application = world.application

    def wait_for(self, condition: Callable[[], Any], seconds: float = SECONDS) -> Any:
        """Wait until it gives something true, and give that; looked at on every change here.

        Raises: `AssertionError` if it does not within that time.
        """
        with self.world.changed:
            found = self.world.changed.wait_for(condition, seconds)
        assert found, f"this did not come within {seconds} s"
        return found

    async def until(self, condition: Callable[[], Any], seconds: float = SECONDS) -> Any:
        """The same for a test whose client runs on its own loop."""
        return await asyncio.to_thread(self.wait_for, condition, seconds)


def copied(message: Message) -> Message:
    made = copy.copy(message)
    made.revisions, made.files = list(message.revisions), list(message.files)
    return made
