"""Who heard something, and where it may be used: the audience rule, in one pure function.

Something said is used only where everybody who would see it was already in its audience. An
audience is the circle of a place whose history later joiners can read (a Discord channel), else
those present when it was said. A derived row has the audience of its sources.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

EVER = 2**63 - 1
"""Beyond every message's number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Those who heard what was said, and the bot with them.

    `people` are participants by their numbers: all who were present, or, of a `circle`, all who are
    known to belong to it. `left` tells of those who went from a circle the number of the newest
    message that they could read. `window` names a talk that uses nothing from before and is used
    nowhere else (`/new blank`).
    """

    id: int
    bot: str
    people: frozenset[int]
    circle: str | None = None
    left: Mapping[int, int] = field(default_factory=dict[int, int])
    window: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What may be used before `here`: by audience, the number of the newest usable message."""

    here: Audience
    upto: Mapping[int, int]

    def allows(self, audience: int, number: int) -> bool:
        """Whether the message of that number, said to that audience, may be used."""
        return number <= self.upto.get(audience, 0)


def usable(said: Audience, here: Audience) -> int:
    """Up to which message what was said to `said` may be used before `here`; 0 for none.

    The audience rule: everybody who would see it (`here`) was already in its audience (`said`).
    """
    if said.bot != here.bot or said.window != here.window:
        return 0
    if here.circle is not None:
        # Anyone may join a circle later: only what its joiners can read anyway is used there.
        return EVER if said.circle == here.circle else 0
    if not here.people or not here.people <= said.people:
        return 0
    return min(said.left.get(one, EVER) for one in here.people)


def scope(here: Audience, audiences: Iterable[Audience]) -> Scope:
    """All of `audiences` that may be used before `here`."""
    reached = {said.id: usable(said, here) for said in audiences}
    return Scope(here=here, upto={which: upto for which, upto in reached.items() if upto})
