"""Finds facts in messages by rules: only the plain cases, each with the message that tells it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from tertulia.models.offline.fact_rules import OPPOSITES, RULES, Rule, trimmed
from tertulia.models.offline.questions import is_question
from tertulia.models.offline.reflect import looks_like_code
from tertulia.models.offline.text import plain, sentences
from tertulia.values.prompt import Prompt

_UNSURE: Final = re.compile(
    r"\b(?:if|when|whether|suppose|imagine|pretend|wish|wished|would|could|might|says?|said|told|"
    r"asks?|asked|thinks?|thought|writes?|wrote|sings?|title|called me|si|cuando|ojalá|dice|dijo|"
    r"imagina)\b|[\"“”«»`]",
    re.IGNORECASE,
)
"""Before a statement: it is supposed, quoted, or another's."""
_GREETING: Final = re.compile(r"(?:hi|hello|hey|hola|good \w+)(?: there)?[,!.]*", re.IGNORECASE)
_MARKS: Final = str.maketrans({"\u2019": "'", "\u2018": "'"})


@dataclass(frozen=True, slots=True)
class _Told:
    """One message: its number in the prompt, who says it, and what."""

    number: int
    speaker: str
    text: str


def facts_in(prompt: Prompt) -> str:
    """The answer to a prompt that asks for facts, as JSON."""
    believed: list[Mapping[str, Any]] = []
    found: list[dict[str, Any]] = []
    for row in _rows(prompt):
        told = _told(row)
        if told is not None:
            found += [_with_replaced(fact, [*believed]) for fact in _facts(told)]
        elif isinstance(row.get("fact"), int):
            believed.append(row)
    return json.dumps({"facts": found}, ensure_ascii=False)


def _rows(prompt: Prompt) -> Iterator[Mapping[str, Any]]:
    for line in prompt.lines:
        for row in line.content.splitlines() if line.role == "user" else ():
            try:
                read: object = json.loads(row)
            except ValueError:
                continue
            if isinstance(read, dict):
                yield cast("dict[str, Any]", read)


def _told(row: Mapping[str, Any]) -> _Told | None:
    number, speaker, text = row.get("message"), row.get("speaker"), row.get("text")
    if isinstance(number, int) and isinstance(speaker, str) and isinstance(text, str):
        return _Told(number, speaker, text)
    return None


def _facts(told: _Told) -> Iterator[dict[str, Any]]:
    if looks_like_code(told.text):
        return
    for sentence in _sentences(told.text):
        if not is_question(sentence):
            for rule in RULES:
                yield from _by_rule(rule, sentence, told)


def _sentences(text: str) -> list[str]:
    """The sentences; a greeting that stands alone ("Hi! I'm Ana.") belongs to the next."""
    found = [" ".join(piece.split()) for piece in sentences(text.translate(_MARKS))]
    if len(found) > 1 and _GREETING.fullmatch(found[0]):
        found[:2] = [f"{found[0]} {found[1]}"]
    return found


def _by_rule(rule: Rule, sentence: str, told: _Told) -> Iterator[dict[str, Any]]:
    for found in rule.pattern.finditer(sentence):
        if _UNSURE.search(sentence, 0, found.start()):
            continue
        groups = {name: trimmed(text or "") for name, text in found.groupdict().items()}
        if not all(groups[name] for name in rule.needs):
            continue
        own = rule.subject == "{speaker}"
        yield {
            "subject": rule.subject.format(speaker=told.speaker, **groups),
            "about": told.speaker if own else None,
            "slot": rule.slot_of(groups),
            "statement": " ".join(rule.statement.format(**groups).split()),
            "sources": [told.number],
            "replaces": [],
        }


def _with_replaced(fact: dict[str, Any], believed: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The fact with the numbers of those that it takes back: "likes tea", "does not like tea"."""
    mine, said = plain(fact["subject"]), plain(fact["statement"])
    fact["replaces"] = [
        other["fact"]
        for other in believed
        if plain(str(other.get("subject"))) == mine
        and _contradict(said, plain(str(other.get("statement"))))
    ]
    return fact


def _contradict(one: str, other: str) -> bool:
    """Whether two plain statements say opposite things of the same."""
    _, favourite, kind = one.partition(" as favourite ")
    if favourite and other.endswith(favourite + kind):
        return other != one
    first, second = _liking(one), _liking(other)
    if first is None or second is None:
        return False
    return first[1] == second[1] and first[0] != second[0]


def _liking(statement: str) -> tuple[bool, str] | None:
    """Whether something is liked, and what; None where a statement tells of something else."""
    for opening, likes in OPPOSITES:
        if statement.startswith(opening):
            return likes, statement.removeprefix(opening)
    return None
