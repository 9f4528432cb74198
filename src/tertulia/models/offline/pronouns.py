"""Turns who is who: "I" into "you" and back, and any person asked about into "i"."""

from __future__ import annotations

import re
from typing import Final

from tertulia.models.offline.words import table

_TOKEN = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")

TO_YOU: Final = {
    "i": "you", "me": "you", "my": "your", "mine": "yours", "myself": "yourself", "we": "you",
    "us": "you", "our": "your", "ours": "yours", "ourselves": "yourselves", "i'm": "you are",
    "im": "you are", "i've": "you have", "ive": "you have", "i'd": "you would", "i'll": "you will",
    "we're": "you are", "we've": "you have", "we'll": "you will", "we'd": "you would",
}  # fmt: skip
TO_ME: Final = {
    "your": "my", "yours": "mine", "yourself": "myself", "you're": "I am", "youre": "I am",
    "you've": "I have", "you'll": "I will", "you'd": "I would",
}  # fmt: skip
_VERBS_OF_I = {"am": "are", "was": "were", "wasn't": "weren't", "ain't": "aren't"}
_VERBS_OF_YOU = {"are": "am", "were": "was", "aren't": "am not", "weren't": "wasn't"}
_SUBJECT_AFTER = table("""
    that and but because if when what how so do are can will could would did think hope know
    were have as than where why or while since who unless until
""")
_VERBS = table("""
    are were have had do did can could will would should may might must know like love want
    need live work speak say said help answer always never
""")
_NORMAL_BOT = {
    "you": "i", "your": "my", "yours": "mine", "yourself": "myself", "youre": "im", "u": "i",
    "ur": "my", "tu": "mi", "eres": "soy", "te": "me", "llamas": "llamo", "vives": "vivo",
    "tienes": "tengo", "du": "ich", "dein": "mein", "bist": "bin", "heisst": "heisse", "are": "am",
}  # fmt: skip
_NORMAL_THEY = {"they": "i", "their": "my", "them": "me", "does": "do", "theyre": "im"}
_NORMAL_ONE = {"he": "i", "she": "i", "his": "my", "her": "my", "hes": "im", "shes": "im"}
_NORMAL_EL = {
    "vive": "vivo", "se": "me", "llama": "llamo", "es": "soy", "le": "me", "tiene": "tengo",
    "trabaja": "trabajo",
}  # fmt: skip
_ABOUT_ME = re.compile(r"\babout i$")
OURS: Final = table("""
    i im my me mine am ive ill id we our us myself mi mis yo soy tengo vivo llamo gusta
    encanta dedico ich mein meine mich mir je jhabite mappelle ma mon mes eu meu minha io
    mio mia chiamo 我
""")
"""Words by which a speaker means themselves."""
YOURS: Final = table("you your yours yourself youre u ur tu eres te ti usted du dein bist")
"""Words by which a speaker means the listener."""


def to_listener(text: str) -> str:
    """What a person said, said back to them: "I live in my house" → "you live in your house"."""
    return _turned(text, TO_YOU | TO_ME)


def to_speaker(text: str) -> str:
    """What a persona says of "you", said by the bot itself: "You are Ana" → "I am Ana"."""
    return _turned(text, TO_ME)


def _turned(text: str, table: dict[str, str]) -> str:
    tokens = list(_TOKEN.finditer(text))
    words = [token.group().lower().replace("\u2019", "'") for token in tokens]
    out: list[str] = []
    end = 0
    for position, token in enumerate(tokens):
        out.append(text[end : token.start()])
        new = _turned_word(words, position, table, text[end : token.start()])
        out.append(token.group() if new is None else _cased(new, token.group(), start=not position))
        end = token.end()
    return "".join((*out, text[end:]))


def _turned_word(words: list[str], at: int, table: dict[str, str], gap: str) -> str | None:
    word = words[at]
    before = words[at - 1] if at and not gap.strip() else ""
    after = words[at + 1] if at + 1 < len(words) else ""
    if word == "you":
        subject = not before or before in _SUBJECT_AFTER or after in _VERBS
        return "I" if subject else "me"
    if word in _VERBS_OF_YOU and "you" in (before, after):
        return _VERBS_OF_YOU[word]
    if word in _VERBS_OF_I and "i" in table and "i" in (before, after):
        return _VERBS_OF_I[word]
    return table.get(word)


def _cased(new: str, old: str, *, start: bool) -> str:
    upper = old[0].isupper() and (start or old.lower().split("'")[0].split("\u2019")[0] != "i")
    return new[0].upper() + new[1:] if upper else new


def normal_for_bot(words: str) -> str:
    """Plain text that speaks to the bot, as the bot would say it of itself."""
    turned = (_NORMAL_BOT.get(word, "-" if word in OURS else word) for word in words.split())
    return _ABOUT_ME.sub("about myself", " ".join(turned))


def normal_for(words: str, name: str) -> str:
    """Plain text that speaks of `name`, or of "the user", as that person would say it."""
    words = " ".join("-" if word in OURS else word for word in words.split())
    if name:
        words = re.sub(rf"\b{re.escape(name)}(s?)\b", _me_or_my, words)
    words = re.sub(r"\b(?:the )?(?:user|person)(s?)\b", _me_or_my, words)
    leads = words.partition(" ")[0] in ("i", "my", "he", "she", "his", "her")
    table = _NORMAL_THEY | _NORMAL_ONE | _NORMAL_EL if leads else _NORMAL_THEY
    return " ".join(table.get(word, word) for word in words.split())


def _me_or_my(match: re.Match[str]) -> str:
    return "my" if match[1] else "i"
