"""Decides what stands where a prompt tells two things: a correction outranks what it corrects."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tertulia.models.offline.sources import BOT, Sentence
from tertulia.models.offline.text import GENERIC_STEMS

_ENDS: Final = re.compile(
    r"\b(?:no longer|not|never|isnt|arent|wasnt|dont|doesnt|didnt|used to|any ?more|ya no)\b"
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may speak for the one asked about.

    `kind` is how it fits the question's kind, `covered` the share of its words that it holds.
    """

    sentence: Sentence
    kind: float
    covered: float


def standing(found: Candidate, others: Sequence[Candidate]) -> Sentence:
    """What answers in place of `found`: what was written against it, what ended it, else itself."""
    for outranks in (_written, _ended, _learned):
        better = [one.sentence for one in others if outranks(one, found)]
        if better:
            return max(better, key=lambda one: one.order)
    return found.sentence


def _written(one: Candidate, found: Candidate) -> bool:
    """A person wrote it anew: what was said before, recalled or in the window, is corrected."""
    if one.sentence.fact != "written" or found.sentence.fact == "written":
        return False
    return not found.sentence.waits and _same(one, found) and _differs(one, found)


def _learned(one: Candidate, found: Candidate) -> bool:
    """A fact holds still; an earlier message that is recalled may not."""
    if one.sentence.fact != "said" or not _recalled(found.sentence) or not one.kind:
        return False
    return one.sentence.day >= found.sentence.day and _same(one, found) and _differs(one, found)


def _ended(one: Candidate, found: Candidate) -> bool:
    """It says of the very same that it is no longer so, and was said later."""
    if not _ENDS.search(one.sentence.plain) or _ENDS.search(found.sentence.plain):
        return False
    if one.sentence.voice == BOT:
        return False
    told = found.sentence.stems - GENERIC_STEMS
    return bool(told) and told <= one.sentence.stems and _later(one.sentence, found.sentence)


def _later(one: Sentence, found: Sentence) -> bool:
    if one.fact and _recalled(found):
        return one.day >= found.day
    return one.order > found.order


def _recalled(sentence: Sentence) -> bool:
    return sentence.origin == "memory" and not sentence.fact


def _same(one: Candidate, found: Candidate) -> bool:
    """Whether it answers the same question as well."""
    return bool(one.kind) == bool(found.kind) and one.covered >= found.covered


def _differs(one: Candidate, found: Candidate) -> bool:
    """Whether it tells something that the other does not."""
    return not one.sentence.told <= found.sentence.stems
