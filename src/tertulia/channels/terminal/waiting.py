"""While a person types: what comes in is shown above the line."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tertulia.channels.terminal.prompt import Key, Prompt
from tertulia.channels.terminal.session import Interrupt, Item, Opened, Parcel, Session, answers
from tertulia.channels.terminal.sheet import Sheet
from tertulia.channels.terminal.streams import Closed
from tertulia.channels.terminal.words import AWAY
from tertulia.values.errors import TertuliaError
from tertulia.values.events import Settled
from tertulia.values.message import Accepted
from tertulia.values.reply import Delivery


class Waiting:
    """Asks for a text, and meanwhile takes what comes. `behind` has no outcome yet."""

    def __init__(self, session: Session, sheet: Sheet, prompt: Prompt) -> None:
        self._session = session
        self._sheet = sheet
        self._prompt = prompt
        self.behind: list[Accepted] = []

    async def ask(self, draft: str) -> str | Key:
        """What is typed, or the key that ended the typing. Raises: `Closed`."""
        asking = asyncio.create_task(self._prompt.ask(draft))
        try:
            while not asking.done():
                await self._attend(asking)
            return asking.result()
        finally:
            asking.cancel()
            await asyncio.wait([asking])

    async def _attend(self, asking: asyncio.Task[str | Key]) -> None:
        taking = asyncio.create_task(self._session.next())
        try:
            await asyncio.wait([asking, taking], return_when=asyncio.FIRST_COMPLETED)
        finally:
            taking.cancel()
            await asyncio.wait([taking])
        if not taking.cancelled():
            await self._guarded(taking.result())

    async def _guarded(self, item: Item) -> None:
        try:
            await self._take(item)
        except Closed:
            raise
        except TertuliaError as error:
            sentence = str(error)
            await self._above(lambda: self._sheet.engine(sentence))

    async def _take(self, item: Item) -> None:
        if isinstance(item, Interrupt):
            self._prompt.interrupt()
        elif isinstance(item, Parcel):
            with item.showing():
                label = "" if self._answered(item.delivery) else AWAY
                await self._above(lambda: self._sheet.delivery(item.delivery, label))
        elif isinstance(item, Opened):
            self._session.listen(item.conversation.result())
        elif isinstance(item, Settled):
            await self._look()

    def _answered(self, delivery: Delivery) -> bool:
        """Whether this answers something that was said in this talk."""
        before = len(self.behind)
        self.behind = [one for one in self.behind if not answers(delivery, one)]
        return len(self.behind) < before

    async def _look(self) -> None:
        """Another process may have answered what was left behind."""
        for accepted in tuple(self.behind):
            outcome = await self._session.host.outcome(accepted)
            if outcome is None:
                continue
            self.behind.remove(accepted)
            if outcome.delivery is None or not self._session.seen(outcome.delivery):
                await self._above(lambda outcome=outcome: self._sheet.outcome(outcome))
                self._session.open()

    async def _above(self, show: Callable[[], None]) -> None:
        await self._prompt.above(show)
