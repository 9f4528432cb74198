"""Makes values for tests."""

from __future__ import annotations

from collections.abc import Sequence

from tertulia.engine.prompt import cost
from tertulia.ports.tokenizer import Tokenizer
from tertulia.tokenizers.o200k import O200k
from tertulia.values.conversation import Span
from tertulia.values.message import Author, Incoming, Message, Place, Role

TOKENIZER: Tokenizer = O200k()
"""One for all tests: it takes a fifth of a second to load."""

ANA = Author(platform_id="ana", name="ana")
"""Who says what `incoming` makes."""


def place(spot: str = "t", channel: str = "library") -> Place:
    return Place(channel=channel, account="local", spot=spot)


def incoming(
    text: str = "hello",
    *,
    spot: str = "t",
    number: str = "1",
    channel: str = "library",
    author: str = "ana",
    name: str | None = None,
    unanswered: str | None = None,
    bot: str = "bo",
) -> Incoming:
    return Incoming(
        place=place(spot, channel),
        bot=bot,
        author=Author(platform_id=author, name=author),
        platform_id=number,
        text=text,
        said_at=1_700_000_000_000,
        name=name,
        unanswered=unanswered,
    )


def talk(said: Sequence[tuple[Role, str, str | None]], *, first: int = 1) -> list[Message]:
    """A straight path of messages, oldest first, as the store would number it."""
    messages: list[Message] = []
    for index, (role, text, name) in enumerate(said):
        before = messages[-1] if messages else None
        tokens = cost(TOKENIZER, text, name)
        messages.append(
            Message(
                conversation=7,
                seq=first + index,
                parent=before.seq if before else None,
                root=first,
                depth=index,
                path_tokens=(before.path_tokens if before else 0) + tokens,
                role=role,
                name=name,
                text=text,
                tokens=tokens,
                said_at=0,
            )
        )
    return messages


def span_of(messages: Sequence[Message], budget: int) -> Span:
    """What the store would give of `messages` (oldest first): all that fits, and one more."""
    found: list[Message] = []
    for message in reversed(messages):
        found.append(message)
        budget -= message.tokens
        if budget < 0:
            break
    return Span(messages=tuple(found), older=len(found) < len(messages))
