"""What an account leaves when it is removed, which nobody else may find as theirs."""

from __future__ import annotations

import shlex
from pathlib import Path

from tertulia.app.workshop.keyfile import FILE, read_keys, write_keys
from tertulia.ports.store import Store
from tertulia.values.errors import SettingsError
from tertulia.values.message import Author, Place
from tertulia.values.person import Person

ACCOUNTS = ("web", "api")
"""The channels where one speaks by an account."""


async def may_be_taken(store: Store, name: str) -> None:
    """Raises `SettingsError` where somebody of that name has said something that is still there."""
    said = [
        f"conversation:{one.place.channel}/{one.place.spot}"
        for one in await store.conversations(None)
        if one.messages and one.place.account == name and one.place.channel in ACCOUNTS
    ]
    if not said:
        return
    people = [f"person:p{one.id}" for one in await store.people() if _speaks_by(one, name)]
    # Where they are forgotten, replies to them may be left.
    whom = shlex.join(people or said)
    raise SettingsError(
        f"There was a {name!r} before, and a new one would have as their own what that one said. "
        "If it is the same person, add --same-person. If it is another, choose another name, or "
        f"forget the old one first: tertulia memory forget {whom}"
    )


async def part(store: Store, name: str) -> None:
    """A new person is not one with who was linked to that name before."""
    for channel in ACCOUNTS:
        place, author = (
            Place(channel=channel, account=name, spot=""),
            Author(platform_id=name, name=name),
        )
        person = await store.person(place, author)
        if person is not None:
            await store.unlink(person.own(place, author))


def drop_keys(folder: Path, name: str) -> bool:
    """Take the keys that an account kept out of their file; False where there are none.

    Raises: `SettingsError` where the file cannot be written.
    """
    kept = read_keys(folder / FILE)
    if not kept.keys.pop(name, None):
        return False
    write_keys(folder / FILE, kept)
    return True


def _speaks_by(person: Person, name: str) -> bool:
    return any(one.account == name and one.channel in ACCOUNTS for one in person.identities)
