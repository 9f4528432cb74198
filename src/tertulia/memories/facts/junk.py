"""What is no fact worth keeping: orders, secrets, questions, and talk about the bot itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from tertulia.memories.facts.words import table, words

LONGEST: Final = 200
"""Characters of the longest statement."""

READ: Final = 8000
"""Characters of one message that are read for facts; who says more says it again."""

_MARKS: Final = str.maketrans({"\u2019": "'", "\u2018": "'", "\uff1f": "?", "\u061f": "?"})
"""Marks of other scripts and keyboards, as the patterns here know them."""


def _pattern(*pieces: str) -> re.Pattern[str]:
    return re.compile("|".join(pieces), re.IGNORECASE)


_ORDER: Final = _pattern(
    r"(?:please |always |never )*(?:ignore|disregard|override|obey|pretend|act as|role-?play)\b",
    r"(?:please )?(?:always|never|only) (?:answer|reply|respond|say|write|speak|call|address|tell"
    r"|mention|refuse|use|end|begin|start|include)\b",
    r"(?:please )?(?:remember|make sure|be sure) to\b",
    r"(?:please )?(?:do not|don'?t) (?:answer|reply|respond|say|tell|mention|reveal|follow)\b",
    r"(?:please )?(?:answer|reply|respond|write|speak) (?:only |always )*(?:in|with|as|to) ",
    r"(?:please )?forget (?:all|everything|any|your|the|previous)\b",
    r"(?:por favor,? )?(?:ignora|olvida (?:todo|todas|tus|las)|obedece|finge|act[uú]a como"
    r"|responde|contesta|recuerda (?:siempre|responder))\b",
)
_BEFORE_AN_ORDER: Final = re.compile(r"^\W*(?:(?:and|then|now|so|y|ahora)\W+)*", re.IGNORECASE)
_TO_THE_BOT: Final = _pattern(
    r"\b(?:from now on|a partir de ahora|desde ahora|de ahora en adelante)\b",
    r"\byou (?:must|should|shall|will|have to|need to|are (?:now|to|no longer|going to)|may not"
    r"|can ?not|can now|can't)\b",
    r"\b(?:previous|prior|earlier|above|system|your) (?:instructions?|prompts?|rules|guidelines)\b",
    r"\b(?:instrucciones|reglas) (?:anteriores|previas)\b|\b(?:tú |usted )?deb(?:es|erás) \w+",
    r"\b(?:wants?|needs?|expects?|told|asks?|asked|orders?|ordered|requires?) "
    r"(?:you|the (?:bot|assistant|model|ai)) to\b",
    r"\b(?:bot|assistant|model|ai|chatbot) (?:must|should|shall|has to|needs to|will|may not)\b",
    r"^\W*(?:system|developer|assistant|instructions?)\s*(?:prompt|message)?\s*:|<\|?/?\w+\|?>",
)
_SECRET: Final = _pattern(
    r"\b(?:pass ?words?|passwd|pass ?phrases?|pass ?codes?|passw[oö]rt(?:er)?|contraseñas?|senhas?"
    r"|mots? de passe|clave (?:secreta|de acceso|es)|pin (?:code|number|is|es)|cvv2?|cvc2?"
    r"|(?:api|secret|private|access|ssh|encryption|licen[cs]e)[ _-]?(?:keys?|tokens?)"
    r"|(?:bearer|auth\w*|session) tokens?|seed phrases?|recovery (?:codes?|phrases?)"
    r"|credit card (?:number|is)|card number|social security|security code|log ?in credentials)\b",
    r"\bpin ?[:=]",
)
_TOKEN: Final = re.compile(
    r"\b(?:sk|pk|ghp|gho|xox[abp]|AKIA|AIza|glpat|eyJ)[-_A-Za-z0-9]{12,}|"
    r"(?<![\w/.-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[A-Za-z0-9_-]{24,}(?![\w/.])|"
    r"\b\d{3}-\d{2}-\d{4}\b|-----BEGIN"
)
_DIGITS: Final = re.compile(r"(?<![\d.])\d(?:[ -]?\d){12,18}(?!\d)")
_ITSELF: Final = _pattern(
    r"\b(?:the|this|that|your|its) (?:bot|chat ?bot|assistant|ai|language model|persona|prompt"
    r"|system prompt|context window|token budget)\b",
    r"\bsystem prompt\b|\b(?:el|este|tu) (?:bot|asistente|prompt)\b",
)
_BOTS: Final = table("""
    bot chatbot assistant ai model system prompt persona you yourself instructions asistente
    sistema tu
