"""A way in and out: what the engine offers a channel, and what it asks of one."""

from __future__ import annotations

from collections.abc import (
    AsyncGenerator,
    Awaitable,
    Callable,
    Collection,
    Mapping,
    MutableMapping,
    Sequence,
)
from dataclasses import dataclass
from typing import Any, Protocol

from tertulia.ports.broadcast import Sink
from tertulia.ports.desk import Desk
from tertulia.ports.workshop import Workshop
from tertulia.values.check import Check
from tertulia.values.events import Restarted, Running, Spoken
from tertulia.values.message import Accepted, Author, Incoming, Place
from tertulia.values.reply import Delivery, Opened, Outcome
from tertulia.values.used import Used


class Host(Protocol):
    """The engine, as a channel sees it."""

    async def accept(self, incoming: Incoming) -> Accepted:
        """Store a message, once; it is on disk when this returns, and will be answered.

        Raises: `StoreError`; then nothing was stored, and the platform may deliver it again.
        """
        ...

    async def begin(self, place: Place, bot: str) -> int:
        """The number of the conversation at `place`; where there is none, it begins with nothing.

        So its model is picked, and its keys lent, before the first turn. Raises: `StoreError`.
        """
        ...

    async def opened(self, place: Place) -> int | None:
        """Tell that somebody is at `place` now: what waits there is answered and delivered.

        Returns the conversation's number, or None where there is none yet.
        """
        ...

    def listen(self, conversation: int, sink: Sink) -> Callable[[], None]:
        """Live events of a conversation, or `EVERYWHERE`; the returned function ends them."""
        ...

    def stop(self, conversation: int) -> bool:
        """Stop the running turn, keeping what was shown; False where none runs in this process."""
        ...

    def running(self, conversation: int) -> Running | None:
        """The turn that runs in this process, with what it has said so far.

        Asked in the same step as `listen`, nothing is missed between the two.
        """
        ...

    def follow(self, accepted: Accepted) -> AsyncGenerator[Spoken | Restarted | Outcome]:
        """What is said in reply to an accepted message, as it comes, and last its outcome.

        Pieces are provisional, and after a `Restarted` they begin again. Where a reply is under way
        already, the first piece is all of it until now. Leaving early stops nothing: close the
        generator then. Raises: `Stopped` where the engine ends first; `StoreError`.
        """
        ...

    async def command(
        self,
        place: Place,
        bot: str,
        line: str,
        *,
        author: Author,
        owner: bool,
        circle: str | None = None,
        present: Sequence[Author] | None = None,
    ) -> str | None:
        """Do what a line such as `/new` says and return the answer; None where it is no command.

        `author` types it; `owner` tells that they may do all that the bot's owner may. `circle` and
        `present` tell who reads the answer, as in `Incoming`: they are shown what all have heard.
        """
        ...

    async def showing(self, opened: Opened, platform_ids: Sequence[str]) -> None:
        """Keep under which ids the platform shows what a running turn says, in their order.

        So that whoever answers after a crash edits those. Raises: `StoreError`.
        """
        ...

    async def posted(self, place: Place, platform_id: str) -> int | None:
        """The seq, in the conversation at `place`, of what the platform shows under that id."""
        ...

    async def unsaid(self, place: Place, platform_id: str) -> bool:
        """Forget what somebody deleted on its platform, with all that was derived from it.

        Its other versions go too, and replies that repeat words of it. False where it is not here.
        Raises: `StoreError`.
        """
        ...

    async def latest(
        self, channel: str, account: str, spot: str | None = None
    ) -> Mapping[str, str]:
        """By spot (or of one), the platform's id of what somebody said there last."""
        ...

    async def used(
        self, place: Place, since: int, *, person: str | None, spots: Collection[str] | None
    ) -> Used:
        """What a person, or all, used on the channel and account of `place`; see `UsageStore`."""
        ...

    async def outcome(self, accepted: Accepted) -> Outcome | None:
        """What became of an accepted message, or None while it waits."""
        ...

    async def export(self, place: Place, form: str) -> str:
        """The conversation at `place` as `md`, `json` or `html`. Raises: `SettingsError`."""
        ...


class Channel(Protocol):
    """One platform. It calls the host when something comes in; the engine calls `send`."""

    name: str

    async def send(self, delivery: Delivery) -> tuple[str, ...]:
        """Show a stored reply or notice; returns the platform's ids for it.

        Raises: `NotHere` where nobody can take it now; `DeliveryFailed` where nobody ever will.
        """
        ...


Messages = MutableMapping[str, Any]
Application = Callable[
    [Messages, Callable[[], Awaitable[Messages]], Callable[[Messages], Awaitable[None]]],
    Awaitable[None],
]
"""An ASGI 3 application: https://asgi.readthedocs.io/en/latest/specs/main.html."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """What a door stands on: the engine, as a channel and as a screen see it, and its bots.

    `default_bot` is whom one talks with who names nobody. `upload` is the largest file that is
    taken, in bytes. `ending` tells, once set, that the server is about to stop: streams end then.
    """

    host: Host
    desk: Desk
    workshop: Workshop
    default_bot: str
    upload: int
    ending: Callable[[], Awaitable[None]]


class Wire(Channel, Protocol):
    """A channel that goes out to its platform, and stays connected while the server runs."""

    async def run(self, floor: Floor) -> None:
        """Hear and answer until cancelled; what breaks off is taken up again by itself.

        Raises: `SettingsError` where it cannot be without a change of the settings, in words for
        whoever wrote them.
        """
        ...

    async def check(self) -> Sequence[Check]:
        """Ask the platform, without connecting, what keeps people from talking with it.

        It takes ten seconds at most and never raises. What is ready and has a step all the same is
        a hint. Where nothing can be asked, nothing is found.
        """
        ...


class Door(Channel, Protocol):
    """A channel that is reached over HTTP. The server has let the caller in: see `CALLER`.

    `paths` are those that it owns, each with all below it ("" for what no other owns); they reach
    its application whole.
    """

    paths: tuple[str, ...]
    open_to_all: tuple[str, ...]
    """Those of its paths that ask for no login: a webhook, or the page itself and its assets.

    Each is open with all below it that no longer path owns. "" opens nothing below `/api`, `/v1`
    and `/channels`: that takes a path of its own.
    """

    def application(self, floor: Floor) -> Application:
        """What answers there."""
        ...
