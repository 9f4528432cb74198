"""The state of the local Discord, behind one lock; its sessions are told when it changes."""

from __future__ import annotations

import bisect
import re
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from discords import shapes
from discords.rights import USUAL, may
from discords.things import (
    Channel,
    File,
    Guild,
    Interaction,
    Message,
    Numbers,
    Refused,
    Request,
    Role,
    User,
)

GUILDS, MEMBERS, PRESENCES = 1 << 0, 1 << 1, 1 << 8
GUILD_MESSAGES, DIRECT_MESSAGES, CONTENT = 1 << 9, 1 << 12, 1 << 15
PRIVILEGED = {"members": MEMBERS, "presences": PRESENCES, "message_content": CONTENT}
_FLAGS = {MEMBERS: 1 << 15, PRESENCES: 1 << 13, CONTENT: 1 << 19}
"""How the application's flags show an intent, for one in fewer than a hundred servers."""

_PERSON = re.compile(r"<@!?(\d+)>")
_ROLE = re.compile(r"<@&(\d+)>")


class Session(Protocol):
    """What a connected bot, or one that may resume, is told through."""

    intents: int

    def add(self, event: str, data: dict[str, Any]) -> None: ...


@dataclass(kw_only=True)
class World:
    """Everything there is. Whoever reads or changes it holds `changed`, and notifies it."""

    base: str
    gateway_url: str
    token: str
    changed: threading.Condition = field(default_factory=threading.Condition)
    numbers: Numbers = field(default_factory=Numbers)
    users: dict[int, User] = field(default_factory=dict)
    webhooks: dict[int, User] = field(default_factory=dict)
    guilds: dict[int, Guild] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    interactions: dict[int, Interaction] = field(default_factory=dict)
    commands: dict[int | None, list[dict[str, Any]]] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    files: dict[str, File] = field(default_factory=dict)
    """By their path."""
    blocked: set[int] = field(default_factory=set)
    """Who does not take direct messages from the bot."""
    allowed: int = MEMBERS | PRESENCES | CONTENT
    """The privileged intents that are enabled."""
    refused: bool = False
    """Whether the token is not taken."""
    public: bool = False
    """Whether anybody may invite the bot."""
    nonces: dict[str, Message] = field(default_factory=dict)
    """What was sent last with each."""
    sent: int = 0
    """How many messages the bot sent."""
    broken: list[Exception] = field(default_factory=list)
    """What went wrong in here, which no test ordered."""
    patience: float = 3.0
    """Seconds in which an interaction must be acknowledged."""

    def __post_init__(self) -> None:
        self.application = self.numbers.next()
        self.me = self.add_user(User(id=self.numbers.next(), name="bo", bot=True))
        self.developer = self.add_user(User(id=self.numbers.next(), name="dev"))

    @property
    def api_url(self) -> str:
        return f"{self.base}/api/v10"

    @property
    def flags(self) -> int:
        return sum(flag for intent, flag in _FLAGS.items() if self.allowed & intent)

    def add_user(self, user: User) -> User:
        self.users[user.id] = user
        return user

    def add_guild(self, name: str) -> Guild:
        """A server; the bot has a role of its own there, as an invited one has."""
        guild = Guild(id=self.numbers.next(), name=name, owner=self.developer.id)
        guild.roles[guild.id] = Role(id=guild.id, name="@everyone", permissions=USUAL)
        self.guilds[guild.id] = guild
        own = Role(id=self.numbers.next(), name=self.me.name, position=1, managed=True)
        guild.roles[own.id] = own
        guild.given[self.me.id] = {own.id}
        self.tell("GUILD_CREATE", self.guild_shape(guild), GUILDS)
        return guild

    def guild_shape(self, guild: Guild) -> dict[str, Any]:
        return shapes.of_guild(guild, self.channels.values(), self.users.values(), self.me)

    def add_channel(self, channel: Channel, event: str = "CHANNEL_CREATE", **more: Any) -> Channel:
        self.channels[channel.id] = channel
        if channel.guild is not None:
            self.tell(event, {**shapes.of_channel(channel), **more}, GUILDS)
        return channel

    def tell(self, event: str, data: dict[str, Any], needs: int = 0) -> None:
        """Let the sessions with these intents know."""
        for session in self.sessions.values():
            if session.intents & needs == needs:
                session.add(event, data)
        self.changed.notify_all()

    def tell_of(self, event: str, message: Message) -> None:
        """Let those know who hear of messages there, with the words that they may read."""
        self._tell_there(
            event,
            message.channel,
            lambda intents: shapes.of_message(
                message, me=self.me.id, content=bool(intents & CONTENT), event=True
            ),
        )

    def _tell_there(
        self, event: str, channel: Channel, make: Callable[[int], dict[str, Any]]
    ) -> None:
        needs = GUILD_MESSAGES if channel.guild else DIRECT_MESSAGES
        if may(channel, self.me.id, "view_channel"):
            for session in self.sessions.values():
                if session.intents & needs:
                    session.add(event, make(session.intents))
        self.changed.notify_all()

    @contextmanager
    def own_faults(self) -> Generator[None]:
        """Note a fault of the server itself, so that the test is told in the end."""
        try:
            yield
        except Exception as error:
            self.broken.append(error)
            raise

    def post(self, message: Message) -> Message:
        """Put it into its channel, in the order of time."""
        self.ping(message)
        message.revise()
        self.sent += message.author == self.me
        bisect.insort(message.channel.messages, message, key=lambda one: one.id)
        self.tell_of("MESSAGE_CREATE", message)
        return message

    def ping(self, message: Message) -> None:
        """Reckon whom it tells, by what it says and what it allows."""
        allowed = message.allowed_mentions or {}
        free = set(allowed.get("parse", ())) if message.allowed_mentions is not None else None
        named = set(allowed.get("users", ())) | set(allowed.get("roles", ()))

        def goes(number: str, kind: str) -> bool:
            return free is None or kind in free or number in {str(one) for one in named}

        people = [int(one) for one in _PERSON.findall(message.content) if goes(one, "users")]
        replied = shapes.found(message.channel, message.reference)
        if replied and (message.allowed_mentions is None or allowed.get("replied_user", False)):
            people.append(replied.author.id)
        message.pings = [self.users[one] for one in dict.fromkeys(people) if one in self.users]
        roles = message.channel.guild.roles if message.channel.guild else {}
        told = [int(one) for one in _ROLE.findall(message.content) if goes(one, "roles")]
        message.roles = [role for role in dict.fromkeys(told) if role in roles]
        shouts = any(word in message.content for word in ("@everyone", "@here"))
        shouts = shouts and (free is None or "everyone" in free)
        message.everyone = shouts and may(message.channel, message.author.id, "mention_everyone")

    def changes(self, message: Message) -> None:
        """Note that it says something else now."""
        self.ping(message)
        message.revise()
        if message.edited:
            self.tell_of("MESSAGE_UPDATE", message)

    def remove(self, *messages: Message) -> None:
        """Several of one channel at once as a moderator does."""
        channel = messages[0].channel
        gone: dict[str, Any] = {"channel_id": str(channel.id)}
        if channel.guild:
            gone["guild_id"] = str(channel.guild.id)
        for message in messages:
            channel.messages.remove(message)
            channel.deleted.append(message)
        ids = [str(message.id) for message in messages]
        one, event = {"id": ids[0]}, "MESSAGE_DELETE"
        if len(ids) > 1:
            one, event = {"ids": ids}, "MESSAGE_DELETE_BULK"  # type: ignore[dict-item]
        self._tell_there(event, channel, lambda _: gone | one)

    def remove_channel(self, channel: Channel) -> None:
        """With its threads."""
        for thread in [one for one in self.channels.values() if one.parent == channel]:
            del self.channels[thread.id]
        del self.channels[channel.id]
        event = "THREAD_DELETE" if channel.parent else "CHANNEL_DELETE"
        if channel.guild:
            self.tell(event, shapes.of_channel(channel), GUILDS)
        self.changed.notify_all()

    def channel(self, number: str | int) -> Channel:
        """Raises: `Refused` as Discord does for one that is not there."""
        found = self.channels.get(int(number))
        if found is None:
            raise Refused(404, 10003, "Unknown Channel")
        return found

    def message(self, channel: Channel, number: str | int) -> Message:
        """Raises: `Refused` as Discord does for one that is not there."""
        found = shapes.found(channel, int(number))
        if found is None:
            raise Refused(404, 10008, "Unknown Message")
        return found

    def guild(self, number: str | int) -> Guild:
        """Raises: `Refused` as Discord does for one that is not there."""
        found = self.guilds.get(int(number))
        if found is None:
            raise Refused(404, 10004, "Unknown Guild")
        return found

    def keep(self, channel: Channel, name: str, kind: str, data: bytes) -> File:
        """Put a file where it can be fetched."""
        file = File(id=self.numbers.next(), name=name, kind=kind, data=data)
        path = f"/attachments/{channel.id}/{file.id}/{name}"
        file.url = f"{self.base}{path}"
        self.files[path] = file
        return file
