"""Kinds of question, and how a statement that answers one is put.

Both are matched on plain text in which the person asked about is "i": "where does bo live" and
"the user lives in lima" become "where do i live" and "i lives in lima".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_ME = r"\b(?:im|i am|i is|i was|me is)"
_TRULY = r"(?:really |also |just |still |truly |always |now |currently |do |absolutely |recently )?"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of question: how it asks, and patterns of answers with their weights.

    `named` is matched on the statement as it was written, for names that only a capital tells.
    """

    asks: re.Pattern[str]
    says: tuple[tuple[float, re.Pattern[str]], ...]
    named: re.Pattern[str] | None = None


def _kind(asks: str, *says: tuple[float, str], named: str | None = None) -> Kind:
    patterns = tuple((weight, re.compile(pattern)) for weight, pattern in says)
    return Kind(re.compile(asks), patterns, re.compile(named) if named else None)


_CAPITAL = r"[A-ZÀ-ÖØ-Þ][\w'\u2019-]*"
_NAMED = (
    rf"\b(?:[Ii](?:['\u2019]?m| am)|[Ss]oy|[Tt]his is|[Yy]ou(?:['\u2019]re| are)|"
    rf"[Ii]ch bin|[Jj]e suis|(?:user|person)(?:['\u2019]s| is))"
    rf"(?: named| called)? (?!I\b|From\b|In\b){_CAPITAL}"
)
_MOODS = (
    "sad|happy|tired|angry|bored|well|sick|ill|fine|good|okay|ok|excited|worried|afraid|lonely|"
    "stressed|nervous|proud|anxious|calm"
)
_MY_NAME = r"\bmy (?:first |last |full |real |own |nick|user|sur)?name"
_NAME_SAYS = (
    (3.0, rf"{_MY_NAME}(?:s| is| was| isnt) (?!what\b)\w"),
    (3.0, rf"\bcall me \w|{_ME} (?:called|named|known as) |\bi go by the name |\bpeople call me "),
    (3.0, r"\bme llamo |\bmi nombre es |\bich heisse |\bmein name ist |\bmappelle |\bmi chiamo "),
    (3.0, r"\bmon nom est |\bil mio nome e |\bme chamo |\bmeu nome e |我 叫 |我 的 名 字 是 "),
    (2.0, r"^(?:hi|hello|hey|hola)(?: there)? (?:im|i am|soy) \w+$"),
)

