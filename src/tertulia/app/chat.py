"""`tertulia chat`: talk in the terminal, ask one thing, list and export conversations."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import stat
import sys
import time
import uuid
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from tertulia.app.compose import Running, running
from tertulia.app.me import me
from tertulia.app.memory.printing import say, say_json
from tertulia.app.plugins import load
from tertulia.app.settings import Settings, bot_spec
from tertulia.app.settings import load as load_settings
from tertulia.engine.commands.wording import one_line
from tertulia.engine.host import Engine
from tertulia.ports.channel import Channel
from tertulia.values.conversation import Conversation
from tertulia.values.errors import SettingsError
from tertulia.values.message import Incoming, Place
from tertulia.values.text import clean

CHANNEL = "terminal"
USUAL, OFFLINE = "main", "offline"
LONGEST = 100
LAST = 160
"""How much of the last message a talk that goes on begins with, in characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What the command line asked for."""

    settings: Settings
    bot: str
    conversation: str | None
    json: bool

    def place(self, otherwise: str) -> Place:
        spot = self.conversation or otherwise
        return Place(channel=CHANNEL, account="local", spot=spot)


@click.command(
    epilog='Example: tertulia chat -c trip -m "What did we plan?"   '
    "or: cat notes.txt | tertulia chat -m 'In one sentence:' -",
)
@click.argument("text_from", metavar="[-]", required=False, type=click.Choice(["-"]))
@click.option("-c", "--conversation", metavar="NAME", help="Begin or continue this conversation.")
@click.option("-m", "--message", metavar="TEXT", help="Say TEXT, print the reply and end.")
@click.option(
    "-b", "--bot", metavar="NAME", help="Talk with this bot, of your settings or made on the page."
)
@click.option("--model", metavar="NAME", help="Use this model this time, e.g. openai:gpt-5-mini.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--list", "listing", is_flag=True, help="List the conversations.")
@click.option("--export", metavar="FILE", help="Write -c NAME to FILE (.md, .json, .html, .txt).")
@click.pass_obj
def chat_command(config: str | None, **given: Any) -> int:
    """Talk with a bot in this terminal.

    Without -m and with a keyboard, a talk begins: it continues `main`, or the conversation that -c
    names. With -m TEXT, or text on standard input, the reply is printed and the command ends; a
    conversation of its own is begun unless -c names one. A final `-` adds standard input to TEXT.
    A TEXT such as /memory or /help is obeyed; with two slashes it is said.
    """
    _check(given)
    settings = _settings(config, given)
    asked = _Asked(
        settings=settings,
        bot=given["bot"] or settings.default_bot,
        conversation=given["conversation"],
        json=given["as_json"],
    )
    if given["listing"]:
        return asyncio.run(_list(asked))
    if given["export"] is not None:
        return asyncio.run(_export(asked, Path(given["export"])))
    text = _text(given["message"], piped=given["text_from"] == "-")
    if text is None:
        return asyncio.run(_talk(asked))
    if not text.strip():
        raise SettingsError("There is nothing to say: the message is empty.")
    return asyncio.run(_once(asked, text))


def _check(given: dict[str, Any]) -> None:
    """Refuse what cannot be a name, and what excludes each other."""
    name = given["conversation"]
    if name is not None and not (name.isprintable() and 0 < len(name.strip()) <= LONGEST):
        raise SettingsError(
            f"A conversation's name is one line of 1 to {LONGEST} characters. Give another with -c."
        )
    texts = [text for text in given.values() if isinstance(text, str)]
    if any(text != clean(text) for text in texts if text != given["message"]):
        raise SettingsError("An argument is not UTF-8. Write it in the encoding of your terminal.")
    if given["listing"] and (given["message"] or given["export"]):
        raise SettingsError("--list goes alone: leave out -m and --export.")


def _settings(config: str | None, given: dict[str, Any]) -> Settings:
    path = None if config is None else Path(config)
    settings = load_settings(path, find=given["model"] is None)
    if given["model"] is None:
        return settings
    models = bot_spec(settings.default_bot, {"model": given["model"]}).models
    return replace(settings, instead={given["bot"] or settings.default_bot: models}, chosen=None)


def _text(message: str | None, *, piped: bool) -> str | None:
    """What is to be said in one shot, or None for a talk."""
    if piped or (message is None and not sys.stdin.isatty()):
        read = sys.stdin.read()
        return read if message is None else f"{message}\n\n{read}"
    if message is not None and _something_waits():
        click.echo("tertulia: standard input was not read: end the command with -", err=True)
    return message


def _something_waits() -> bool:
    """Whether a file or a pipe with something in it stands where the keyboard would be."""
    try:
        number = sys.stdin.fileno()
        found = os.fstat(number)
    except (OSError, ValueError):
        return False
    if stat.S_ISFIFO(found.st_mode):
        return _waiting_bytes(number) > 0
    return stat.S_ISREG(found.st_mode) and found.st_size > 0


def _waiting_bytes(pipe: int) -> int:
    from fcntl import ioctl
    from termios import FIONREAD

    return int.from_bytes(ioctl(pipe, FIONREAD, bytes(4)), sys.byteorder)


def _engine(asked: _Asked, channels: Mapping[str, Channel]) -> AbstractAsyncContextManager[Running]:
    return running(asked.settings, channels, everything=False, bot=asked.bot)


async def _talk(asked: _Asked) -> int:
    terminal = load("channels", CHANNEL)(history=asked.settings.data / "history")
    async with _engine(asked, {CHANNEL: terminal}) as engine:
        place = await _usual(engine, asked)
        await _same_bot(engine, place, asked)
        greeting = [f"{asked.bot} · conversation {place.spot!r} · /help lists what you can do"]
        chosen = _chosen(engine, asked)
        greeting += [chosen] if chosen else []
        greeting += await _so_far(engine, place)
        return await terminal.talk(engine, place, asked.bot, me(), greeting)


async def _usual(engine: Engine, asked: _Asked) -> Place:
    """The conversation that was named, else `main`, or the bot's own where that is another's."""
    place = asked.place(USUAL)
    found = await engine.store.conversation(place)
    if asked.conversation is None and found is not None and found.bot != asked.bot:
        return asked.place(f"{USUAL}-{asked.bot}")
    return place


def _chosen(engine: Running, asked: _Asked) -> str | None:
    """Which model was found for a bot of the settings, where it names none."""
    on_the_page = engine.bots.described.source(asked.bot) == "page"
    return None if on_the_page else asked.settings.chosen


async def _tell_the_choice(engine: Running, place: Place, asked: _Asked) -> None:
    """Say which model was found; `offline` says itself what it is, where it begins to answer."""
    chosen = _chosen(engine, asked)
    if chosen is None:
        return
    told = engine.bots.described.spec(asked.bot).models[0].provider == OFFLINE
    found = await engine.store.conversation(place)
    if told and found is not None:
        last = await engine.store.outcome(found.id, found.answered_seq)
        told = last is None or last.delivery is None or last.delivery.model == OFFLINE
    if not told:
        click.echo(chosen, err=True)


async def _so_far(engine: Engine, place: Place) -> list[str]:
    """A reminder of a conversation that goes on."""
    found = await engine.store.conversation(place)
    if found is None or found.head is None:
        return []
    span = await engine.store.history(found.id, found.head, 0, frozenset(), None)
    last = " ".join(span.messages[0].text.split())
    shown = last if len(last) <= LAST else f"{last[:LAST]} …"
    return [f"{found.last_seq} messages so far, the last: {shown}"]


async def _obeyed(engine: Engine, place: Place, asked: _Asked, text: str) -> bool:
    """Whether it was one of the engine's commands; then its answer is printed."""
    line = clean(text).strip()
    if not line.startswith("/") or line.startswith("//") or len(line.splitlines()) > 1:
        return False
    answer = await engine.command(place, asked.bot, line, author=me(), owner=True)
    if answer is None:
        return False
    if asked.json:
        say_json({"command": line, "answer": answer})
    else:
        say(answer)
    return True


