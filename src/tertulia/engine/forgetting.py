"""Forgets: a dry run in plain words, then the store's own work, the owner's log, and summaries."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from tertulia.engine.imagining import imagine
from tertulia.engine.tools import Tools
from tertulia.values.errors import TertuliaError
from tertulia.values.forgetting import Forgotten, Replies, Target

log = logging.getLogger(__name__)

FEW = 8
"""So many ids are told; of more only how many there are."""

HELD = (
    "Another program has the database open: its bytes go when it lets go, at the latest with the "
    "next start."
)


async def would_forget(tools: Tools, target: Target, replies: Replies) -> Forgotten:
    """What `forget` would do now. Raises: `NotThere`."""
    return await tools.store.would_forget(target, replies)


async def forget(tools: Tools, target: Target, replies: Replies) -> Forgotten:
    """Forget it, clean the owner's log of it, and make the summaries anew without it.

    A summary that cannot be made now is made up at the next turn. Raises: `NotThere`; `StoreError`
    where it is forgotten, but could not be cleaned out of the log.
    """
    gone = await tools.store.forget(target, replies, tools.clock.now())
    try:
        await asyncio.to_thread(tools.after_forgetting, gone.texts)
    finally:
        await _make_anew(tools, gone.rebuilt)
    return gone


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


def told(what: Forgotten, *, done: bool) -> list[str]:
    """What goes (or went) in plain words, a line for each kind."""
    went = [
        *_counted(what.messages, "message", "messages"),
        *_counted(what.facts, "fact", "facts"),
        *_counted(what.people, "identity", "identities"),
        *_counted([str(one) for one in what.conversations], "conversation", "conversations"),
    ]
    lines = [f"{'Forgotten' if done else 'This would go'}: {', '.join(went) or 'nothing'}."]
    lines += _changed(what, done=done)
    if done and what.messages:
        lines.append("Of each message a keyed hash of its id stays, so that it cannot come back.")
    if done and not what.cleaned:
        lines.append(HELD)
    return lines


def _changed(what: Forgotten, *, done: bool) -> Iterator[str]:
    """What stays but is not as it was, and what is made anew."""
    if what.redacted:
        would = "is erased" if done else "would be erased"
        replies = _counted(what.redacted, "reply", "replies")[0]
        yield f"The text of {replies} that had it before them {would}."
    if what.summaries:
        would = "went" if done else "would go"
        count = _counted(what.summaries, "summary", "summaries")[0]
        yield f"{count} {would} too; where they are needed they are made anew without it."
    if what.reopened:
        again = "holds again" if done else "would hold again"
        yield f"What it had replaced {again}: {_counted(what.reopened, 'fact', 'facts')[0]}."
    if what.renamed:
        would = "went" if done else "would go"
        names = [str(one) for one in what.renamed]
        count = _counted(names, "imported conversation", "imported conversations")[0]
        yield f"The name of {count} gives it away and {would} too."


def _counted(names: Sequence[str], one: str, many: str) -> list[str]:
    if not names:
        return []
    ids = f" ({', '.join(names)})" if len(names) <= FEW else ""
    return [f"{len(names)} {one if len(names) == 1 else many}{ids}"]
