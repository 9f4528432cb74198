"""Tells questions from statements, in a few languages, with or without their marks."""

from __future__ import annotations

import re

from tertulia.models.offline.text import plain
from tertulia.models.offline.words import table

_MARK = re.compile(r"[?\uff1f؟]\W*$")
_ACCENTED = re.compile(
    r"^\W*(?:(?:y|pero|e|oye),? )?(?:a |de |en |por |con )?"
    r"(?:qué|cómo|cuándo|dónde|quién|quiénes|cuál|cuáles|cuánt[oa]s?|où)\b",
    re.IGNORECASE,
)
_HAN = re.compile("[吗呢]$|什 么|谁|哪|怎 么|几 岁")
_BARE = re.compile(
    r"(?:my|your|mi|tu) (?:full |first |last )?(?:name|age|city|address|job|birthday|nombre|edad)"
)
_LEADING = re.compile(
    r"^(?:(?:and|so|but|hey|hi|hello|ok|okay|well|now|then|please|also|sorry|um|uh|oh|y|pero|oye|"
    r"hola|und|et|e) )+"
)
_LEAD_IN = re.compile(
    r"^(?:(?:(?:do|can|could|would|will) (?:you|u) (?:please |still |even )?"
    r"(?:remember|know|recall|tell (?:me|us)|say|remind me)|(?:please )?(?:tell|remind) (?:me|us)|"
    r"i (?:wonder|forgot|forget)|i (?:want|would like|need) to know|id like to know|guess|any idea|"
    r"(?:te )?(?:acuerdas|recuerdas)|sabes|puedes decirme|dime|recuerdame|weisst du(?: noch)?|"
    r"sag mir|tu sais|dis moi|lembras|sabe)\b ?(?:again |still |please |noch |de )?"
    r"(?:if |whether |si |ob )?)+"
)

_WH = table("""
    what whats where wheres who whos whom whose when whens why how hows which wat
""")
_AUX = table("""
    is are am was were do does did can could will would should shall may might have has had
    isnt arent dont doesnt didnt cant couldnt wont wasnt werent
""")
_PRONOUNS = table("i you u he she we they it")
_SUBJECTS = _PRONOUNS | table("""
    my your the this that there his her our their any anybody anyone someone
""")
_HOW = _AUX | table("old many much long far often tall big come about do")
_FOREIGN = re.compile(
    r"^(?:(?:donde|quien|quienes|cual|cuales|cuant[oa]s?|comment|quels?|quelles?|pourquoi|combien|"
    r"wie|wo|wer|wann|warum|welche[rs]?|woher|dove|perche|onde|qual|quem|quantos|quantas)|"
    r"(?:como|que) (?:me|te|se|es|son|soy|eres|tal|dije|edad|sabes|recuerdas)|"
    r"cuando (?:es|son|fue|era)|come (?:mi|ti|si|stai)|chi (?:sono|sei|e)|quand (?:est|suis)|"
    r"(?:de|por|en|a|con) (?:que|donde|quien|cual)|ou (?:est|suis|jhabite|habite)|"
    r"was (?:ist|bin|habe|hast|mag|weisst|mache|sagte)|qui (?:suis|est|es))\b"
)
_TOPICS = _WH | table("""
    about my your me everything something anything que como cuando donde quien cual cuantos
    cuantas wie wo wer wann welche mi tu mein meine mon ma comment quel quelle of the
""")


def without_lead_in(words: str) -> str:
    """Plain text without "do you remember", "tell me" and the like before the question proper."""
    words = _LEADING.sub("", words)
    return _LEADING.sub("", _LEAD_IN.sub("", words))


def is_question(text: str) -> bool:
    """Whether one sentence asks something."""
    if _MARK.search(text[-40:]) or text.lstrip().startswith("¿") or _ACCENTED.match(text):
        return True
    words = plain(text)
    if _HAN.search(words) or _BARE.fullmatch(words):
        return True
    words = _LEADING.sub("", words)
    proper = without_lead_in(words)
    led = proper != words
    if led and proper.split(" ", 1)[0] in _TOPICS:
        return True
    return bool(_FOREIGN.match(proper)) or _opens(proper.split()[:16], led=led)


def _opens(words: list[str], *, led: bool) -> bool:
    if len(words) < 2:
        return led or (bool(words) and words[0] in _WH and words[0] != "wat")
    first, second = words[0], words[1]
    if first in _WH:
        return _opens_with_wh(first, second, len(words), led=led)
    if first in ("do", "have", "had", "will", "may"):
        return second in _PRONOUNS
    return first in _AUX and second in _SUBJECTS


def _opens_with_wh(first: str, second: str, count: int, *, led: bool) -> bool:
    if second in _PRONOUNS:
        return led
    if first in ("how", "when", "where", "why"):
        return second in (_HOW if first == "how" else _AUX)
    return second not in ("a", "an") and count < 16
