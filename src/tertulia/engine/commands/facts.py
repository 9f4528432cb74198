"""`/memory edit`, `history` and `undo`: a person corrects what is remembered of them."""

from __future__ import annotations

from collections.abc import Sequence

from tertulia.engine.commands.asking import Ask
from tertulia.engine.commands.wording import day, one_line
from tertulia.engine.theirs import ELSEWHERE, fact_number, is_theirs
from tertulia.values.audience import Scope
from tertulia.values.fact import Fact

NO_EDIT = "There is no edit of yours to take back here."


async def edit(ask: Ask, parts: Sequence[str]) -> str:
    """Write a fact anew; what it said before stays in its history."""
    name, words = parts
    fact = await _theirs(ask, name)
    if fact is None:
        return _refused(name)
    if not ask.owner and fact.audience != _audience(ask):
        # What is written here all who heard the fact would be told, and they do not hear this.
        return ELSEWHERE
    if not words.strip():
        return f"Write what {name} is to say: /memory edit {name} NEW WORDS. To erase it: /forget."
    if fact.closed_at is not None:
        return f"{name} holds no longer; /memory history {name} shows what holds now."
    made = await ask.tools.store.edit_fact(fact.id, words, ask.tools.clock.now())
    return f"It is {made.name} now: {one_line(made.statement)}\n/memory undo takes this back."


async def history(ask: Ask, parts: Sequence[str]) -> str:
    """Everything that a fact said, one after another."""
    name = parts[0]
    fact, scope = await _theirs(ask, name), await ask.scope()
    if fact is None or scope is None:
        return _refused(name)
    steps = await ask.tools.store.fact_history(fact.id)
    return "\n".join(told_with_times(step) for step in steps if _may_be_shown(step, scope))


async def undo(ask: Ask, _: Sequence[str]) -> str:
    """Take back the latest edit of a fact about the person who asks."""
    person, scope = await ask.person(), await ask.scope()
    if person is None or not (ask.owner or scope is not None):
        return NO_EDIT
    where = None if ask.owner else [_audience(ask)]
    now = ask.tools.clock.now()
    fact = await ask.tools.store.undo_fact(person.numbers, now, audiences=where)
    if fact is None:
        return NO_EDIT
    if scope is None or not _may_be_shown(fact, scope):
        return "Your latest edit is taken back."
    if fact.closed_at is not None:
        return f"{fact.name}, which you had added, holds no longer: {one_line(fact.statement)}"
    return f"It is {fact.name} now, as before the edit: {one_line(fact.statement)}"


def told_with_times(fact: Fact) -> str:
    """A fact as a line, with when it was recorded, and until when it was believed."""
    ended = f" to {day(fact.closed_at)}" if fact.closed_at is not None else " on"
    what = "written" if fact.origin == "written" else "said"
    return (
        f"{fact.name}  {one_line(fact.statement)}  "
        f"({what}; believed from {day(fact.recorded_at)}{ended})"
    )


async def _theirs(ask: Ask, name: str) -> Fact | None:
    """The fact, where it may be shown here and is this person's to change."""
    fact = await ask.tools.store.fact(fact_number(name))
    person, scope = await ask.person(), await ask.scope()
    if fact is None or scope is None or not _may_be_shown(fact, scope):
        return None
    theirs = person is not None and await is_theirs(ask.tools, person, fact)
    return fact if ask.owner or theirs else None


def _may_be_shown(fact: Fact, scope: Scope) -> bool:
    return scope.allows(fact.audience, fact.newest_source)


def _audience(ask: Ask) -> int:
    """Who hears what is typed here; 0 where nobody knows."""
    return ask.conversation.audience if ask.conversation is not None else 0


def _refused(name: str) -> str:
    """The same, be there no such fact or one that is not theirs."""
    return f"There is no fact {name} that you may see or change here."
