"""Shows replies: as they come by editing, and whole once they are stored."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from io import BytesIO
from typing import Any, Protocol

import discord

from tertulia.channels.discord.splitting import split
from tertulia.ports.channel import Host
from tertulia.values.errors import DeliveryFailed, StoreError
from tertulia.values.events import Event, Restarted, Settled, Spoken, Started, Stored
from tertulia.values.message import Place
from tertulia.values.reply import Delivery, Opened

log = logging.getLogger(__name__)

PACE = 1.2
"""Seconds between two edits; Discord allows about five in five seconds, and the end needs one."""
NONCE = 25
"""Characters of a nonce, at most."""
UNKNOWN_MESSAGE = 10008
"""Discord's code: https://discord.com/developers/docs/topics/opcodes-and-status-codes."""


class Writable(Protocol):
    """A channel or a thread."""

    id: int

    def get_partial_message(self, message_id: int, /) -> discord.PartialMessage:
        """A message of which only the id is known."""
        ...

    def typing(self) -> AbstractAsyncContextManager[None]:
        """Show that the bot writes."""
        ...

    def history(
        self, *, after: discord.Object, limit: int, oldest_first: bool
    ) -> AsyncIterator[discord.Message]:
        """What was said there."""
        ...

    async def send(self, content: str, **more: Any) -> discord.Message:
        """Say it."""
        ...


Find = Callable[[int], Awaitable[Writable]]
_Look = tuple[str, discord.ui.View | None]
"""What a message says, and the button under it."""


class Shows:
    """All replies of one bot that are on their way. `button` stands under one that still comes."""

    def __init__(
        self,
        host: Host,
        account: str,
        find: Find,
        *,
        stream: bool,
        button: discord.ui.View | None = None,
        file_over: int | None = None,
    ) -> None:
        self._host = host
        self._file_over = file_over
        self._button = button
        self._account = account
        self._find = find
        self._stream = stream
        self._ends: dict[int, Callable[[], None]] = {}
        self._conversations: dict[int, int] = {}
        """Those that are followed, by their channel."""
        self._now: dict[int, Showing] = {}
        """Those that come in now, by their conversation."""
        self._open: dict[int, Showing] = {}
        """Those that are not whole yet, by their delivery."""

    def place(self, channel: int) -> Place:
        """Where what is said in a channel is kept."""
        return Place(channel="discord", account=self._account, spot=str(channel))

    def follow(self, conversation: int, channel: int) -> None:
        """Show what is said in a conversation from now on, as it comes."""
        self._conversations[channel] = conversation
        if conversation not in self._ends:
            self._ends[conversation] = self._host.listen(
                conversation, lambda event: self._told(conversation, channel, event)
            )

    def conversation(self, channel: int) -> int | None:
        """The conversation in a channel, if it is followed."""
        return self._conversations.get(channel)

    async def answer(self, message: discord.Message, text: str) -> None:
        """Answer a command; it is no part of the talk."""
        for number, part in enumerate(split(text)):
            if number == 0:
                await message.reply(part.text, mention_author=False)
            else:
                await message.channel.send(part.text)

    async def deliver(self, delivery: Delivery) -> tuple[str, ...]:
        """Show a reply whole. Raises: `DeliveryFailed`."""
        showing = self._open.get(delivery.id) or self._showing(_opened(delivery))
        # Until it is shown it stays: another try goes on with what this one has sent.
        self._open[delivery.id] = showing
        await showing.end()
        try:
            channel = await self._find(int(delivery.place.spot))
            notes = (f"-# {note}" for note in delivery.notes)
            await showing.show(channel, "\n".join((showing.cut(delivery.text), *notes)))
            await showing.enclose(channel, delivery.text)
        except (discord.Forbidden, discord.NotFound) as error:
            del self._open[delivery.id]
            raise _failed(error, delivery.place.spot) from error
        del self._open[delivery.id]
        return tuple(showing.ids)

    async def withdraw(self, answers: str) -> None:
        """Take away what is shown so far of a reply to a message that is no more."""
        for showing in [one for one in self._open.values() if one.is_to(answers)]:
            del self._open[showing.opened.id]
            await showing.withdraw()

    async def close(self) -> None:
        """Show nothing any more."""
        for end in self._ends.values():
            end()
        await asyncio.gather(*(one.end() for one in self._open.values()))

    def _told(self, conversation: int, channel: int, event: Event) -> None:
        showing = self._now.get(conversation)
        if isinstance(event, Started) and event.opened is not None:
            showing = self._showing(event.opened, self._button)
            self._now[conversation] = self._open[event.opened.id] = showing
            showing.begin(channel, self._find, stream=self._stream)
        elif showing is None:
            return
        elif isinstance(event, Spoken):
            showing.said(event.text)
        elif isinstance(event, Restarted):
            showing.again()
        elif isinstance(event, Stored | Settled):
            self._now.pop(conversation)
            if isinstance(event, Settled):
                self._open.pop(showing.opened.id, None)
                showing.void()

    def _showing(self, opened: Opened, button: discord.ui.View | None = None) -> Showing:
        return Showing(self._host, opened, button, self._file_over)


