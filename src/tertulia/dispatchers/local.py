"""Runs turns in this process: one run at a time in a conversation, many conversations at once."""

from __future__ import annotations

import asyncio
import logging

from tertulia.ports.dispatcher import Dispatcher, Run, Waiting
from tertulia.values.errors import TertuliaError

log = logging.getLogger(__name__)

LOOK_AROUND = 1.0
"""Seconds between two looks for conversations that another process left waiting."""

AFTER_AN_ERROR, LONGEST = 1.0, 60.0
"""Seconds before a conversation is tried again whose run met an error of the store: the first time,
and at most; each time twice as long, as every run may cost a call of the model."""


class LocalDispatcher(Dispatcher):
    """One task for each conversation that is awake; at most `at_once` of them run a turn."""

    def __init__(self, at_once: int) -> None:
        self._slots = asyncio.Semaphore(at_once)
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._again: set[int] = set()
        self._run: Run | None = None
        self._early: set[int] = set()
        self._looking: asyncio.Task[None] | None = None
        self._closed = False

    def start(self, run: Run, waiting: Waiting | None) -> None:
        """Begin; with `waiting`, take up what waits now and whatever is left behind later."""
        self._run = run
        for conversation in self._early:
            self.wake(conversation)
        if waiting is not None:
            self._looking = asyncio.create_task(self._look_around(waiting))

    def wake(self, conversation: int) -> None:
        """Run `conversation` soon, once more if it is being run now."""
        if self._closed:
            return
        if self._run is None:
            self._early.add(conversation)
        elif conversation in self._tasks:
            self._again.add(conversation)
        else:
            task = asyncio.create_task(self._drain(conversation, self._run))
            self._tasks[conversation] = task

    async def close(self, grace: float) -> None:
        """Let running turns finish for `grace` seconds, then cancel them."""
        self._closed = True
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait([self._looking])
        running = list(self._tasks.values())
        if running:
            _, late = await asyncio.wait(running, timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _drain(self, conversation: int, run: Run) -> None:
        errors = 0
        try:
            while True:
                self._again.discard(conversation)
                try:
                    async with self._slots:
                        pause = await run(conversation)
                    errors = 0
                except Exception as error:  # what waits is tried again, whatever broke
                    odd = not isinstance(error, TertuliaError)
                    sentence = "Conversation %s could not be answered now: %s"
                    log.error(sentence, conversation, error, exc_info=odd)
                    pause = min(AFTER_AN_ERROR * 2**errors, LONGEST)
                    errors += 1
                if pause is not None:
                    await self._sleep(pause)
                if self._closed or (pause is None and conversation not in self._again):
                    return
        finally:
            del self._tasks[conversation]

    async def _sleep(self, pause: float) -> None:
        if not self._closed:
            await asyncio.sleep(pause)

    async def _look_around(self, waiting: Waiting) -> None:
        while True:
            try:
                for conversation in await waiting():
                    self.wake(conversation)
            except TertuliaError as error:
                log.error("Could not look for what waits: %s", error)
            await asyncio.sleep(LOOK_AROUND)
