"""Accounts before a screen, beside people on another channel, on one running engine."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from commanding import author
from making import place
from running import Keeping, Scene
from tertulia.engine.desk import Desk
from tertulia.values.attachment import Attachment
from tertulia.values.caller import Caller
from tertulia.values.events import Event
from tertulia.values.message import Accepted, Author, Incoming, Place, message_id
from tertulia.values.shown import Page, Viewer


class Screen(Keeping):
    """A page that keeps the replies that it is sent."""

    name = "web"


def caller(who: str = "ana", *, owner: bool = False) -> Caller:
    return Caller(account=who, name=who.title(), owner=owner, session=f"{who}'s browser")


def at(who: str, spot: str = "w1", channel: str = "web") -> Place:
    return Place(channel=channel, account=who, spot=spot)


async def look(here: Scene, who: str = "ana", *, owner: bool = False) -> Viewer:
    return await here.engine.desk.viewer(caller(who, owner=owner), "web")


async def type_in(
    here: Scene,
    text: str,
    *,
    who: str = "ana",
    spot: str = "w1",
    instead_of: int | None = None,
    attachments: Sequence[Attachment] = (),
) -> Accepted:
    """`who` says something on the page, alone with the bot, and it is answered."""
    accepted = await send(
        here, text, who=who, spot=spot, instead_of=instead_of, attachments=attachments
    )
    await here.outcome(accepted)
    return accepted


async def send(
    here: Scene,
    text: str,
    *,
    who: str = "ana",
    spot: str = "w1",
    instead_of: int | None = None,
    attachments: Sequence[Attachment] = (),
) -> Accepted:
    """The same, without waiting for the answer."""
    return await here.engine.accept(
        Incoming(
            place=at(who, spot),
            bot="bo",
            author=Author(platform_id=who, name=who.title()),
            platform_id=f"p{next(here.counter)}",
            text=text,
            said_at=here.clock.now(),
            present=(),
            instead_of=instead_of,
            attachments=tuple(attachments),
        )
    )


async def link(here: Scene, who: str, other: str) -> None:
    """Make the account `who` one person with `other` on the channel for programs."""
    screen = await look(here, who)
    elsewhere = await here.store.meet(place(), author(other))
    now = here.clock.now()
    own = screen.person.own(at(who), Author(platform_id=who, name=who))
    await here.store.offer_link(own, "a code", now + 1000)
    assert await here.store.link(elsewhere.own(place(), author(other)), "a code", now) is not None


async def learned(here: Scene) -> None:
    """Wait until the memories have learned what was said."""
    await asyncio.gather(*here.engine._turns._learning.values())


def texts(page: Page) -> list[str]:
    return [one.message.text for one in page.shown]


def name_of(accepted: Accepted, step: int = 0) -> str:
    """The public id of a message, or of one that was stored so many steps behind it."""
    return message_id(accepted.conversation, accepted.seq + step)


@contextmanager
def events(here: Scene, conversation: int) -> Iterator[list[Event]]:
    """What is told live of a conversation meanwhile."""
    told: list[Event] = []
    end = here.engine.listen(conversation, told.append)
    try:
        yield told
    finally:
        end()


__all__ = ["Desk", "Screen", "at", "caller", "events", "learned", "link", "look", "name_of"]
