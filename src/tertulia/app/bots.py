"""Reads the bots of a settings file: persona, model, choices, memory."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from tertulia.app.entry import TEXT, Entry, Problems, shown
from tertulia.app.found import first_at_hand
from tertulia.app.keys import Surroundings
from tertulia.app.memories import read_memories
from tertulia.app.modelspec import SETTINGS as MODEL_SETTINGS
from tertulia.app.modelspec import read_models
from tertulia.app.tomlfile import NOTHING, read_bytes, short
from tertulia.values.bot import BotSpec, ModelSpec, Persona
from tertulia.values.errors import SettingsError

DEFAULT_NAME = "tertulia"
NAME = re.compile(r"[\w-]{1,64}")
NAME_RULE = "a name is made of letters, digits, - and _, 64 at most"

_FIELDS = {
    "persona": ("persona",),
    "model": ("models",),
    "choices": ("choices",),
    "memory": ("memories", "last"),
    "overflow": ("memories",),
}
"""The settings of a bot, and the fields that each decides."""
_IN_THE_MODEL = "It belongs in the model: model = {{ provider = …, name = …, {} = … }}."
_INSTEAD = {name: _IN_THE_MODEL.format(name) for name in MODEL_SETTINGS - {"name"}} | {
    "name": "It belongs in the persona: persona = { name = …, instructions = … }."
}
_PERSONA_BYTES = 200_000
_DEFAULT_WORD = "default"
"""What people type after /model to go back to the bot's own."""


def instructions(name: str) -> str:
    """What a bot is told to be where its owner has not said it."""
    return (
        f"You are {name}, a kind and attentive companion in conversation. Be clear and brief, and "
        "say so when you do not know something."
    )


def default_bot() -> BotSpec:
    """The bot of one who has described none; its model is still to be found."""
    nothing = Entry(None, (), Problems(NOTHING))
    return BotSpec(
        persona=Persona(name=DEFAULT_NAME, instructions=instructions(DEFAULT_NAME)),
        models=(),
        memories=read_memories(nothing, nothing).memories,
    )


def read_bots(entry: Entry, around: Surroundings) -> dict[str, BotSpec]:
    """The bots by name; one that names no model has none yet."""
    return {name: read_bot(name, bot, around) for name, bot in entry.each()}


def bot_spec(name: str, given: Mapping[str, Any], base: BotSpec | None = None) -> BotSpec:
    """A bot as a program or a command line describes it, over what the settings say of it.

    `given` has the keys of a bot in the settings. Raises: `SettingsError`.
    """
    problems = Problems(NOTHING)
    entry = Entry(_as_toml(given), (), problems)
    bot = read_bot(name, entry, Surroundings(os.environ, Path()))
    problems.tell()
    if base is not None:
        told = {field for key in given for field in _FIELDS[key]}
        bot = replace(base, **{field: getattr(bot, field) for field in told})
    return bot if bot.models else replace(bot, models=(first_at_hand(),))


def _as_toml(value: Any) -> Any:
    """Python's mappings and sequences, as a TOML file would give them."""
    if isinstance(value, Mapping):
        return {str(key): _as_toml(item) for key, item in cast("Mapping[Any, Any]", value).items()}
    if isinstance(value, tuple | list):
        return [_as_toml(item) for item in cast("list[Any]", value)]
    return value


def read_bot(name: str, entry: Entry, around: Surroundings) -> BotSpec:
    """One bot, which has no models where none is named; what is wrong is noted."""
    if not NAME.fullmatch(name):
        entry.note(f"{shown(name)} cannot be a bot's name: {NAME_RULE}.")
    entry.knows(_FIELDS, instead=_INSTEAD)
    remembered = read_memories(entry.get("memory"), entry.get("overflow"))
    return BotSpec(
        persona=_persona(name, entry.get("persona"), around),
        models=read_models(entry.get("model"), around),
        memories=remembered.memories,
        last=remembered.last,
        choices=_choices(entry.get("choices"), around),
    )


def _persona(name: str, entry: Entry, around: Surroundings) -> Persona:
    if isinstance(entry.value, dict):
        entry.knows({"name", "instructions"})
        called = entry.get("name").read(TEXT, name)
        return Persona(name=called, instructions=_words(called, entry.get("instructions"), around))
    return Persona(name=name, instructions=_words(name, entry, around))


def _words(name: str, entry: Entry, around: Surroundings) -> str:
    """The instructions, which may lie in a file of their own (`file:PATH`)."""
    text = entry.read(TEXT, instructions(name))
    if not text.startswith("file:"):
        return text
    path = around.path(text.removeprefix("file:").strip())
    what = f"the file {short(path)}"
    try:
        words = read_bytes(path, what, _PERSONA_BYTES).decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        entry.note(f"{entry.named}: {what} is not UTF-8. Save it as UTF-8.")
    except SettingsError as error:
        entry.note(f"{entry.named}: {error}")
    else:
        if not words:
            entry.note(f"{entry.named}: {what} is empty.")
        return words
    return text


def _choices(entry: Entry, around: Surroundings) -> Mapping[str, tuple[ModelSpec, ...]]:
    """By the names that people type: a list of models, or a table of names of the owner's own."""
    if isinstance(entry.value, dict):
        told = list(entry.each())
    else:
        told = entry.texts('a list such as ["openai:gpt-5"], or a table')
    return {name: read_models(choice, around) for name, choice in told if _can_pick(name, choice)}


def _can_pick(name: str, choice: Entry) -> bool:
    one_word = name.split() == [name]
    if name == _DEFAULT_WORD or not one_word:
        what = "this word leads back to the bot's own model" if one_word else "it must be one word"
        choice.note(f"{choice.named} is no name that people can pick: {what}.")
        return False
    return True
