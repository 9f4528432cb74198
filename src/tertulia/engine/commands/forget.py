"""`/forget`: first what it would take, then, with `yes`, it is done."""

from __future__ import annotations

from tertulia.engine.commands.asking import Ask
from tertulia.engine.forgetting import forget, would_forget
from tertulia.engine.targets import (
    FACT,
    MESSAGE,
    NOTHING_LEFT,
    Meant,
    everything_of,
    named,
    own,
    whole,
)
from tertulia.values.errors import NotThere
from tertulia.values.forgetting import Replies, Target
from tertulia.values.forgotten import told
from tertulia.values.person import Person

USAGE = (
    "/forget last      the last thing that you said here\n"
    "/forget 12.34     a message, by its id\n"
    "/forget f5        a fact, by its id\n"
    "/forget here      this conversation\n"
    "/forget me        everything of you, on all channels that you have linked\n"
    "You are first told what goes; nothing goes before you add yes. Replies that had it before "
    "them go too; with quoting only those that repeat words of it."
)


async def forget_what(ask: Ask) -> str:
    """Tell what would go, or have it go."""
    words = ask.words.lower().split()
    sure, quoting = "yes" in words[1:], "quoting" in words[1:]
    if not words or not set(words[1:]) <= {"yes", "quoting"}:
        return USAGE
    replies: Replies = "quoting" if quoting else "all"
    try:
        meant = await _meant(ask, words[0])
        return USAGE if meant is None else await _do(ask, meant, replies, words[0], sure=sure)
    except NotThere as error:
        return str(error)


async def _do(ask: Ask, meant: Meant, replies: Replies, what: str, *, sure: bool) -> str:
    note = [meant.note] if meant.note else []
    if sure:
        gone = await forget(ask.tools, meant.target, replies)
        return "\n".join([*note, *told(gone, done=True)])
    lines = told(await would_forget(ask.tools, meant.target, replies), done=False)
    again = f"/forget {what}{' quoting' if replies == 'quoting' else ''} yes"
    return "\n".join([*note, *lines, f"{again} does it."])


async def _meant(ask: Ask, what: str) -> Meant | None:
    """What is meant; None where the word tells nothing. Raises: `NotThere`."""
    person = await ask.person()
    if what == "last":
        return await _last(ask, person)
    if what == "here":
        return await _here(ask, person)
    if what == "me":
        return everything_of(person)
    if MESSAGE.fullmatch(what) or FACT.fullmatch(what):
        return await named(ask.tools, person, what, owner=ask.owner)
    return None


async def _last(ask: Ask, person: Person | None) -> Meant:
    here = ask.conversation
    said = [] if here is None else own(await ask.tools.store.transcript(here.id), person)
    if not said:
        raise NotThere(NOTHING_LEFT)
    return Meant(target=Target(kind="message", numbers=(said[-1].number,)))


async def _here(ask: Ask, person: Person | None) -> Meant:
    if ask.conversation is None:
        raise NotThere("There is nothing to forget here.")
    return await whole(ask.tools, person, ask.conversation, owner=ask.owner)
