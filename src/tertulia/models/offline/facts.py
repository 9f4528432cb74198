"""Finds facts in messages by rules: only the plain cases, each with the message that tells it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from tertulia.models.offline.fact_rules import (
    NOTHING_NAMED,
    OPPOSITES,
    RULES,
    SHORT_RULES,
    Rule,
    trimmed,
)
from tertulia.models.offline.questions import is_question
from tertulia.models.offline.reflect import looks_like_code
from tertulia.models.offline.text import plain, sentences
from tertulia.values.prompt import Prompt

_UNSURE: Final = re.compile(
    r"\b(?:if|when|whether|suppose|imagine|pretend|wish|wished|would|could|might|says?|said|told|"
    r"asks?|asked|thinks?|thought|writes?|wrote|sings?|title|called me|si|cuando|ojalá|dice|dijo|"
    r"imagina|assum\w+|let's say|as if|lie|lied|lying|false|untrue|not (?:true|the case|sure|that)|"
    r"never|songs?|lyrics|novel|story|poem|characters?|letter|example|dream\w*|jokes?|claim\w*|"
    r"believes?|heard|quotes?|finge|finjo|supón|supongamos|mentira|mentí|falso|no es cierto|"
    r"canción|ejemplo|sueño|dicen|cree)\b|[\"“”«»`]",
    re.IGNORECASE,
)
"""Before a statement: it is supposed, denied, quoted, or another's."""
_TAKEN_BACK: Final = re.compile(
    r"^\W*(?:(?:not|no|nope|never|psych)\W*$|(?:[\w.]+ ){0,2}?(?:said|says|say|sang|sings?|wrote|"
    r"writes|replied|asked|shouted|thought|claims?|claimed|dijo|dice|dicen|cantaba|escribió)\b)",
    re.IGNORECASE,
)
"""Behind a statement: it was another's, or meant in jest."""
_IN_JEST: Final = re.compile(
    r"\b(?:just kidding|kidding|joking|jk|es broma|bromeo)\b", re.IGNORECASE
)
_WORK: Final = re.compile(
    r"^\W*(?:(?:please|can|could|would|will|you|u|(?:i|we) (?:want|need|would like)|i'd like|to|"
    r"hey|hi|hello|ok|okay|now|kindly|help|me|let's|por favor|puedes|podrías|me)\W+)*(?:"
    r"correct|translate|rewrite|rephrase|paraphrase|reword|summari[sz]e|proof-?read|edit|improve|polish|"
    r"fix|check|review|write|draft|"
    r"compose|traduce|traducir|traduzca|corrige|corregir|resume|resumir|escribe|escribir|redacta|"
    r"reescribe|revisa)\b",
    re.IGNORECASE,
)
"""A text to work on: what it tells is told by whoever wrote it."""
_OTHERS: Final = re.compile(r"(?<!\d):(?![\d)(DP/-])|:(?=\D)(?![)(DP/-])|[>#{}=|\\]|(?<!\w)'(?=\w)")
"""Behind a speaker's label, a title, the mark of a quoted line or an opened quotation mark."""
_SHORT: Final = 6
"""Words of a message that tells something without a capital letter."""
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
    found = _sentences(told.text)
    if looks_like_code(told.text) or _IN_JEST.search(told.text) or any(map(_WORK.match, found)):
        return
    if len(found) == 1:
        yield from _in_short(found[0], told)
    for sentence in _unquoted(found):
        if not is_question(sentence):
            for rule in RULES:
                yield from _by_rule(rule, sentence, told)
        if _OTHERS.search(sentence):
            return


def _unquoted(found: Sequence[str]) -> Iterator[str]:
    """Those that no quotation mark reaches into from another sentence."""
    within = False
    for sentence in found:
        begins_within, odd = within, sentence.count('"') % 2 == 1
        within = begins_within != odd
        if not (begins_within or odd):
            yield sentence


def _in_short(sentence: str, told: _Told) -> Iterator[dict[str, Any]]:
    """What is told by few words without a capital letter, as many people type."""
    said = sentence.rstrip(" .!")
    if len(said.split()) > _SHORT or is_question(sentence):
        return
    if any(word != word.lower() for word in said[1:].replace(" I ", " i ").split()):
        return
    for rule in SHORT_RULES:
        found = rule.pattern.fullmatch(said)
        if found is not None and found["what"].lower() not in NOTHING_NAMED:
            yield from _fact(rule, found, told)


def _sentences(text: str) -> list[str]:
    """The sentences; a greeting that stands alone ("Hi! I'm Ana.") belongs to the next."""
    found = [" ".join(piece.split()) for piece in sentences(text.translate(_MARKS))]
    if len(found) > 1 and _GREETING.fullmatch(found[0]):
        found[:2] = [f"{found[0]} {found[1]}"]
    return found


def _by_rule(rule: Rule, sentence: str, told: _Told) -> Iterator[dict[str, Any]]:
    for found in rule.pattern.finditer(sentence):
        if not _is_unsure(sentence, found):
            yield from _fact(rule, found, told)


def _is_unsure(sentence: str, found: re.Match[str]) -> bool:
    """Whether what stands around a statement makes it another's, or none."""
    before, behind = sentence[: found.start()], sentence[found.end() :]
    return bool(_UNSURE.search(before) or _OTHERS.search(before) or _TAKEN_BACK.search(behind))


def _fact(rule: Rule, found: re.Match[str], told: _Told) -> Iterator[dict[str, Any]]:
    groups = {name: trimmed(text or "") for name, text in found.groupdict().items()}
    if all(groups[name] for name in rule.needs):
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
