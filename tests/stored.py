"""What tests of a store do again and again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from making import TOKENIZER, incoming
from tertulia.engine.prompt import cost
from tertulia.ports.store import Store
from tertulia.values.conversation import Lease
from tertulia.values.message import Accepted, Author, Measured

Body = Callable[[Store], Awaitable[None]]


async def say(store: Store, text: str = "hello", now: int = 1, **more: object) -> Accepted:
    message = incoming(text, **more)  # type: ignore[arg-type]
    tokens = cost(TOKENIZER, message.text, message.name)
    return await store.accept(Measured(incoming=message, tokens=tokens), now)


async def lease(store: Store, number: int = 1, owner: str = "me", now: int = 10) -> Lease:
    taken = await store.claim(number, owner, now, now + 100)
    assert isinstance(taken, Lease)
    return taken


async def say_to(
    store: Store, text: str, *present: str, circle: str | None = None, **more: object
) -> Accepted:
    """Say it before these people, the first of whom speaks."""
    author, *others = present
    there = tuple(Author(platform_id=who, name=who) for who in others)
    message = replace(
        incoming(text, author=author, **more),  # type: ignore[arg-type]
        circle=circle,
        present=there,
    )
    return await store.accept(Measured(incoming=message, tokens=5), 1)
