"""What tests of a store do again and again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from making import TOKENIZER, incoming
from tertulia.engine.prompt import cost
from tertulia.ports.store import Store
from tertulia.values.attachment import Attachment
from tertulia.values.conversation import Lease
from tertulia.values.message import Accepted, Author, Measured, Message
from tertulia.values.prompt import Usage
from tertulia.values.reply import Delivery, Ending

Body = Callable[[Store], Awaitable[None]]


async def say(
    store: Store,
    text: str = "hello",
    now: int = 1,
    *,
    instead_of: int | None = None,
    reply_to: int | None = None,
    attachments: tuple[Attachment, ...] = (),
    **more: object,
) -> Accepted:
    message = incoming(text, **more)  # type: ignore[arg-type]
    message = replace(message, instead_of=instead_of, reply_to=reply_to, attachments=attachments)
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


def ending(text: str | None = "hi", **more: object) -> Ending:
    given = {
        "kind": "reply",
        "text": text,
        "tokens": 5,
        "finish_reason": "stop",
        "model": "m",
        "started_at": 1,
        "ended_at": 2,
        "usage": Usage(prompt_tokens=10, completion_tokens=2),
        "cost": 0.5,
        "notes": ("a note",),
        "receipt": {"budget": 9, "items": []},
    }
    return Ending(**{**given, **more})  # type: ignore[arg-type]


async def answer(store: Store, text: str = "hi", number: int = 1, **more: object) -> Delivery:
    """The next turn, with its reply or notice."""
    delivery = await store.finish(await lease(store, number), ending(text, **more))
    assert delivery is not None
    return delivery


async def message(store: Store, seq: int, number: int = 1) -> Message:
    return next(one for one in await store.transcript(number) if one.seq == seq)