class Showing:
    """One reply: the messages that show it, and a task that keeps them as new as the pace allows.

    `ids` are the platform's, in their order.
    """

    def __init__(
        self,
        host: Host,
        opened: Opened,
        button: discord.ui.View | None = None,
        file_over: int | None = None,
    ) -> None:
        self.opened = opened
        self._file_over = file_over
        self.ids: list[str] = list(opened.shown)
        self._host = host
        self._button = button
        self._looks: list[_Look | None] = [None] * len(self.ids)
        self._channel: Writable | None = None
        self._draft = ""
        self._more = asyncio.Event()
        self._over = asyncio.Event()
        self._void = False
        self._task: asyncio.Task[None] | None = None

    def begin(self, channel: int, find: Find, *, stream: bool) -> None:
        """Show that it is thought about, then what is said."""
        self._task = asyncio.create_task(self._run(channel, find, stream=stream))

    def said(self, text: str) -> None:
        """The next piece has come."""
        self._draft += text
        self._more.set()

    def again(self) -> None:
        """What was said is void."""
        self._draft = ""

    def is_to(self, message: str) -> bool:
        """Whether it answers that message, or a version of it."""
        return (self.opened.answers or "").partition("/")[0] == message

    async def withdraw(self) -> None:
        """Take away all that is shown."""
        await self.end()
        if self._channel is not None:
            await self.show(self._channel, "")

    def void(self) -> None:
        """Nothing was said after all: what is shown is taken away."""
        self._void = True
        self.over()

    def over(self) -> None:
        """Nothing more comes."""
        self._over.set()
        self._more.set()

    async def end(self) -> None:
        """Show no more of what comes; what is being sent is sent."""
        self.over()
        if self._task is not None:
            await asyncio.wait([self._task])

    async def show(
        self, channel: Writable, text: str, button: discord.ui.View | None = None
    ) -> None:
        """Have just this shown, whatever was before. What was deleted meanwhile is sent again."""
        parts: list[_Look] = [(part.text, None) for part in split(text)]
        if parts:
            parts[-1] = (parts[-1][0], button)
        for number, part in enumerate(parts):
            await self._part(channel, number, part)
        for id_ in self.ids[len(parts) :]:
            await _remove(channel, id_)
        del self.ids[len(parts) :], self._looks[len(parts) :]

    def cut(self, text: str) -> str:
        """As much of it as is shown."""
        if self._file_over is None or len(text) <= self._file_over:
            return text
        return f"{split(text, self._file_over)[0].text}\n…"

    async def enclose(self, channel: Writable, text: str) -> None:
        """Have the whole of what is too long to be shown beside what is shown, as a file."""
        if self._file_over is None or len(text) <= self._file_over:
            return
        last = channel.get_partial_message(int(self.ids[-1]))
        try:
            await last.edit(attachments=[discord.File(BytesIO(text.encode()), "reply.md")])
        except discord.Forbidden as error:
            # It lacks Attach Files: then all of it is shown, however long.
            log.warning("Discord: a file may not be attached: %s", error)
            self._file_over = None
            await self.show(channel, text)

    async def _run(self, number: int, find: Find, *, stream: bool) -> None:
        try:
            channel = await find(number)
            self._channel = channel
            async with channel.typing():
                await (self._more if stream else self._over).wait()
            while not self._over.is_set():
                await self._more.wait()
                self._more.clear()
                if self._draft.strip() and not self._over.is_set():
                    await self.show(channel, self.cut(self._draft), self._button)
                    await self._host.showing(self.opened, self.ids)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(PACE):
                        await self._over.wait()
            if self._void:
                await self.show(channel, "")
        except (discord.HTTPException, StoreError) as error:
            log.info("Discord: a reply could not be shown as it comes: %s", error)

    async def _part(self, channel: Writable, number: int, look: _Look) -> None:
        if number < len(self.ids) and (
            self._looks[number] == look or await _edited(channel, self.ids[number], look)
        ):
            self._looks[number] = look
            return
        sent = await self._send(channel, number, look)
        stands = sent.content == look[0] and bool(sent.components) == (look[1] is not None)
        self.ids[number : number + 1] = [str(sent.id)]
        self._looks[number : number + 1] = [look if stands else None]
        if not stands and await _edited(channel, str(sent.id), look):
            self._looks[number] = look  # it was sent by an earlier try, when less was said

    async def _send(self, channel: Writable, number: int, look: _Look) -> discord.Message:
        text, button = look
        more: dict[str, Any] = {"nonce": f"{self.opened.nonce[: NONCE - 4]}-{number}"}
        if button is not None:
            more["view"] = button
        if number == 0 and self.opened.answers is not None:
            more["reference"] = discord.MessageReference(
                message_id=int(self.opened.answers.partition("/")[0]),
                channel_id=channel.id,
                fail_if_not_exists=False,
            )
        return await channel.send(text, **more)


async def _edited(channel: Writable, id_: str, look: _Look) -> bool:
    """Have a message look so; False where it is not there any more."""
    text, button = look
    try:
        await channel.get_partial_message(int(id_)).edit(content=text, view=button)
    except discord.NotFound as error:
        if error.code != UNKNOWN_MESSAGE:
            raise
        return False
    return True


async def _remove(channel: Writable, id_: str) -> None:
    with contextlib.suppress(discord.NotFound):
        await channel.get_partial_message(int(id_)).delete()


def _opened(delivery: Delivery) -> Opened:
    return Opened(
        id=delivery.id, nonce=delivery.nonce, answers=delivery.answers, shown=delivery.shown
    )


def _failed(error: discord.HTTPException, spot: str) -> DeliveryFailed:
    if isinstance(error, discord.NotFound):
        return DeliveryFailed(f"The channel {spot} is gone from Discord.")
    return DeliveryFailed(
        f"The bot may not write in the channel {spot}: give its role View Channel, Send Messages "
        f"and Read Message History there ({error.text})."
    )
