"""A bot in your own program: `await Bot(persona="…").reply("hello")`."""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tertulia.app.compose import LEARNING, Running
from tertulia.app.plugins import load
from tertulia.app.settings import Settings, bot_spec
from tertulia.app.settings import load as load_settings
from tertulia.values.errors import ModelError, SettingsError, Stopped
from tertulia.values.events import Restarted, Spoken
from tertulia.values.message import Author, Incoming, Place
from tertulia.values.prompt import Usage
from tertulia.values.reply import Delivery, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A stored reply; `str(reply)` is its text.

    `message` is its public id. `usage` is in tokens, `cost` in the currency of your price table
    (None where it has no price). `receipt` tells what the model saw, and what was left out and why.
    `notes` are plain sentences for the person, such as that a message was cut.
    """

    text: str
    conversation: str
    message: str
    bot: str
    model: str
    finish_reason: str
    usage: Usage
    cost: float | None
    notes: tuple[str, ...]
    receipt: dict[str, Any]

    def __str__(self) -> str:
        return self.text


class Bot:
    """One bot, with its conversations kept on disk.

    Give each bot a name of its own: by it its conversations are told from another bot's.
    Without arguments it is the default bot of your `tertulia.toml`, or of no settings at all.
    `model` and `memory` are as in the settings: `"openai:gpt-5-mini"`, `"offline"` or a mapping;
    `["recall", "window"]` or a mapping. `data` is the folder that holds the database. Use it as
    `async with Bot(...) as bot`, or call `close` at the end.

    Raises: `SettingsError` where an argument or a setting is wrong.
    """

    def __init__(
        self,
        name: str | None = None,
        *,
        persona: str | None = None,
        model: str | Mapping[str, Any] | None = None,
        memory: Sequence[str] | Mapping[str, Any] | None = None,
        data: str | Path | None = None,
        settings: str | Path | None = None,
    ) -> None:
        found = load_settings(None if settings is None else Path(settings))
        self.name = name or found.default_bot
        given = {"persona": persona, "model": model, "memory": memory}
        self._settings = _with_bot(found, self.name, given, data)
        self._channel = load("channels", "library")()
        self._engine: Running | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._starting = asyncio.Lock()
        self._runner: asyncio.Runner | None = None
        self._one_by_one = threading.Lock()

    async def reply(self, text: str, *, conversation: str = "main", author: str = "you") -> Reply:
        """Say `text` and wait for the whole reply.

        Raises: `ModelError` where no model gave one (what you said is kept); `Stopped`;
        `StoreError`; `SettingsError` for an empty text.
        """
        async with aclosing(self.stream(text, conversation=conversation, author=author)) as events:
            async for event in events:
                if isinstance(event, Reply):
                    return event
        raise Stopped("The reply was stopped before it began.")

    async def stream(
        self, text: str, *, conversation: str = "main", author: str = "you"
    ) -> AsyncGenerator[Spoken | Restarted | Reply]:
        """Say `text`; gives the reply's pieces as they come, and the stored `Reply` last.

        After a `Restarted` the pieces begin again. Leaving early does not stop the reply: `stop`
        does.
        """
        if not text.strip():
            raise SettingsError("There is nothing to answer: the message is empty.")
        engine = await self._started()
        accepted = await engine.accept(self._incoming(text, conversation, author))
        done = self._channel.take(accepted.conversation, _taken)
        try:
            async with aclosing(engine.follow(accepted)) as events:
                async for event in events:
                    yield _ended(event) if isinstance(event, Outcome) else event
        finally:
            # Until it is noted that somebody took the reply, it is still taken.
            await engine.tools.outbox.settle(accepted.conversation)
            done()

    def reply_sync(self, text: str, *, conversation: str = "main", author: str = "you") -> Reply:
        """`reply` for programs without asyncio; several threads take turns."""
        with self._one_by_one:
            if self._runner is None:
                self._runner = asyncio.Runner()
            return self._runner.run(self.reply(text, conversation=conversation, author=author))

    def close_sync(self) -> None:
        """`close` for programs without asyncio."""
        if self._runner is not None:
            self._runner.run(self.close())
            self._runner.close()
            self._runner = None

    async def stop(self, *, conversation: str = "main") -> bool:
        """Stop the running reply; what was shown is kept. False where none is running here."""
        engine = await self._started()
        found = await engine.store.conversation(self._place(conversation))
        return found is not None and engine.stop(found.id)

    async def command(
        self, line: str, *, conversation: str = "main", author: str = "you"
    ) -> str | None:
        """Do what a line such as `/new` or `/memory` says; None where it is no command."""
        engine = await self._started()
        return await engine.command(
            self._place(conversation),
            self.name,
            line,
            author=Author(platform_id=author, name=author),
            owner=True,
        )

    async def export(self, *, conversation: str = "main", form: str = "md") -> str:
        """A conversation as `md`, `json` or `html`. Raises: `SettingsError` where there is none."""
        engine = await self._started()
        return await engine.export(self._place(conversation), form)

    async def conversations(self) -> list[str]:
        """The names of this bot's conversations in which something was said, the latest first."""
        engine = await self._started()
        found = await engine.store.conversations(self._channel.name)
        return [one.place.spot for one in found if one.place.account == self.name and one.messages]

    async def close(self) -> None:
        """Finish what is under way and close the database.

        A reply that is not there after ten seconds raises `Stopped` where it is awaited; the
        message is kept, and answered when its conversation is opened again. A summary that is
        being made has thirty.
        """
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            await self._move(loop)
        engine, self._engine = self._engine, None
        if engine is not None:
            await engine.close(learning=LEARNING)

    async def __aenter__(self) -> Self:
        await self._started()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def _started(self) -> Running:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            await self._move(loop)
        async with self._starting:
            if self._engine is None:
                engine = Running(
                    self._settings, {self._channel.name: self._channel}, everything=False
                )
                try:
                    await engine.start()
                except BaseException:  # whatever it is, nothing is left open
                    await engine.close()
                    raise
                self._engine = engine
            return self._engine

    async def _move(self, loop: asyncio.AbstractEventLoop) -> None:
        """Be at home in `loop`, where the one before has ended, and its tasks with it."""
        if self._loop is not None and not self._loop.is_closed():
            raise SettingsError(
                "This Bot is in use in another event loop or thread. Make one for each of them: "
                "any number of bots may share the data."
            )
        left, self._engine = self._engine, None
        self._loop, self._starting = loop, asyncio.Lock()
        if left is not None:
            await left.store.close()

    def _place(self, conversation: str) -> Place:
        # By its name each bot has conversations of its own: no two share a transcript.
        return Place(channel=self._channel.name, account=self.name, spot=conversation)

    def _incoming(self, text: str, conversation: str, author: str) -> Incoming:
        return Incoming(
            place=self._place(conversation),
            bot=self.name,
            author=Author(platform_id=author, name=author),
            platform_id=uuid.uuid4().hex,
            text=text,
            said_at=time.time_ns() // 1_000_000,
        )


