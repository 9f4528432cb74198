"""`tertulia memory import`: takes in a person's past from another program's export."""

from __future__ import annotations

import asyncio
import getpass
import json
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click

from tertulia.app.compose import importers, running
from tertulia.app.memory.printing import counted
from tertulia.app.nearest import did_you_mean
from tertulia.app.plugins import names
from tertulia.app.settings import Settings
from tertulia.app.settings import load as load_settings
from tertulia.engine.importing import Imported, bring_in, knowing, read_through
from tertulia.ports.importer import Importer
from tertulia.values.errors import Malformed, SettingsError
from tertulia.values.message import Author, Place

CHANNEL = "terminal"


@click.command(
    epilog="Example: tertulia memory import ~/Downloads/chatgpt-export.zip   A second import of "
    "the same file adds nothing; what you had the bot forget stays forgotten.",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("-b", "--bot", metavar="NAME", help="The bot that is to remember it.")
@click.option("--person", metavar="ID", help="Whose past it is; without it, yours.")
@click.option("--format", "form", metavar="NAME", help="chatgpt or tertulia; else it is found out.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def import_command(
    config: str | None,
    file: Path,
    bot: str | None,
    person: str | None,
    form: str | None,
    as_json: bool,
) -> int:
    """Take in FILE: ChatGPT's export (zip, folder or conversations.json) or one of Tertulia's.

    Its conversations are listed by `tertulia chat --list`, go on with `tertulia chat -c NAME`, and
    what was said in them is recalled from then on.
    """
    settings = load_settings(None if config is None else Path(config))
    chosen = bot or settings.default_bot
    if not file.exists():
        raise SettingsError(f"{file} does not exist. Give the file that you were sent.")
    importer = _importer(file, form)
    who = person or getpass.getuser()
    imported = asyncio.run(_import(settings, importer, file, chosen, who))
    if as_json:
        click.echo(json.dumps(asdict(imported)))
    else:
        messages = counted(imported.messages, "message", "messages")
        talks = counted(imported.conversations, "conversation", "conversations")
        click.echo(
            f"{imported.new} new of {messages} in {talks}. "
            "`tertulia memory search WORDS` finds what was said in them."
        )
    return 0


def _importer(file: Path, form: str | None) -> Importer:
    known = names("importers")
    if form is not None and form not in known:
        raise SettingsError(f"There is no format {form!r}.{did_you_mean(form, known)}")
    if form is not None:
        return importers(form)[0]
    importer = knowing(importers(*known), file)
    if importer is not None:
        return importer
    raise Malformed(
        f"{file} is in no format that is known ({', '.join(known)}). Nothing was taken in: "
        "give the export as it came, or name its format with --format."
    )


async def _import(
    settings: Settings, importer: Importer, file: Path, bot: str, who: str
) -> Imported:
    # Read through once before anything is stored: of a file that breaks off, nothing is taken in.
    total = read_through(importer.read(file))
    place = Place(channel=CHANNEL, account="local", spot="")
    author = Author(platform_id=who, name=who)
    async with running(settings, {}, everything=False, bot=bot) as engine:
        with _progress(total) as told:
            return await bring_in(
                engine.tools,
                importer.read(file),
                place=place,
                bot=bot,
                author=author,
                told=told,
            )


@contextmanager
def _progress(total: int) -> Generator[Callable[[int], None]]:
    """A bar where somebody sees it."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with click.progressbar(length=total, label="Taking in", file=sys.stderr) as bar:
        yield bar.update
