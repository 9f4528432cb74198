"""A bot on the local Discord whose commands are given, and what is seen of its answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from channels.discord.botting import table
from discords import Discord as Server
from discords.things import Channel, Message, User
from running import Scene, scene
from tertulia.channels.discord import Discord
from tertulia.ports.channel import Floor
from tertulia.ports.model import Model
from tertulia.ports.workshop import Described, Workshop
from tertulia.values.errors import NotThere

AUTOCOMPLETE = 4
Body = Callable[[Scene], Awaitable[None]]


class Bots:
    """Of the workshop what the channel asks for."""

    def bot(self, name: str) -> Described:
        if name != "bo":
            raise NotThere(f"There is no bot {name!r}.")
        persona = {"name": "B_o", "instructions": "Be kind.\nAnd brief."}
        choices = ("scripted:one", "scripted:two")
        return Described(
            name=name,
            source="file",
            model="scripted:one",
            choices=choices,
            given={"persona": persona},
        )


@asynccontextmanager
async def bot(
    server: Server,
    folder: Path,
    *models: Model,
    default: str = "bo",
    known: bool = True,
    **more: Any,
) -> AsyncGenerator[Scene]:
    """One that is there and whose commands are known, until the end of the block."""
    engine = {key: more.pop(key) for key in ("owner", "choices", "grace") if key in more}
    wire = Discord(table(server, **more))
    async with scene(folder, *models, channel=cast("Any", wire), **engine) as here:
        floor = Floor(
            host=here.engine,
            desk=here.engine.desk,
            workshop=cast("Workshop", Bots()),
            default_bot=default,
            upload=1,
            ending=asyncio.Event().wait,
        )
        task = asyncio.create_task(wire.run(floor))
        try:
            await server.until(lambda: server.connected and (server.commands() or not known))
            yield here
            await here.engine.close(engine.get("grace", 5))
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def run(server: Server, folder: Path, model: Model, body: Body, **more: Any) -> None:
    async def whole() -> None:
        async with asyncio.timeout(60), bot(server, folder, model, **more) as here:
            await body(here)

    asyncio.run(whole())
    assert not server.violations


async def answered(
    server: Server, user: User, channel: Channel, name: str, /, **options: Any
) -> list[str]:
    """What a command is answered, all of it only for who asks."""
    asked = server.slash(user, channel, name, **options)
    await server.until(lambda: asked.answers)
    assert asked.deferred
    assert asked.private
    assert all(one.ephemeral for one in asked.answers)
    return [one.content for one in asked.answers]


async def said(server: Server, user: User, channel: Channel, text: str, reply: str) -> None:
    server.says(user, channel, f"<@BOT> {text}")
    await server.until(lambda: [one for one in server.answers(channel) if one.content == reply])


def in_order(server: Server, channel: Channel) -> list[Message]:
    """What stands there of the bot's, by its place: an answer stands where it was deferred."""
    return sorted(server.answers(channel), key=lambda one: one.id)


def public(server: Server, channel: Channel) -> str:
    """All that everybody there could ever read."""
    shown = [*server.messages(channel), *server.deleted(channel)]
    return "\n".join(one.content for said in shown for one in (said, *said.revisions))


def quiet(server: Server) -> None:
    """Nobody was pinged by anything that the bot said."""
    for call in server.requests:
        body = call.body or {}
        for one in (body, body.get("data") or {}) if isinstance(body, dict) else ():
            if one.get("content") and call.method in ("POST", "PATCH"):
                assert one["allowed_mentions"]["parse"] == []


def buttons(message: Message) -> list[str]:
    return [one["custom_id"] for row in message.components for one in row["components"]]


async def typed(
    server: Server, user: User, channel: Channel, command: str, /, **begun: str
) -> list[str]:
    """What is offered while somebody types an option."""
    (option, value), *_ = begun.items()
    given = [{"name": option, "type": 3, "value": value, "focused": True}]
    known = server.commands()[command]["id"]
    data = {"id": known, "name": command, "type": 1, "options": given}
    with server.world.changed:
        asked = server._ask(AUTOCOMPLETE, user, channel, data)
    await server.until(lambda: asked.form is not None)
    assert asked.callback == 8
    return [one["value"] for one in asked.form["choices"]]


async def logged(caplog: pytest.LogCaptureFixture, words: str) -> None:
    """Wait until it is in the log."""
    async with asyncio.timeout(20):
        while words not in caplog.text:
            await asyncio.sleep(0.005)
