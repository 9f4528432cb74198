"""What the offline model says in its own words, with variants so that it does not repeat itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from zlib import crc32

INTRODUCTION: Final = (
    "I am Tertulia's offline model: no language model, but a small program that answers only from "
    "what is said here. To connect a language model, choose Connect a model on the page, set a "
    "key such as OPENAI_API_KEY, start a local server such as Ollama, or run `tertulia init`."
)
CONNECT: Final = (
    "choose Connect a model on the page, set a key such as OPENAI_API_KEY, start a local server "
    "such as Ollama, or run `tertulia init`"
)
NOTHING_FOUND: Final = (
    (
        "Nothing in what I can read answers that. "
        "I can only quote what was said here, and I find nothing about that."
    ),
    "I find nothing about that in what I can read, and I can only quote what was said here.",
    "That was not said here, as far as I can read; I can only quote what was.",
)
WHO_KNOWS: Final = (
    "I am Tertulia's offline model: a small program, no language model. I have no other name.",
    "Tertulia's offline model, with no other name: a small program that quotes what was said.",
)
HONEST: Final = (
    (
        "No person and no language model: I am Tertulia's offline model, "
        "a small program that quotes and reflects what was said here."
    ),
    "A small program with rules, no more: neither a person nor a language model.",
)
CANNOT: Final = (
    "That takes a language model, and I am none: I can only quote what was said here.",
    "I cannot do that: I am a small program that quotes what was said here, no language model.",
)
ABILITIES: Final = (
    (
        "Tell me things, and ask me about them later: I quote what answers best. "
        f"For more than that, connect a language model: {CONNECT}."
    ),
    (
        "I find what was said here and quote it, no more. "
        f"For a real talk, connect a language model: {CONNECT}."
    ),
)
EMPTY: Final = (
    "That message is empty. Tell me something, or ask about what was said here.",
    "That message is empty too. What would you like to tell me?",
)
WORDLESS: Final = (
    "I see no words in that. What would you like to tell me?",
    "No words again, as far as I can see. Tell me something, or ask about what was said here.",
)
CODE: Final = (
    "That looks like code. I cannot run or judge it, but I can quote it when you ask about it.",
    "More code, as far as I can see. I can quote it later, no more than that.",
)
SAID_BEFORE: Final = (
    "You told me that before: {}",
    "I have read that before: {}",
    "You said so already: {}",
)
QUOTES: Final = {
    "you": ("You told me: {}", "You said: {}", "As you told me: {}"),
    "other": ("{name} said: {}", "{name} told me: {}", "As {name} said: {}"),
    "somebody": ("Somebody said: {}", "Somebody here said: {}"),
    "bot": ("I said: {}", "As I said: {}", "I answered: {}"),
    "memory": ("I remember: {}", "I still remember: {}"),
    "memory of you": ("I remember you saying: {}", "I remember that you said: {}"),
    "memory of other": ("I remember {name} saying: {}", "I remember that {name} said: {}"),
    "persona": ("I was told: {}", "What I was told is: {}"),
}
REFLECTIONS: Final = (
    "{}{end} Tell me more?",
    "So {lower}{end} What else should I know?",
    "I see: {lower}{end}",
    "{}{end} Noted, for as long as I can read it.",
    "So {lower}{end} Go on?",
)
FEELINGS: Final = (
    "{}{end} Tell me more?",
    "{}{end} I am listening.",
    "So {lower}{end} Would you like to say more about it?",
    "I see: {lower}{end} I am listening.",
)
MEETINGS: Final = ("{}{end} Nice to meet you.", "{}{end} I will use it to find what you ask for.")
HEARD: Final = (
    "You say: {}",
    "I read: {} Ask me about it later.",
    "Noted: {}",
    "I see: {} What else?",
)


def pick(variants: Sequence[str], seed: str, said: Sequence[str]) -> str:
    """One of `variants`, always the same for the same talk, and none of the last replies again."""
    start = (crc32(seed.encode("utf-8", "replace")) + len(said)) % len(variants)
    return first_new([*variants[start:], *variants[:start]], said)


def first_new(variants: Sequence[str], said: Sequence[str]) -> str:
    """The first of `variants` that the last replies do not hold."""
    recent = said[-2:]
    return next((v for v in variants if not any(v in reply for reply in recent)), variants[0])
