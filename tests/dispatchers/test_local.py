"""The local dispatcher: one run at a time in a conversation, many conversations side by side."""

from __future__ import annotations

import asyncio

import pytest

from tertulia.dispatchers.local import LocalDispatcher
from tertulia.values.errors import StoreError


class Runs:
    """A run that a test holds back, and counts."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.now: set[int] = set()
        self.gate = asyncio.Event()
        self.answers: list[float | Exception | None] = []

    async def __call__(self, conversation: int) -> float | None:
        assert conversation not in self.now, "two runs at once in one conversation"
        self.begun.append(conversation)
        self.now.add(conversation)
        try:
            await self.gate.wait()
        finally:
            self.now.remove(conversation)
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        return answer


async def settle(dispatcher: LocalDispatcher) -> None:
    async with asyncio.timeout(10):
        while dispatcher._tasks:
            await asyncio.sleep(0.001)


def test_a_wake_before_the_start_is_not_lost() -> None:
    async def body() -> None:
        dispatcher, runs = LocalDispatcher(4), Runs()
        runs.gate.set()
        dispatcher.wake(1)
        dispatcher.start(runs, None)
        await settle(dispatcher)
        assert runs.begun == [1]
        await dispatcher.close(1)

    asyncio.run(body())


def test_wakes_during_a_run_cost_one_more_run() -> None:
    async def body() -> None:
        dispatcher, runs = LocalDispatcher(4), Runs()
        dispatcher.start(runs, None)
        dispatcher.wake(1)
        await asyncio.sleep(0)
        for _ in range(5):
            dispatcher.wake(1)
        dispatcher.wake(2)
        await asyncio.sleep(0)
        assert runs.now == {1, 2}
        runs.gate.set()
        await settle(dispatcher)
        assert sorted(runs.begun) == [1, 1, 2]
        await dispatcher.close(1)

    asyncio.run(body())


def test_a_run_that_asks_for_a_pause_is_run_again() -> None:
    async def body() -> None:
        dispatcher, runs = LocalDispatcher(4), Runs()
        runs.gate.set()
        runs.answers = [0.001, 0.001, None]
        dispatcher.start(runs, None)
        dispatcher.wake(1)
        await settle(dispatcher)
        assert runs.begun == [1, 1, 1]
        await dispatcher.close(1)

    asyncio.run(body())


def test_errors_of_the_store_double_the_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    async def body() -> None:
        dispatcher, runs = LocalDispatcher(4), Runs()
        pauses: list[float] = []

        async def sleep(pause: float) -> None:
            pauses.append(pause)

        monkeypatch.setattr(dispatcher, "_sleep", sleep)
        runs.gate.set()
        runs.answers = [StoreError("x")] * 8 + [0.5, ZeroDivisionError("a bug"), None]
        dispatcher.start(runs, None)
        dispatcher.wake(1)
        await settle(dispatcher)
        assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 0.5, 1]
        await dispatcher.close(1)

    asyncio.run(body())


def test_what_waits_in_the_store_is_taken_up_again_and_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tertulia.dispatchers.local.LOOK_AROUND", 0.001)

    async def body() -> None:
        dispatcher, runs = LocalDispatcher(4), Runs()
        runs.gate.set()
        waiting: list[list[int] | Exception] = [[7], StoreError("x"), [8], []]

        async def look() -> list[int]:
            found = waiting.pop(0) if len(waiting) > 1 else waiting[0]
            if isinstance(found, Exception):
                raise found
            return found

        dispatcher.start(runs, look)
        async with asyncio.timeout(10):
            while sorted(runs.begun) != [7, 8]:
                await asyncio.sleep(0.001)
        await dispatcher.close(1)

    asyncio.run(body())


def test_closing_lets_a_run_finish_and_cancels_the_late() -> None:
    async def body() -> None:
        dispatcher, runs = LocalDispatcher(4), Runs()
        runs.answers = [60.0]
        dispatcher.start(runs, None)
        dispatcher.wake(1)
        await asyncio.sleep(0)
        closing = asyncio.create_task(dispatcher.close(10))
        await asyncio.sleep(0)
        runs.gate.set()
        await closing
        dispatcher.wake(2)
        assert runs.begun == [1]

        late, stuck = LocalDispatcher(4), Runs()
        late.start(stuck, None)
        late.wake(1)
        await asyncio.sleep(0)
        await late.close(0.01)
        assert stuck.now == set()

    asyncio.run(body())
