"""Summarises a talk by its most telling statements, put in the third person where that is easy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tertulia.models.offline.kinds import worth
from tertulia.models.offline.questions import is_question
from tertulia.models.offline.reflect import is_request, looks_like_code
from tertulia.models.offline.small_talk import small_talk
from tertulia.models.offline.sources import MACHINES, PEOPLE, heading_of, label_of, read
from tertulia.models.offline.text import clip, plain, sentences, stems
from tertulia.models.offline.words import ENGLISH, OTHERS, table
from tertulia.values.prompt import Prompt

WORDS: Final = 120
"""The longest summary, in words."""
NOTHING: Final = "Little was said."

_INSTRUCTION = re.compile(
    r"^\W*(?:please )?(?:summari[sz]e|condense|write|keep|update|extend|merge|shorten|do not|"
    r"here (?:is|are)|below|the (?:talk|conversation|following)|reply|answer|use|return|"
    r"in at most)\b",
    re.IGNORECASE,
)
_MODALS = table("""
    can could will would shall should may might must did had used ought cannot can't
    couldn't won't wouldn't shouldn't mustn't didn't hadn't put cut let hurt read
""")
_ADVERBS = table("""
    really also just still truly always never often usually now currently recently only
    already sometimes absolutely probably simply actually even once then
""")
_PAST = table("""
    went came saw said told met had got took gave made lost found felt taught grew drove won
    broke ate drank bought wrote ran thought knew was left began became brought built caught
    chose fell flew forgot heard held kept led meant paid sang sent slept sold spent spoke
    stood swam threw understood woke wore
""")
_IRREGULAR = {
    "am": "is", "was": "was", "have": "has", "do": "does", "don't": "doesn't", "go": "goes",
    "haven't": "hasn't", "wasn't": "wasn't",
}  # fmt: skip
_CONTRACTED = {
    "i'm": "am",
    "im": "am",
    "i've": "have",
    "ive": "have",
    "i'll": "will",
    "i'd": "would",
}
_THEIRS = {
    "me": "them", "my": "their", "mine": "theirs", "myself": "themselves",
}  # fmt: skip
_TOKEN = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")
_OURS = table("i i'm im i've ive i'll i'd me my mine myself")


_BOT_NAME = re.compile(r"\b[Yy]ou are ([A-ZÀ-ÖØ-Þ][\w'\u2019-]*)")


@dataclass(frozen=True, slots=True)
class _Told:
    """One statement, by a person or (where `name` is None) of an earlier summary."""

    name: str | None
    text: str
    score: float


def condense(prompt: Prompt) -> str:
    """The summary that the prompt asks for, in at most about `WORDS` words."""
    told = [*_earlier(prompt), *_talk(prompt)]
    told.sort(key=lambda entry: -entry.score)
    room = WORDS
    kept: list[str] = []
    seen: set[frozenset[str]] = set()
    for entry in told:
        text = clip(_third_person(entry), 200)
        words, about = len(text.split()), stems(plain(text))
        if words <= room and about not in seen:
            kept.append(text)
            seen.add(about)
            room -= words
    return " ".join(kept) or NOTHING


def _earlier(prompt: Prompt) -> Iterator[_Told]:
    """What an earlier summary told, where it stands in a line of its own."""
    for sentence in read(prompt).statements:
        if sentence.origin == "memory":
            yield from _told(None, sentence.text)


def _talk(prompt: Prompt) -> Iterator[_Told]:
    """The statements of people in the last user line; what stands before any name is kept too."""
    content = next((x.content for x in reversed(prompt.lines) if x.role == "user"), "")
    bots = {
        plain(n) for x in prompt.lines if x.role == "system" for n in _BOT_NAME.findall(x.content)
    }
    name: str | None = None
    for row in content.splitlines():
        heading, rest = heading_of(row)
        label = None if heading else label_of(row)
        if heading:
            name = None
        elif label:
            name, rest = label
        if plain(name or "") not in MACHINES | bots:
            yield from _told(name, rest)


def _told(name: str | None, text: str) -> Iterator[_Told]:
    for sentence in sentences(text):
        if _is_telling(sentence):
            bonus = 3.0 if name is None else 0.0
            yield _Told(name, sentence, worth(plain(sentence), sentence) + bonus)


def _is_telling(sentence: str) -> bool:
    words = plain(sentence)
    if len(words) < 4 or _INSTRUCTION.match(sentence) or is_question(sentence):
        return False
    return not (is_request(sentence) or looks_like_code(sentence) or small_talk(words, ()))


def _third_person(told: _Told) -> str:
    if told.name is None:
        return told.text
    name = "The user" if plain(told.name) in PEOPLE else told.name
    words = [word.lower().replace("\u2019", "'") for word in _TOKEN.findall(told.text)]
    own = next((word for word in words if word in _OURS), "")
    english = sum(word in ENGLISH for word in words)
    foreign = sum(word in OTHERS - ENGLISH for word in words)
    if (own[:1] == "i" or own == "my") and english > foreign:
        return _closed(_retold(told.text, name))
    return f'{name} said: "{clip(told.text, 160)}"'


def _closed(text: str) -> str:
    return text if text.endswith((".", "!", "…")) else f"{text}."


def _retold(text: str, name: str) -> str:
    """A statement of "I" as one about `name`: "I live in my house" → "Ana lives in their house"."""
    subject = name
    before = ""

    def turn(token: re.Match[str]) -> str:
        nonlocal subject, before
        word = token.group().lower().replace("\u2019", "'")
        verb, before = before, word if word == "i" else before if word in _ADVERBS else ""
        if word in _OURS:
            before, who, subject = (subject if word == "i" else ""), subject, "they"
            return _person(word, who)
        if verb and word not in _ADVERBS:
            return _conjugated(word, token.group(), plural=verb == "they")
        return token.group()

    return _TOKEN.sub(turn, text)


def _person(word: str, who: str) -> str:
    """A word of "I", said of `who`, which is a name or "they"."""
    if word == "i":
        return who
    if word in _CONTRACTED:
        verb = _CONTRACTED[word]
        return f"{who} {_conjugated(verb, verb, plural=who == 'they')}"
    if word == "my" and who != "they":
        return f"{who}'s"
    return _THEIRS.get(word, word)


def _conjugated(word: str, spelt: str, *, plural: bool) -> str:
    if plural:
        return {"am": "are", "was": "were", "wasn't": "weren't"}.get(word, spelt)
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word in _MODALS | _PAST or word.endswith("ed"):
        return spelt
    if word.endswith(("s", "sh", "ch", "x", "z", "o")):
        return f"{spelt}es"
    if word.endswith("y") and word[-2:-1] not in ("a", "e", "o", "u"):
        return f"{spelt[:-1]}ies"
    return f"{spelt}s"
