"""Reads a prompt: which sentences it holds, who said each, and what waits for an answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

from tertulia.models.offline.questions import is_question
from tertulia.models.offline.text import plain, sentences, stems
from tertulia.values.prompt import Line, Prompt

Origin = Literal["person", "bot", "persona", "memory"]

BOT: Final = "<bot>"
UNNAMED: Final = "<person>"

_OWN_WORDS = re.compile(
    r"^(?:[^:\n]{1,60}: )?(?:You (?:told me|said|say)|As (?:you|I|[^:]{1,60}) (?:told|said)|"
    r"I (?:still )?(?:remember|said|read|have read|answered|see|was told|can only|find|cannot)|"
    r"That (?:was not|takes|looks)|[^:\n]{1,60} (?:said|told me): \"|What I was told|"
    r"Nothing in what|Noted|So |Hello|No person|I am Tertulia's offline model|Tertulia's offline)"
)
"""How a row of this model's own begins that tells nothing new: it is no source."""

_HEADING = re.compile(
    r"^\s*(?:#{1,6}\s*(?P<a>.+)|</?(?P<b>[a-z _-]{3,40})>|(?P<c>[^.:]{2,90}):)\s*$"
)
_INLINE = re.compile(
    r"^\W*(?P<head>(?:the |a |your |running )?(?:summary|earlier|facts|memor(?:y|ies)|known|notes|"
    r"recalled|until then|before that|previous\w*|"
    r"what (?:you|i|is|was|we)\b)[^.:\n]{0,80}):[ \t]*(?P<rest>\S.*)$",
    re.IGNORECASE,
)
_MEMORY = re.compile(
    r"summar|memor|remember|recall|earlier|\bfacts?\b|\bknow[ns]?\b|previous|so far|conversation|"
    r"\btold\b|\bnotes?\b|\bsaid\b|about the (?:user|person)",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"^\s*(?:[-*•]\s)?(?:[\[(][^\])\n]{1,40}[\])]\s?|\d{4}-\d\d-\d\d[\d T.:-]{0,16}\s)?"
    r"(?P<name>[^\W\d_][\w .'\u2019-]{0,30}?)(?: ?[\[(][^\])\n]{1,40}[\])])?:\s+(?P<text>\S.*)$"
)
_QUOTED = re.compile(r"^(?P<name>[^\":]{1,60}) said: \"(?P<text>.+)\"$")
_CAPTION = re.compile(r"^\[([^\[\]\n]{1,100})\]$")
_FACT = re.compile(r'^- "(?P<said>[^"]+)" \((?P<how>said|written) (?P<day>\d{4}-\d\d-\d\d)\)$')
"""A fact of a memory, under the caption that names its subject."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,3}[.)])\s+")
_OURS = re.compile(r"\b(?:i|im|my|me|ive|ill|we|our|mi|yo|soy|vivo|tengo|ich|je)\b")
PEOPLE: Final = frozenset(("user", "you", "person", "human", "participant", "the user"))
MACHINES: Final = frozenset(("assistant", "bot", "ai", "model", "me", "i"))


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of the prompt: `voice` is who its "I" means, `order` its place in time.

    `speaker` is the name of who said it; for what the bot said, of the person that it answered.
    `fact` is "said" or "written" for a fact, which names its subject even where that person has no
    name; `told` its stems without the subject. `day` is when a memory says that it was said.
    `waits`: it stands in a message that is not answered yet.
    """

    text: str
    origin: Origin
    voice: str | None
    speaker: str | None
    order: int
    plain: str
    stems: frozenset[str]
    fact: str = ""
    told: frozenset[str] = frozenset()
    day: str = ""
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What the model makes of a prompt: its statements, what it said before, and what waits.

    `told_before` holds who said what (plain) before the messages that wait.
    """

    statements: tuple[Sentence, ...]
    said: tuple[str, ...]
    waiting: tuple[Line, ...]
    names: frozenset[str]
    told_before: frozenset[tuple[str | None, str]]


def voice_of(name: str | None) -> str:
    """Whom a line's "I" means."""
    return plain(name or "") or UNNAMED


