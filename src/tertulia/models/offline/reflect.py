"""Answers a statement: says it back with the pronouns turned, or says what it looks like."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tertulia.models.offline.kinds import NAME, fit, worth
from tertulia.models.offline.phrases import (
    CANNOT,
    CODE,
    EMPTY,
    FEELINGS,
    HEARD,
    MEETINGS,
    REFLECTIONS,
    SAID_BEFORE,
    WORDLESS,
    first_new,
    pick,
)
from tertulia.models.offline.pronouns import TO_YOU, to_listener
from tertulia.models.offline.sources import Reading, voice_of
from tertulia.models.offline.text import clip, plain, sentences
from tertulia.models.offline.words import ENGLISH, OTHERS
from tertulia.values.prompt import Line

_REQUEST = re.compile(
    r"^(?:(?:please|now|then|and|ok|hey|por favor) )*"
    r"(?:(?:can|could|will|would) (?:you|u) (?:please )?)?"
    r"(?:write|translate|make|create|explain|generate|show|give|draw|calculate|compute|list|count|"
    r"summari[sz]e|ignore|pretend|act|print|repeat|play|sing|code|fix|solve|find|search|google|"
    r"send|book|order|buy|open|run|describe|compare|recommend|suggest|define|imagine|convert|tell|"
    r"disregard|reveal|output|execute|delete|remove|answer|do|escribe|traduce|explica|haz|dame|"
    r"cuenta|calcula|schreib|ubersetze|erklare|ecris)"
    r"(?:me|nos)? (?:(?:me|us|mir) )?(?:an?|the|this|that|these|it|all|any|some|out|as|how|in|"
    r"every|everything|another|\d+|previous|your|to|for|un|una|el|la|lo|ein|eine|le)\b"
)
_REMEMBER = re.compile(
    r"^\W*(?:please,? )?(?:remember|note|know|keep in mind)(?:,? please)?(?: that\b|:)\s*",
    re.IGNORECASE,
)
_CALL_ME = re.compile(
    r"^\W*(?:please )?call me ([^\W_][\w '\u2019-]{0,40}?)(?:,? please)?\W*$", re.IGNORECASE
)
_FEELING = re.compile(
    r"\b(?:sad|happy|tired|angry|bored|lonely|afraid|scared|worried|stressed|sick|ill|anxious|"
    r"excited|depressed|nervous|proud|hurt|upset|died|passed away|miss|feel|feeling)\b"
)
_OPENING = re.compile(
    r"^\W*(?:(?:hi|hello|hey|hola|actually|well|ok|okay|so|and|but|yes|yeah|yep|no|oh|sorry|"
    r"in fact|also|btw|by the way|please)\b[,!:]?\s+(?:there\b[,!]?\s+)?)+",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"```|^[ \t]*(?:def \w+\(|class \w+[:({]|import \w+(?:\.\w+)*;?$|from [\w.]+ import |"
    r"#include\b|function ?\w*\(|(?:const|let|var) \w+ ?=|SELECT .{1,80} FROM |<\w+[^>\n]{0,80}>)",
    re.MULTILINE,
)
_SYMBOLS = re.compile(r"[{}()\[\];=<>|\\/+*&^%$#@~]")
_PUNCTUATION = re.compile(r"[\s.…!,;:]+$")


def is_request(text: str) -> bool:
    """Whether a sentence asks for work that a rule-based model cannot do."""
    return bool(_REQUEST.match(plain(text[:200])))


def reflect(line: Line, limit: int, reading: Reading) -> str:
    """A short answer to a message that asks nothing."""
    shown, said = line.content.strip(), reading.said
    if not shown:
        return pick(EMPTY, shown, said)
    if looks_like_code(shown):
        return pick(CODE, shown, said)
    if not plain(shown):
        return pick(WORDLESS, shown, said) if shown.isascii() else _heard(shown, limit, said)
    main = max(sentences(shown), key=lambda sentence: worth(plain(sentence), sentence))
    if is_request(main):
        return pick(CANNOT, main, said)
    if (voice_of(line.name), plain(main)) in reading.told_before:
        return first_new([v.format(f'"{clip(main, limit)}"') for v in SAID_BEFORE], said)
    return _say_back(main, limit, said)


def looks_like_code(text: str) -> bool:
    """Whether a text is rather a program than speech."""
    text = text[:4000]
    return bool(_CODE.search(text)) or len(_SYMBOLS.findall(text)) > 6 + len(text) // 12


def _say_back(main: str, limit: int, said: Sequence[str]) -> str:
    called = _CALL_ME.match(main)
    if called:
        return f"Then I call you {called[1]}."
    stated = _OPENING.sub("", _REMEMBER.sub("", main)) or main
    words = plain(stated)
    if not _speaks_english_of_self(words):
        return _heard(stated, limit, said)
    turned = clip(to_listener(_PUNCTUATION.sub("", stated)), limit)
    turned = turned[0].upper() + turned[1:]
    variants: Sequence[str] = REFLECTIONS
    if fit(NAME, words, stated) >= 2:
        variants = MEETINGS
    elif _FEELING.search(words):
        variants = FEELINGS
    if not turned.startswith("You"):
        variants = [variant for variant in variants if "{lower}" not in variant]
    return pick([_fill(variant, turned) for variant in variants], words, said)


def _fill(variant: str, turned: str) -> str:
    end = "" if turned.endswith("…") else "."
    return variant.format(turned, end=end, lower=turned[0].lower() + turned[1:])


def _heard(text: str, limit: int, said: Sequence[str]) -> str:
    words = clip(" ".join(text[: limit * 2].split()), limit)
    return pick([variant.format(f'"{words}"') for variant in HEARD], text, said)


def _speaks_english_of_self(words: str) -> bool:
    held = words.split()
    english = sum(word in ENGLISH for word in held)
    foreign = sum(word in OTHERS - ENGLISH for word in held)
    return english > foreign and any(word in TO_YOU for word in held)
