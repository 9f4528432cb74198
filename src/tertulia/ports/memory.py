"""Something that a bot remembers with: gives text to a prompt, learns after a reply."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from tertulia.values.conversation import Conversation, Span, Summary
from tertulia.values.message import Message
from tertulia.values.prompt import Prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class Recollection:
    """A piece of text for the prompt. `stands_for` is the stretch of the talk that it replaces."""

    origin: str
    id: str
    text: str
    score: float | None = None
    stands_for: Summary | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a memory is told of a turn.

    `span` is the talk before the waiting messages, as far back as a prompt could hold it; `dropped`
    is the newest message that did not fit, once the prompt is made. `budget` is the prompt's, in
    tokens of the engine's tokenizer. `complete` asks the bot's model, named `model`.
    """

    conversation: Conversation
    span: Span
    waiting: tuple[Message, ...]
    budget: int
    model: str
    complete: Callable[[Prompt], Awaitable[str]]
    dropped: Message | None = None


class Memory(Protocol):
    """One way of remembering."""

    async def gather(self, scene: Scene) -> Sequence[Recollection]:
        """What the prompt of this turn should hold."""
        ...

    async def learn(self, scene: Scene) -> None:
        """Called in the background once the reply is stored; may be lost, and is then made up."""
        ...
