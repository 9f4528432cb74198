"""`tertulia user add`, `list`, `password`, `role` and `remove`."""

from __future__ import annotations

import asyncio
import re
import sys
import unicodedata
from collections.abc import Sequence
from typing import get_args

import click

from tertulia.app.accounts import passwords
from tertulia.app.accounts.left import drop_keys, may_be_taken, part
from tertulia.app.accounts.uniting import unite_owner
from tertulia.app.memory.moments import day, iso, now
from tertulia.app.memory.opening import opened, settings_at
from tertulia.app.memory.printing import say, say_json, table
from tertulia.ports.accounts import Account, Role
from tertulia.ports.store import Store
from tertulia.values.caller import LOCAL
from tertulia.values.errors import NotThere, SettingsError

_NAME = re.compile(r"[\w][\w.@-]{0,63}")
_FROM_STDIN = "Read the password from standard input, one line."


@click.command(epilog="Example: tertulia user add ana --owner")
@click.argument("name")
@click.option("--owner", is_flag=True, help="They see and do everything.")
@click.option("--same-person", is_flag=True, help="They had this name before: all is theirs again.")
@click.option("--password-stdin", is_flag=True, help=_FROM_STDIN)
@click.pass_obj
def add_command(
    config: str | None, name: str, *, owner: bool, same_person: bool, password_stdin: bool
) -> int:
    """Make an account for NAME; a password is asked for, twice.

    The first account must be an owner's. From then on everybody has to log in, on this machine too.
    """
    name = _named(name)
    return asyncio.run(_add(config, name, owner=owner, same=same_person, piped=password_stdin))


async def _add(config: str | None, name: str, *, owner: bool, same: bool, piped: bool) -> int:
    async with opened(config) as store:
        there = await store.accounts()
        _may_be_added(name, there, owner=owner)
        if not same:
            await may_be_taken(store, name)
        role: Role = "owner" if owner else "member"
        hash_ = passwords.hashed(_password(piped=piped))
        at = now()
        drop_keys(settings_at(config).data, name)
        if not same:
            await part(store, name)
        await store.add_account(Account(name=name, role=role, password=hash_, created_at=at))
        if not there:
            await unite_owner(store, name, at)
    say(f"{name} can log in as {_article(role)}.")
    return 0


def _may_be_added(name: str, there: Sequence[Account], *, owner: bool) -> None:
    if not there and not owner:
        raise SettingsError(
            "The first account must be an owner's, or nobody could look after the rest. "
            f"Type: tertulia user add {name} --owner"
        )
    alike = next((one.name for one in there if one.name.casefold() == name.casefold()), None)
    if alike is not None:
        raise SettingsError(f"There is an account {alike!r} already. Choose another name.")


@click.command(epilog="Example: tertulia user list --json")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list.")
@click.pass_obj
def list_command(config: str | None, *, as_json: bool) -> int:
    """List the accounts."""
    return asyncio.run(_list(config, as_json=as_json))


async def _list(config: str | None, *, as_json: bool) -> int:
    async with opened(config) as store:
        there = await store.accounts()
    if as_json:
        say_json([{"name": a.name, "role": a.role, "created_at": iso(a.created_at)} for a in there])
        return 0
    say(*table([(a.name, a.role, f"since {day(a.created_at)}") for a in there]) if there else ())
    if not there:
        click.echo(
            "There are no accounts: `tertulia serve` is for this machine alone. "
            "`tertulia user add NAME --owner` makes the first.",
            err=True,
        )
    return 0


@click.command(epilog="Example: tertulia user password ana")
@click.argument("name")
@click.option("--password-stdin", is_flag=True, help=_FROM_STDIN)
@click.pass_obj
def password_command(config: str | None, name: str, *, password_stdin: bool) -> int:
    """Give NAME another password; wherever they were logged in, they are no more."""
    return asyncio.run(_change_password(config, _same(name), piped=password_stdin))


async def _change_password(config: str | None, name: str, *, piped: bool) -> int:
    async with opened(config) as store:
        await _existing(store, name)
        hash_ = passwords.hashed(_password(piped=piped))
        await store.change_account(name, password=hash_)
    say(f"{name} has another password, and has to log in again.")
    return 0


@click.command(epilog="Example: tertulia user role bo owner")
@click.argument("name")
@click.argument("role", type=click.Choice(get_args(Role)))
@click.pass_obj
def role_command(config: str | None, name: str, role: Role) -> int:
    """Make NAME an owner or a member."""
    return asyncio.run(_change_role(config, _same(name), role))


async def _change_role(config: str | None, name: str, role: Role) -> int:
    async with opened(config) as store:
        found = await _existing(store, name)
        if role == "member" and found.role == "owner" and await _last_owner(store, name):
            raise SettingsError(f"{name} is the only owner. Make somebody else one first.")
        await store.change_account(name, role=role)
    say(f"{name} is {_article(role)}.")
    return 0


@click.command(epilog="Example: tertulia user remove bo")
@click.argument("name")
@click.pass_obj
def remove_command(config: str | None, name: str) -> int:
    """Take the account of NAME away, with its tokens and keys. What they said stays."""
    return asyncio.run(_remove(config, _same(name)))


async def _remove(config: str | None, name: str) -> int:
    async with opened(config) as store:
        found = await _existing(store, name)
        left = len(await store.accounts()) - 1
        if left and found.role == "owner" and await _last_owner(store, name):
            raise SettingsError(
                f"{name} is the only owner, and others have accounts. Make one of them an owner "
                "first."
            )
        dropped = drop_keys(settings_at(config).data, name)
        await store.remove_account(name)
    keys = "their tokens and the keys that they kept are" if dropped else "their tokens are"
    say(
        f"{name} has no account any more, and {keys} gone; what they said stays. "
        "`tertulia memory forget` takes that away."
    )
    if not left:
        say("No account is left: `tertulia serve` is for whoever is on this machine.")
    return 0


async def _existing(store: Store, name: str) -> Account:
    found = await store.account(name)
    if found is None:
        raise NotThere(f"There is no account {name!r}. `tertulia user list` shows those there are.")
    return found


async def _last_owner(store: Store, name: str) -> bool:
    return all(one.name == name for one in await store.accounts() if one.role == "owner")


def _article(role: Role) -> str:
    return "an owner" if role == "owner" else "a member"


def _same(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _named(name: str) -> str:
    name = _same(name)
    if not _NAME.fullmatch(name) or name.casefold() == LOCAL:
        raise SettingsError(
            "That cannot be an account's name: it is made of letters, digits, dots, @, - and _, "
            f"64 at most, and is not {LOCAL!r}."
        )
    return name


def _password(*, piped: bool) -> str:
    if piped:
        return passwords.check(sys.stdin.readline().rstrip("\r\n"))
    if not sys.stdin.isatty():
        raise SettingsError(
            "There is no terminal to ask for a password in. Add --password-stdin, and send it on "
            "standard input."
        )
    asked: str = click.prompt("Password", hide_input=True, confirmation_prompt="Once more")
    return passwords.check(asked)
