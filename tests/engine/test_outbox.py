"""The outbox alone, on a real store: order, retries by hand, and what is noted when."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from making import incoming
from running import Keeping, SetClock
from tertulia.engine.outbox import Outbox
from tertulia.stores.sql.sqlite import SQLiteStore
from tertulia.values import failpoints
from tertulia.values.conversation import Lease
from tertulia.values.errors import DeliveryFailed, NotHere
from tertulia.values.message import Measured
from tertulia.values.reply import Delivery, Ending


class Bench:
    """An outbox on a store, and a way to make replies."""

    def __init__(self, store: SQLiteStore) -> None:
        self.store = store
        self.channel = Keeping()
        self.outbox = Outbox(store, {"library": self.channel}, SetClock())
        self.said = 0

    async def reply(self, spot: str = "t", channel: str = "library") -> Delivery:
        self.said += 1
        message = incoming(number=str(self.said), spot=spot, channel=channel)
        accepted = await self.store.accept(Measured(incoming=message, tokens=5), 1)
        lease = await self.store.claim(accepted.conversation, "me", 1, 100)
        assert isinstance(lease, Lease)
        ending = Ending(
            kind="reply",
            text=f"reply {self.said}",
            tokens=5,
            finish_reason="stop",
            model="m",
            started_at=1,
            ended_at=2,
        )
        delivery = await self.store.finish(lease, ending)
        assert delivery is not None
        return delivery

    async def settle(self) -> None:
        async with asyncio.timeout(10):
            while self.outbox._senders:
                await asyncio.sleep(0.001)

    async def ready(self) -> list[str]:
        return [d.text for d in await self.store.deliveries("library", None)]

    @property
    def sent(self) -> list[str]:
        return [delivery.text for delivery in self.channel.sent]


def with_bench(folder: Path, body: Callable[[Bench], Awaitable[None]]) -> None:
    async def whole() -> None:
        store = SQLiteStore(folder / "t.db")
        await store.open()
        try:
            await asyncio.wait_for(body(Bench(store)), 20)
        finally:
            await store.close()

    asyncio.run(whole())


def test_replies_go_out_in_order_and_are_noted(tmp_path: Path) -> None:
    async def body(bench: Bench) -> None:
        first, second = await bench.reply(), await bench.reply()
        bench.outbox.hand(first)
        bench.outbox.hand(second)
        assert bench.outbox.holds(first)
        assert bench.outbox.holds(second)
        await bench.settle()
        assert bench.sent == ["reply 1", "reply 2"]
        assert not bench.outbox.holds(first)
        assert bench.outbox._queues == {}
        assert await bench.ready() == []
        rows = await bench.store._read(
            lambda c: c.exec_driver_sql(
                "SELECT state, platform_id, sent_at FROM delivery"
                " JOIN post ON delivery_id = delivery.id"
            ).all()
        )
        assert [tuple(row) for row in rows] == [
            ("sent", each.nonce, SetClock().now()) for each in (first, second)
        ]

    with_bench(tmp_path, body)


def test_the_same_reply_handed_twice_is_sent_once(tmp_path: Path) -> None:
    async def body(bench: Bench) -> None:
        delivery = await bench.reply()
        for _ in range(3):
            bench.outbox.hand(delivery)
        await bench.settle()
        assert bench.sent == ["reply 1"]

    with_bench(tmp_path, body)


def test_conversations_do_not_wait_for_each_other(tmp_path: Path) -> None:
    async def body(bench: Bench) -> None:
        gate, send = asyncio.Event(), bench.channel.send

        async def slow(delivery: Delivery) -> tuple[str, ...]:
            if delivery.place.spot == "slow":
                await gate.wait()
            return await send(delivery)

        bench.channel.send = slow  # type: ignore[method-assign]
        bench.outbox.hand(await bench.reply("slow"))
        quick = await bench.reply("quick")
        bench.outbox.hand(quick)
        await bench.outbox.settle(quick.conversation)
        assert bench.sent == ["reply 2"]
        gate.set()
        await bench.outbox.settle(1)
        await bench.outbox.settle(1)
        assert bench.sent == ["reply 2", "reply 1"]

    with_bench(tmp_path, body)


def test_away_or_broken_stays_ready_and_holds_up_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def body(bench: Bench) -> None:
        replies = [await bench.reply() for _ in range(3)]
        bench.channel.errors = [NotHere("away"), ValueError("a bug")]
        for reply in replies:
            bench.outbox.hand(reply)
        await bench.settle()
        assert bench.sent == ["reply 3"]
        assert await bench.ready() == ["reply 1", "reply 2"]
        assert "Reply 1.4 could not be sent; it stays ready" in caplog.text
        assert "ValueError: a bug" in caplog.text
        rows = await bench.store._read(
            lambda c: c.exec_driver_sql("SELECT state, attempts, cause FROM delivery").all()
        )
        assert [tuple(row) for row in rows] == [
            ("ready", 0, None),
            ("ready", 1, "a bug"),
            ("sent", 1, None),
        ]
        await bench.outbox.take_up("library", 1)
        await bench.settle()
        assert bench.sent == ["reply 3", "reply 1", "reply 2"]

    with_bench(tmp_path, body)


def test_refused_for_good_is_given_up_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def body(bench: Bench) -> None:
        bench.channel.errors = [DeliveryFailed("blocked")]
        bench.outbox.hand(await bench.reply())
        await bench.settle()
        assert await bench.ready() == []
        assert "Reply 1.2 will not be delivered: blocked" in caplog.text
        rows = await bench.store._read(
            lambda c: c.exec_driver_sql("SELECT state, cause, attempts FROM delivery").all()
        )
        assert [tuple(row) for row in rows] == [("failed", "blocked", 1)]

    with_bench(tmp_path, body)


def test_a_channel_of_another_process_is_left_to_it(tmp_path: Path) -> None:
    async def body(bench: Bench) -> None:
        bench.outbox.hand(await bench.reply(channel="discord"))
        await bench.settle()
        assert bench.sent == []
        assert len(await bench.store.deliveries("discord", None)) == 1

    with_bench(tmp_path, body)


def test_what_is_left_is_taken_up_by_channel_or_by_conversation(tmp_path: Path) -> None:
    async def body(bench: Bench) -> None:
        await bench.reply("a")
        await bench.reply("b")
        await bench.outbox.take_up("library", 2)
        await bench.settle()
        assert bench.sent == ["reply 2"]
        await bench.outbox.take_up("library")
        await bench.settle()
        assert bench.sent == ["reply 2", "reply 1"]

    with_bench(tmp_path, body)


def test_closing_waits_for_what_is_being_sent_but_not_for_ever(tmp_path: Path) -> None:
    async def body(bench: Bench) -> None:
        await bench.outbox.close(5)
        await bench.outbox.settle(1)
        bench.outbox.hand(await bench.reply())
        await bench.outbox.close(5)
        assert bench.sent == ["reply 1"]
        stuck = asyncio.Event()

        async def never(_: Delivery) -> tuple[str, ...]:
            await stuck.wait()
            return ()

        bench.channel.send = never  # type: ignore[method-assign]
        bench.outbox.hand(await bench.reply())
        await bench.outbox.close(0.01)
        await bench.settle()
        assert await bench.ready() == ["reply 2"]

    with_bench(tmp_path, body)


def test_the_failpoints_stand_around_the_sending(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def body(bench: Bench) -> None:
        delivery = await bench.reply()
        reached: list[str] = []
        monkeypatch.setattr(failpoints, "hook", reached.append)
        bench.outbox.hand(delivery)
        await bench.settle()
        monkeypatch.setattr(failpoints, "hook", None)
        assert reached == [
            "delivery.before",
            "delivery.sent",
            "store.before_commit",
            "store.committed",
            "delivery.noted",
        ]

    with_bench(tmp_path, body)
