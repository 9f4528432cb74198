"""`tertulia chat`: talk in the terminal, ask one thing, list and export conversations."""

from __future__ import annotations

import asyncio
import getpass
import os
import secrets
import stat
import sys
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from tertulia.app.plugins import load
from tertulia.app.settings import Settings, bot_spec, load as load_settings
from tertulia.values.errors import SettingsError
from tertulia.values.message import Author, Incoming, Place

CHANNEL = "terminal"
USUAL = "main"


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
@click.option("-b", "--bot", metavar="NAME", help="Talk with this bot of your settings.")
@click.option("--model", metavar="NAME", help="Use this model this time, e.g. openai:gpt-5-mini.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--list", "listing", is_flag=True, help="List the conversations.")
@click.option("--export", metavar="FILE", help="Write -c NAME to FILE (.md, .json or .html).")
@click.pass_obj
def chat_command(config: str | None, **given: Any) -> int:
    """Talk with a bot in this terminal.

    Without -m and with a keyboard, a talk begins: it continues `main`, or the conversation that -c
    names. With -m TEXT, or text on standard input, the reply is printed and the command ends; a
    conversation of its own is begun unless -c names one. A final `-` adds standard input to TEXT.
    """
    settings = _settings(config, given)
    asked = _Asked(
        settings=settings,
        bot=given["bot"] or settings.default_bot,
        conversation=given["conversation"],
        json=given["as_json"],
    )
    return asyncio.run(_what(asked, given)(asked))


def _settings(config: str | None, given: dict[str, Any]) -> Settings:
    from dataclasses import replace

    settings = load_settings(None if config is None else Path(config))
    name = given["bot"] or settings.default_bot
    if name not in settings.bots:
        from tertulia.app.nearest import did_you_mean

        raise SettingsError(f"There is no bot {name!r}.{did_you_mean(name, settings.bots)}")
    if given["model"] is None:
        return settings
    bots = {**settings.bots}
    bots[name] = bot_spec(name, {"model": given["model"]}, base=bots[name])
    return replace(settings, bots=bots, chosen=None)


def _what(asked: _Asked, given: dict[str, Any]) -> Callable[[_Asked], Awaitable[int]]:
    if given["listing"]:
        return _list
    if given["export"] is not None:
        return lambda asked: _export(asked, given["export"])
    text = _text(given)
    if text is None:
        return _talk
    if not text.strip():
        raise SettingsError("There is nothing to say: the message is empty.")
    return lambda asked: _once(asked, text)


def _text(given: dict[str, Any]) -> str | None:
    """What is to be said in one shot, or None for a talk."""
    message: str | None = given["message"]
    if given["text_from"] == "-" or (message is None and not sys.stdin.isatty()):
        piped = sys.stdin.read()
        return piped if message is None else f"{message}\n\n{piped}"
    if message is not None and _something_piped():
        click.echo(
            "tertulia: standard input was not read; end the command with - to add it", err=True
        )
    return message


def _something_piped() -> bool:
    """Whether a file, with something in it, stands where the keyboard would be."""
    try:
        found = os.fstat(sys.stdin.fileno())
    except (OSError, ValueError):
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size > 0


async def _talk(asked: _Asked) -> int:
    from tertulia.app.compose import running

    terminal = load("channels", CHANNEL)(history=asked.settings.data / "history")
    place = asked.place(USUAL)
    greeting = [f"{asked.bot} · conversation {place.spot!r} · /help lists what you can do"]
    greeting += [asked.settings.chosen] if asked.settings.chosen else []
    async with running(asked.settings, {CHANNEL: terminal}, everything=False) as engine:
        await _same_bot(engine, place, asked)
        return await terminal.talk(engine, place, asked.bot, _me(), greeting)


async def _once(asked: _Asked, text: str) -> int:
    from tertulia.app.compose import running

    terminal = load("channels", CHANNEL)()
    place = asked.place(f"{time.strftime('%Y-%m-%d-%H%M%S')}-{secrets.token_hex(2)}")
    incoming = Incoming(
        place=place,
        bot=asked.bot,
        author=_me(),
        platform_id=uuid.uuid4().hex,
        text=text,
        said_at=time.time_ns() // 1_000_000,
    )
    if asked.settings.chosen:
        click.echo(asked.settings.chosen, err=True)
    async with running(asked.settings, {CHANNEL: terminal}, everything=False) as engine:
        await _same_bot(engine, place, asked)
        return await terminal.once(engine, incoming, json=asked.json)


async def _same_bot(engine: Any, place: Place, asked: _Asked) -> None:
    found = await engine.store.conversation(place)
    if found is not None and found.bot != asked.bot:
        raise SettingsError(
            f"The conversation {place.spot!r} is with {found.bot}, not with {asked.bot}. "
            f"Add --bot {found.bot}, or give another name with -c."
        )


async def _list(asked: _Asked) -> int:
    from tertulia.app.compose import running

    async with running(asked.settings, {}, everything=False) as engine:
        found = await engine.store.conversations(CHANNEL)
    if asked.json:
        import json

        listed = [
            {
                "conversation": one.place.spot,
                "bot": one.bot,
                "messages": one.messages,
                "updated_at": _when(one.updated_at),
            }
            for one in found
        ]
        click.echo(json.dumps(listed, ensure_ascii=False))
        return 0
    width = max([len(one.place.spot) for one in found], default=0)
    for one in found:
        click.echo(
            f"{one.place.spot:<{width}}  {_when(one.updated_at)}  {one.messages:>6} messages  {one.bot}"
        )
    if not found:
        click.echo("There are no conversations yet. `tertulia chat` begins one.", err=True)
    return 0


async def _export(asked: _Asked, target: str) -> int:
    from tertulia.app.compose import running

    path = Path(target)
    form = path.suffix.removeprefix(".").lower()
    async with running(asked.settings, {}, everything=False) as engine:
        text = await engine.export(asked.place(USUAL), form)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise SettingsError(
            f"{target} exists already. Choose another name, or remove it."
        ) from None
    except OSError as error:
        raise SettingsError(f"{target} cannot be written: {error.strerror}.") from None
    return 0


def _me() -> Author:
    try:
        name = getpass.getuser()
    except (OSError, KeyError):
        name = "you"
    return Author(platform_id=name, name=name)


def _when(milliseconds: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(milliseconds / 1000))
