"""A whole engine with a bot on the local Discord."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from discords import Discord as Server
from discords import discord, discord_server
from running import Scene, scene
from tertulia.channels.discord import Discord, showing
from tertulia.ports.channel import Floor
from tertulia.ports.model import Model
from tertulia.ports.workshop import Workshop
from tertulia.values.secret import Secret

WINDOW = 0.2
"""Seconds in which the local Discord takes five messages a channel; the real one takes five."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Generator[Server]:
    """The local Discord, quick: what waits for its pace waits less."""
    monkeypatch.setattr(discord.http.Route, "BASE", discord.http.Route.BASE)
    gateway = discord.gateway.DiscordWebSocket
    monkeypatch.setattr(gateway, "DEFAULT_GATEWAY", gateway.DEFAULT_GATEWAY)
    monkeypatch.setattr(showing, "PACE", 0.05)
    with discord_server(window=WINDOW) as d:
        yield d


def table(server: Server, **more: Any) -> dict[str, object]:
    """`[channels.discord]` for that Discord."""
    token = Secret(server.token, "env:DISCORD_BOT_TOKEN")
    return {"token": token, "api_url": server.api_url, "gateway_url": server.gateway_url, **more}


@asynccontextmanager
async def bot(
    server: Server, folder: Path, model: Model, *, grace: float = 5, owner: str = "one", **more: Any
) -> AsyncGenerator[Scene]:
    """One that is there, until the end of the block; `more` are its settings."""
    engine = {key: more.pop(key) for key in ("lease", "last", "memories") if key in more}
    wire = Discord(table(server, **more))
    made = scene(folder, model, channel=wire, grace=grace, owner=owner, **engine)
    async with made as here, running(wire, here) as task:
        there = asyncio.ensure_future(server.until(lambda: server.connected))
        await asyncio.wait((there, task), return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            there.cancel()
            await task
        await there
        yield here
        # As `tertulia serve` does: what is finished at the end still goes out.
        await here.engine.close(grace)


@asynccontextmanager
async def running(wire: Discord, here: Scene) -> AsyncGenerator[asyncio.Task[None]]:
    floor = Floor(
        host=here.engine,
        desk=here.engine.desk,
        workshop=cast("Workshop", None),
        default_bot="bo",
        upload=1,
        ending=asyncio.Event().wait,
    )
    task = asyncio.create_task(wire.run(floor))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
