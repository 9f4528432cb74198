"""Who may come in where people have to log in: accounts, their tokens and their logins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Role = Literal["owner", "member"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A name by which somebody is let in. `password` is its argon2 hash, None where it has none.

    Times are milliseconds since 1970 UTC.
    """

    name: str
    role: Role
    password: str | None
    created_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What lets a program in for an account: `label` says which program; its text is not kept."""

    id: int
    account: str
    label: str
    created_at: int
    used_at: int | None


class AccountStore(Protocol):
    """Keeps accounts. Of tokens and logins it is given keyed hashes alone."""

    async def accounts(self) -> Sequence[Account]:
        """All accounts, by their names."""
        ...

    async def account(self, name: str) -> Account | None:
        """One account."""
        ...

    async def add_account(self, account: Account) -> None:
        """Raises: `SettingsError` where that name is taken."""
        ...

    async def change_account(
        self, name: str, *, role: Role | None = None, password: str | None = None
    ) -> None:
        """Change what is given; a new password ends all logins. Raises: `NotThere`."""
        ...

    async def remove_account(self, name: str) -> None:
        """Take it away, with its tokens and logins. What it said stays. Raises: `NotThere`."""
        ...

    async def add_token(self, account: str, label: str, hash_: bytes, now: int) -> Token:
        """Raises: `NotThere` without that account, `SettingsError` where it has that label."""
        ...

    async def tokens(self) -> Sequence[Token]:
        """All tokens, the oldest first."""
        ...

    async def remove_token(self, number: int) -> None:
        """Raises: `NotThere`."""
        ...

    async def let_in(self, hash_: bytes, now: int) -> tuple[Account, Token] | None:
        """Whose token it is; that it was used is noted, to the minute."""
        ...

    async def log_in(self, hash_: bytes, account: str, now: int, until: int) -> None:
        """Keep a login until then. Raises: `NotThere`."""
        ...

    async def logged_in(self, hash_: bytes, now: int, until: int | None = None) -> Account | None:
        """Whose login it is, where it is still good; it then is until `until`, to the day."""
        ...

    async def log_out(self, hash_: bytes) -> None:
        """End a login."""
        ...

    async def secret(self) -> bytes:
        """The key of this store's hashes, made once."""
        ...