def _said(text: str) -> str:
    """The text as it is said: of two slashes at its beginning the first only tells that it is."""
    begun = text.lstrip()
    return begun.removeprefix("/") if begun.startswith("//") else text


async def _once(asked: _Asked, text: str) -> int:
    terminal = load("channels", CHANNEL)()
    place = asked.place(f"{time.strftime('%Y-%m-%d-%H%M%S')}-{secrets.token_hex(2)}")
    incoming = Incoming(
        place=place,
        bot=asked.bot,
        author=me(),
        platform_id=uuid.uuid4().hex,
        text=_said(text),
        said_at=time.time_ns() // 1_000_000,
    )
    async with _engine(asked, {CHANNEL: terminal}) as engine:
        await _same_bot(engine, place, asked)
        if await _obeyed(engine, place, asked, text):
            return 0
        await _tell_the_choice(engine, place, asked)
        return await terminal.once(engine, incoming, json=asked.json)


async def _same_bot(engine: Running, place: Place, asked: _Asked) -> None:
    found = await engine.store.conversation(place)
    if found is not None and found.bot != asked.bot:
        known = found.bot in engine.bots.described.names()
        other = f"Add --bot {found.bot}, or give" if known else "Give"
        raise SettingsError(
            f"The conversation {place.spot!r} is with {found.bot}, not with {asked.bot}. "
            f"{other} another name with -c."
        )


async def _list(asked: _Asked) -> int:
    async with _engine(asked, {}) as engine:
        found = await engine.store.conversations(CHANNEL)
    if asked.json:
        click.echo(json.dumps([_as_object(one) for one in found], ensure_ascii=False))
        return 0
    if not found:
        click.echo("There are no conversations yet. `tertulia chat` begins one.", err=True)
    names = [one_line(one.place.spot) for one in found]
    width = max(map(len, names), default=0)
    for one, name in zip(found, names, strict=True):
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(one.updated_at / 1000))
        said = "message " if one.messages == 1 else "messages"
        say(f"{name.ljust(width)}  {when}  {one.messages:>6} {said}  {one_line(one.bot)}")
    return 0


def _as_object(one: Conversation) -> dict[str, object]:
    return {
        "conversation": one.place.spot,
        "bot": one.bot,
        "messages": one.messages,
        "updated_at": datetime.fromtimestamp(one.updated_at / 1000, UTC).isoformat("T", "seconds"),
    }


async def _export(asked: _Asked, path: Path) -> int:
    form = path.suffix.removeprefix(".").lower()
    async with _engine(asked, {}) as engine:
        text = await engine.export(asked.place(USUAL), form)
    _write(path, text)
    return 0


def _write(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise SettingsError(f"{path} exists already. Choose another name, or remove it.") from None
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}.") from None
