"""`/forget`: first what it would take, then, with `yes`, it is done."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tertulia.engine.commands.asking import Ask, heard_alone
from tertulia.engine.commands.facts import fact_number, is_theirs
from tertulia.engine.forgetting import forget, told, would_forget
from tertulia.engine.receipts import message_numbered
from tertulia.values.conversation import Conversation
from tertulia.values.errors import NotThere
from tertulia.values.forgetting import Replies, Target
from tertulia.values.message import Message
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
OWNER = "This is not yours alone: you may have it forgotten because you are the owner."
OTHERS = "Others spoke or listened here too: only what you said yourself goes."

_MESSAGE, _FACT = re.compile(r"\d+\.\d+"), re.compile(r"f\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """What is to be forgotten, and what has to be said of it."""

    target: Target
    note: str = ""


async def forget_what(ask: Ask) -> str:
    """Tell what would go, or have it go."""
    words = ask.words.lower().split()
    sure, quoting = "yes" in words[1:], "quoting" in words[1:]
    if not words or not set(words[1:]) <= {"yes", "quoting"}:
        return USAGE
    meant = await _meant(ask, words[0])
    if isinstance(meant, str):
        return meant
    replies: Replies = "quoting" if quoting else "all"
    try:
        return await _do(ask, meant, replies, words[0], sure=sure)
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


async def _meant(ask: Ask, what: str) -> Meant | str:
    """What is meant, or the sentence why it cannot be done."""
    person = await ask.person()
    if what == "last":
        return await _last(ask, person)
    if what == "here":
        return await _here(ask, person)
    if what == "me":
        return _everything_of(person)
    if _MESSAGE.fullmatch(what):
        return await _message(ask, person, what)
    return await _fact(ask, person, what) if _FACT.fullmatch(what) else USAGE


def _refused(what: str) -> str:
    """The same, be there no such thing or one that is not theirs."""
    return f"There is no {what} that you may have forgotten."


def _everything_of(person: Person | None) -> Meant | str:
    if person is None:
        return "I know nothing of you: there is nothing to forget."
    return Meant(target=Target(kind="person", numbers=person.numbers))


async def _last(ask: Ask, person: Person | None) -> Meant | str:
    own = await _own(ask, person)
    if not own:
        return "There is nothing left that you said here."
    return Meant(target=Target(kind="message", numbers=(own[-1].number,)))


async def _own(ask: Ask, person: Person | None) -> list[Message]:
    """What this person said in this conversation."""
    if ask.conversation is None or person is None:
        return []
    said = await ask.tools.store.transcript(ask.conversation.id)
    return [message for message in said if message.author in person.numbers]


async def _here(ask: Ask, person: Person | None) -> Meant | str:
    here = ask.conversation
    if here is None:
        return "There is nothing to forget here."
    whole = Target(kind="conversation", numbers=(here.id,))
    if person is not None and await _alone(ask, here, person):
        return Meant(target=whole)
    if ask.owner:
        return Meant(target=whole, note=OWNER)
    own = await _own(ask, person)
    if not own:
        return "There is nothing left that you said here."
    numbers = tuple(message.number for message in own)
    return Meant(target=Target(kind="message", numbers=numbers), note=OTHERS)


async def _alone(ask: Ask, here: Conversation, person: Person) -> bool:
    """Whether nobody else ever spoke or listened in this conversation."""
    said: Sequence[Message] = await ask.tools.store.transcript(here.id)
    if any(message.author not in (None, *person.numbers) for message in said):
        return False
    for audience in {message.audience for message in said}:
        if not await heard_alone(ask.tools, audience, person):
            return False
    return True


async def _message(ask: Ask, person: Person | None, name: str) -> Meant | str:
    conversation, seq = (int(part) for part in name.split("."))
    message = await message_numbered(ask.tools.store, conversation, seq)
    theirs = person is not None and message is not None and await _said(ask, person, message)
    if message is None or not (theirs or ask.owner):
        return _refused(f"message {name}")
    target = Target(kind="message", numbers=(message.number,))
    return Meant(target=target, note="" if theirs else OWNER)


async def _said(ask: Ask, person: Person, message: Message) -> bool:
    """Whether they said it themselves, or were the only one to whom the bot did."""
    if message.author is not None:
        return message.author in person.numbers
    return await heard_alone(ask.tools, message.audience, person)


async def _fact(ask: Ask, person: Person | None, name: str) -> Meant | str:
    fact = await ask.tools.store.fact(fact_number(name))
    theirs = fact is not None and await is_theirs(ask, person, fact)
    if fact is None or not (theirs or ask.owner):
        return _refused(f"fact {name}")
    target = Target(kind="fact", numbers=(fact.id,))
    return Meant(target=target, note="" if theirs else OWNER)
