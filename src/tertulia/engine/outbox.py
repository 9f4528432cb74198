"""Delivers stored replies, in order within a conversation; what nobody can take stays ready."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Mapping

from tertulia.ports.channel import Channel
from tertulia.ports.clock import Clock
from tertulia.ports.store import Store
from tertulia.values.errors import DeliveryFailed, NotHere
from tertulia.values.failpoints import reach
from tertulia.values.reply import Delivery

log = logging.getLogger(__name__)


class Outbox:
    """One queue a conversation. A reply is noted as sent once its channel has shown it."""

    def __init__(self, store: Store, channels: Mapping[str, Channel], clock: Clock) -> None:
        self._store = store
        self._channels = channels
        self._clock = clock
        self._queues: dict[int, deque[Delivery]] = {}
        self._senders: dict[int, asyncio.Task[None]] = {}

    def hand(self, delivery: Delivery) -> None:
        """Send `delivery` after those that wait before it in its conversation."""
        if self.holds(delivery):
            return
        queue = self._queues.setdefault(delivery.conversation, deque())
        queue.append(delivery)
        if delivery.conversation not in self._senders:
            sender = asyncio.create_task(self._send_all(delivery.conversation, queue))
            self._senders[delivery.conversation] = sender

    def holds(self, delivery: Delivery) -> bool:
        """Whether `delivery` is being sent, or waits for its turn to be."""
        return any(held.id == delivery.id for held in self._queues.get(delivery.conversation, ()))

    async def take_up(self, channel: str, conversation: int | None = None) -> None:
        """Begin to send what an earlier process, or an absent reader, left ready."""
        for delivery in await self._store.deliveries(channel, conversation):
            self.hand(delivery)

    async def settle(self, conversation: int) -> None:
        """Wait until nothing is being sent in a conversation."""
        sender = self._senders.get(conversation)
        if sender is not None:
            await asyncio.wait([sender])

    async def close(self, grace: float) -> None:
        """Wait until nothing is being sent, for `grace` seconds; the rest stays ready."""
        if self._senders:
            _, late = await asyncio.wait(self._senders.values(), timeout=grace)
            for sender in late:
                sender.cancel()

    async def _send_all(self, conversation: int, queue: deque[Delivery]) -> None:
        try:
            while queue:
                try:
                    await self._send(queue[0])
                except Exception as error:  # a broken channel must not end the others
                    log.exception("Reply %s could not be sent; it stays ready", queue[0].message)
                    await self._store.unsent(queue[0].id, str(error), final=False)
                queue.popleft()
        finally:
            del self._queues[conversation]
            del self._senders[conversation]

    async def _send(self, delivery: Delivery) -> None:
        channel = self._channels.get(delivery.place.channel)
        if channel is None:
            return
        reach("delivery.before")
        try:
            platform_ids = await channel.send(delivery)
        except NotHere:
            return
        except DeliveryFailed as error:
            log.error("Reply %s will not be delivered: %s", delivery.message, error)
            await self._store.unsent(delivery.id, str(error), final=True)
            return
        reach("delivery.sent")
        await self._store.sent(delivery.id, platform_ids, self._clock.now())
        reach("delivery.noted")
