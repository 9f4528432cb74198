"""Looks for a model where none is named: a key in the environment, a local server, `offline`."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from urllib.parse import urlsplit

from tertulia.app import plugins
from tertulia.app.modelspec import public_name
from tertulia.ports.model import Provider
from tertulia.values.bot import ModelSpec
from tertulia.values.errors import PartMissing, SettingsError

OFFLINE = "offline"

_log = logging.getLogger(__name__)


def at_hand() -> Iterator[ModelSpec]:
    """The models that can be used with no settings, the best first, each looked for in its turn."""
    for provider in sorted(_providers(), key=lambda provider: provider.rank):
        spec = provider.found()
        if spec is not None:
            yield spec


def first_at_hand() -> ModelSpec:
    """The model that is used where none is named. Raises: `SettingsError` where there is none."""
    for spec in at_hand():
        return spec
    raise SettingsError(
        "No model is named and none was found, not even `offline`. Install Tertulia again."
    )


def how_found(spec: ModelSpec) -> str:
    """What tells that a model is at hand, such as `OPENAI_API_KEY is set`."""
    if spec.provider == OFFLINE:
        return "answers by rules, with no key and no server; it is no language model"
    if spec.api_key is not None:
        return f"{spec.api_key.origin.removeprefix('env:')} is set"
    if spec.base_url is not None:
        return f"found on {urlsplit(spec.base_url).netloc}"
    return "it is at hand"


def chosen(spec: ModelSpec) -> str:
    """A sentence for the owner who named no model: which one is used, and why."""
    if spec.provider == OFFLINE:
        return (
            "No model is named, no key is set and no local server answers: using offline, which is "
            "no language model. `tertulia init` helps to connect one."
        )
    how = how_found(spec)
    so = "" if how.startswith("found") else "as "
    return f"No model is named: using {public_name(spec)}, {so}{how}."


def _providers() -> Iterator[Provider]:
    for name in plugins.names("models"):
        try:
            yield plugins.load("models", name)
        except PartMissing as error:
            _log.warning("%s", error)
