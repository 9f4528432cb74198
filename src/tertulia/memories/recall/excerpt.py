"""The passage of a long message that fits a question best."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from tertulia.ports.tokenizer import Tokenizer
from tertulia.values.words import IRREGULAR

MARK = "[…]"

LONGEST = 240
"""Letters of a piece at most: a text without full stops is cut between words, or anywhere."""

READ = 50_000
"""Letters of a message that are looked at."""

_STEM = 5
"""Letters by which words are compared: enough to join the forms of one word."""

_SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])")  # noqa: RUF001 - full width


def excerpt(tokenizer: Tokenizer, text: str, asked: Collection[str], tokens: int) -> str:
    """At most `tokens` of `text`, around the sentence with most of the words `asked`."""
    pieces = _pieces(text[:READ]) or [""]
    stems = _stems(asked)
    best = max(range(len(pieces)), key=lambda at: (_held(pieces[at], stems), -at))
    first = best
    room = tokens - 2 * tokenizer.count(f" {MARK} ")
    left = room - tokenizer.count(pieces[best])
    last, left = _grown(tokenizer, pieces, range(best + 1, len(pieces)), best, left)
    first, _ = _grown(tokenizer, pieces, range(best - 1, -1, -1), best, left)
    passage = "".join(pieces[first : last + 1]).strip()
    kept = tokenizer.head(passage, max(1, room)).strip() or passage[:1]
    after = last < len(pieces) - 1 or len(text) > READ or len(kept) < len(passage)
    return " ".join(part for part in (MARK * (first > 0), kept, MARK * after) if part)


def _pieces(text: str) -> list[str]:
    """The sentences, a long one in several pieces; together they are the text."""
    ends = [found.end() for found in _SENTENCE.finditer(text)]
    found: list[str] = []
    for start, end in zip([0, *ends], [*ends, len(text)], strict=True):
        at = start
        while end - at > LONGEST:
            space = text.rfind(" ", at + LONGEST // 2, at + LONGEST)
            cut = space + 1 if space >= 0 else at + LONGEST
            found.append(text[at:cut])
            at = cut
        if end > at:
            found.append(text[at:end])
    return found


def _grown(
    tokenizer: Tokenizer, pieces: Sequence[str], steps: range, end: int, room: int
) -> tuple[int, int]:
    """How far a passage reaches in one direction within `room`, and what is left of that."""
    for at in steps:
        tokens = tokenizer.count(pieces[at])
        if tokens > room:
            break
        end, room = at, room - tokens
    return end, room


def _stems(asked: Collection[str]) -> re.Pattern[str] | None:
    """The beginnings of the words, and of their irregular forms."""
    forms = [form for form, plain in IRREGULAR.items() if plain in asked]
    stems = {word[:_STEM] for word in (*asked, *forms)}
    found = "|".join(re.escape(stem) for stem in sorted(stems, key=len, reverse=True))
    return re.compile(rf"(?<![a-z0-9])(?:{found})", re.IGNORECASE) if stems else None


def _held(piece: str, stems: re.Pattern[str] | None) -> int:
    """How many of the words a piece holds."""
    return len({found.lower() for found in stems.findall(piece)}) if stems else 0
