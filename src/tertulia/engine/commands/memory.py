"""`/memory`: what I know of you, what I read here, and finding what was said."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence

from tertulia.engine.commands.asking import Ask
from tertulia.engine.commands.facts import edit, history, undo
from tertulia.engine.commands.known import FACTS, known
from tertulia.engine.commands.receipts import receipt
from tertulia.engine.commands.wording import day, one_line, only_asks, written
from tertulia.engine.prompt import WHOLE, cost
from tertulia.values.audience import Scope
from tertulia.values.conversation import Conversation

__all__ = ["FACTS", "HINTS", "NOTHING", "STRANGER", "USAGES", "memory"]

NOTHING = "I remember nothing here yet: nothing was said."
STRANGER = "Say something first, so that I know who is here."
SEARCH_HINT = (
    "/memory WORDS finds what was said, /memory receipt shows what I read for my last reply."
)
HINTS = (
    f"{SEARCH_HINT}\n"
    "/memory edit f1 NEW WORDS corrects a fact, /forget lists what you can have forgotten."
)
"""With the id of a fact that is shown in place of f1."""

FOUND = 8
"""Messages that a search shows."""

_Run = Callable[[Ask, Sequence[str]], Awaitable[str]]


async def _edit(ask: Ask, parts: Sequence[str]) -> str:
    name, words = parts[0], written(parts[1])
    if parts[1].strip() and not words:
        return f"A fact says something in words. To erase {name}: /forget {name}."
    return await edit(ask, [name, words])


async def _look(ask: Ask, parts: Sequence[str]) -> str:
    return await _search(ask, parts[0])


_SPECIAL: Mapping[str, tuple[re.Pattern[str], _Run]] = {
    "edit": (re.compile(r"edit\s+(f\d{1,18})(?:\s+(.*))?", re.IGNORECASE | re.DOTALL), _edit),
    "history": (re.compile(r"history\s+(f\d{1,18})", re.IGNORECASE), history),
    "undo": (re.compile(r"undo", re.IGNORECASE), undo),
    "receipt": (re.compile(r"receipt(?:\s+(\d{1,18}\.\d{1,18}))?", re.IGNORECASE), receipt),
    "search": (re.compile(r"search\s+(.+)", re.IGNORECASE | re.DOTALL), _look),
}
"""What is no search for these words: the word that it begins with, and its whole shape."""

USAGES: Mapping[str, str] = {
    "edit": "/memory edit f1 NEW WORDS corrects the fact f1. /memory shows the facts' ids.",
    "history": "/memory history f1 shows what the fact f1 said before. /memory shows the ids.",
    "undo": "/memory undo stands alone: it takes your latest edit back.",
    "receipt": "/memory receipt shows what I read for my last reply, /memory receipt 1.2 what I "
    "read for 1.2.",
    "search": "/memory WORDS finds what was said.",
    "facts": "/memory alone shows what I know of you.",
}
"""What is said to whoever gives one of these words alone, or with one word that does not fit."""


async def memory(ask: Ask) -> str:
    """Do what the words behind `/memory` say."""
    if not ask.words:
        return await _overview(ask)
    first, *rest = ask.words.split()
    shape, run = _SPECIAL.get(first.lower(), (None, None))
    found = shape.fullmatch(ask.words) if shape is not None else None
    if found is not None and run is not None:
        return await run(ask, [part or "" for part in found.groups()])
    if first.lower() in USAGES and len(rest) <= (first.lower() != "facts"):
        return f"{USAGES[first.lower()]} To look for these words: /memory search {ask.words}"
    return await _search(ask, ask.words)


async def _overview(ask: Ask) -> str:
    scope = await ask.scope()
    if scope is None:
        return NOTHING if _empty(ask.conversation) else STRANGER
    lines, newest = await known(ask, scope)
    if ask.conversation is not None and not _empty(ask.conversation):
        lines += await _window(ask, ask.conversation, scope)
    hints = SEARCH_HINT if newest is None else HINTS.replace("f1", newest.name)
    return "\n".join([*lines, hints])


def _empty(here: Conversation | None) -> bool:
    return here is None or not here.last_seq


async def _window(ask: Ask, here: Conversation, scope: Scope) -> list[str]:
    model = ask.bot.models_in(here)[0]
    budget = ask.tools.factors.budget(model)
    room = budget - WHOLE - cost(ask.tools.tokenizer, ask.bot.persona.instructions, None)
    store = ask.tools.store
    span = await store.history(here.id, here.head, room, frozenset(), scope)
    fitting = span.messages[:-1] if span.older and len(span.messages) > 1 else span.messages
    tokens = sum(message.tokens for message in fitting)
    counted = await store.conversation_numbered(here.id)
    lines = [
        f"In this conversation {counted.messages if counted else 0} messages were said.",
        f"My window holds the newest {len(fitting)} ({tokens} of {budget} tokens).",
    ]
    newest = span.messages[0].seq if span.messages else 0
    summary = await store.summary(here.id, newest, scope.here.id) if span.older else None
    if summary is not None:
        lines.append(f"Of what came before I keep this summary:\n{summary.text}")
    elif span.older:
        lines.append("What came before is kept, but I do not read it.")
    return lines


async def _search(ask: Ask, words: str) -> str:
    scope = await ask.scope()
    if scope is None:
        return NOTHING if _empty(ask.conversation) else STRANGER
    found = await ask.tools.search.search(scope, words, 2 * FOUND)
    if not found:
        return f"I find nothing about {one_line(words)!r} that I may show here."
    telling = sorted((one.message for one, _ in found), key=lambda said: only_asks(said.text))
    speakers = {one.message.id: one_line(one.speaker) for one, _ in found}
    return "\n".join(
        f"{day(said.said_at)}  {said.id}  {speakers[said.id]}: {one_line(said.text)}"
        for said in telling[:FOUND]
    )
