"""Understands one question: who asks, about whom, and which words an answer should hold."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tertulia.models.offline.kinds import Kind, kind_of
from tertulia.models.offline.pronouns import OURS, YOURS, normal_for, normal_for_bot
from tertulia.models.offline.questions import without_lead_in
from tertulia.models.offline.sources import BOT, Reading, voice_of
from tertulia.models.offline.text import GENERIC_STEMS, plain, stems

_BOT_SAID = re.compile(
    r"\b(?:did|have) you (?:\w+ )?(?:say|said|tell|told|answer|mention)|\byou (?:just )?said\b|"
    r"\byour last (?:message|answer|reply|words?)\b|\b(?:que|me) dijiste\b"
)
_TO_YOU = re.compile(
    r"\b(?:told|tell|say|said|tells|mentioned) (?:to )?(?:you|me|us)\b|\bte dije\b|"
    r"\b(?:do|did|can) (?:you|u) (?:still |even )?(?:know|remember|recall)\b"
)
_CALLED_OUT = re.compile(r"^\W*[^\W\d_]+,\s+(?=\S+\s+\S)|,\s+[^\W\d_]+(?=\W*$)")


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it is understood.

    `subject` is the voice it is about, or None; `only` the voice whose words it wants. `normal` has
    the subject as "i". An answer should hold the stems in `specific`; those in `generic` weigh
    little.
    """

    text: str
    asker: str
    name: str | None
    subject: str | None
    only: str | None
    normal: str
    kind: Kind | None
    specific: frozenset[str]
    generic: frozenset[str]


def understand(text: str, name: str | None, reading: Reading) -> Question:
    """Read one question that the person called `name` asks."""
    full = plain(_CALLED_OUT.sub("", text) or text)
    proper = without_lead_in(full)
    asker = voice_of(name)
    only = BOT if _BOT_SAID.search(full) else None
    subject = None if only else _subject(_TO_YOU.sub(" ", proper), asker, reading)
    normal = _normal(full, subject, asker)
    held = stems(proper) - (stems(subject) if subject else frozenset[str]())
    return Question(
        text=text,
        asker=asker,
        name=name,
        subject=subject,
        only=only,
        normal=normal,
        kind=kind_of(normal) if subject else None,
        specific=held - GENERIC_STEMS,
        generic=held & GENERIC_STEMS,
    )


def _subject(words: str, asker: str, reading: Reading) -> str | None:
    found = set(words.split())
    if "i" in found:
        return asker
    for name in sorted(reading.names - {asker}):
        if re.search(rf"\b{re.escape(name)}s?\b", words):
            return name
    if found & OURS:
        return asker
    return BOT if found & YOURS else None


def _normal(words: str, subject: str | None, asker: str) -> str:
    if subject in (asker, None):
        return words
    return normal_for_bot(words) if subject == BOT else normal_for(words, subject or "")
