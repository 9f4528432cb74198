"""Looks through the whole store: what was said, by audience, and the summaries that stand in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tertulia.ports.store import Store
from tertulia.values.audience import Audience, Scope
from tertulia.values.conversation import Conversation, Summary
from tertulia.values.errors import NotThere
from tertulia.values.fact import Fact
from tertulia.values.message import Message
from tertulia.values.person import Person


@dataclass(slots=True)
class Heard:
    """What one audience heard, and what was derived from it."""

    audience: Audience | None
    messages: int = 0
    tokens: int = 0
    facts: int = 0
    summaries: int = 0


@dataclass(slots=True)
class Survey:
    """What is remembered: conversations with their messages, and counts by audience.

    `scopes` are, by bot, what a person alone may be shown.
    """

    conversations: list[Conversation] = field(default_factory=list[Conversation])
    facts: list[Fact] = field(default_factory=list[Fact])
    heard: dict[int, Heard] = field(default_factory=dict[int, Heard])
    scopes: dict[str, Scope] = field(default_factory=dict[str, Scope])

    def total(self, of: Callable[[Heard], int]) -> int:
        """A count over all audiences."""
        return sum(of(one) for one in self.heard.values())


async def survey(store: Store, person: Person | None, conversation: Conversation | None) -> Survey:
    """All of it, or what a person heard, or what was said in a conversation."""
    made = Survey()
    every = await store.conversations(None)
    for one in [conversation] if conversation is not None else every:
        if await _count(store, made, one, person):
            made.conversations.append(one)
    for fact in await store.facts(None):
        if _belongs(fact, person, conversation, made.heard):
            made.facts.append(fact)
            (await _of(store, made, fact.audience)).facts += 1
    return made


def _belongs(
    fact: Fact, person: Person | None, talk: Conversation | None, heard: Mapping[int, Heard]
) -> bool:
    if talk is not None:
        return any(source.startswith(f"{talk.id}.") for source in fact.sources)
    if person is None or fact.about in person.numbers:
        return True
    return fact.audience in heard and heard[fact.audience].messages > 0


async def _count(store: Store, made: Survey, one: Conversation, person: Person | None) -> bool:
    said = [
        message
        for message in await store.transcript(one.id)
        if person is None or await heard_by(store, made, message, person)
    ]
    for message in said:
        heard = await _of(store, made, message.audience)
        heard.messages += 1
        heard.tokens += message.tokens
    async for summary in summaries(store, one, said):
        (await _of(store, made, summary.audience)).summaries += 1
    return bool(said) or person is None


async def heard_by(store: Store, made: Survey, message: Message, person: Person) -> bool:
    """Whether a person said this, or belongs to those who heard it."""
    if message.author in person.numbers:
        return True
    here = await audience_of(store, made, message.audience)
    if here is None or person.id not in here.people:
        return False
    if here.circle is None:
        return True
    # Who has left a circle did not hear what was said there since.
    if here.bot not in made.scopes:
        made.scopes[here.bot] = await store.scope_of(here.bot, person)
    return made.scopes[here.bot].allows(message.audience, message.number)


async def audience_of(store: Store, made: Survey, number: int) -> Audience | None:
    """One audience; None where it is not known any more."""
    return (await _of(store, made, number)).audience


async def _of(store: Store, made: Survey, number: int) -> Heard:
    if number not in made.heard:
        try:
            made.heard[number] = Heard((await store.scope(number)).here)
        except NotThere:
            made.heard[number] = Heard(None)
    return made.heard[number]


async def summaries(
    store: Store, one: Conversation, said: Sequence[Message]
) -> AsyncIterator[Summary]:
    """The summaries that stand in: of each window, for each audience, the longest-reaching."""
    newest: dict[tuple[int, int], int] = {}
    for message in said:
        key = (message.root, message.audience)
        newest[key] = max(message.seq, newest.get(key, 0))
    for (_, audience), seq in newest.items():
        found = await store.summary(one.id, seq, audience)
        if found is not None:
            yield found
