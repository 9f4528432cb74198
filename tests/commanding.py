"""Types commands as several people in several places, and makes facts to command over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from making import incoming, place
from running import Scene
from tertulia.values.fact import Fact, Learned
from tertulia.values.message import Accepted, Author
from tertulia.values.person import Person


def author(name: str) -> Author:
    return Author(platform_id=name, name=name)


async def ask(
    here: Scene,
    line: str,
    *,
    who: str = "ana",
    spot: str = "t",
    channel: str = "library",
    owner: bool = False,
) -> str:
    """What `who` is answered to a command."""
    answer = await here.engine.command(
        place(spot, channel), "bo", line, author=author(who), owner=owner
    )
    assert answer is not None
    return answer


async def say(
    here: Scene,
    text: str,
    *,
    who: str = "ana",
    spot: str = "t",
    channel: str = "library",
    circle: str | None = None,
    beside: Sequence[str] = (),
) -> Accepted:
    """`who` says something, and it is answered; `beside` are there too."""
    made = incoming(text, author=who, spot=spot, channel=channel, number=f"n{next(here.counter)}")
    present = tuple(map(author, beside)) if beside else None
    accepted = await here.engine.accept(replace(made, circle=circle, present=present))
    await here.outcome(accepted)
    return accepted


async def person(here: Scene, who: str = "ana", channel: str = "library") -> Person:
    found = await here.store.person(place(channel=channel), author(who))
    assert found is not None
    return found


async def learn(
    here: Scene,
    statement: str,
    *,
    who: str | None = "ana",
    spot: str = "t",
    channel: str = "library",
    slot: str | None = None,
    closes: Sequence[int] = (),
) -> Fact:
    """A fact from the newest messages that are unread at a place."""
    conversation = await here.store.conversation(place(spot, channel))
    assert conversation is not None
    unread = await here.store.unread(conversation.audience, 100)
    assert unread is not None
    about = None if who is None else (await person(here, who, channel)).numbers[0]
    learned = Learned(
        subject=who or "the trip",
        about=about,
        slot=slot,
        statement=statement,
        sources=(unread.messages[-1].number,),
        valid_from=here.clock.now(),
        closes=tuple(closes),
    )
    now, generation = here.clock.now(), await here.store.generation()
    assert await here.store.learn_facts(unread, [learned], generation, now)
    return (await here.store.facts(None))[-1]
