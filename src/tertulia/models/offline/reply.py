"""The reply to a prompt: every message that waits is answered, questions before statements."""

from __future__ import annotations

from dataclasses import replace

from tertulia.models.offline.phrases import INTRODUCTION
from tertulia.models.offline.questions import is_question
from tertulia.models.offline.quotes import NAMED, answer
from tertulia.models.offline.reflect import is_request, looks_like_code, reflect
from tertulia.models.offline.small_talk import small_talk
from tertulia.models.offline.sources import Reading, read, voice_of
from tertulia.models.offline.text import clip, plain, sentences
from tertulia.values.prompt import Line, Prompt

QUOTED = 240
"""Characters that one answer quotes at most, where it stands alone."""
AT_ONCE = 8
"""Messages that one reply answers at most; that there were more is told."""


def reply_to(prompt: Prompt) -> str:
    """The whole reply, with the introduction where nothing was said by the bot before."""
    if prompt.begun is not None:
        return _rest(prompt, prompt.begun)
    reading = read(prompt)
    waiting = reading.waiting or (Line(role="user", content=""),)
    body = _answer_all(waiting, reading)
    return body if reading.said else f"{INTRODUCTION}\n\n{body}"


def _rest(prompt: Prompt, begun: str) -> str:
    """What is left to say of a reply that was cut; nothing where it would be another one now."""
    asked = replace(prompt, lines=prompt.lines[:-2], begun=None)
    whole = reply_to(asked)
    return whole.removeprefix(begun) if whole.startswith(begun) else ""


def _answer_all(waiting: tuple[Line, ...], reading: Reading) -> str:
    chosen = _chosen(waiting)
    limit = max(60, QUOTED // len(chosen))
    named = len({voice_of(line.name) for line in chosen}) > 1
    answers: list[str] = []
    for line in chosen:
        text = _answer_one(line, reading, limit)
        answers.append(f"{clip(line.name, NAMED)}: {text}" if named and line.name else text)
    if len(waiting) > len(chosen):
        answers.append(f"(I have read the other {len(waiting) - len(chosen)} messages as well.)")
    return "\n\n".join(dict.fromkeys(answers))


def _chosen(waiting: tuple[Line, ...]) -> list[Line]:
    """All, or of many those that ask something before those that tell, the newest first."""
    ranked = sorted(enumerate(waiting), key=lambda entry: (not _asks(entry[1]), -entry[0]))
    return [line for _, line in sorted(ranked[:AT_ONCE], key=lambda entry: entry[0])]


def _asks(line: Line) -> bool:
    return any(map(is_question, sentences(line.content)))


def _answer_one(line: Line, reading: Reading, limit: int) -> str:
    pieces = sentences(line.content)
    talk = small_talk(plain(line.content[:200]), reading.said)
    if talk and len(line.content) <= 200:
        return talk
    asked = [] if looks_like_code(line.content) else [p for p in pieces if is_question(p)]
    asked = [piece for piece in asked if not is_request(piece)]
    if not asked:
        return reflect(line, limit, reading)
    asked = asked[-3:]
    each = max(60, limit // len(asked))
    answers = (
        small_talk(plain(piece), reading.said) or answer(piece, line.name, reading, each)
        for piece in asked
    )
    return " ".join(dict.fromkeys(answers))
