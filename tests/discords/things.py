"""What there is on the local Discord: people, servers, channels, messages, and what was asked."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

EPOCH = 1_420_070_400_000
"""Milliseconds at which Discord's numbers begin."""

TEXT, DM, PUBLIC_THREAD, PRIVATE_THREAD = 0, 1, 11, 12
THREADS = (PUBLIC_THREAD, PRIVATE_THREAD)
EPHEMERAL, LOADING = 1 << 6, 1 << 7


class Numbers:
    """Ids as Discord gives them: later ones are greater, and each tells its time."""

    def __init__(self) -> None:
        self._last = 0

    def next(self, ago: float = 0) -> int:
        """A new id, of `ago` seconds before now."""
        number = (int((time.time() - ago) * 1000) - EPOCH) << 22
        if ago:
            return number + self._last % 4096
        self._last = max(number, self._last + 1)
        return self._last


def moment(number: int) -> float:
    """The time that an id tells, in seconds."""
    return ((number >> 22) + EPOCH) / 1000


@dataclass(kw_only=True, eq=False)
class Thing:
    """Something with an id; two are the same if their ids are, whatever was changed since."""

    id: int

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.id == other.id

    def __hash__(self) -> int:
        return hash(self.id)


@dataclass(kw_only=True, eq=False)
class User(Thing):
    name: str
    shown: str | None = None
    bot: bool = False

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"


@dataclass(kw_only=True, eq=False)
class Role(Thing):
    name: str
    permissions: int = 0
    position: int = 0
    managed: bool = False


@dataclass(kw_only=True, eq=False)
class Guild(Thing):
    name: str
    owner: int
    roles: dict[int, Role] = field(default_factory=dict)
    given: dict[int, set[int]] = field(default_factory=dict)
    """The roles of each person."""
    nicks: dict[int, str] = field(default_factory=dict)


@dataclass(kw_only=True, eq=False)
class Overwrite:
    """What a channel allows and denies to a role or to a person."""

    kind: int
    allow: int = 0
    deny: int = 0


@dataclass(kw_only=True, eq=False)
class Channel(Thing):
    name: str
    kind: int = TEXT
    guild: Guild | None = None
    parent: Channel | None = None
    recipient: User | None = None
    owner: int = 0
    archived: bool = False
    locked: bool = False
    joined: set[int] = field(default_factory=set)
    overwrites: dict[int, Overwrite] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    deleted: list[Message] = field(default_factory=list)
    typed: list[float] = field(default_factory=list)


@dataclass(kw_only=True, eq=False)
class File(Thing):
    name: str
    kind: str
    data: bytes
    url: str = ""
    description: str | None = None


@dataclass(frozen=True, kw_only=True)
class Revision:
    """What a message said from some time on."""

    content: str
    components: tuple[dict[str, Any], ...]
    time: float


@dataclass(kw_only=True, eq=False)
class Message(Thing):
    channel: Channel
    author: User
    content: str
    kind: int = 0
    reference: int | None = None
    nonce: str | None = None
    flags: int = 0
    allowed_mentions: dict[str, Any] | None = None
    files: list[File] = field(default_factory=list)
    components: list[dict[str, Any]] = field(default_factory=list)
    embeds: list[dict[str, Any]] = field(default_factory=list)
    pings: list[User] = field(default_factory=list)
    """Who is told of it."""
    roles: list[int] = field(default_factory=list)
    """The roles that are told of it."""
    everyone: bool = False
    """Whether it tells everyone."""
    webhook: bool = False
    edited: float | None = None
    revisions: list[Revision] = field(default_factory=list)
    thread: Channel | None = None
    interaction: Interaction | None = None

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & EPHEMERAL)

    def revise(self) -> None:
        """Note what it says now."""
        said = Revision(
            content=self.content, components=tuple(self.components), time=time.monotonic()
        )
        self.revisions.append(said)


@dataclass(kw_only=True, eq=False)
class Interaction(Thing):
    """A command or a pressed button, and what the bot did about it."""

    token: str
    kind: int
    user: User
    channel: Channel
    data: dict[str, Any]
    message: Message | None = None
    asked: float = field(default_factory=time.monotonic)
    callback: int | None = None
    """The first answer: 4 a message, 5 and 6 deferred, 7 the message changed, 9 a form."""
    took: float | None = None
    """Seconds until it was acknowledged."""
    private: bool = False
    """Whether the first answer, or the deferral, is only for who asked."""
    original: Message | None = None
    answers: list[Message] = field(default_factory=list)
    """All that was said in answer, in order."""
    form: dict[str, Any] | None = None
    expired: bool = False
    """Whether its token, which lives for 15 minutes, is taken no more."""
    patience: float
    """Seconds in which it must be acknowledged."""
    application: int

    @property
    def failed(self) -> bool:
        """Whether Discord told the person that the application did not respond."""
        return self.callback is None and time.monotonic() - self.asked > self.patience

    @property
    def deferred(self) -> bool:
        return self.callback in (5, 6)


@dataclass(kw_only=True)
class Request:
    """A call of the bot."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    time: float = field(default_factory=time.monotonic)
    status: int = 0
    """What it was answered; 0 before, and where the line was cut."""

    @property
    def route(self) -> str:
        return f"{self.method} {self.path}"


class Refused(Exception):
    """What Discord does not do, as it says so."""

    def __init__(
        self, status: int, code: int, message: str, errors: dict[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"message": message, "code": code}
        if errors is not None:
            self.body["errors"] = errors


def malformed(path: str, code: str, message: str) -> Refused:
    """The body has something that Discord does not take."""
    errors: dict[str, Any] = {"_errors": [{"code": code, "message": message}]}
    for name in reversed(path.split(".")):
        errors = {name: errors}
    return Refused(400, 50035, "Invalid Form Body", errors)
