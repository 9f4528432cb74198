"""Forgets: a dry run, then the store's own work, the owner's log, and summaries."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import replace

from tertulia.engine.imagining import imagine
from tertulia.engine.tools import Tools
from tertulia.values.errors import TertuliaError
from tertulia.values.events import Changed
from tertulia.values.forgetting import Forgotten, Replies, Target

log = logging.getLogger(__name__)


async def would_forget(tools: Tools, target: Target, replies: Replies) -> Forgotten:
    """What `forget` would do now. Raises: `NotThere`."""
    return await tools.store.would_forget(target, replies)


async def forget(tools: Tools, target: Target, replies: Replies) -> Forgotten:
    """Forget it, clean the owner's log of it, and make the summaries anew without it.

    Whoever watches one of the conversations is told. A summary that cannot be made now is made up
    at the next turn. Raises: `NotThere`; `StoreError` where it is forgotten, but could not be
    cleaned out of the log.
    """
    gone = await tools.store.forget(target, replies, tools.clock.now())
    for conversation in _touched(gone):
        tools.broadcast.publish(conversation, Changed())
    try:
        await asyncio.to_thread(tools.after_forgetting, gone.texts)
    finally:
        await _make_anew(tools, gone.rebuilt)
    return gone


def _touched(gone: Forgotten) -> set[int]:
    """The conversations that lost something, or are not what they were."""
    said = {int(name.partition(".")[0]) for name in (*gone.messages, *gone.redacted)}
    return said.union(gone.rebuilt, gone.conversations, gone.renamed)


async def _make_anew(tools: Tools, conversations: Iterable[int]) -> None:
    for conversation in conversations:
        try:
            await _learn_anew(tools, conversation)
        except TertuliaError as error:
            log.warning("Conversation %s could not be summarised anew: %s", conversation, error)


async def _learn_anew(tools: Tools, number: int) -> None:
    conversation = await tools.store.conversation_numbered(number)
    if conversation is None or not conversation.audience:
        return
    bot, scene, made = await imagine(tools, conversation)
    for each in bot.memories:
        await each.memory.learn(replace(scene, waiting=(), dropped=made.dropped))


def together(each: Iterable[Forgotten]) -> Forgotten:
    """What several forgettings take (or took) as one, each thing once."""
    several = list(each)

    def union(name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one for part in several for one in getattr(part, name)))

    return Forgotten(
        messages=union("messages"),
        redacted=union("redacted"),
        facts=union("facts"),
        reopened=union("reopened"),
        summaries=union("summaries"),
        rebuilt=tuple(dict.fromkeys(one for part in several for one in part.rebuilt)),
        conversations=tuple(dict.fromkeys(one for part in several for one in part.conversations)),
        people=union("people"),
        renamed=tuple(dict.fromkeys(one for part in several for one in part.renamed)),
        texts=union("texts"),
        # Whoever cleans cleans all: what counts is the last that had to.
        cleaned=next((part.cleaned for part in reversed(several) if part), True),
    )
