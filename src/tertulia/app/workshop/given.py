"""A bot as a screen gives it, and is shown it: with the keys of a bot in `tertulia.toml`."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

from tertulia.app.bots import read_bot
from tertulia.app.entry import Entry, Problems, secretive
from tertulia.app.keys import Surroundings
from tertulia.app.memories import WINDOW
from tertulia.app.modelspec import SAMPLING, named
from tertulia.app.tomlfile import LARGEST, NOTHING
from tertulia.values.bot import BotSpec, ModelSpec
from tertulia.values.errors import SettingsError
from tertulia.values.text import clean

_OF_A_SECRET = re.compile(
    r"key|token|secret|passw|authori[sz]ation|credential|cookie", re.IGNORECASE
)
_NO_FILE = "a screen cannot have a file of the server read. Write the instructions themselves."
_NO_KEY = "a key has no place in a bot. Connect the model's vendor instead, with the key."


def as_given(spec: BotSpec) -> dict[str, Any]:
    """All that a bot is, except keys: reading it gives the same bot."""
    given: dict[str, Any] = {
        "persona": {"name": spec.persona.name, "instructions": spec.persona.instructions},
        "model": _models(spec.models),
        "memory": {
            memory.name: {"share": _percent(memory.share), "most": memory.most}
            for memory in spec.memories
        },
        "choices": {name: _models(specs) for name, specs in spec.choices.items()},
    }
    given["memory"][WINDOW] = {} if spec.last is None else {"last": spec.last}
    if all(_is_named(name, specs) for name, specs in spec.choices.items()):
        given["choices"] = list(spec.choices)
    return given


def as_shown(spec: BotSpec) -> dict[str, Any]:
    """The same for a screen, of a bot in the settings, which may hold what is secret."""
    given = as_given(spec)
    first: dict[str, Any] = given["model"]
    for model in (first, *first.get("fallback", ())):
        model.pop("extra", None)
        if "base_url" in model:
            model["base_url"] = model["base_url"].partition("?")[0].partition("#")[0]
    given["choices"] = list(spec.choices)
    return given


def read_given(name: str, given: Mapping[str, Any]) -> BotSpec:
    """The bot that a screen describes, without models where it names none.

    Raises: `SettingsError` with all that is wrong.
    """
    problems = Problems(NOTHING)
    entry = Entry(copied(given), (), problems)
    _check(entry)
    # Whatever would be read from the server has been taken out; here it would find nothing.
    bot = read_bot(name, entry, Surroundings({}, Path()))
    problems.tell()
    return bot


def copied(given: Mapping[str, Any]) -> dict[str, Any]:
    """A copy in the shape of TOML, in which nothing is told by a null.

    Raises: `SettingsError` where it is too large, or no TOML could be like it.
    """
    try:
        copy = _copied(given)
        size = len(json.dumps(copy, allow_nan=False))
    except (RecursionError, TypeError, ValueError):
        raise SettingsError("This is no description of a bot.") from None
    if size > LARGEST:
        raise SettingsError(f"A bot's description has at most {LARGEST // 1000} kB, this has more.")
    return copy


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        table = cast("Mapping[Any, Any]", value)
        return {clean(str(key)): _copied(item) for key, item in table.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_copied(item) for item in cast("Sequence[Any]", value)]
    return clean(value) if isinstance(value, str) else value


def _models(specs: Sequence[ModelSpec]) -> dict[str, Any]:
    tables = [_model(spec) for spec in specs]
    first, others = tables[0] if tables else dict[str, Any](), tables[1:]
    return {**first, "fallback": others} if others else first


def _model(spec: ModelSpec) -> dict[str, Any]:
    sampling = {name: value for name, value in spec.options.items() if name in SAMPLING}
    extra = {name: value for name, value in spec.options.items() if name not in SAMPLING}
    told = {
        "provider": spec.provider,
        "name": spec.name,
        "base_url": spec.base_url,
        "context_window": spec.context_window,
        "max_tokens": spec.max_tokens,
        "timeout": spec.timeout,
        "retries": spec.retries,
        **_copied(sampling),
        "extra": _copied(extra) or None,
    }
    return {name: value for name, value in told.items() if value is not None}


def _is_named(name: str, specs: Sequence[ModelSpec]) -> bool:
    """Whether a choice is the model that people type, and no more."""
    try:
        return specs == (named(name),)
    except SettingsError:
        return False


def _percent(share: float) -> float:
    """The percent that are read as this share, to the last bit; the roundest of them."""
    near = share * 100
    tried = (round(near, 9), near, math.nextafter(near, 0), math.nextafter(near, math.inf))
    return next((percent for percent in tried if percent / 100 == share), near)


def _check(bot: Entry) -> None:
    """Note, and take out, what a screen may not say."""
    _check_persona(bot)
    for model in _each_model(bot.get("model")):
        _check_model(model)
    if isinstance(bot.get("choices").value, dict):
        bot.get("choices").wrong('a list such as ["openai:gpt-5"]')
        _take_out(bot, "choices")


def _check_persona(bot: Entry) -> None:
    persona = bot.get("persona")
    whole = isinstance(persona.value, str)
    holder, key = (bot, "persona") if whole else (persona, "instructions")
    text = holder.get(key)
    if isinstance(text.value, str) and text.value.startswith("file:"):
        text.note(f"{text.named}: {_NO_FILE}")
        _take_out(holder, key)


def _each_model(model: Entry) -> Iterator[Entry]:
    """The tables of a model and of those to fall back on."""
    if isinstance(model.value, dict):
        yield model
        yield from (other for other in model.get("fallback").all() if isinstance(other.value, dict))


def _check_model(model: Entry) -> None:
    key, extra, url = (model.get(name) for name in ("api_key", "extra", "base_url"))
    if key.value is not None:
        key.note(f"{key.named}: {_NO_KEY}")
        _take_out(model, "api_key")
    if _gives_away(extra.value):
        extra.note(f"{extra.named} may hold a secret: {_NO_KEY}")
        _take_out(model, "extra")
    if isinstance(url.value, str) and _gives_away(_asked(url.value)):
        url.note(f"{url.named} may hold a secret: {_NO_KEY}")
        _take_out(model, "base_url")


def _take_out(table: Entry, key: str) -> None:
    cast("dict[str, object]", table.value).pop(key)


def _asked(url: str) -> dict[str, str]:
    """What a URL carries behind its path."""
    try:
        parts = urlsplit(url)
    except ValueError:  # it is no address, which the reader says
        return {}
    return {**dict(parse_qsl(parts.query)), "#": parts.fragment}


def _gives_away(value: object, name: str = "") -> bool:
    """Whether a text in it looks like a secret, or is called one."""
    if isinstance(value, str):
        return secretive(value) or bool(value.strip() and _OF_A_SECRET.search(name))
    inside: Iterable[tuple[str, object]] = ()
    if isinstance(value, dict):
        inside = cast("dict[str, object]", value).items()
    elif isinstance(value, list):
        inside = ((name, item) for item in cast("list[object]", value))
    return any(_gives_away(item, name) for name, item in inside)
