"""Reads which model is to be used: `openai:gpt-5-mini`, `offline`, or a table of the settings.

The text before the first colon is the provider, all behind it the model's own name there, which may
have colons of its own (`ollama:llama3.2:3b`). Without a colon it is a provider, which then takes
the model that is usual with it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, time
from typing import Any, cast
from urllib.parse import urlsplit

from tertulia.app import plugins
from tertulia.app.entry import TEXT, Entry, Kind, number, secretive, whole
from tertulia.app.keys import Surroundings, secret
from tertulia.app.nearest import nearest
from tertulia.values.bot import ModelSpec
from tertulia.values.errors import SettingsError


def _stops(value: object) -> str | tuple[str, ...] | None:
    """One text or several; blanks alone may well be what a reply is to stop at."""
    if isinstance(value, str):
        return value or None
    listed = cast("list[object]", value) if isinstance(value, list) else []
    texts = tuple(text for text in listed if isinstance(text, str) and text)
    return texts if texts and len(texts) == len(listed) else None


SAMPLING: Mapping[str, Kind[Any]] = {
    "temperature": number("a number"),
    "top_p": number("a number"),
    "presence_penalty": number("a number"),
    "frequency_penalty": number("a number"),
    "stop": Kind("a text or a list of texts", _stops),
    "seed": whole(),
}
"""Passed through as they are: which range a vendor takes, the vendor says."""

SETTINGS = frozenset(
    {"provider", "name", "base_url", "api_key", "context_window", "max_tokens", "timeout"}
    | {"retries", "fallback", "extra", *SAMPLING}
)


def model_spec(text: str, where: str = "--model") -> tuple[ModelSpec, ...]:
    """The model that a text names, as the first and only of a bot's models.

    Raises: `SettingsError`, which begins with `where` the text was found.
    """
    try:
        return (named(text),)
    except SettingsError as error:
        raise SettingsError(f"{where}: {error}") from None


def named(text: str) -> ModelSpec:
    """The model that a text such as `PROVIDER:NAME` names. Raises: `SettingsError`."""
    provider, colon, name = (part.strip() for part in text.partition(":"))
    if provider not in plugins.names("models"):
        raise SettingsError(_no_provider(provider, has_name=bool(colon)))
    if colon and not name:
        raise SettingsError(f'no model is named behind "{provider}:".')
    return ModelSpec(provider=provider, name=name or None)


def public_name(spec: ModelSpec) -> str:
    """How a person writes it: `PROVIDER:NAME`, or `PROVIDER` where the name is left to that."""
    return f"{spec.provider}:{spec.name}" if spec.name else spec.provider


def _no_provider(provider: str, *, has_name: bool) -> str:
    known = plugins.names("models")
    if secretive(provider):
        return 'this names no model, and may be a key. Write a model as "PROVIDER:NAME".'
    # Without a colon it may be a model's name: gpt-5-mini is not a slip of gemini.
    close = nearest(provider, known, 0.6 if has_name else 0.8)
    if close:
        return f'there is no provider "{provider}". Did you mean "{close}"?'
    how = "" if has_name else f' Write a model as "PROVIDER:NAME", such as "openai:{provider}".'
    return f'there is no provider "{provider}".{how} Known: {", ".join(known)}.'


def read_models(entry: Entry, around: Surroundings) -> tuple[ModelSpec, ...]:
    """The model of an entry and those to fall back on, in order; empty where there is none."""
    first = read_model(entry, around)
    if not isinstance(entry.value, dict):
        return first
    rest = entry.get("fallback")
    if rest.value is not None and not isinstance(rest.value, list):
        rest.wrong("a list of models")
    return (*first, *(spec for other in rest.all() for spec in _fallback(other, around)))


def _fallback(entry: Entry, around: Surroundings) -> tuple[ModelSpec, ...]:
    own = entry.get("fallback")
    if own.value is not None:
        own.note(f"{entry.named} is a fallback, and cannot have its own.")
    return read_model(entry, around)


def read_model(entry: Entry, around: Surroundings) -> tuple[ModelSpec, ...]:
    """The model of an entry, without those to fall back on; empty where there is none."""
    if entry.value is None:
        return ()
    if isinstance(entry.value, dict):
        return (_from_table(entry, around),)
    text = entry.read(Kind('a text such as "openai:gpt-5-mini", or a table', TEXT.read), "")
    return _named_at(entry, text) if text else ()


def _named_at(entry: Entry, text: str) -> tuple[ModelSpec, ...]:
    try:
        return (named(text),)
    except SettingsError as error:
        entry.note(f"{entry.named}: {error}")
        return ()


def _from_table(entry: Entry, around: Surroundings) -> ModelSpec:
    entry.knows(SETTINGS)
    spec = ModelSpec(
        provider=_provider(entry),
        name=entry.get("name").read(TEXT, None),
        base_url=base_url(entry.get("base_url")),
        api_key=secret(entry.get("api_key"), around),
        context_window=entry.get("context_window").read(whole(1), None),
        max_tokens=entry.get("max_tokens").read(whole(1), None),
        options={**_sampling(entry), **extra(entry.get("extra"), SETTINGS)},
    )
    if spec.context_window and spec.max_tokens and spec.max_tokens >= spec.context_window:
        entry.get("max_tokens").note(
            f"{entry.named}.max_tokens is kept free for the reply, so it must be smaller than "
            f"context_window ({spec.context_window}), not {spec.max_tokens}."
        )
    timeout = entry.get("timeout").read(
        number("a number of seconds, at least 0.1", 0.1), spec.timeout
    )
    return replace(spec, timeout=timeout, retries=entry.get("retries").read(whole(0), spec.retries))


def _provider(entry: Entry) -> str:
    provider = entry.get("provider")
    text = provider.read(TEXT, "")
    if provider.value is None:
        entry.note(
            f"{entry.named} has no provider. Known: {', '.join(plugins.names('models'))}; "
            '"openai" is also for any server that speaks its protocol, with a base_url.'
        )
    elif text and text not in plugins.names("models"):
        provider.note(f"{provider.named}: {_no_provider(text, has_name=True)}")
    return text


def base_url(entry: Entry) -> str | None:
    """The address of a server; None where there is none, or no address."""
    text = entry.read(TEXT, None)
    if text is None:
        return None
    if "@" in text:
        entry.note(f"{entry.named} holds a user's name or password. A key belongs in api_key.")
    elif not _is_address(text):
        entry.wrong('an address such as "http://127.0.0.1:8080/v1"')
    return text


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, a bracket that is not closed
        return False


def _sampling(entry: Entry) -> dict[str, Any]:
    read = {name: entry.get(name).read(kind, None) for name, kind in SAMPLING.items()}
    return {name: value for name, value in read.items() if value is not None}


def extra(entry: Entry, settings: Collection[str]) -> dict[str, Any]:
    """Further fields of a request; none that is one of the `settings` themselves."""
    for name, value in entry.each():
        if name in settings:
            value.note(f"{value.named} is a setting of its own: write it outside of extra.")
        elif _holds_a_date(value.value):
            value.note(f"{value.named} holds a date or time, which no model takes: write a text.")
    return entry.table()


def _holds_a_date(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_a_date, cast("dict[str, object]", value).values()))
    if isinstance(value, list):
        return any(map(_holds_a_date, cast("list[object]", value)))
    return isinstance(value, date | time)
