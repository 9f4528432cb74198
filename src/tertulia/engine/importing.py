"""Takes in a person's own past: measured, stored once with its dates, and then findable."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tertulia.engine.prompt import cost
from tertulia.engine.tools import Tools
from tertulia.ports.archive import Past
from tertulia.ports.importer import Talk, Told
from tertulia.values.message import Author, Place
from tertulia.values.text import clean

LONGEST = 90
"""The longest name of a conversation, in characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import found, and how many messages of it are new."""

    conversations: int
    messages: int
    new: int


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
    for talk in talks:
        past = [_past(tools, talk, one) for one in talk.messages]
        spot = " ".join(clean(talk.title).split())[:LONGEST] or clean(talk.id)[:LONGEST]
        there = Place(channel=place.channel, account=place.account, spot=spot)
        head = None if talk.head is None else _id(talk, talk.head)
        now = tools.clock.now()
        new += await tools.store.take_in(there, bot, author, past, head, now)
        conversations, messages = conversations + 1, messages + len(past)
        told(len(past))
    await tools.store.index()
    return Imported(conversations=conversations, messages=messages, new=new)


def _past(tools: Tools, talk: Talk, one: Told) -> Past:
    text = clean(one.text)
    return Past(
        id=_id(talk, one.id),
        parent=None if one.parent is None else _id(talk, one.parent),
        role=one.role,
        name=None,
        text=text,
        tokens=cost(tools.tokenizer, text, None),
        said_at=one.said_at,
    )


def _id(talk: Talk, of: str) -> str:
    return f"import:{clean(talk.id)}:{clean(of)}"
