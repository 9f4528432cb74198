"""The local Discord as a test holds it: started, looked at, and stopped."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

from aiohttp import web

import discords.answers  # noqa: F401 - it notes its routes, as those do that it imports
from discords.asking import Asking
from discords.gateway import Gateway
from discords.hold import SECONDS, copied
from discords.limits import Limits, Violation, matches
from discords.people import People
from discords.things import Channel, Guild, Message, Request, User
from discords.trouble import Trouble
from discords.web import Web
from discords.world import World
from loopback import free_port


class Discord(People, Asking, Trouble):
    """A running one. Every method may be called from any thread; the messages given are copies."""

    def messages(self, channel: Channel, author: User | int | None = None) -> list[Message]:
        """What stands there now, in order; of one author if told so."""
        number = author.id if isinstance(author, User) else author
        with self.world.changed:
            said = channel.messages
            return [copied(one) for one in said if number in (None, one.author.id)]

    def answers(self, channel: Channel) -> list[Message]:
        """What stands there of the bot's."""
        return self.messages(channel, self.me)

    def deleted(self, channel: Channel) -> list[Message]:
        with self.world.changed:
            return [copied(one) for one in channel.deleted]

    def message(self, message: Message) -> Message:
        """As it stands now. Raises: `Refused` if it is gone."""
        with self.world.changed:
            return copied(self.world.message(message.channel, message.id))

    def threads(self, channel: Channel) -> list[Channel]:
        with self.world.changed:
            return [one for one in self.world.channels.values() if one.parent == channel]

    def typing(self, channel: Channel) -> int:
        """How often the bot said that it types there."""
        with self.world.changed:
            return len(channel.typed)

    def commands(self, guild: Guild | None = None) -> dict[str, dict[str, Any]]:
        """The commands that the bot has, by name: those of a server, or those of everywhere."""
        with self.world.changed:
            listed = self.world.commands.get(guild.id if guild else None, ())
            return {one["name"]: dict(one) for one in listed}

    @property
    def sent(self) -> int:
        """How many messages the bot sent; in a test with very many it is quicker than to look."""
        with self.world.changed:
            return self.world.sent

    @property
    def requests(self) -> list[Request]:
        """Every call of the bot, in order."""
        with self.world.changed:
            return list(self.world.requests)

    def calls(self, route: str) -> list[Request]:
        """The calls of a route such as `POST /channels/*/messages`."""
        return [one for one in self.requests if matches(route, one.route)]

    @property
    def violations(self) -> list[Violation]:
        """The calls that were refused for being too many, unless a test ordered it."""
        with self.world.changed:
            return list(self.limits.violations)

    @property
    def connected(self) -> bool:
        """Whether a bot hears what happens."""
        with self.world.changed:
            return any(line.session is not None for line in self.gateway.lines)


@contextmanager
def discord_server(
    *,
    token: str = "the-token",
    window: float = 5.0,
    most: int = 5,
    heartbeat: float = 41.25,
    patience: float = 3.0,
) -> Generator[Discord]:
    """A local Discord that runs in a thread of its own.

    Args:
        token: what the bot must show.
        window: seconds in which at most `most` sends, or edits, are let through to one channel.
        heartbeat: seconds between two heartbeats that the gateway asks for.
        patience: seconds in which an interaction must be acknowledged.
    """
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    world = World(base=base, gateway_url=f"ws://127.0.0.1:{port}/", token=token, patience=patience)
    limits = Limits(window=window, most=most)
    told: Future[tuple[Discord, Callable[[], None]]] = Future()
    work = _serve(world, limits, heartbeat, port, told)
    thread = threading.Thread(target=lambda: asyncio.run(work), name="discord", daemon=True)
    thread.start()
    try:
        discord, stop = told.result(SECONDS)
        try:
            yield discord
        finally:
            stop()
    finally:
        thread.join(SECONDS)
    assert not thread.is_alive(), "the local Discord does not end"
    if world.broken:
        raise ExceptionGroup("the local Discord failed by itself", world.broken)


async def _serve(
    world: World,
    limits: Limits,
    heartbeat: float,
    port: int,
    told: Future[tuple[Discord, Callable[[], None]]],
) -> None:
    loop, ending = asyncio.get_running_loop(), asyncio.Event()
    gateway = Gateway(world, world.gateway_url, heartbeat)
    application = Web(world, gateway, limits).application()
    runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=0.2)
    try:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        discord = Discord(world, gateway, limits)
        told.set_result((discord, lambda: loop.call_soon_threadsafe(ending.set)))
        await ending.wait()
        with world.changed:
            world.sessions.clear()
            for line in gateway.lines:
                line.cut()
    except OSError as error:
        told.set_exception(error)
    finally:
        await runner.cleanup()


__all__ = ["Discord", "discord_server"]
