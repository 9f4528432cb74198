"""`/memory`: what I know of you, what I read here, and finding what was said."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence

from tertulia.engine.commands.asking import Ask
from tertulia.engine.commands.facts import edit, history, undo
from tertulia.engine.commands.receipts import receipt
from tertulia.engine.commands.wording import day, one_line, told
from tertulia.engine.prompt import WHOLE, cost
from tertulia.values.audience import Scope
from tertulia.values.conversation import Conversation

NOTHING = "I remember nothing here yet: nothing was said."
STRANGER = "Say something first, so that I know who is here."
HINTS = (
    "/memory WORDS finds what was said, /memory receipt shows what I read for my last reply.\n"
    "/memory edit f1 NEW WORDS corrects a fact, /forget lists what you can have forgotten."
)

FACTS, FOUND = 40, 8
"""Facts that are listed, and messages that a search shows."""

_Run = Callable[[Ask, Sequence[str]], Awaitable[str]]
_SPECIAL: Mapping[str, tuple[re.Pattern[str], _Run]] = {
    "edit": (re.compile(r"edit\s+(f\d+)(?:\s+(.*))?", re.IGNORECASE | re.DOTALL), edit),
    "history": (re.compile(r"history\s+(f\d+)", re.IGNORECASE), history),
    "undo": (re.compile(r"undo", re.IGNORECASE), undo),
    "receipt": (re.compile(r"receipt(?:\s+(\d+\.\d+))?", re.IGNORECASE), receipt),
}
"""What is no search: the word that it begins with, and its whole shape."""


async def memory(ask: Ask) -> str:
    """Do what the words behind `/memory` say."""
    if not ask.words:
        return await _overview(ask)
    shape, run = _SPECIAL.get(ask.words.split()[0].lower(), (None, None))
    found = shape.fullmatch(ask.words) if shape is not None else None
    if found is not None and run is not None:
        return await run(ask, [part or "" for part in found.groups()])
    return await _search(ask)


async def _overview(ask: Ask) -> str:
    scope = await ask.scope()
    if scope is None:
        return NOTHING if _empty(ask.conversation) else STRANGER
    lines = await _known(ask, scope)
    if ask.conversation is not None and not _empty(ask.conversation):
        lines += await _window(ask, ask.conversation, scope)
    return "\n".join([*lines, HINTS])


def _empty(here: Conversation | None) -> bool:
    return here is None or not here.last_seq


async def _known(ask: Ask, scope: Scope) -> list[str]:
    """What there is about the person who asks, of that what all who read this have heard."""
    person = await ask.person()
    about = person.numbers if person is not None else ()
    facts = await ask.tools.store.facts(scope, about=about)
    if not facts:
        return ["I know no facts about you that I may show here."]
    lines = ["What I know of you:", *(told(fact) for fact in facts[-FACTS:])]
    if len(facts) > FACTS:
        lines.append(f"  … and {len(facts) - FACTS} older ones.")
    return lines


async def _window(ask: Ask, here: Conversation, scope: Scope) -> list[str]:
    model = ask.bot.models(here.model)[0]
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


async def _search(ask: Ask) -> str:
    scope = await ask.scope()
    if scope is None:
        return NOTHING if _empty(ask.conversation) else STRANGER
    found = await ask.tools.search.search(scope, ask.words, FOUND)
    if not found:
        return f"I find nothing about {one_line(ask.words)!r} that I may show here."
    return "\n".join(
        f"{day(one.message.said_at)}  {one.message.id}  {one.speaker}: {one_line(one.message.text)}"
        for one, _ in found
    )
