"""Passwords: which ones are taken, and their argon2id hashes."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from tertulia.values.errors import SettingsError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST, LONGEST = 8, 1024


def check(password: str) -> str:
    """The password, where it can be one. Raises: `SettingsError`."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise SettingsError(
            f"A password has {SHORTEST} to {LONGEST} characters. Choose another; "
            "a few words in a row are good."
        )
    return password


def hashed(password: str) -> str:
    """Its argon2id hash; takes some 50 ms and 64 MiB."""
    return _hasher().hash(_bytes(password))


def fits(kept: str | None, password: str) -> bool:
    """Whether a password is the one of that hash.

    Where there is none it takes as long to say no: nobody learns which names there are.
    """
    from argon2.exceptions import InvalidHashError, VerificationError

    nobodys = _nobodys()
    try:
        _hasher().verify(kept or nobodys, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def outdated(kept: str) -> bool:
    """Whether a hash was made with less than is usual now."""
    return _hasher().check_needs_rehash(kept)


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _nobodys() -> str:
    return hashed("")


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")
