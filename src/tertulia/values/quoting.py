"""Whether a text gives away what another said, and whether others say it still."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

LONG, RUN = 8, 3
"""Letters that make a word tell-tale by itself; words in a row that do so together."""

# Where words are written without blanks (Thai to Myanmar, kana, Han), each sign counts as a word.
_WORD = re.compile(
    r"[\u0e00-\u109f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]"
    r"|(?:(?![\u0e00-\u109f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff])[^\W_])+"
    r"(?:['\u2019][^\W_]+)*"
)
_END = re.compile(r"[.!?:\u2026\u3002\n]")
_APOSTROPHE = re.compile(r"['\u2019]")

_PLAIN = frozenset(
    re.findall(
        r"\w+",
        """a am an and are as at be been by called did do does for from had has have he her hers him
        his i in is it its me my name named of on or our she so that the their them they this to us
        was we were who will with you your""",
    )
)
"""Words that say nothing of anybody."""

_ENDINGS = re.compile(r"(?:ing|ed|es|s|e)$")


def traces(texts: Iterable[str]) -> frozenset[str]:
    """What gives these texts away where it is read again.

    Each word of eight letters, with a digit, or with a capital where a small letter would do; and
    each run of three words.
    """
    found: set[str] = set()
    for text in texts:
        found.update(word for word, telling in _words(text) if telling)
        found.update(_runs(text))
    return frozenset(found)


def gives_away(said: str, marks: frozenset[str]) -> bool:
    """Whether `said` has any of the `traces` of a text; capitals do not matter any more."""
    return any(word in marks for word, _ in _words(said)) or any(
        run in marks for run in _runs(said)
    )


def repeats(said: str, forgotten: str) -> bool:
    """Whether `said` has a tell-tale word of `forgotten`, or three of its words in a row."""
    return gives_away(said, traces([forgotten]))


def still_says(statement: str, sources: Iterable[str]) -> bool:
    """Whether every word with a meaning in `statement` also occurs in `sources`.

    A word's ending does not matter: "lives" is found in "I live in Lima".
    """
    stems = {_stem(word) for source in sources for word, _ in _words(source)}
    meant = {_stem(word) for word, _ in _words(statement) if word not in _PLAIN}
    return bool(meant) and meant <= stems


def _words(text: str) -> Iterator[tuple[str, bool]]:
    """Each word in small letters, and whether it is tell-tale."""
    text = unicodedata.normalize("NFKC", text)
    end = 0
    for found in _WORD.finditer(text):
        word = found[0]
        opens = end == 0 or _END.search(text, end, found.start()) is not None
        end = found.end()
        yield word.casefold(), _telling(word, opens=opens)


def _telling(word: str, *, opens: bool) -> bool:
    first = _APOSTROPHE.split(word)[0]
    if len(first) < 2:
        return False  # "I" and "I'm" have their capital everywhere
    small = word[1:] if opens else word
    return len(word) >= LONG or small != small.lower() or any(map(str.isdigit, word))


def _runs(text: str) -> Iterator[str]:
    words = [word for word, _ in _words(text)]
    return (" ".join(words[at : at + RUN]) for at in range(len(words) - RUN + 1))


def _stem(word: str) -> str:
    word = _APOSTROPHE.split(word)[0]
    return _ENDINGS.sub("", word) or word
