"""Words as often as people say them: what the benches let people say."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence

from tertulia.memories.recall.vocabulary import KINDS, STOP

SIZE = 50_000
FUNCTION = 100
"""The words said most, which a question drops."""

STEEPNESS = 2.7
"""Zipf and Mandelbrot: the word of rank n is said 1 / (n + 2.7) as often as the first."""

FRAMES = (
    "what did we say about {}?",
    "when was it that {}?",
    "do you remember {}?",
    "what food was it with {}?",
    "where did I go with {}?",
    "which hobby has to do with {}?",
)


class Language:
    """First function words, then everyday words among many rare ones."""

    def __init__(self) -> None:
        texts = random.Random(11)
        everyday = sorted({member for members in KINDS.values() for member in members})
        texts.shuffle(everyday)
        rare = _made_up(texts)
        words = dict.fromkeys(sorted(word for word in STOP if word.isascii())[:FUNCTION])
        for word in everyday:
            words.update(dict.fromkeys((word, next(rare), next(rare))))
        while len(words) < SIZE:
            words[next(rare)] = None
        self._words = list(words)
        often = (1 / (rank + STEEPNESS) for rank in range(1, len(self._words) + 1))
        self._often = list(itertools.accumulate(often))

    def say(self, texts: random.Random, count: int) -> str:
        """So many words in a row."""
        return " ".join(texts.choices(self._words, cum_weights=self._often, k=count))


def _made_up(texts: random.Random) -> Iterator[str]:
    pieces = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]
    while True:
        yield "".join(texts.choices(pieces, k=texts.choice((2, 3, 3, 4))))


def questions(texts: random.Random, said: Sequence[str]) -> Iterator[str]:
    """Each asks with three to seven words of something that was said."""
    while True:
        words = texts.choice(said).rstrip(".?").split()
        some = texts.sample(words, min(len(words), texts.randint(3, 7)))
        yield texts.choice(FRAMES).format(" ".join(some))
