"""`tertulia user` and `tertulia token`: who may come in where people have to log in."""

from __future__ import annotations

import click

from tertulia.app.lazy import Lazy

_USERS, _TOKENS = "tertulia.app.accounts.users", "tertulia.app.accounts.tokens"

USER = {
    "add": (_USERS, "add_command", "Make an account."),
    "list": (_USERS, "list_command", "List the accounts."),
    "password": (_USERS, "password_command", "Give an account another password."),
    "role": (_USERS, "role_command", "Make an account an owner's or a member's."),
    "remove": (_USERS, "remove_command", "Take an account away."),
}
TOKEN = {
    "add": (_TOKENS, "add_command", "Make a token for a program."),
    "list": (_TOKENS, "list_command", "List the tokens."),
    "remove": (_TOKENS, "remove_command", "Take a token away."),
}


@click.group(
    cls=Lazy,
    parts=USER,
    epilog="Example: tertulia user add ana --owner   Exit codes: 0 done, 1 the store failed, "
    "2 an argument is wrong.",
)
def user_command() -> None:
    """Say who may log in on the page of `tertulia serve`.

    Without accounts the page is for whoever is on this machine, and the server listens nowhere
    else. An owner sees and does everything, a member only what is theirs.
    """


@click.group(
    cls=Lazy,
    parts=TOKEN,
    epilog="Example: tertulia token add phone --user ana   Exit codes: 0 done, 1 the store failed, "
    "2 an argument is wrong.",
)
def token_command() -> None:
    """Let programs in: a token does what its account may do.

    A program sends it as `Authorization: Bearer TOKEN`; a client of OpenAI's takes it as its key.
    """
