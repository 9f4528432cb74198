"""An engine of the settings with its workshop, and people who call it."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from running import Keeping
from tertulia.app.compose import Running
from tertulia.app.settings import Settings, settings_of
from tertulia.app.tomlfile import parse
from tertulia.values.caller import LOCAL, Caller
from tertulia.values.message import Accepted, Author, Incoming, Place
from tertulia.values.reply import Outcome

OWNER = Caller(account=LOCAL, name="Ana", owner=True, session="s1")


def caller(account: str, session: str = "s1", *, owner: bool = False) -> Caller:
    return Caller(account=account, name=account, owner=owner, session=session)


def settings(folder: Path, text: str = "") -> Settings:
    """What a settings file says, with the data beside it; without text there is no file."""
    file = folder / "tertulia.toml" if text else None
    read = settings_of(parse("tertulia.toml", text), file, {"TERTULIA_DATA": str(folder / "data")})
    offline = settings_of(parse("", '[bots.x]\nmodel = "offline"'), None, {}).bots["x"].models
    bots = {
        name: bot if bot.models else replace(bot, models=offline) for name, bot in read.bots.items()
    }
    return replace(read, bots=bots)


@dataclass
class Shop:
    """What a test holds of a running engine."""

    engine: Running
    folder: Path

    @property
    def workshop(self) -> Any:
        return self.engine.workshop

    async def say(self, text: str, *, bot: str, spot: str = "t") -> Accepted:
        return await self.engine.accept(
            Incoming(
                place=Place(channel="library", account="test", spot=spot),
                bot=bot,
                author=Author(platform_id="ana", name="Ana"),
                platform_id=uuid.uuid4().hex,
                text=text,
                said_at=time.time_ns() // 1_000_000,
            )
        )

    async def outcome(self, accepted: Accepted) -> Outcome:
        async with asyncio.timeout(20):
            while (found := await self.engine.outcome(accepted)) is None:
                await asyncio.sleep(0.002)
        return found

    async def talk(
        self, text: str, *, bot: str, spot: str = "t", by: Caller | None = None
    ) -> Outcome:
        """Say something as a page does: its conversation is lent the caller's keys."""
        if by is not None:
            self.workshop.lend(by, await self.begun(spot, bot))
        return await self.outcome(await self.say(text, bot=bot, spot=spot))

    async def begun(self, spot: str, bot: str) -> int:
        """The number of a conversation, which there is from now on."""
        return await self.engine.begin(Place(channel="library", account="test", spot=spot), bot)


@asynccontextmanager
async def shop(
    folder: Path, text: str = "", *, everything: bool = False, **more: Any
) -> AsyncGenerator[Shop]:
    """A running engine; `more` replaces settings."""
    channel = Keeping()
    told = replace(settings(folder, text), **more)
    engine = Running(told, {channel.name: channel}, everything=everything)
    try:
        await engine.start()
        yield Shop(engine, folder)
    finally:
        await engine.close(5)


Body = Callable[[Shop], Coroutine[Any, Any, None]]


def working(folder: Path, body: Body, text: str = "", **more: Any) -> None:
    """Run a test's body in a running engine."""

    async def whole() -> None:
        async with shop(folder, text, **more) as open_shop:
            await body(open_shop)

    with quiet_afterwards():
        asyncio.run(whole())


@contextmanager
def quiet_afterwards() -> Generator[None]:
    """Leave the log as it was, for the next test."""
    logger = logging.getLogger("tertulia")
    try:
        yield
    finally:
        for handler in list(logger.handlers):
            logger.removeHandler(handler)
            handler.close()
        logger.propagate = True
        logger.setLevel(logging.NOTSET)
