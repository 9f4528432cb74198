"""The words of statements and messages: folded to one line, taken apart, and compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_POSSESSIVE = re.compile(r"['\u2019]s$")


def one_line(text: str, most: int) -> str:
    """`text` on one line of at most `most` characters, with nothing in it that cannot be seen."""
    text = text[: most * 4]
    line = " ".join((text if text.isprintable() else "".join(map(_seen, text))).split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def _seen(letter: str) -> str:
    kind = unicodedata.category(letter)
    if kind == "Cf":  # joins or turns letters, and has no width of its own
        return ""
    return " " if kind[0] in "CZ" else letter


def bare(word: str) -> str:
    """A word without case, accents and possessive."""
    word = _POSSESSIVE.sub("", word.casefold())
    if word.isascii():
        return word.replace("'", "")
    spread = unicodedata.normalize("NFKD", word.replace("\u2019", ""))
    return "".join(c for c in spread if not unicodedata.combining(c))


def words(text: str) -> list[str]:
    """The bare words of a text; Chinese and Japanese characters count as a word each."""
    return [bare(word) for word in _WORD.findall(_CJK.sub(r" \g<0> ", text))]


def table(text: str) -> frozenset[str]:
    """A set of words, written with spaces between."""
    return frozenset(text.split())


_LINKING = table("""
    a an the is are was were am be been being in at on of and also very really their his her its
    he she they them him do does did doing has have had having as by with for this that these those
    el la los las un una unos unas es son era fue y en de del al su sus se le les lo
""")
"""Words whose presence changes no statement's meaning."""

_TURNING = table("""
    not no never longer without to from any more anymore used now still who which i me my mine we us
    our you your isnt arent wasnt dont doesnt didnt cant cannot wont
    ya nunca sin mas a que quien yo mi mis me nos tu por para con como
""")
"""Words that turn a statement around, yet name nothing."""

FRAME = table("""
    live lives living lived name named names call called calls work works working job profession
    like likes love loves hate hates dislike dislikes prefer prefers enjoy enjoys own owns get keep
    year years old age aged birthday come comes originally favourite favorite person people
    vive viven vivir llama llaman nombre trabaja gusta gustan encanta encantan odia prefiere tiene
    anos ano edad persona favorito favorita
""")
"""Words with which a reading says what kind of thing was told, whatever words the person used."""

_NAMES_NOTHING = _LINKING | _TURNING


def meaning(statement: str) -> frozenset[str]:
    """What a statement says, whatever its articles and word order: two with the same are one."""
    return frozenset(_singular(word) for word in words(statement) if word not in _LINKING)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def telling(text: str) -> list[str]:
    """The words of a text that name something, so that a source has to hold them."""
    return [word for word in words(text) if word not in _NAMES_NOTHING and word not in FRAME]


def subject_words(text: str) -> frozenset[str]:
    """The words of a subject or a question, without those that name nothing."""
    return frozenset(_singular(word) for word in words(text) if word not in _NAMES_NOTHING)


def shared(text: str, asked: Collection[str]) -> int:
    """How many of these words of a subject a text has."""
    held = text.casefold()
    if held.isascii() and not any(word in held for word in asked):
        return 0  # most of them: words are taken apart only where the letters are there
    return len(subject_words(text) & set(asked))


RARE, LETTERS = 6, 5
"""Words that facts are looked for by, the longest, and how long each is at least."""


def rare(text: str) -> list[str]:
    """The beginnings of the longest words of a text, as they are written in it."""
    found = {word.casefold() for word in _WORD.findall(text) if len(word) >= LETTERS}
    named = sorted(found - _NAMES_NOTHING - FRAME, key=lambda word: (-len(word), word))
    # So "allergies" finds "allergic": of the longest words the ending is left out.
    return [word[:-3] if len(word) > 8 and word.isalpha() else word for word in named[:RARE]]


def forms(heard: Iterable[str]) -> frozenset[str]:
    """What to hold a word against to see whether it, or another form of it, was heard."""
    return frozenset(form for word in heard for form in _forms(word))


def occurs(word: str, held: Collection[str]) -> bool:
    """Whether a word has one of these `forms`."""
    return any(form in held for form in _forms(word))


def _forms(word: str) -> Iterator[str]:
    """The word, and how it begins: two words that share one of these differ in the ending at most.

    So "work" and "worked" are the same, "wohne" and "wohnt"; "1990" and "1990s" are not. To look
    these up costs the same however much was heard.
    """
    yield word
    for end in range(max(4, len(word) - 3), len(word)):
        if not word[:end].isdigit():
            yield word[:end]
    if word.endswith("s") and not word[:-1].isdigit():
        yield word[:-1]
