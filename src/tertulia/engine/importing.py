"""Takes in a person's own past: measured, stored once with its dates, and then findable."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tertulia.engine.apart import apart
from tertulia.engine.prompt import cost
from tertulia.engine.tools import Tools
from tertulia.ports.archive import Past
from tertulia.ports.importer import Importer, Talk
from tertulia.values.message import Author, Place
from tertulia.values.text import clean

LONGEST = 90
"""The longest name of a conversation or a speaker, in characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import found, and how many messages of it are new."""

    conversations: int
    messages: int
    new: int


def knowing(importers: Iterable[Importer], path: Path) -> Importer | None:
    """The first of them that knows the file."""
    return next((one for one in importers if one.knows(path)), None)


def read_through(talks: Iterable[Talk]) -> int:
    """Read all of a file and keep nothing; returns how many messages are in it.

    Raises: `Malformed`.
    """
    return sum(len(talk.messages) for talk in talks)


async def bring_in(
    tools: Tools,
    talks: Iterable[Talk],
    *,
    place: Place,
    bot: str,
    author: Author,
    told: Callable[[int], object],
) -> Imported:
    """Store `talks` as conversations of `author` with `bot`, on the channel of `place`.

    `told` is called with how many messages were read since the last time. Each conversation is
    stored whole or not at all; a second import adds only what is new.
    """
    conversations = messages = new = 0
    reading = iter(talks)
    # A large file must not hold up the talks of others.
    while (read := await apart(lambda: _next(tools, reading, author))) is not None:
        talk, past = read
        spot = " ".join(clean(talk.title).split())[:LONGEST] or clean(talk.id)[:LONGEST]
        there = Place(channel=place.channel, account=place.account, spot=spot)
        head = None if talk.head is None else _id(author, talk, talk.head)
        now = tools.clock.now()
        new += await tools.store.take_in(there, bot, author, past, head, now)
        conversations, messages = conversations + 1, messages + len(past)
        told(len(past))
    await tools.store.index()
    return Imported(conversations=conversations, messages=messages, new=new)


def _next(
    tools: Tools, reading: Iterator[Talk], author: Author
) -> tuple[Talk, Sequence[Past]] | None:
    talk = next(reading, None)
    return None if talk is None else (talk, _pasts(tools, talk, author))


def _pasts(tools: Tools, talk: Talk, author: Author) -> list[Past]:
    """What was said; where several people spoke, each under their name, and the author's own."""
    people = {_name(one.name) for one in talk.messages if one.role == "user"}
    called = {None, author.name.casefold(), author.platform_id.casefold()}
    pasts: list[Past] = []
    for one in talk.messages:
        told = _name(one.name) if one.role == "user" and len(people) > 1 else None
        own = (told and told.casefold()) in called
        name = (told or author.name) if one.role == "user" and len(people) > 1 else None
        text = clean(one.text)
        pasts.append(
            Past(
                id=_id(author, talk, one.id),
                parent=None if one.parent is None else _id(author, talk, one.parent),
                role=one.role,
                name=name,
                text=text,
                tokens=cost(tools.tokenizer, text, name),
                said_at=one.said_at,
                own=own,
                instead_of=None if one.instead_of is None else _id(author, talk, one.instead_of),
            )
        )
    return pasts


def _name(told: str | None) -> str | None:
    return " ".join(clean(told or "").split())[:LONGEST] or None


def _id(author: Author, talk: Talk, of: str) -> str:
    """One of its own for each person: what another takes in is another past."""
    whose = hashlib.blake2b(author.platform_id.encode(), digest_size=6).hexdigest()
    return f"import:{whose}:{clean(talk.id)}:{clean(of)}"
