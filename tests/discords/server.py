"""The local Discord as a test holds it: made, looked at, spoken on, and broken on purpose."""

from __future__ import annotations

import asyncio
import copy
import threading
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from aiohttp import web

import discords.messages  # noqa: F401 - it notes its routes
from discords import places, shapes
from discords.gateway import Gateway
from discords.limits import Fault, Limits, Violation, limited, matches
from discords.rights import bits, write
from discords.things import (
    PRIVATE_THREAD,
    PUBLIC_THREAD,
    Channel,
    Guild,
    Message,
    Request,
    Role,
    User,
)
from discords.web import PREFIX, Web
from discords.world import GUILDS, PRIVILEGED, World
from loopback import free_port

SECONDS = 20
"""How long a test waits for what ought to come."""


class Discord:
    """A running one. Every method may be called from any thread; all that it gives is a copy."""

    def __init__(self, world: World, gateway: Gateway, limits: Limits) -> None:
        self.world = world
        self.gateway = gateway
        self.limits = limits
        self.token = world.token
        self.gateway_url = world.gateway_url
        self.api_url = world.base + PREFIX
        self.me = world.me.id
        self.application = world.application

    # what there is

    def user(self, name: str, *, shown: str | None = None, bot: bool = False) -> User:
        with self.world.changed:
            number = self.world.numbers.next()
            return self.world.add_user(User(id=number, name=name, shown=shown, bot=bot))

    def guild(self, name: str = "guild") -> Guild:
        with self.world.changed:
            return self.world.add_guild(name)

    def channel(self, guild: Guild, name: str = "general") -> Channel:
        with self.world.changed:
            made = Channel(id=self.world.numbers.next(), name=name, guild=guild)
            return self.world.add_channel(made)

    def dm(self, user: User) -> Channel:
        with self.world.changed:
            return places.dm(self.world, user)

    def thread(
        self,
        channel: Channel,
        name: str = "thread",
        *,
        owner: User | None = None,
        joined: bool = False,
        private: bool = False,
    ) -> Channel:
        """Opened by a person, or by the bot where `owner` is its own user."""
        with self.world.changed:
            made = Channel(
                id=self.world.numbers.next(),
                name=name,
                kind=PRIVATE_THREAD if private else PUBLIC_THREAD,
                guild=channel.guild,
                parent=channel,
                owner=(owner or self.world.developer).id,
                joined={self.me} if joined else set(),
            )
            return self.world.add_channel(made, "THREAD_CREATE", newly_created=True)

    def role(self, guild: Guild, name: str, *users: User, **may: bool) -> Role:
        """A role that these people have."""
        with self.world.changed:
            number, place = self.world.numbers.next(), len(guild.roles)
            role = Role(id=number, name=name, permissions=bits(may, wanted=True), position=place)
            guild.roles[role.id] = role
            shape = {"guild_id": str(guild.id), "role": shapes.of_role(role)}
            self.world.tell("GUILD_ROLE_CREATE", shape, GUILDS)
            for user in users:
                guild.given.setdefault(user.id, set()).add(role.id)
            return role

    def nick(self, guild: Guild, user: User, name: str) -> None:
        with self.world.changed:
            guild.nicks[user.id] = name

    def permissions(
        self, place: Channel | Guild, who: User | Role | None = None, **may: bool
    ) -> None:
        """What the bot, or `who`, may in a channel; in a server, what everyone or the role may."""
        with self.world.changed:
            if isinstance(place, Channel):
                number = who.id if who else self.me
                write(place, number, role=isinstance(who, Role), names=may)
                self.world.tell("CHANNEL_UPDATE", shapes.of_channel(place), GUILDS)
                return
            role = place.roles[who.id if who else place.id]
            role.permissions |= bits(may, wanted=True)
            role.permissions &= ~bits(may, wanted=False)
            shape = {"guild_id": str(place.id), "role": shapes.of_role(role)}
            self.world.tell("GUILD_ROLE_UPDATE", shape, GUILDS)

    def kick(self, guild: Guild) -> None:
        """The bot is no longer in that server."""
        with self.world.changed:
            for channel in [one for one in self.world.channels.values() if one.guild == guild]:
                del self.world.channels[channel.id]
            del self.world.guilds[guild.id]
            self.world.tell("GUILD_DELETE", {"id": str(guild.id)}, GUILDS)

    def blocks(self, user: User) -> None:
        """They take no direct messages from the bot any more."""
        with self.world.changed:
            self.world.blocked.add(user.id)

    # what people do

    def says(
        self,
        user: User,
        channel: Channel,
        text: str,
        *,
        reply_to: Message | None = None,
        ping: bool = True,
        attachments: Sequence[tuple[str, str, bytes]] = (),
        webhook: bool = False,
        bot: bool = False,
        ago: float = 0,
    ) -> Message:
        """A message, of `ago` seconds before now. `<@BOT>` stands for the bot's mention.

        A reply tells who is answered, unless it does not `ping`.
        """
        with self.world.changed:
            author = replace(user, bot=user.bot or bot or webhook)
            silent = {"parse": ["users", "roles", "everyone"]}
            message = Message(
                id=self.world.numbers.next(ago),
                channel=channel,
                author=author,
                content=text.replace("<@BOT>", f"<@{self.me}>"),
                kind=19 if reply_to else 0,
                reference=reply_to.id if reply_to else None,
                allowed_mentions=None if ping else silent,
                webhook=webhook,
            )
            message.files = [self.world.keep(channel, *one) for one in attachments]
            return _copy(self.world.post(message))

    def edits(self, message: Message, text: str) -> Message:
        with self.world.changed:
            found = self.world.message(message.channel, message.id)
            found.content = text.replace("<@BOT>", f"<@{self.me}>")
            found.edited = time.time()
            self.world.changes(found)
            return _copy(found)

    def deletes(self, message: Message) -> None:
        with self.world.changed:
            self.world.remove(self.world.message(message.channel, message.id))

    def delete_channel(self, channel: Channel) -> None:
        with self.world.changed:
            self.world.remove_channel(channel)

    # what can be seen

    def messages(self, channel: Channel, author: User | int | None = None) -> list[Message]:
        """What stands there now, in order; of one author if told so."""
        number = author.id if isinstance(author, User) else author
        with self.world.changed:
            said = channel.messages
            return [_copy(one) for one in said if number in (None, one.author.id)]

    def answers(self, channel: Channel) -> list[Message]:
        """What stands there of the bot's."""
        return self.messages(channel, self.me)

    def deleted(self, channel: Channel) -> list[Message]:
        with self.world.changed:
            return [_copy(one) for one in channel.deleted]

    def message(self, message: Message) -> Message:
        """As it stands now. Raises: `Refused` if it is gone."""
        with self.world.changed:
            return _copy(self.world.message(message.channel, message.id))

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

    def wait_for(self, condition: Callable[[], Any], seconds: float = SECONDS) -> Any:
        """Wait until it gives something true, and give that; looked at on every change here.

        Raises: `AssertionError` if it does not within that time.
        """
        with self.world.changed:
            found = self.world.changed.wait_for(condition, seconds)
        assert found, f"this did not come within {seconds} s"
        return found

    async def until(self, condition: Callable[[], Any], seconds: float = SECONDS) -> Any:
        """The same for a test whose client runs on its own loop."""
        return await asyncio.to_thread(self.wait_for, condition, seconds)

    # what goes wrong

    def fail(
        self,
        route: str,
        status: int = 500,
        *,
        times: int = 1,
        code: int = 0,
        message: str = "Internal Server Error",
        done: bool = False,
    ) -> None:
        """The next calls of the route fail; with status 0 the line is cut.

        With `done` they take effect, and only the answer is lost.
        """
        body = {"message": message, "code": code}
        self._order(Fault(route=route, times=times, status=status, body=body, done=done))

    def limit(
        self, route: str, *, times: int = 1, retry_after: float = 0.2, everywhere: bool = False
    ) -> None:
        """The next calls of the route are refused as too many, without being so."""
        self._order(limited(route, after=retry_after, times=times, everywhere=everywhere))

    def slow(self, route: str, seconds: float, *, times: int = 1) -> None:
        self._order(Fault(route=route, times=times, seconds=seconds))

    def _order(self, fault: Fault) -> None:
        with self.world.changed:
            self.limits.faults.append(fault)

    def heal(self) -> None:
        """Nothing that was ordered fails any more."""
        with self.world.changed:
            self.limits.faults.clear()

    def refuse_token(self) -> None:
        with self.world.changed:
            self.world.refused = True

    def disallow_intents(self, *names: str) -> None:
        """By default that for the words of messages; also `members` and `presences`."""
        with self.world.changed:
            for name in names or ("message_content",):
                self.world.allowed &= ~PRIVILEGED[name]

    def public(self) -> None:
        """Anybody may invite the bot."""
        with self.world.changed:
            self.world.public = True

    def drop(self, *, resumable: bool = True, replay: bool = False) -> None:
        """Cut the gateway. A resuming bot is told what it missed, and with `replay` more.

        That is all from the last message on that it had been told of by somebody else.
        """
        with self.world.changed:
            self.gateway.replay = replay
            if not resumable:
                self.gateway.forget()
            for line in list(self.gateway.lines):
                line.silent = True
                line.cut()
        self.wait_for(lambda: not any(line.silent for line in self.gateway.lines))

    @contextmanager
    def away(self, *, resumable: bool = True, replay: bool = False) -> Generator[None]:
        """The gateway is down: whoever connects waits until the end."""
        self.gateway.hold()
        try:
            self.drop(resumable=resumable, replay=replay)
            yield
        finally:
            self.gateway.let_in()

    def reconnect(self) -> None:
        """Ask the bot to connect anew, as Discord does before a restart of its own."""
        with self.world.changed:
            for line in self.gateway.lines:
                line.put(7, None)

    def zombie(self) -> None:
        """The lines that there are stay open and say nothing any more, not even to heartbeats."""
        with self.world.changed:
            for line in self.gateway.lines:
                line.silent = True


def _copy(message: Message) -> Message:
    made = copy.copy(message)
    made.revisions, made.files = list(message.revisions), list(message.files)
    return made


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
    thread = threading.Thread(target=lambda: asyncio.run(work), name="discord")
    thread.start()
    try:
        discord, stop = told.result(SECONDS)
        try:
            yield discord
        finally:
            stop()
    finally:
        thread.join(SECONDS)


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
