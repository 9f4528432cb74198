"""Reads which embedder recall is to use, if any, from the table `[embedder]` of the settings."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tertulia.app import plugins
from tertulia.app.entry import TEXT, Entry, number, shown, whole
from tertulia.app.keys import Surroundings, secret
from tertulia.app.modelspec import base_url, extra
from tertulia.app.nearest import did_you_mean
from tertulia.values.bot import ModelSpec

SETTINGS = frozenset(
    {"provider", "name", "base_url", "api_key", "context_window", "dimensions", "timeout"}
    | {"retries", "patience", "extra"}
)
PATIENCE = 2.0
_SECONDS = number("a number of seconds, at least 0.1", 0.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedderSpec:
    """An embedding model, and how many seconds a turn waits for a question's vector."""

    model: ModelSpec
    patience: float = PATIENCE


def read_embedder(entry: Entry, around: Surroundings) -> EmbedderSpec | None:
    """The embedder of the settings; None where they have none."""
    if entry.value is None:
        return None
    entry.knows(SETTINGS)
    size = entry.get("dimensions").read(whole(1), None)
    spec = ModelSpec(
        provider=_provider(entry),
        name=entry.get("name").read(TEXT, None),
        base_url=base_url(entry.get("base_url")),
        api_key=secret(entry.get("api_key"), around),
        context_window=entry.get("context_window").read(whole(1), None),
        options={
            **({} if size is None else {"dimensions": size}),
            **extra(entry.get("extra"), SETTINGS),
        },
    )
    spec = replace(
        spec,
        timeout=entry.get("timeout").read(_SECONDS, spec.timeout),
        retries=entry.get("retries").read(whole(0), spec.retries),
    )
    return EmbedderSpec(model=spec, patience=entry.get("patience").read(_SECONDS, PATIENCE))


def _provider(entry: Entry) -> str:
    place, known = entry.get("provider"), plugins.names("embedders")
    text = place.read(TEXT, "")
    if place.value is None and isinstance(entry.value, dict):
        entry.note(
            f"{entry.named} has no provider. Known: {', '.join(known)}; "
            '"openai" is also for any server that speaks its protocol, with a base_url.'
        )
    elif text and text not in known:
        place.note(f"{place.named}: there is no embedder {shown(text)}.{did_you_mean(text, known)}")
    return text