KINDS: Final[tuple[Kind, ...]] = (
    _kind(
        rf"{_MY_NAME}s?\b|\bi called\b|\bcall me\b|"
        r"\b(?:know|remember) me$|como me llamo|mi nombre|wie heisse ich|mein name|"
        r"je mappelle|mon nom|meu nome|me chamo|mi chiamo|mio nome|我 叫 什|我 的 名 字",
        *_NAME_SAYS,
        named=_NAMED,
    ),
    _kind(
        r"\bwho (?:am|is|are) i\b|\bwho i (?:am|is)\b|\bwhat (?:am|is) i$|about myself$|"
        r"\bintroduce myself\b|quien soy|wer bin ich|qui (?:suis je|je suis)|quem sou|chi sono|"
        r"我 是 谁",
        *_NAME_SAYS,
        (1.0, rf"{_ME} (?:an?|the|your|my) "),
        named=_NAMED,
    ),
    _kind(
        r"\bhow old (?:am|is|are|was) i\b|\bhow old i (?:am|is)\b|\bmy age\b|"
        r"cuantos anos tengo|mi edad|wie alt bin ich|quel age",
        (3.0, rf"{_ME} {_TRULY}(?:about |turning )?\d{{1,3}}(?= years?\b| and\b| now\b|$)"),
        (3.0, r"\d years? old\b|\bmy age is |\bi (?:just )?(?:turned|turn) \d|\btengo \w+ anos\b"),
        (3.0, rf"{_ME} (?:twen|thir|for|fif|six|seven|eigh|nine)t\w+\b|\bich bin \d+ jahre"),
        (1.5, r"\bborn (?:in|on) |\bmy birthday is |\bnaci (?:en|el) "),
    ),
    _kind(
        r"\bwhere (?:do|does|did|am|is|are) i (?:now )?(?:live|living|based|reside|stay)|"
        r"\bwhere i lives?\b|\bwhere(?:s| is) my (?:home|house)\b|"
        r"\bwhat (?:city|town|country|place|part) |\bmy (?:home|address|home ?town|city|country)\b|"
        r"\bdonde vivo\b|mi (?:casa|ciudad|pais)\b|wo wohne ich|habite je|jhabite|dove vivo|"
        r"\bmoro\b|我 住",
        (3.0, rf"\bi {_TRULY}(?:lives?|living|reside|stay in|(?:have |just )*moved to) ?"),
        (3.0, rf"{_ME} {_TRULY}(?:living|based|staying) in |\bmy (?:home|city|address|town) is "),
        (3.0, r"\bvivo en |\bwohne in |\bjhabite |\bvivo a |\bmoro em |我 住"),
        (1.5, rf"{_ME} {_TRULY}(?:from|in) |\bi (?:come|comes) from |\bsoy de |\bkomme aus "),
    ),
    _kind(
        r"\bwhere (?:am|is|are|was|do|does|did) i (?:from|come|born|grow)|\bwhere i (?:am|come)\b|"
        r"\bde donde (?:soy|vengo)\b|woher (?:komme|bin) ich|dou (?:je )?viens|di dove sono",
        (3.0, rf"{_ME} {_TRULY}(?:from|born in) |\bi (?:come|comes|grew up) |\bi (?:was )?born "),
        (3.0, r"\bsoy de |\bvengo de |\bkomme aus |\bje viens de |\bnaci en |\bsono di "),
        (2.0, rf"{_ME} [\w ]{{1,60}}? from \w"),
        (1.5, rf"\bi {_TRULY}(?:lives?|moved) |\bvivo en |\bwohne in "),
    ),
    _kind(
        r"\bwhat (?:do|does|did) i do$|\bdo for a living\b|\bmy (?:job|work|profession|occupation|"
        r"career)\b|\bwhere (?:do|does|did) i (?:work|study)|\bwho (?:do|does|did) i work|"
        r"\ba que me dedico\b|\ben que trabajo\b|\bmi trabajo\b",
        (3.0, rf"\bi {_TRULY}(?:works?|teach|teaches|study|studies|run) |\bmy job is |\btrabajo "),
        (3.0, rf"{_ME} {_TRULY}(?:working|studying|employed) |{_ME} retired|\bestudio "),
        (1.5, rf"{_ME} {_TRULY}an? "),
    ),
    _kind(
        r"(?<!dont )(?<!not )\b(?:i|my) (?:really |also |most )?(?:likes?|loves?|enjoys?|favou?rite"
        r"|prefers?|hobb\w+|interests?|passions?)|\bmy favou?rite|\bi into$|"
        r"\b(?:que|cosas) me (?:gusta|encanta)|mis? (?:favorit|gustos|hobb|aficiones)",
        (3.0, rf"\bi {_TRULY}(?:likes?|loves?|enjoys?|adores?|prefers?) |\bmy favou?rite "),
        (3.0, rf"{_ME} {_TRULY}(?:into|fond of|crazy about|a fan of) |\bmy hobb"),
        (3.0, r"(?<!\bno )\bme (?:gustan?|encantan?) |\bfavorit[oa] "),
    ),
    _kind(
        r"\b(?:i|my) (?:really )?(?:dont like|do not like|not like|hates?|dislikes?)|no me gusta",
        (3.0, r"\bi (?:really )?(?:dont like|do not like|hates?|dislikes?|cant stand|detest)"),
        (3.0, r"\bno me gustan? |\bodio |\bdetesto "),
    ),
    _kind(
        r"\bhow (?:do|does|did|am|is|was) i (?:feel|doing|today|now)|\bhow i (?:feel|am)|\bmy mood",
        (3.0, rf"\bi {_TRULY}(?:feel|feels|felt) |{_ME} {_TRULY}(?:so |very |a bit )?feeling "),
        (2.0, rf"{_ME} {_TRULY}(?:so |very |a bit |quite )?(?:{_MOODS})\b"),
        (2.0, r"\bestoy (?:muy )?(?:triste|feliz|cansad[oa]|bien|mal|content[oa]|enferm[oa])\b"),
    ),
)

