"""Greetings, thanks and the like: short messages that have short kind answers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from tertulia.models.offline.phrases import ABILITIES, HONEST, pick

_LONGEST: Final = 60
_ANYBODY: Final = r"(?!i\b|im\b|soy\b)\w+"


def _talk(pattern: str, *replies: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    return re.compile(pattern.replace("NAME", _ANYBODY)), replies


SMALL_TALK: Final = (
    _talk(
        r"(?:(?:hi+|hello+|hey+|hola|howdy|greetings|good (?:morning|afternoon|evening|day)|hallo|"
        r"ola|buen[oa]s(?: dias| tardes| noches)?|bonjour|salut|guten (?:tag|morgen|abend)|ciao|"
        r"namaste|你 好|您 好|مرحبا|السلام عليكم)(?: (?:there|all|everyone|again|you|world|"
        r"NAME))?\s?)+",
        "Hello! What would you like to tell me?",
        "Hello! What is on your mind?",
        "Hello! I am here.",
    ),
    _talk(
        r"(?:(?:many |ok |no )?(?:thanks|thank you|thank u|thx|ty|cheers|gracias|muchas gracias|"
        r"merci|danke|obrigad[oa]|grazie|谢 谢)(?: (?:a lot|so much|very much|you|NAME))?\s?)+",
        "You are welcome.",
        "With pleasure.",
        "Any time.",
    ),
    _talk(
        r"(?:ok |well )?(?:(?:good ?)?bye+|good night|see (?:you|ya)(?: \w+)?|farewell|adios|chao|"
        r"hasta (?:luego|manana|pronto)|au revoir|tschuss|auf wiedersehen|再 见|cu)(?: NAME)?",
        "Goodbye, and come back when you like.",
        "See you. What was said stays in the talk.",
    ),
    _talk(
        r"(?:how are (?:you|u)|how r u|how do you do|hows it going|whats up|how are things|"
        r"que tal|como estas|wie gehts|ca va|come stai)(?: \w+)?",
        "I am well, thank you. And you?",
        "Running as ever, thank you. How are you?",
    ),
    _talk(
        r"(?:please )?help(?: me)?(?: please)?|what can (?:you|u) do(?: for me)?|"
        r"how do(?:es)? (?:you|this|it) work|what (?:is|are) (?:this|you for|your (?:abilities|"
        r"skills))|(?:can|could) you help(?: me)?|ayuda(?:me)?|que puedes hacer|commands|"
        r"help commands|what do you do|how do i (?:connect|set up|change|get) (?:an? |the |"
        r"another )?(?:\w+ )?model|(?:why|how come) (?:cant|dont) you (?:answer|"
        r"understand)(?: \w+)?",
        *ABILITIES,
    ),
    _talk(
        r"(?:are|r) (?:you|u) (?:really )?(?:an? )?(?:real|human|person|ai|bot|robot|machine|llm|"
        r"language model|chatgpt|gpt|claude|program|alive|artificial intelligence)(?: \w+)?|"
        r"(?:which|what)(?: language)? (?:model|llm|ai) (?:are|r) (?:you|u)|"
        r"what (?:language )?model (?:do you use|is this)|are you there",
        *HONEST,
    ),
    _talk(
        r"(?:yes|yeah|yep|yup|sure|of course|si|claro|oui|ja|right|exactly|correct|true|是)",
        "Good. Go on?",
        "All right. What else?",
        "Good to know.",
    ),
    _talk(
        r"(?:no|nope|nah|not really|nein|non|nao|never mind|nevermind|不)",
        "All right. What then?",
        "As you like. What else?",
        "Good, we leave it there.",
    ),
    _talk(
        r"(?:ok+|okay|k|fine|good|great|cool|nice|wow|perfect|awesome|i see|got it|alright|"
        r"all right|vale|bueno|bien|genial|hmm+|mm+|好)(?: \w+)?",
        "Good. What else?",
        "All right. Go on?",
        "Fine. I am listening.",
    ),
    _talk(
        r"(?:(?:ha){2,}h?|(?:he){2,}|(?:ja){2,}|lol|rofl|lmao|xd)",
        "I am glad that you laugh.",
        "That went well, then.",
        "What was so funny?",
    ),
    _talk(
        r"(?:i am |im )?(?:so )?sorry(?: about that)?|my bad|perdon|lo siento",
        "No harm done.",
        "That is quite all right.",
    ),
)
"""Patterns of a whole message, as plain words, and the answers."""


def small_talk(words: str, said: Sequence[str]) -> str | None:
    """A short kind answer to a greeting, thanks and the like, given in plain words."""
    if len(words) > _LONGEST:
        return None
    for pattern, replies in SMALL_TALK:
        if pattern.fullmatch(words):
            return pick(replies, words, said)
    return None
