"""Which server is asked with which key, and what its refusals mean."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from tertulia.values.bot import ModelSpec
from tertulia.values.errors import (
    ContextOverflow,
    ModelError,
    ModelNotAllowed,
    ModelRejected,
    ModelUnavailable,
    SettingsError,
)
from tertulia.values.secret import Secret

_USUAL = "https://api.openai.com/v1"
_MODEL = "text-embedding-3-small"
_KEY = "OPENAI_API_KEY"

_SHOWN = 300
_READ = 4000
_PIECE = 6
"""So many characters of a key in a row are enough to hide the word that they stand in."""

_PASSING = frozenset({408, 409, 425, 429})
_MAY_OVERFLOW = frozenset({400, 413, 422, 500})
_OVERFLOW = re.compile(
    r"context (?:length|size|window)|too (?:long|large|many)|batch size|larger than"
    r"|maximum (?:context|input|sequence|length|allowed)|less than \d+ tokens"
    r"|(?:input|token|sequence|prompt)s?\b.{0,40}\bexceed|exceed.{0,40}\b(?:token|length)",
    re.IGNORECASE,
)
_NO_CREDIT = re.compile(r"insufficient_quota|billing_(?:hard_limit|not_active)|quota_exceeded")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """One embedding model of one server."""

    name: str
    """Its public name, `PROVIDER:MODEL`."""
    model: str
    base_url: str
    key: Secret | None
    foreign: bool
    """Whether the owner named the server, so that it is shown nothing that is meant for OpenAI."""

    @property
    def host(self) -> str:
        """Host and port, without what else a URL may carry."""
        return urlsplit(self.base_url).netloc.rpartition("@")[2]

    @property
    def local(self) -> bool:
        """Whether it is a server of this machine."""
        return urlsplit(self.base_url).hostname in ("127.0.0.1", "::1", "localhost")

    def clean(self, text: str) -> str:
        """What a server said, on one line, cut, without the key or a part of it."""
        line = " ".join(re.sub(r"<[^>]*>", " ", text[:_READ]).split())
        key = self.key.reveal() if self.key else ""
        if key:
            line = re.sub(r"[^\s\"',;:=()\[\]{}]+", lambda word: _hidden(word[0], key), line)
        return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"

    def unavailable(self, told: str, retry_after: float | None = None) -> ModelUnavailable:
        """The error of a server that gives no vectors now."""
        return ModelUnavailable(f"{self.name}: {told}", retry_after=retry_after)

    def refusal(self, status: int, body: str, retry_after: float | None) -> ModelError:
        """The error that an answer with a status of 400 or more is."""
        told = f"{status}: {self.clean(body)}"
        if status in (401, 403):
            origin = f"the key from {self.key.origin}" if self.key else "a request without a key"
            advice = "Put a valid key there." if self.key else _advice(foreign=self.foreign)
            return ModelNotAllowed(f"{self.name}: {self.host} refuses {origin} ({told}). {advice}")
        if status == 402 or _NO_CREDIT.search(body):
            return ModelRejected(
                f"{self.name}: the account at {self.host} has no quota or credit left: look at "
                f"its billing page ({told})."
            )
        if status == 413 or (status in _MAY_OVERFLOW and _OVERFLOW.search(body)):
            return ContextOverflow(f"{self.name}: this is too much for {self.host} ({told}).")
        if status in _PASSING or status >= 500:
            return self.unavailable(f"{self.host} cannot answer now ({told}).", retry_after)
        return ModelRejected(
            f"{self.name}: {self.host} will not take this request ({told}). Check the name of the "
            "model, that it makes embeddings, and base_url."
        )


def server(spec: ModelSpec) -> Server:
    """The server that `spec` describes. Raises: `SettingsError`."""
    foreign = bool(spec.base_url)
    if foreign and not spec.name:
        raise SettingsError(
            f"No embedding model of {spec.provider} is named. Write its name beside base_url."
        )
    name = spec.name or _MODEL
    return Server(
        name=f"{spec.provider}:{name}",
        model=name,
        base_url=_address(spec),
        key=_secret(spec, foreign=foreign),
        foreign=foreign,
    )


def _address(spec: ModelSpec) -> str:
    address = spec.base_url or os.environ.get("OPENAI_BASE_URL", "").strip() or _USUAL
    try:
        parts = urlsplit(address)
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # a port that is no number, a bracket that is not closed
        sound = False
    if sound:
        return address
    raise SettingsError(
        f"The base_url of the embedding model ({spec.provider}) is no web address. "
        "It looks like http://127.0.0.1:8000/v1."
    )


def _secret(spec: ModelSpec, *, foreign: bool) -> Secret | None:
    # The key in the environment is OpenAI's: no other server is shown it.
    mine = "" if foreign else os.environ.get(_KEY, "")
    key = spec.api_key or Secret(mine, f"env:{_KEY}")
    value = key.reveal().strip()
    if not value:
        if foreign:
            return None
        raise SettingsError(f"There is no key for embeddings. {_advice(foreign=False)}")
    if value.isascii() and value.isprintable() and " " not in value:
        return Secret(value, key.origin)
    raise SettingsError(f"The key from {key.origin} holds characters that no key has; set it anew.")


def _advice(*, foreign: bool) -> str:
    own = "Set " if foreign else f"Set {_KEY}, or "
    return f'{own}api_key = "env:NAME" for the embedding model.'


def _hidden(word: str, key: str) -> str:
    """`word`, or stars where it gives away a part of the key."""
    pieces = (key[i : i + _PIECE] for i in range(max(1, len(key) - _PIECE + 1)))
    masked = "**" in word or (word.startswith(key[:3]) and (".." in word or "…" in word))
    return "***" if masked or any(piece in word for piece in pieces) else word
