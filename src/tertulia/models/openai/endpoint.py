"""Where a model is asked and with which key, and the texts that may name them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from tertulia.values.secret import Secret

SHOWN = 300
"""The most characters of a server's own words that a message quotes."""

_READ = 4000

_PIECE = 6
"""So many characters of a key in a row are enough to hide the word that they stand in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One model of one server.

    `key_step` and `start_step` say what its owner can do where a key is missing, or where nothing
    answers.
    """

    name: str
    """The model's public name, `PROVIDER:MODEL`."""
    model: str
    base_url: str
    key: Secret | None
    key_step: str
    start_step: str
    proof: str = ""
    """A path that only a good key may read, where everybody may read the list of models."""

    @property
    def host(self) -> str:
        """Host and port, without what else a URL may carry."""
        return urlsplit(self.base_url).netloc.rpartition("@")[2]

    @property
    def local(self) -> bool:
        """Whether it is a server of this machine."""
        return urlsplit(self.base_url).hostname in ("127.0.0.1", "::1", "localhost")

    @property
    def address(self) -> str:
        """The URL without user name, password and query."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{self.host}{parts.path}"

    @property
    def key_origin(self) -> str:
        """Where the key came from, safe to show."""
        return f"the key from {self.key.origin}" if self.key else "a request without a key"

    @property
    def key_advice(self) -> str:
        """What to do where the key is refused."""
        return "Put a valid key there." if self.key else self.key_step

    def clean(self, text: str) -> str:
        """What a server said, on one line, at most `SHOWN` characters, without the key.

        Servers repeat a refused key, in full or with its middle hidden.
        """
        line = " ".join(re.sub(r"<[^>]*>", " ", text[:_READ]).split())
        secret = self.key.reveal() if self.key else ""
        if secret:
            line = line.replace(secret, "***") if len(secret) >= _PIECE else line
            line = re.sub(r"[^\s\"',;:=()\[\]{}]+", lambda found: _hidden(found[0], secret), line)
        return line if len(line) <= SHOWN else f"{line[: SHOWN - 1]}…"


def _hidden(word: str, secret: str) -> str:
    """`word`, or stars where it gives away a part of the secret."""
    pieces = (secret[i : i + _PIECE] for i in range(max(1, len(secret) - _PIECE + 1)))
    masked = "**" in word or (word.startswith(secret[:3]) and (".." in word or "…" in word))
    return "***" if masked or any(piece in word for piece in pieces) else word
