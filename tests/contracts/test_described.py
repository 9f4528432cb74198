"""Bots that were described on a screen: the same on every store."""

from __future__ import annotations

from collections.abc import Callable

from stored import Body
from tertulia.ports.store import Store

Run = Callable[[Body], None]
ANA = {"persona": {"name": "Ána", "instructions": "Be kind."}, "memory": {"facts": {"share": 10}}}
BO = {"choices": ["offline"]}


def test_bots_are_kept_as_they_were_described(run: Run) -> None:
    async def body(store: Store) -> None:
        assert await store.described_bots() == {}
        await store.describe_bot("bo", BO, 1)
        await store.describe_bot("ana", ANA, 2)
        found = await store.described_bots()
        assert found == {"ana": ANA, "bo": BO}
        assert list(found) == ["ana", "bo"]

    run(body)


def test_a_bot_is_described_anew_as_a_whole(run: Run) -> None:
    async def body(store: Store) -> None:
        await store.describe_bot("ana", ANA, 1)
        await store.describe_bot("ana", BO, 2)
        assert await store.described_bots() == {"ana": BO}

    run(body)


def test_a_bot_is_taken_away_once(run: Run) -> None:
    async def body(store: Store) -> None:
        await store.describe_bot("ana", ANA, 1)
        assert await store.discard_bot("ana")
        assert not await store.discard_bot("ana")
        assert await store.described_bots() == {}

    run(body)
