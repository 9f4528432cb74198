"""What a door stands on: the one place where the engine, its desk and its workshop are joined."""

from __future__ import annotations

import asyncio

from tertulia.app.compose import Running
from tertulia.app.serve.doors import bot_of
from tertulia.app.settings import Settings
from tertulia.ports.channel import Floor


def floor(engine: Running, settings: Settings, channel: str, ending: asyncio.Event) -> Floor:
    """The floor of one channel's door; `ending` is set when the server is about to stop."""

    async def ended() -> None:
        await ending.wait()

    return Floor(
        host=engine,
        desk=engine.desk,
        workshop=engine.workshop,
        default_bot=bot_of(settings, channel),
        upload=settings.serve.upload,
        ending=ended,
    )
