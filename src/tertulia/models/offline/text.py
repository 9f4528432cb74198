"""Takes text apart: sentences, plain words, stems; and cuts a sentence around what matters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from tertulia.models.offline.words import GENERIC, MEMBERS, SAME, STOP

LONGEST: Final = 400
"""Characters of the longest piece that is treated as one sentence."""

_APOSTROPHES: Final = re.compile("['\u2019\u2018`\u00b4\u02bc]")
_CJK: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_WORD: Final = re.compile(r"[^\W_]+")
_SPELT: Final = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_BRITISH: Final = re.compile(r"(?<=[a-z][a-z])our(?=s?$|it|ed|ing|ful)")
_END: Final = re.compile(
    r"""(?<=[.!?؟…])[\"'”\u2019»)\]]*\s+|(?<=[。\uff01\uff1f])|[\r\n\v\f\x85\u2028\u2029]|(?<=\S)\s*(?=¿)"""
)
_ABBREVIATED: Final = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|st|prof|sr|sra|e\.g|i\.e|a\.m|p\.m|vs)|\b(?-i:[A-HJ-Z]))\.$",
    re.IGNORECASE,
)
_SUFFIXES: Final = ("ings", "ing", "ies", "ed", "es", "s", "e", "y")


def plain(text: str) -> str:
    """The words of `text`: lower case, no accents, no apostrophes, one space between.

    Chinese and Japanese characters count as a word each.
    """
    text = _APOSTROPHES.sub("", text.casefold())
    if not text.isascii():
        spread = unicodedata.normalize("NFKD", text)
        text = "".join(c for c in spread if not unicodedata.combining(c))
        text = _CJK.sub(r" \g<0> ", text)
    return " ".join(_WORD.findall(text))


@lru_cache(maxsize=4096)
def stem(word: str) -> str:
    """What the forms of one plain word share, roughly."""
    word = _BRITISH.sub("or", SAME.get(word, word))
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3 and not word.endswith("ss"):
            word = word[: -len(suffix)] + ("i" if suffix in ("ies", "y") else "")
            break
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word


def stems(words: str) -> frozenset[str]:
    """The stems of the words in plain text that carry a subject; Chinese as pairs of characters."""
    kept: set[str] = set()
    before = ""
    for word in words.split():
        pair = before + word if _CJK.fullmatch(word) else ""
        before = word if pair else ""
        if len(pair) == 2:
            kept.add(pair)
        elif not pair and word not in STOP:
            kept.add(stem(word))
    return frozenset(kept)


GENERIC_STEMS: Final = frozenset(map(stem, GENERIC))
MEMBER_STEMS: Final = {
    stem(head.rstrip("_")): frozenset(map(stem, members.split()))
    for head, members in MEMBERS.items()
}


def sentences(text: str) -> list[str]:
    """The sentences of `text`, each as it stands there, none longer than `LONGEST`."""
    found: list[str] = []
    start = 0
    for end in _END.finditer(text):
        piece = text[start : end.start()]
        if "\n" not in end.group() and _ABBREVIATED.search(piece[-6:]):
            continue
        found.extend(_pieces(text[start : end.end()].strip()))
        start = end.end()
    found.extend(_pieces(text[start:].strip()))
    return found


def _pieces(text: str) -> Iterable[str]:
    while len(text) > LONGEST:
        cut = text.rfind(" ", LONGEST // 2, LONGEST)
        cut = LONGEST if cut < 0 else cut
        yield text[:cut].rstrip()
        text = text[cut:].lstrip()
    if text:
        yield text


def clip(text: str, limit: int, around: frozenset[str] = frozenset()) -> str:
    """`text` in at most about `limit` characters, cut at words around the first of these stems."""
    if len(text) <= limit:
        return text
    middle = next((w.start() for w in _SPELT.finditer(text) if stem(plain(w.group())) in around), 0)
    start = max(0, min(middle - limit // 3, len(text) - limit))
    end = min(len(text), start + limit)
    if start:
        start = _after(text, start)
    if end < len(text):
        end = _before(text, start, end)
    opening = "…" if start else ""
    closing = "…" if end < len(text) else ""
    return f"{opening}{text[start:end].strip()}{closing}"


def _after(text: str, start: int) -> int:
    space = text.find(" ", start, start + 24)
    return start if space < 0 else space + 1


def _before(text: str, start: int, end: int) -> int:
    space = text.rfind(" ", start + (end - start) // 2, end)
    return end if space < 0 else space
