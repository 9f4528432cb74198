"""Something that a bot remembers with: gives text to a prompt, learns after a reply."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from tertulia.values.audience import Scope
from tertulia.values.conversation import Conversation, Span, Summary
from tertulia.values.message import Message
from tertulia.values.prompt import Prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class Recollection:
    """One line for the prompt.

    Lines are chosen in the order given, while they have room, and shown by `order`; those of the
    same `group` (a day, a subject) stand under a line that says it. `message` is the id of the
    message that is quoted: the line is left out where the window holds it. `stands_for` is a
    stretch of the talk: the line is left out where that has room itself.
    """

    id: str
    text: str
    score: float | None = None
    order: int = 0
    group: str | None = None
    message: str | None = None
    stands_for: Summary | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What a memory gives to one prompt, under a heading that tells the model what it is."""

    heading: str
    lines: Sequence[Recollection] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a memory is told of a turn.

    `scope` is what may be used here: the audience rule. `span` is the talk before the waiting
    messages, as far back as a prompt could hold it; `dropped` is the newest message that did not
    fit, once the prompt is made. `budget` is the prompt's, in tokens of the engine's tokenizer.
    `now` is in ms since 1970 UTC. `generation` counts what was ever forgotten: what is learned from
    an older one is refused by the store. `complete` asks the bot's model, named `model`.
    """

    conversation: Conversation
    scope: Scope
    span: Span
    waiting: tuple[Message, ...]
    budget: int
    model: str
    now: int
    generation: int
    complete: Callable[[Prompt], Awaitable[str]]
    dropped: Message | None = None


class Memory(Protocol):
    """One way of remembering."""

    async def gather(self, scene: Scene) -> Gathered:
        """What the prompt of this turn should hold."""
        ...

    async def learn(self, scene: Scene) -> None:
        """Called in the background once the reply is stored; may be lost, and is then made up."""
        ...
