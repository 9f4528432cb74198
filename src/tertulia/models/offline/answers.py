"""Finds the sentence of a prompt that answers a question best."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from math import log
from typing import Final

from tertulia.models.offline.asked import Question
from tertulia.models.offline.kinds import CORRECTS, HINTS, fit, worth
from tertulia.models.offline.pronouns import OURS, YOURS, normal_for, normal_for_bot
from tertulia.models.offline.sources import BOT, UNNAMED, Reading, Sentence
from tertulia.models.offline.standing import Candidate, standing
from tertulia.models.offline.text import MEMBER_STEMS, plain
from tertulia.models.offline.words import table

ENOUGH: Final = 0.3
"""The share of a question's words that a sentence must hold to answer it."""

_UNSAID: Final = 0.4
_TRUST: Final = {"person": 0.3, "memory": 0.15, "persona": 0.0, "bot": -0.4}
_DIRECTIVES: Final = table("""
    never always do dont answer be speak keep use avoid if when reply respond please act
    write stay remember make ask help only refuse pretend
""")
_LEADING_NAME = re.compile(r"[A-ZÀ-ÖØ-Þ][\w-]*")
_OVERVIEW = re.compile(
    r"\b(?:know|remember|recall|told|tell|say|said|talk|talked|learn|learned|sabes|recuerdas|dije|"
    r"weisst|summary|summari[sz]e)\b|\babout (?:i|me|myself)\b"
)
_LAST = re.compile(
    r"\bi just (?:say|said|tell|told|wrote)\b|"
    r"\bi (?:say|said|tell|told) (?:you )?(?:just now|last)\b|"
    r"\bmy (?:last|previous) (?:message|sentence|words?)\b"
)
_FIRST = re.compile(
    r"\bi first (?:say|said|tell|told)\b|\bi (?:say|said|tell|told) (?:to )?(?:you )?first\b|"
    r"\bmy first (?:message|sentence|words?)\b|\bfirst thing (?:that )?i (?:say|said|tell|told)\b"
)


def best(question: Question, reading: Reading) -> Sentence | None:
    """The one sentence that answers best, the newest of equals; None where nothing does."""
    told = _by_place(question, reading)
    if told is not None:
        return told
    counts = Counter(stem for s in reading.statements for stem in s.stems)
    weights = {
        stem: 1 / (1 + log(1 + counts[stem])) if counts[stem] else _UNSAID
        for stem in sorted(question.specific)
    }
    scored = [(round(_score(question, s, weights), 1), s.order, s) for s in reading.statements]
    score, _, sentence = max(scored, key=lambda entry: entry[:2], default=(0.0, 0, None))
    if score <= 0 or sentence is None:
        return None
    able = [s for s in reading.statements if _speaks(question, s)]
    others = [_candidate(question, s, weights) for s in able if s is not sentence]
    return standing(_candidate(question, sentence, weights), others)


def _candidate(question: Question, sentence: Sentence, weights: Mapping[str, float]) -> Candidate:
    return Candidate(sentence, _kind_fit(question, sentence), _covered(sentence, weights))


def overview(question: Question, reading: Reading) -> list[Sentence]:
    """What tells most about the person asked about, where a question asks for all that is known."""
    if question.specific or question.kind or question.subject == BOT:
        return []
    if not _OVERVIEW.search(question.normal):
        return []
    if question.subject is None:
        question = replace(question, subject=question.asker)
    own = [s for s in reading.statements if _is_about(question, s)]
    own.sort(key=lambda s: (-worth(s.plain, s.text), -s.order))
    return sorted(own[:3], key=lambda s: s.order)


def introduction(reading: Reading) -> Sentence | None:
    """The sentence of the persona that best says who the bot is."""
    persona = [s for s in reading.statements if s.origin == "persona" and not _directs(s)]
    return persona[0] if persona else None


def _by_place(question: Question, reading: Reading) -> Sentence | None:
    own = [s for s in reading.statements if s.voice == question.asker and s.origin == "person"]
    if own and _LAST.search(question.normal):
        return own[-1]
    if own and _FIRST.search(question.normal):
        return own[0]
    return None


def _is_about(question: Question, sentence: Sentence) -> bool:
    if sentence.voice == question.subject:
        return True
    return sentence.origin == "memory" and sentence.voice is None and _speaks(question, sentence)


def _score(question: Question, sentence: Sentence, weights: Mapping[str, float]) -> float:
    if not _speaks(question, sentence):
        return 0.0
    kind = _kind_fit(question, sentence)
    covered = _covered(sentence, weights)
    generic = len(question.generic & sentence.stems)
    if question.specific:
        accepted = covered >= ENOUGH or (kind > 0 and covered > 0)
    else:
        accepted = kind > 0 or (generic > 0 and question.kind is None)
    if not accepted:
        return 0.0
    hint = any(a.search(question.normal) and b.search(sentence.plain) for a, b in HINTS)
    corrects = bool(CORRECTS.search(sentence.plain))
    extra = (0.0 if kind else 0.3 * min(generic, 3)) + 0.25 * hint + 0.2 * corrects
    return 1.0 + kind + 2 * covered + extra + _TRUST[sentence.origin]


def _speaks(question: Question, sentence: Sentence) -> bool:
    """Whether a sentence may speak for the one asked about: nobody's "I" is taken for another's."""
    if question.only:
        return sentence.voice == question.only
    if sentence.origin == "persona" and _directs(sentence):
        return False
    if question.subject is None or sentence.voice == question.subject:
        return True
    words = set(sentence.plain.split())
    if question.subject == BOT:
        return sentence.origin == "persona" or bool(words & YOURS)
    if _addresses(question, sentence):
        return bool(words & YOURS)
    return not words & OURS or question.subject in words


def _addresses(question: Question, sentence: Sentence) -> bool:
    """Whether the "you" of a sentence that the bot said means the one asked about."""
    meant = question.subject == question.asker and sentence.speaker == question.name
    return sentence.origin == "bot" and meant


def _directs(sentence: Sentence) -> bool:
    words = sentence.plain.split()
    return words[0] in _DIRECTIVES and not YOURS & set(words[:4])


def _kind_fit(question: Question, sentence: Sentence) -> float:
    if question.kind is None:
        return 0.0
    own = sentence.voice == question.subject
    told = sentence.voice is None and sentence.origin == "memory"
    told = told or (sentence.origin == "persona" and question.subject == BOT)
    return fit(question.kind, _normal(question, sentence), sentence.text if own or told else "")


def _normal(question: Question, sentence: Sentence) -> str:
    """The sentence with the one asked about as its "i"."""
    if sentence.voice == question.subject:
        return sentence.plain
    if question.subject == BOT or _addresses(question, sentence):
        return normal_for_bot(sentence.plain)
    name = question.subject or ""
    if name == UNNAMED:
        told = sentence.origin == "memory" and not sentence.fact
        leading = _LEADING_NAME.match(sentence.text) if told else None
        name = plain(leading.group()) if leading else ""
    return normal_for(sentence.plain, name)


def _covered(sentence: Sentence, weights: Mapping[str, float]) -> float:
    """The share of the question's words that the sentence holds, rare ones weighing more."""
    total = sum(weights.values())
    if not total:
        return 0.0
    held = 0.0
    for stem, weight in weights.items():
        if stem in sentence.stems:
            held += weight
        elif MEMBER_STEMS.get(stem, frozenset[str]()) & sentence.stems:
            held += weight / 2
    return held / total
