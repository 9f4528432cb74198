"""Gathers what one prompt is made of: the talk before, and what the bot's memories give."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tertulia.engine.bot import Bot
from tertulia.engine.prompt import Assembled, assemble
from tertulia.engine.tools import Tools
from tertulia.ports.memory import Recollection, Scene
from tertulia.ports.model import Model
from tertulia.values.conversation import Lease
from tertulia.values.prompt import Delta, Prompt


async def look(tools: Tools, lease: Lease, model: Model) -> Scene:
    """The scene of a turn, with as much of the talk before as `model` could read."""
    budget = tools.factors.budget(model)
    conversation = lease.conversation
    waiting = frozenset(message.seq for message in lease.waiting)
    span = await tools.store.history(conversation.id, conversation.head, budget, waiting)
    return Scene(
        conversation=conversation,
        span=span,
        waiting=lease.waiting,
        budget=budget,
        model=model.name,
        complete=_completer(model),
    )


async def prepare(tools: Tools, bot: Bot, scene: Scene) -> Assembled:
    """The prompt of a scene, with its receipt."""
    recollections: list[Recollection] = []
    for memory in bot.memories:
        recollections += await memory.gather(scene)
    return assemble(
        persona=bot.persona,
        recollections=recollections,
        span=scene.span,
        waiting=scene.waiting,
        budget=scene.budget,
        tokenizer=tools.tokenizer,
    )


def _completer(model: Model) -> Callable[[Prompt], Awaitable[str]]:
    async def complete(prompt: Prompt) -> str:
        chunks = [chunk async for chunk in model.stream(prompt)]
        return "".join(chunk.text for chunk in chunks if isinstance(chunk, Delta))

    return complete
