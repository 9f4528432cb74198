"""Gathers what one prompt is made of: the talk before, and what the bot's memories give."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from tertulia.engine.bot import Bot
from tertulia.engine.prompt import Assembled, assemble
from tertulia.engine.shelves import Shelf
from tertulia.engine.tools import Tools
from tertulia.ports.memory import Gathered, Scene
from tertulia.ports.model import Model
from tertulia.values.conversation import Conversation
from tertulia.values.errors import NotHeard
from tertulia.values.message import Message
from tertulia.values.prompt import Delta, Prompt


async def look(
    tools: Tools, conversation: Conversation, waiting: Sequence[Message], model: Model
) -> Scene:
    """What there is to see at a turn: as much of the talk before as `model` could read."""
    budget = tools.factors.budget(model)
    store = tools.store
    said = waiting[-1].audience if waiting else None
    generation = await store.generation()
    scope = await store.scope(conversation.audience, said)
    skip = frozenset(message.seq for message in waiting)
    only = await store.thread(conversation.id, sorted(skip)) if skip else None
    span = await store.history(conversation.id, conversation.head, budget, skip, scope, only)
    return Scene(
        conversation=conversation,
        scope=scope,
        span=span,
        waiting=tuple(waiting),
        budget=budget,
        model=model.name,
        now=tools.clock.now(),
        generation=generation,
        complete=_completer(model),
    )


async def prepare(tools: Tools, bot: Bot, scene: Scene) -> Assembled:
    """The prompt of a scene, with its receipt.

    Raises: `NotHeard` where nothing of what waits was heard by all who would see the reply.
    """
    allows = scene.scope.allows
    heard = [m for m in scene.waiting if allows(m.audience, m.number)]
    if not heard:
        raise NotHeard(
            "Somebody joined before I could answer, and may not know what was said before. "
            "Please say it again."
        )
    gathered = [await each.memory.gather(scene) for each in bot.memories]
    aside = await _aside(tools, scene.conversation, gathered)
    return assemble(
        persona=bot.persona,
        shelves=[
            Shelf(
                origin=each.name,
                gathered=replace(
                    given, lines=[one for one in given.lines if one.message not in aside]
                ),
                share=each.share,
                most=each.most,
            )
            for each, given in zip(bot.memories, gathered, strict=True)
        ],
        span=scene.span,
        waiting=heard,
        unheard=[m for m in scene.waiting if m not in heard],
        budget=scene.budget,
        tokenizer=tools.tokenizer,
        last=bot.last,
    )


async def _aside(tools: Tools, here: Conversation, given: Sequence[Gathered]) -> frozenset[str]:
    """What the memories quote of branches that were left: versions that were put aside."""
    quoted = {line.message for each in given for line in each.lines if line.message is not None}
    return await tools.store.aside(here.id, here.head, quoted) if quoted else frozenset()


def _completer(model: Model) -> Callable[[Prompt], Awaitable[str]]:
    async def complete(prompt: Prompt) -> str:
        chunks = [chunk async for chunk in model.stream(prompt)]
        return "".join(chunk.text for chunk in chunks if isinstance(chunk, Delta))

    return complete
