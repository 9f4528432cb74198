"""What `/memory` lists: the facts about a person, and what this person told about others."""

from __future__ import annotations

from collections.abc import Sequence

from tertulia.engine.commands.asking import Ask
from tertulia.engine.commands.wording import one_line, told
from tertulia.engine.theirs import told_by
from tertulia.values.audience import Scope
from tertulia.values.fact import Fact
from tertulia.values.person import Person

FACTS = 40
"""Facts that are listed of the person, and of others."""

NO_FACTS = "I know no facts about you that I may show here."
UNNAMED = "the person"
"""What a fact calls somebody who has no name."""


async def known(ask: Ask, scope: Scope) -> tuple[list[str], Fact | None]:
    """The facts as lines, and the newest of them: of what all who read this have heard."""
    person = await ask.person()
    if person is None:
        return [NO_FACTS], None
    facts = await ask.tools.store.facts(scope)
    own = [fact for fact in facts if fact.about in person.numbers]
    elses = [fact for fact in facts if fact.about not in person.numbers]
    others = await told_by(ask.tools, person, elses, FACTS)
    lines = [NO_FACTS] if not own else ["What I know of you:", *_listed(own)]
    for subject in dict.fromkeys(fact.subject for fact in others):
        heading = f"What you told me of {_called(subject, person)}:"
        lines += [heading, *_listed([fact for fact in others if fact.subject == subject])]
    newest = own[-1:] or others[-1:]
    return lines, newest[0] if newest else None


def _listed(facts: Sequence[Fact]) -> list[str]:
    lines = [told(fact) for fact in facts[-FACTS:]]
    if len(facts) > FACTS:
        lines.append(f"  … and {len(facts) - FACTS} older ones.")
    return lines


def _called(subject: str, person: Person) -> str:
    """Whom it tells of, for the person who told it: "Ana's brother" is theirs."""
    for name in (UNNAMED, *(one.name for one in person.identities)):
        if subject.casefold().startswith(f"{name}'s ".casefold()):
            return f"your {one_line(subject[len(name) + 3 :])}"
    return one_line(subject)
