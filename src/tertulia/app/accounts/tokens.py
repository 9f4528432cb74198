"""`tertulia token add`, `list` and `remove`."""

from __future__ import annotations

import asyncio

import click

from tertulia.app.accounts.hashing import keyed, new_token
from tertulia.app.memory.moments import iso, now, shown
from tertulia.app.memory.opening import opened
from tertulia.app.memory.printing import say, say_json, table
from tertulia.ports.accounts import Token
from tertulia.values.errors import SettingsError

_LONGEST = 64


@click.command(epilog="Example: tertulia token add phone --user ana")
@click.argument("label")
@click.option("--user", "name", metavar="NAME", required=True, help="The account that it is for.")
@click.pass_obj
def add_command(config: str | None, label: str, name: str) -> int:
    """Make a token for the program LABEL. It is shown this once, and kept nowhere."""
    if not (label.isprintable() and 0 < len(label.strip()) <= _LONGEST):
        raise SettingsError(f"A label is one line of 1 to {_LONGEST} characters. Give another.")
    return asyncio.run(_add(config, label, name))


async def _add(config: str | None, label: str, name: str) -> int:
    token = new_token()
    async with opened(config) as store:
        hash_ = keyed(await store.secret(), "token", token)
        await store.add_token(name, label, hash_, now())
    click.echo(token)
    click.echo(
        "Keep it now: it is not shown again. A program sends it as `Authorization: Bearer TOKEN`; "
        "a client of OpenAI's takes it as its key, with the server's address and /v1 as base_url.",
        err=True,
    )
    return 0


@click.command(epilog="Example: tertulia token list --json")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list.")
@click.pass_obj
def list_command(config: str | None, *, as_json: bool) -> int:
    """List the tokens: whose they are and when they were last used, to the minute."""
    return asyncio.run(_list(config, as_json=as_json))


async def _list(config: str | None, *, as_json: bool) -> int:
    async with opened(config) as store:
        there = await store.tokens()
    if as_json:
        say_json([_as_object(one) for one in there])
    elif there:
        say(*table([_row(one) for one in there]))
    else:
        click.echo("There are no tokens. `tertulia token add` makes one.", err=True)
    return 0


def _as_object(token: Token) -> dict[str, object]:
    return {
        "token": token.id,
        "user": token.account,
        "label": token.label,
        "created_at": iso(token.created_at),
        "used_at": None if token.used_at is None else iso(token.used_at),
    }


def _row(token: Token) -> tuple[str, ...]:
    used = "never used" if token.used_at is None else f"used {shown(token.used_at)}"
    return (str(token.id), token.account, token.label, used)


@click.command(epilog="Example: tertulia token remove 3")
@click.argument("number", metavar="ID", type=int)
@click.pass_obj
def remove_command(config: str | None, number: int) -> int:
    """Take the token ID away: who has it is let in no more."""
    return asyncio.run(_remove(config, number))


async def _remove(config: str | None, number: int) -> int:
    async with opened(config) as store:
        await store.remove_token(number)
    say(f"The token {number} is no longer good.")
    return 0