def _taken(_: Delivery) -> None:
    """A reply is taken by whoever follows it."""


def _ended(outcome: Outcome) -> Reply:
    if outcome.delivery is None:
        raise Stopped(f"There is no reply: {outcome.reason}.")
    return _as_reply(outcome.delivery)


def _as_reply(delivery: Delivery) -> Reply:
    if delivery.kind != "reply":
        cause = "" if delivery.cause in (None, delivery.text) else f" ({delivery.cause})"
        raise ModelError(f"{delivery.text}{cause}")
    return Reply(
        text=delivery.text,
        conversation=delivery.place.spot,
        message=delivery.message,
        bot=delivery.bot,
        model=delivery.model,
        finish_reason=delivery.finish_reason,
        usage=delivery.usage,
        cost=delivery.cost,
        notes=delivery.notes,
        receipt=delivery.receipt,
    )


def _with_bot(
    found: Settings, name: str, given: Mapping[str, Any], data: str | Path | None
) -> Settings:
    """The settings with the bot that the arguments describe, over what the file says of it."""
    wanted = {key: value for key, value in given.items() if value is not None}
    bots = dict(found.bots)
    # Of a bot by its name alone nothing is said here: it may be one that the page made.
    assumed = found.assumed - {name} if wanted else found.assumed | ({name} - bots.keys())
    if wanted or name not in bots:
        bots[name] = bot_spec(name, wanted, base=bots.get(name))
    folder = found.data if data is None else Path(data)
    return replace(found, bots=bots, data=folder, assumed=assumed)
