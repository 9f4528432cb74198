"""Tells what is said from its opposite: "I do not live in Lima" is no source of "lives in Lima".

Pure. A clause is turned round by a word that denies ("not", "nunca") and by one that is against
something ("hates"); by two of them it is turned back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from tertulia.memories.facts.words import FRAME, table, words

_DENIES = table("""
    not no never neither nor cannot cant dont doesnt didnt isnt arent wasnt werent wont wouldnt
    couldnt shouldnt havent hasnt hadnt aint quit stopped former formerly
    nunca jamas tampoco ni nicht kein keine keinen nie niemals pas jamais nao nem non
""")
_AGAINST = table("""
    hate hates hated dislike dislikes disliked detest detests detested loathe loathes loathed
    despise despises despised odio odia odiaba detesto detesta hasse hasst deteste odeio
""")
_SPEAKS = FRAME | table("""
    i im ive my we our he she they his her their it you your is are was am has have had
    yo mi mis me nos ella su sus soy es tengo tiene ich er sie je il elle eu
""")
"""Words by which a clause says something of its own, and does not go on with the one before it."""

_SENTENCE = re.compile(
    r"(?<=[.!?…。])\s+|[\r\n;]|\b(?:but|except|pero|sino|aber|sondern|mais)\b", re.IGNORECASE
)
_BREAK = re.compile(r"[,:\u2013\u2014()]|\b(?:and|or|y|o|und|oder|et|ou)\b", re.IGNORECASE)
_ANSWER = re.compile(r"\A\s*no\W+(?=(?:i|i'm|my|we|yo|mi)\b)", re.IGNORECASE)


def _is_turned(clause: list[str]) -> bool:
    """Whether one clause denies what its words name."""
    found = set(clause)
    used_to = any(pair == ("used", "to") for pair in pairwise(clause))
    return bool(used_to or found & _DENIES) != bool(found & _AGAINST)


def parts(text: str) -> tuple[set[str], set[str]]:
    """The words of what a text says, and of what it denies."""
    kept: tuple[set[str], set[str]] = (set(), set())
    for turned, clause in _clauses(text):
        kept[turned].update(clause)
    return kept


def _clauses(text: str) -> Iterator[tuple[bool, list[str]]]:
    for sentence in _SENTENCE.split(text.replace("\u2019", "'")):
        turned = False
        for clause in _BREAK.split(_ANSWER.sub("", sentence)):
            found = words(clause)
            goes_on = turned and not _SPEAKS & set(found)
            turned = goes_on or _is_turned(found)
            yield turned, found
