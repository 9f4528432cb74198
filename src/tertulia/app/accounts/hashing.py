"""What of a token, a login or a browser is kept in its place: a keyed hash."""

from __future__ import annotations

import hashlib
import secrets
from typing import Literal

Kind = Literal["token", "login", "session", "csrf"]

TOKEN = "tt_"  # noqa: S105 - what every token begins with


def keyed(key: bytes, kind: Kind, *texts: str) -> bytes:
    """The hash, which without the key of the store tells nothing; no kind's is another's."""
    told = "\0".join(texts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(told, key=key, person=kind.encode(), digest_size=32).digest()


def new_token() -> str:
    """A token that nobody can guess."""
    return TOKEN + new_value()


def new_value() -> str:
    """What nobody can guess: 32 random bytes, as text that may stand in a cookie."""
    return secrets.token_urlsafe(32)