NAME: Final = KINDS[0]
"""What somebody is called."""

_TIMES = (
    "today|tomorrow|yesterday|next|last|ago|noon|morning|evening|night|week|month|year|spring|"
    "summer|autumn|winter|january|february|march|april|may|june|july|august|september|october|"
    "november|december|manana|ayer|lunes|enero"
)
_HINTS = (
    (
        r"\bwhens?\b|\bcuando\b|\bwann\b|\bquand\b|\bwhat (?:time|day|date|year)\b",
        rf"\d|day\b|\b(?:{_TIMES})\b",
    ),
    (
        r"\bhow (?:many|much|old|long|far|often|tall|big)\b|\bcuant[oa]s?\b|\bcombien\b",
        r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|dozen|dos|tres)\b",
    ),
    (r"\bwhy\b|\bpor que\b|\bwarum\b|\bpourquoi\b", r"\b(?:because|since|porque|weil|parce)\b"),
    (r"\bwheres?\b|\bdonde\b|\bwo\b", r"\b(?:in|at|near|to|from|en|under|on)\b"),
    (r"\bnames?\b|\bcalled\b|\bllama\b|\bwhos?\b", r"\b(?:called|named|names?|is|llama)\b"),
)
HINTS: Final = tuple((re.compile(asks), re.compile(says)) for asks, says in _HINTS)
"""A question with the first is answered rather by a statement with the second."""

CORRECTS: Final = re.compile(
    r"\b(?:actually|correction|i meant|i mean|in fact|en realidad|perdon|mejor dicho)\b|"
    r"\b(?:not|isnt) \w+(?: \w+)? (?:its|but|it is)\b"
)
DENIES: Final = re.compile(
    r"\b(?:is|am|im|are|was|names) not\b|\b(?:isnt|dont|didnt|doesnt|wasnt|never)\b|"
    r"\b(?:no longer|anymore|used to|would like|want to|wish|not sure|years ago)\b|"
    r"\bno (?:me llamo|soy|vivo)\b"
)


def kind_of(normal: str) -> Kind | None:
    """The kind of a question, given in the normal form that the module's docstring tells."""
    return next((kind for kind in KINDS if kind.asks.search(normal)), None)


def fit(kind: Kind, normal: str, text: str) -> float:
    """How well a statement answers a question of `kind`: 0 where it does not."""
    weight = max((w for w, pattern in kind.says if pattern.search(normal)), default=0.0)
    if kind.named and kind.named.search(text):
        weight = max(weight, 2.0)
    if weight and CORRECTS.search(normal):
        return weight + 0.5
    if weight and DENIES.search(normal):
        return weight / 3
    return weight


_CAPITALISED = re.compile(rf"(?<=[^.!?] ){_CAPITAL}")
_NUMBER = re.compile(r"\d")
_MINE = re.compile(r"\b(?:i|im|my|ive|mi|yo)\b")


def worth(normal: str, text: str) -> float:
    """How much a statement tells about who said it: names, places, likes and numbers count most."""
    told = sum(any(p.search(normal) for _, p in kind.says) for kind in KINDS)
    names = sum(name[:2] not in ("I", "I'", "I\u2019") for name in _CAPITALISED.findall(text))
    number = bool(_NUMBER.search(text))
    mine = bool(_MINE.search(normal))
    length = min(len(normal.split()), 12) / 12
    return 2.0 * min(told, 3) + min(names, 3) + number + mine + length
