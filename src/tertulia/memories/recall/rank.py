"""Which earlier messages answer a question: words, neighbours, kinds, speakers, sessions, dates.

Pure, with no model and no I/O: the store finds the candidates and says which of the question's
words each holds; this module says in which order to take them. Decision 14 tells what each feature
is for, and what it gains.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence

from tertulia.memories.recall.days import day
from tertulia.memories.recall.question import Dates, Question
from tertulia.memories.recall.vocabulary import TIMES
from tertulia.ports.recall import Found, Match
from tertulia.values.words import WORD

OWN = 1.0
"""Weight of the question's words in the message itself, the rare ones counting more."""

NEAR = 0.5
"""Weight of the question's words in the neighbours: a reply leaves out what was just named."""

ANSWERS = 0.5
"""Weight of the question's words in the message before, where that one asks: this one replies."""

KIND = 0.5
"""Weight of members of a kind that the question asks for: `pets` is answered by `my cat`."""

SESSION = 0.5
"""Weight of the best matches of the same session: a talk stays with its topic."""

LIKE = 1.0
"""Weight of the vectors' likeness, where there is an embedder: other words for the same."""

SPEAKER = 1.5
"""What a message gains of the one person whom the question is about."""

ASKS = 1.0
"""What a message that asks loses: it holds a question's words, yet seldom what is wanted."""

TIME = 2.0
"""What a message that tells a time gains where the question asks for one."""

DATE = 4.0
"""What a message of the very day gains that the question names; the month gains half of it."""

SATURATION = 0.8
"""BM25's k1: how much a message's length can matter. Below the usual 1.2, as messages are short."""

LENGTH = 0.5
"""BM25's b: how much longer messages must hold to count the same."""

PAUSE = 3 * 3600 * 1000
"""Milliseconds of silence in a conversation after which a new session begins."""

BEST = 3
"""How many of a session's best matches tell whether it is about the question."""

NEARBY = 7
"""Days around a named day in which things are still told about it."""

_MARKS = ("?", "？", "؟")  # noqa: RUF001 - full width
_ASKING = re.compile(r"[?？؟][^\w\[]*(\[[^\]]*\])?\s*$")  # noqa: RUF001 - full width


def rank(
    question: Question, found: Found, like: Mapping[int, float] | None = None
) -> list[tuple[Match, float]]:
    """The candidates with their scores, the most promising first.

    `like` has the likeness of messages to the question, by their numbers, where there are vectors.
    """
    candidates = found.matches
    if not candidates:
        return []
    scores = [_single(question, candidate) for candidate in candidates]
    alike = [(LIKE, _likeness(candidates, like))] if like else []
    for weight, values in (*_matches(found), *alike):
        for at, value in enumerate(_standard(values)):
            scores[at] += weight * value
    return sorted(
        zip(candidates, scores, strict=True), key=lambda one: (-one[1], -one[0].message.number)
    )


def _single(question: Question, candidate: Match) -> float:
    """What a candidate gains and loses by itself, whatever the others are."""
    score = 0.0
    if question.speaker is not None and candidate.speaker == question.speaker:
        score += SPEAKER
    if _asks(candidate.message.text):
        score -= ASKS
    if question.when and _tells_time(candidate.message.text):
        score += TIME
    return score + DATE * _closeness(question.dates, candidate.message.said_at)


def _asks(text: str) -> bool:
    """Whether a message ends in a question."""
    return any(mark in text for mark in _MARKS) and _ASKING.search(text) is not None


def _tells_time(text: str) -> bool:
    """Whether a message says when something was."""
    return any(word in TIMES for word in WORD.findall(text.lower()))


def _closeness(dates: Dates, said_at: int) -> float:
    """How near a message is to the date of the question: from 0 to 1 on the very day."""
    if dates == Dates():
        return 0.0
    said = day(said_at)
    if dates.year not in {None, said.year}:
        return 0.0
    if dates.month is None:
        return 0.25
    if dates.month != said.month:
        return 0.0
    if dates.day is None:
        return 0.5
    apart = abs(said.day - dates.day)
    return 1.0 if apart == 0 else 0.75 if apart <= NEARBY else 0.5


def _matches(found: Found) -> list[tuple[float, list[float]]]:
    """Each way of matching with its weight and the candidates' values."""
    candidates, rare = found.matches, found.words
    lengths = [1 + candidate.message.text.count(" ") for candidate in candidates]
    mean = sum(lengths) / len(lengths)
    own = [
        _sum(rare, candidate.own) * _brevity(length / mean)
        for candidate, length in zip(candidates, lengths, strict=True)
    ]
    near = [_sum(rare, candidate.near) for candidate in candidates]
    base = [one + other / 2 for one, other in zip(own, near, strict=True)]
    return [
        (OWN, own),
        (NEAR, near),
        (ANSWERS, [_sum(rare, candidate.before) for candidate in candidates]),
        (KIND, [_sum(found.kinds, candidate.kinds) for candidate in candidates]),
        (SESSION, _sessions(candidates, base)),
    ]


def _likeness(candidates: Sequence[Match], like: Mapping[int, float]) -> list[float]:
    """The candidates' likeness; one without a vector is neither like nor unlike."""
    mean = sum(like.values()) / len(like)
    return [like.get(candidate.message.number, mean) for candidate in candidates]


def _brevity(length: float) -> float:
    """BM25's factor for a word that is found once, by the length in proportion to the mean."""
    return (SATURATION + 1) / (1 + SATURATION * (1 - LENGTH + LENGTH * length))


def _sum(values: Sequence[float], chosen: Collection[int]) -> float:
    """The sum of the chosen values."""
    return sum(values[at] for at in chosen)


def _sessions(candidates: Sequence[Match], base: Sequence[float]) -> list[float]:
    """For each candidate, how well the best of its session match."""
    values = [0.0] * len(base)
    for members in _grouped(candidates):
        best = sorted((base[at] for at in members), reverse=True)[:BEST]
        for at in members:
            values[at] = sum(best) / BEST
    return values


def _grouped(candidates: Sequence[Match]) -> list[list[int]]:
    """The places of the candidates, those of one session together."""

    def when(at: int) -> tuple[int, int]:
        return candidates[at].message.conversation, candidates[at].message.said_at

    groups: list[list[int]] = []
    last = (-1, 0)
    for at in sorted(range(len(candidates)), key=when):
        now = when(at)
        if now[0] != last[0] or now[1] - last[1] > PAUSE:
            groups.append([])
        groups[-1].append(at)
        last = now
    return groups


def _standard(values: Sequence[float]) -> list[float]:
    """Values as distances from their mean in standard deviations, so that scores may be added."""
    mean = sum(values) / len(values)
    spread = math.sqrt(sum((value - mean) ** 2 for value in values) / len(values))
    return [(value - mean) / spread if spread else 0.0 for value in values]
