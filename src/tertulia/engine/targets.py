"""What somebody means who wants something forgotten, and whether it is theirs to forget.

What is not theirs is not there for them: `NotThere`, in the same words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tertulia.engine.receipts import message_numbered
from tertulia.engine.theirs import fact_number, heard_alone, is_theirs
from tertulia.engine.tools import Tools
from tertulia.values.conversation import Conversation
from tertulia.values.errors import NotThere
from tertulia.values.forgetting import Target
from tertulia.values.message import Message
from tertulia.values.person import Person

OWNER = "This is not yours alone: you may have it forgotten because you are the owner."
OTHERS = "Others spoke or listened here too: only what you said yourself goes."
NOTHING_LEFT = "There is nothing left that you said here."

MESSAGE, FACT = re.compile(r"\d{1,18}\.\d{1,18}"), re.compile(r"f\d{1,18}")
"""Public ids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """What is to be forgotten, and what has to be said of it."""

    target: Target
    note: str = ""


async def named(tools: Tools, person: Person | None, what: str, *, owner: bool) -> Meant:
    """A message or a fact by its id. Raises: `NotThere`."""
    if FACT.fullmatch(what):
        return await _fact(tools, person, what, owner=owner)
    return await _message(tools, person, what, owner=owner)


def everything_of(person: Person | None) -> Meant:
    """All that was said by a person, and all that is remembered of them. Raises: `NotThere`."""
    if person is None:
        raise NotThere("I know nothing of you: there is nothing to forget.")
    return Meant(target=Target(kind="person", numbers=person.numbers))


async def whole(tools: Tools, person: Person | None, here: Conversation, *, owner: bool) -> Meant:
    """A conversation, or of one with others what this person said. Raises: `NotThere`."""
    target = Target(kind="conversation", numbers=(here.id,))
    said = await tools.store.transcript(here.id)
    if person is not None and await _alone(tools, said, person):
        return Meant(target=target)
    if owner:
        return Meant(target=target, note=OWNER)
    numbers = tuple(message.number for message in own(said, person))
    if not numbers:
        raise NotThere(NOTHING_LEFT)
    return Meant(target=Target(kind="message", numbers=numbers), note=OTHERS)


def own(said: Sequence[Message], person: Person | None) -> list[Message]:
    """What this person said of these."""
    numbers = () if person is None else person.numbers
    return [message for message in said if message.author in numbers]


async def _alone(tools: Tools, said: Sequence[Message], person: Person) -> bool:
    """Whether nobody else ever spoke or listened there."""
    if any(message.author not in (None, *person.numbers) for message in said):
        return False
    for audience in {message.audience for message in said}:
        if not await heard_alone(tools, audience, person):
            return False
    return True


async def _message(tools: Tools, person: Person | None, name: str, *, owner: bool) -> Meant:
    conversation, seq = (int(part) for part in name.split("."))
    message = await message_numbered(tools.store, conversation, seq)
    theirs = person is not None and message is not None and await _said(tools, person, message)
    if message is None or not (theirs or owner):
        raise _refused(f"message {name}")
    target = Target(kind="message", numbers=(message.number,))
    return Meant(target=target, note="" if theirs else OWNER)


async def _said(tools: Tools, person: Person, message: Message) -> bool:
    """Whether they said it themselves, or were the only one to whom the bot did."""
    if message.author is not None:
        return message.author in person.numbers
    return await heard_alone(tools, message.audience, person)


async def _fact(tools: Tools, person: Person | None, name: str, *, owner: bool) -> Meant:
    fact = await tools.store.fact(fact_number(name))
    theirs = fact is not None and person is not None and await is_theirs(tools, person, fact)
    if fact is None or not (theirs or owner):
        raise _refused(f"fact {name}")
    target = Target(kind="fact", numbers=(fact.id,))
    return Meant(target=target, note="" if theirs else OWNER)


def _refused(what: str) -> NotThere:
    """The same, be there no such thing or one that is not theirs."""
    return NotThere(f"There is no {what} that you may have forgotten.")
