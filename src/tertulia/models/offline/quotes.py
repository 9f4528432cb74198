"""Says what was found: quotes a sentence with who said it, or says that nothing was found."""

from __future__ import annotations

from collections.abc import Sequence

from tertulia.models.offline.answers import best, introduction, overview
from tertulia.models.offline.asked import Question, understand
from tertulia.models.offline.phrases import NOTHING_FOUND, QUOTES, WHO_KNOWS, first_new, pick
from tertulia.models.offline.pronouns import YOURS, to_speaker
from tertulia.models.offline.sources import BOT, UNNAMED, Reading, Sentence
from tertulia.models.offline.text import clip

NAMED = 60
"""Characters of a name that are shown at most."""


def answer(text: str, name: str | None, reading: Reading, limit: int) -> str:
    """The answer to one question, with at most about `limit` characters quoted."""
    question = understand(text, name, reading)
    if question.only and reading.said and not question.specific | question.generic:
        return _last_reply(reading, limit)
    found = best(question, reading)
    if found is not None:
        return _quote(found, question, limit, reading.said)
    told = overview(question, reading)
    if told:
        return _quote_all(told, question, limit)
    return _without_quote(question, reading)


def _last_reply(reading: Reading, limit: int) -> str:
    rows = reading.said[-1].split("\n")
    last = next((row.strip() for row in reversed(rows) if row.strip()), "")
    return f'I said: "{clip(last, limit)}"'


def _without_quote(question: Question, reading: Reading) -> str:
    if question.kind is not None and question.kind.named is not None and not question.specific:
        if question.subject == BOT:
            return _who(question, reading)
        if question.name and question.subject == question.asker:
            return f"I see you here as {_short(question.name)}."
    return pick(NOTHING_FOUND, question.normal, reading.said)


def _who(question: Question, reading: Reading) -> str:
    persona = introduction(reading)
    if persona is None:
        return pick(WHO_KNOWS, question.normal, reading.said)
    return _quote(persona, question, 200, reading.said)


def _quote(found: Sentence, question: Question, limit: int, said: Sequence[str]) -> str:
    around = question.specific | question.generic
    if found.origin == "persona" and YOURS & set(found.plain.split()):
        return clip(to_speaker(found.text), limit, around)
    words = f'"{clip(found.text, limit, around)}"'
    name = _short(found.speaker)
    variants = QUOTES[_manner(found, question)]
    return first_new([variant.format(words, name=name) for variant in variants], said)


def _manner(found: Sentence, question: Question) -> str:
    if found.origin in ("bot", "persona"):
        return found.origin
    if found.origin == "memory":
        return _manner_of_memory(found, question)
    if found.voice == question.asker:
        return "you"
    return "somebody" if found.voice == UNNAMED else "other"


def _manner_of_memory(found: Sentence, question: Question) -> str:
    if found.voice is not None and found.voice == question.asker:
        return "memory of you"
    return "memory of other" if found.speaker else "memory"


def _quote_all(found: Sequence[Sentence], question: Question, limit: int) -> str:
    each = max(60, limit // len(found))
    quoted = [f'"{clip(sentence.text, each)}"' for sentence in found]
    listed = " and ".join(filter(None, (", ".join(quoted[:-1]), quoted[-1])))
    own = all(sentence.origin == "person" for sentence in found)
    if own and found[0].voice == question.asker:
        return f"You told me: {listed}"
    return f"{_short(found[0].speaker)} said: {listed}" if own else f"I remember: {listed}"


def _short(name: str | None) -> str:
    return clip(name or "", NAMED)