def read(prompt: Prompt) -> Reading:
    """Take a prompt apart; the questions in it are left out of the statements."""
    names = frozenset(voice_of(line.name) for line in prompt.lines if line.role == "user")
    names -= {UNNAMED}
    answered = max((i for i, x in enumerate(prompt.lines) if x.role == "assistant"), default=-1)
    found: list[Sentence] = []
    before: set[tuple[str | None, str]] = set()
    listener: str | None = None
    for position, line in enumerate(prompt.lines):
        listener = line.name if line.role == "user" else listener
        for piece in _of_line(line, position, names, listener):
            if piece.plain and not is_question(piece.text):
                waits = piece.origin == "person" and position > answered
                found.append(replace(_ordered(piece, len(found)), waits=waits))
                if position < answered:
                    before.add((piece.voice, piece.plain))
    return Reading(
        statements=tuple(found),
        said=tuple(line.content for line in prompt.lines if line.role == "assistant"),
        waiting=tuple(x for x in prompt.lines[answered + 1 :] if x.role == "user"),
        names=names,
        told_before=frozenset(before),
    )


def _ordered(sentence: Sentence, order: int) -> Sentence:
    """A memory tells of the past: it counts as older than anything in the window."""
    return replace(sentence, order=order + (0 if sentence.origin == "memory" else 1_000_000))


def _sentence(text: str, origin: Origin, voice: str | None, speaker: str | None) -> Sentence:
    words = plain(text)
    return Sentence(text, origin, voice, speaker, 0, words, stems(words))


def _of_line(
    line: Line, position: int, names: frozenset[str], listener: str | None
) -> Iterator[Sentence]:
    if line.role == "system":
        yield from _of_system(line.content, names, in_memory=position > 0)
    elif line.role == "user":
        voice = voice_of(line.name)
        yield from (_sentence(text, "person", voice, line.name) for text in sentences(line.content))
    else:
        rows = (row for row in line.content.splitlines() if not _OWN_WORDS.match(row))
        for row in rows:
            yield from (_sentence(text, "bot", BOT, listener) for text in sentences(row))


def _of_system(content: str, names: frozenset[str], *, in_memory: bool) -> Iterator[Sentence]:
    caption = ""
    for row in content.splitlines():
        heading, rest = heading_of(row)
        if heading:
            in_memory = bool(_MEMORY.search(heading))
        if not in_memory:
            yield from (_sentence(text, "persona", None, None) for text in sentences(rest))
        elif captioned := _CAPTION.match(row):
            caption = captioned[1]
        elif fact := _FACT.match(row):
            yield _of_fact(caption, fact)
        else:
            day = caption if _DAY.fullmatch(caption) else ""
            yield from (replace(piece, day=day) for piece in _of_memory(rest, names))


def _of_fact(caption: str, fact: re.Match[str]) -> Sentence:
    told = stems(plain(fact["said"]))
    whole = _remembered(f"{caption} {fact['said']}", None)
    return replace(whole, fact=fact["how"], told=told, day=fact["day"])


def _of_memory(row: str, names: frozenset[str]) -> Iterator[Sentence]:
    label = speaker_of(row, names)
    if label is not None:
        yield from (_remembered(text, label[0]) for text in sentences(label[1]))
        return
    for text in sentences(_BULLET.sub("", row)):
        quoted = _QUOTED.match(text)
        yield _remembered(quoted["text"], quoted["name"]) if quoted else _remembered(text, None)


def _remembered(text: str, name: str | None) -> Sentence:
    """A sentence of a memory: said by `name`, or told of somebody where that is None."""
    if name is None:
        return _sentence(text, "memory", None, None)
    word = plain(name)
    voice = BOT if word in MACHINES else UNNAMED if word in PEOPLE else word
    return _sentence(text, "memory", voice, None if word in PEOPLE | MACHINES else name)


def heading_of(row: str) -> tuple[str, str]:
    """The heading that a row is or begins with ("" where it has none), and the rest of the row."""
    heading = _HEADING.match(row)
    if heading:
        return heading.group(heading.lastgroup or 0), ""
    inline = _INLINE.match(row)
    return (inline["head"], inline["rest"]) if inline else ("", row)


def label_of(row: str) -> tuple[str, str] | None:
    """The name and the words of a row such as "Ana (2026-05-01): I live in Lima."."""
    label = _LABEL.match(row)
    if label is None or label["name"].endswith(" said"):
        return None
    return label["name"], label["text"]


def speaker_of(row: str, names: frozenset[str]) -> tuple[str, str] | None:
    """Who said what, in a row of a memory; None where its label may be no person's name."""
    label = label_of(row)
    if not label:
        return None
    name, said = plain(label[0]), plain(label[1])
    known = name in names or name in PEOPLE or name in MACHINES
    return label if known or _OURS.search(said) else None
