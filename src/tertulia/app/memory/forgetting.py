"""`tertulia memory forget`: a dry run, a question, and then it is gone."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

import click

from tertulia.app.compose import running
from tertulia.app.memory.naming import (
    fact_number_of,
    find_conversation,
    is_fact,
    message_numbers,
    named_person,
)
from tertulia.app.memory.opening import settings_at
from tertulia.app.memory.printing import say, say_json
from tertulia.app.settings import Settings
from tertulia.engine.forgetting import forget, together, would_forget
from tertulia.engine.receipts import message_numbered
from tertulia.engine.tools import Tools
from tertulia.ports.store import Store
from tertulia.values.errors import NotThere, SettingsError
from tertulia.values.forgetting import Forgotten, Kind, Replies, Target
from tertulia.values.forgotten import told

KINDS = "12.34, f12, person:WHO, conversation:NAME, bot:NAME or everything"
OWNER = "You are the owner: this reaches what anybody said, and what everybody heard."
BACKUPS = "Backups, exports and copies of the data folder are yours to clean."


@click.command(
    epilog="Example: tertulia memory forget person:ana --yes   Without a keyboard and without "
    "--yes only the dry run is shown, and the exit code is 1.",
)
@click.argument("what", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Do it without asking.")
@click.option(
    "--replies",
    type=click.Choice(["all", "quoting"]),
    default="all",
    help="Erase all replies that had it before them, or only those that repeat words of it.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def forget_command(
    config: str | None, what: tuple[str, ...], *, yes: bool, replies: Replies, as_json: bool
) -> int:
    """Forget WHAT exactly, with all that was derived from it.

    WHAT is 12.34 (a message), f12 (a fact), person:WHO, conversation:NAME, bot:NAME or everything.
    You are first shown what goes.
    """
    settings = settings_at(config, find=True)
    if not yes:
        # Asked outside of the loop: there Ctrl-C would not end the question.
        dry = asyncio.run(_would(settings, what, replies))
        if not _asked(dry, as_json=as_json):
            return 1
    gone = asyncio.run(_forget(settings, what, replies))
    if as_json:
        say_json({"forgotten": True, "cleaned": gone.cleaned, **gone.as_json()})
    else:
        say(*told(gone, done=True), BACKUPS)
    return 0


async def _would(settings: Settings, what: Sequence[str], replies: Replies) -> Forgotten:
    async with running(settings, {}, everything=False) as engine:
        return await _look(engine.tools, await _all(engine.store, what), replies)


async def _forget(settings: Settings, what: Sequence[str], replies: Replies) -> Forgotten:
    async with running(settings, {}, everything=False) as engine:
        tools = engine.tools
        targets = await _all(tools.store, what)
        # Whatever is not there is told before anything goes.
        await _look(tools, targets, replies)
        gone = await _do(tools, targets, replies)
        if "everything" in what:
            gone = together([gone, await _do(tools, await _people(tools.store), replies)])
        return gone


async def _all(store: Store, what: Sequence[str]) -> list[Target]:
    return [target for one in what for target in await _targets(store, one)]


async def _look(tools: Tools, targets: Sequence[Target], replies: Replies) -> Forgotten:
    return together([await would_forget(tools, one, replies) for one in _joined(targets)])


def _asked(dry: Forgotten, *, as_json: bool) -> bool:
    """Show the dry run and ask; without a keyboard there is nobody who could say yes."""
    if as_json:
        say_json({"forgotten": False, **dry.as_json()})
        return False
    say(OWNER, *told(dry, done=False))
    if sys.stdin.isatty() and sys.stdout.isatty():
        return click.confirm("Forget it?", default=False)
    click.echo("tertulia: Nothing was forgotten. Add --yes to do it.", err=True)
    return False


async def _do(tools: Tools, targets: Sequence[Target], replies: Replies) -> Forgotten:
    gone: list[Forgotten] = []
    for target in _joined(targets):
        try:
            gone.append(await forget(tools, target, replies))
        except NotThere:
            # It went with something before it: all of them were there a moment ago.
            continue
    return together(gone)


def _joined(targets: Sequence[Target]) -> list[Target]:
    """Those of a kind as one, so that they go in one transaction."""
    kinds: dict[tuple[Kind, str | None], list[int]] = {}
    for one in targets:
        kinds.setdefault((one.kind, one.bot), []).extend(one.numbers)
    return [
        Target(kind=kind, numbers=tuple(dict.fromkeys(numbers)), bot=bot)
        for (kind, bot), numbers in kinds.items()
    ]


async def _targets(store: Store, what: str) -> list[Target]:
    """What a word of the command line names. Raises: `NotThere`, `SettingsError`."""
    if what == "everything":
        return [*await _bots(store), *await _people(store)]
    kind, _, name = what.partition(":")
    if name and kind in ("person", "conversation", "bot"):
        return [await _named(store, kind, name)]
    if message_numbers(what) is not None:
        return [Target(kind="message", numbers=(await _message(store, what),))]
    if is_fact(what):
        number = fact_number_of(what)
        if await store.fact(number) is None:
            raise NotThere(f"There is no fact {what}. Nothing was forgotten.")
        return [Target(kind="fact", numbers=(number,))]
    raise SettingsError(f"{what!r} is nothing that can be forgotten. Give {KINDS}.")


async def _named(store: Store, kind: str, name: str) -> Target:
    if kind == "person":
        return Target(kind="person", numbers=(await named_person(store, name)).numbers)
    if kind == "conversation":
        found = find_conversation(await store.conversations(None), name)
        return Target(kind="conversation", numbers=(found.id,))
    return Target(kind="bot", bot=name)


async def _message(store: Store, name: str) -> int:
    found = await message_numbered(store, *(message_numbers(name) or (0, 0)))
    if found is None:
        raise NotThere(f"There is no message {name}. Nothing was forgotten.")
    return found.number


async def _bots(store: Store) -> list[Target]:
    names = {one.bot for one in await store.conversations(None)}
    if not names:
        raise NotThere("There is nothing to forget.")
    return [Target(kind="bot", bot=name) for name in sorted(names)]


async def _people(store: Store) -> list[Target]:
    return [Target(kind="person", numbers=one.numbers) for one in await store.people()]
