"""What of all that is remembered is one person's: who alone heard it, told it, or is told of."""

from __future__ import annotations

from collections.abc import Sequence

from tertulia.engine.tools import Tools
from tertulia.values.audience import Scope
from tertulia.values.errors import NotThere
from tertulia.values.fact import Fact
from tertulia.values.person import Person

ELSEWHERE = "Correct it where it was said."
"""Told to whoever would correct what others heard too."""


async def scope_before(tools: Tools, audience: int) -> Scope | None:
    """What may be used before an audience; None where it was forgotten meanwhile."""
    try:
        return await tools.store.scope(audience)
    except NotThere:
        return None


async def heard_alone(tools: Tools, audience: int, person: Person) -> bool:
    """Whether this person is the only one who heard what was said to that audience."""
    found = await scope_before(tools, audience)
    if found is None or found.here.circle is not None:
        return False
    return set(found.here.people) == {person.id}


async def is_theirs(tools: Tools, person: Person, fact: Fact) -> bool:
    """Whether it is about this person, or was heard by nobody else."""
    return fact.about in person.numbers or await heard_alone(tools, fact.audience, person)


async def told_by(tools: Tools, person: Person, facts: Sequence[Fact], most: int) -> list[Fact]:
    """Of these, in their order, the newest `most` that this person told, or alone heard."""
    alone = {
        audience: await heard_alone(tools, audience, person)
        for audience in {fact.audience for fact in facts}
    }
    names = {name for fact in facts if not alone[fact.audience] for name in fact.sources}
    said = await tools.store.messages_named(names)
    own = {message.id for message in said if message.author in person.numbers}
    return [fact for fact in facts if alone[fact.audience] or own.intersection(fact.sources)][
        -most:
    ]


def fact_number(name: str) -> int:
    """The number of a fact's public id."""
    return int(name[1:])
