"""The passage of a long message that fits a question best."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from tertulia.ports.tokenizer import Tokenizer
from tertulia.values.words import WORD, words

MARK = "[…]"
STEM = 5
"""Letters by which words are compared: enough to join the forms of one word."""

_SENTENCE = re.compile(r"(?<=[.!?。！？])\s+|(?<=[。！？])")  # noqa: RUF001 - full width


def excerpt(tokenizer: Tokenizer, text: str, asked: Collection[str], tokens: int) -> str:
    """At most about `tokens` of `text` around the sentence with most of the words `asked`."""
    sentences = _SENTENCE.split(text)
    stems = {word[:STEM] for word in asked}
    best = max(range(len(sentences)), key=lambda at: (_held(sentences[at], stems), -at))
    first = last = best
    room = tokens - tokenizer.count(sentences[best])
    while room > 0 and (first > 0 or last < len(sentences) - 1):
        first, last, taken = _grow(sentences, first, last)
        room -= tokenizer.count(taken)
    kept = tokenizer.head(" ".join(sentences[first : last + 1]), tokens)
    before, after = first > 0, last < len(sentences) - 1 or not text.endswith(kept)
    return " ".join(part for part in (MARK * before, kept.strip(), MARK * after) if part)


def _grow(sentences: Sequence[str], first: int, last: int) -> tuple[int, int, str]:
    """One sentence more: what comes after, where something does, else what was before."""
    if last < len(sentences) - 1:
        return first, last + 1, sentences[last + 1]
    return first - 1, last, sentences[first - 1]


def _held(sentence: str, stems: Collection[str]) -> int:
    return len({word[:STEM] for word in WORD.findall(words(sentence).lower())} & set(stems))