""")


def is_secret(text: str) -> bool:
    """Whether a password, a key, a card's number or the like is told."""
    return bool(_SECRET.search(text) or _TOKEN.search(text)) or _has_card(text)


def _has_card(text: str) -> bool:
    """By the check of payment cards' numbers (ISO/IEC 7812-1, annex B)."""
    for found in _DIGITS.findall(text):
        digits = reversed(re.sub(r"\D", "", found))
        doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(digits)]
        if sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0:
            return True
    return False


def is_order(text: str) -> bool:
    """Whether a sentence tells the bot what to do."""
    text = text.translate(_MARKS)
    opening = _BEFORE_AN_ORDER.match(text)
    start = opening.end() if opening else 0
    return bool(_ORDER.match(text, start) or _TO_THE_BOT.search(text))


def is_question(text: str) -> bool:
    """Whether something is asked."""
    return bool({"?", "¿"} & set(text.translate(_MARKS)))


def is_bot(subject: str, bot: str) -> bool:
    """Whether a subject is the bot, its prompt, its instructions or its model."""
    named = words(subject)
    main = [word for word in named if word not in ("the", "this", "your", "el", "este")]
    return bool(named) and (named == words(bot) or (len(main) <= 2 and bool(_BOTS & set(main))))


_REFUSALS: dict[str, Callable[[str, str], bool]] = {
    "empty": lambda _, statement: not words(statement),
    "too long": lambda _, statement: len(statement) > LONGEST,
    "a question": lambda _, statement: is_question(statement),
    "a secret": lambda subject, statement: is_secret(f"{subject} {statement}"),
    "an instruction": lambda subject, statement: is_order(subject) or is_order(statement),
    "about the bot": lambda _, statement: bool(_ITSELF.search(statement)),
}


def refusal(subject: str, statement: str) -> str | None:
    """Why a statement is not kept, or None."""
    return next((why for why, is_so in _REFUSALS.items() if is_so(subject, statement)), None)


_SENTENCE = re.compile(r"(?<=[.!?…。])\s+|[\r\n;\u2028\u2029\x85]+")
_CLOSING: Final = "\"')]\u201d\u00bb"
_BETWEEN_CLAUSES: Final = ",:\u2013\u2014"


def told(text: str) -> str:
    """What a message tells: its sentences without secrets, orders, and what is only asked."""
    return " ".join(_without_question(one) for one in _sentences(text[:READ]))


def told_by_bot(text: str) -> str:
    """The same of the bot's own line; what it asks may be what is confirmed."""
    return " ".join(_sentences(text[:READ]))


def _sentences(text: str) -> list[str]:
    found = (piece for piece in _SENTENCE.split(text.translate(_MARKS)) if piece.strip())
    return [piece for piece in found if not is_secret(piece) and not is_order(piece)]


def _without_question(sentence: str) -> str:
    """Of "I live in Lima, do you know it?" what comes before its last clause."""
    sentence = sentence.partition("¿")[0]
    if "?" not in sentence or not sentence.rstrip().rstrip(_CLOSING).endswith("?"):
        return sentence
    return sentence[: max(map(sentence.rfind, _BETWEEN_CLAUSES)) + 1]


_YES = _pattern(
    r"\W*(?:oh |ah |well |pues |bueno )?(?:yes|yeah|yep|yup|sure|right|exactly|correct|true|indeed"
    r"|precisely|of course|absolutely|that(?:'s| is) (?:right|correct|true|it)"
    r"|you(?:'re| are) right|s[ií]|claro|exacto|exactamente|correcto|cierto|as[ií] es|eso es|oui|ja"
    r"|genau|stimmt|sim|isso)\b"
)
_YET = _pattern(
    r"\b(?:but|no|not|isn'?t|except|although|wrong|pero|aber|mais|nein|don'?t)\b",
)


def confirms(text: str) -> bool:
    """Whether a message says yes to the one before it, and nothing against it."""
    text = text.translate(_MARKS)
    return len(text) <= 80 and bool(_YES.match(text)) and not _YET.search(text)
