"""What somebody asks for: its words, the kinds among them, who said it, and when."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from tertulia.memories.recall.vocabulary import FIRST, KINDS, MONTHS, STOP
from tertulia.values.words import WORD, words

MOST = 32
"""Words of one question that are looked for: of a long message the longest, which are rare."""

MOST_KINDS = 8
"""Kinds that are looked for: the first ones. A long message names many and asks for none."""

MOST_NAMED = 12
"""In a larger company names are looked for as words: nicknames may be any word."""

READ = 10_000
"""Letters that are read of a long message's beginning, and of its end."""

_WHEN = re.compile(
    r"\b(when|how long|how many (days|weeks|months|years)|"
    r"(what|which) (date|day|week|month|year|time|season)|"
    r"cuándo|cuando|quando|quand|wann|wanneer|когда|qué día|quel jour)\b"
    r"|什么时候|何时|几号|いつ|언제",
    re.IGNORECASE,
)
_DAY = re.compile(r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|er|º|\.)?(?!\d)")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d\d)-(\d\d)(?!\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """The date that a question names, as far as it does."""

    year: int | None = None
    month: int | None = None
    day: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a question looks for; it has no words where it is about nothing in particular."""

    words: tuple[str, ...]
    kinds: tuple[tuple[str, ...], ...]
    speaker: str | None
    when: bool
    dates: Dates


def read_question(text: str, names: Collection[str] = (), asker: str | None = None) -> Question:
    """What `text`, asked by `asker`, looks for; `names` are those of the people who talked."""
    if len(text) > 2 * READ:
        text = f"{text[:READ]} {text[-READ:]}"
    said = _words_of(text)
    dates = _dates(text.lower())
    when = _WHEN.search(text) is not None
    few = len(names) <= MOST_NAMED
    parts = {part for name in names for part in _words_of(name)} if few else set[str]()
    topic = tuple(word for word in said if word not in STOP and word not in parts)
    if dates.month is not None:
        topic = tuple(word for word in topic if word not in MONTHS and not word.isdigit())
    if not topic and (when or dates != Dates() or not parts.isdisjoint(said)):
        topic = tuple(said)  # `what did Ann do on 3 June?` is about her and that day
    kinds = (KINDS.get(word) or KINDS.get(_one(word)) for word in said if word not in parts)
    return Question(
        words=_rarest(topic),
        kinds=tuple(dict.fromkeys(kind for kind in kinds if kind))[:MOST_KINDS],
        speaker=_speaker(said, names) or (asker if not FIRST.isdisjoint(said) else None),
        when=when,
        dates=dates,
    )


def _rarest(topic: tuple[str, ...]) -> tuple[str, ...]:
    if len(topic) <= MOST:
        return topic
    return tuple(sorted(topic, key=len, reverse=True)[:MOST])


def _words_of(text: str) -> list[str]:
    """The different words of a question or name, in order."""
    return list(dict.fromkeys(WORD.findall(words(text, whole=False).lower())))


def _one(word: str) -> str:
    """An English plural's singular, roughly: `hobbies`, `dishes`, `pets`."""
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("shes", "ches", "sses", "xes")) else word.removesuffix("s")


def _speaker(said: Collection[str], names: Collection[str]) -> str | None:
    """The one person whom a question names; none where it names several or nobody."""
    named = [name for name in names if not set(_words_of(name)).isdisjoint(said)]
    return named[0] if len(named) == 1 else None


def _dates(text: str) -> Dates:
    """The date in a question, as in `on 3 June, 2023`, `in May`, `2023-06-03`."""
    if iso := _ISO.search(text):
        return Dates(year=int(iso[1]), month=int(iso[2]), day=int(iso[3]))
    found = _YEAR.search(text)
    year = int(found[0]) if found else None
    for name in re.finditer(r"[^\W\d_]+", text):
        month = MONTHS.get(name[0])
        day = _DAY.search(text[max(0, name.start() - 6) : name.end() + 4]) if month else None
        if month and (day or year or _meant(text[: name.start()], name[0])):
            return Dates(year=year, month=month, day=int(day[1]) if day else None)
    return Dates(year=year)


def _meant(before: str, name: str) -> bool:
    """Whether a month's name stands for the month: `may` and `march` are verbs as well."""
    return name not in {"may", "march"} or f" {before}".endswith(
        (" in ", " of ", " last ", " since ")
    )
