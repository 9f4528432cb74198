"""Accounts, and the keyed hashes of what lets somebody in for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from tertulia.ports.accounts import Account, AccountStore, Role, Token
from tertulia.stores.sql.rows import AnyRow
from tertulia.stores.sql.schema import conversation
from tertulia.stores.sql.schema_accounts import access_token, account, login
from tertulia.stores.sql.screen import ACCOUNTS
from tertulia.stores.sql.tables import Tables
from tertulia.stores.sql.tombstones import secret
from tertulia.values.errors import NotThere, SettingsError

MINUTE, DAY = 60_000, 86_400_000

_accounts = select(account.c.name, account.c.role, account.c.password, account.c.created_at)
_tokens = select(
    access_token.c.id,
    access_token.c.account,
    access_token.c.label,
    access_token.c.created_at,
    access_token.c.used_at,
)


class AccountTables(Tables, AccountStore):
    """`AccountStore` on the tables."""

    async def accounts(self) -> Sequence[Account]:
        """See the port."""
        return await self._read(
            lambda c: [_account(row) for row in c.execute(_accounts.order_by(account.c.name))]
        )

    async def account(self, name: str) -> Account | None:
        """See the port."""
        return await self._read(lambda c: _named(c, name))

    async def add_account(self, account: Account) -> None:
        """See the port."""
        await self._write(lambda c: _add(c, account))

    async def change_account(
        self, name: str, *, role: Role | None = None, password: str | None = None
    ) -> None:
        """See the port."""
        await self._write(lambda c: _change(c, name, role, password))

    async def remove_account(self, name: str) -> None:
        """See the port."""
        await self._write(lambda c: _remove(c, name))

    async def add_token(self, account: str, label: str, hash_: bytes, now: int) -> Token:
        """See the port."""
        return await self._write(lambda c: _add_token(c, account, label, hash_, now))

    async def tokens(self) -> Sequence[Token]:
        """See the port."""
        return await self._read(
            lambda c: [_token(row) for row in c.execute(_tokens.order_by(access_token.c.id))]
        )

    async def remove_token(self, number: int) -> None:
        """See the port."""
        await self._write(lambda c: _remove_token(c, number))

    async def let_in(self, hash_: bytes, now: int) -> tuple[Account, Token] | None:
        """See the port."""
        found = await self._read(lambda c: _owner_of(c, hash_))
        if found is not None and (found[1].used_at or 0) <= now - MINUTE:
            await self._write(lambda c: _used(c, found[1].id, now))
        return found

    async def log_in(self, hash_: bytes, account: str, now: int, until: int) -> None:
        """See the port."""
        await self._write(lambda c: _log_in(c, hash_, account, now, until))

    async def logged_in(self, hash_: bytes, now: int, until: int | None = None) -> Account | None:
        """See the port."""
        row = await self._read(lambda c: _login(c, hash_, now))
        if row is None:
            return None
        if until is not None and row[-1] <= until - DAY:
            await self._write(lambda c: _prolong(c, hash_, now, until))
        return _account(row)

    async def log_out(self, hash_: bytes) -> None:
        """See the port."""
        await self._write(lambda c: _log_out(c, hash_))

    async def secret(self) -> bytes:
        """See the port."""
        return await self._write(secret)


def _account(row: AnyRow) -> Account:
    return Account(name=row[0], role=row[1], password=row[2], created_at=row[3])


def _token(row: Sequence[Any]) -> Token:
    return Token(id=row[0], account=row[1], label=row[2], created_at=row[3], used_at=row[4])


def _named(connection: Connection, name: str) -> Account | None:
    row = connection.execute(_accounts.where(account.c.name == name)).one_or_none()
    return None if row is None else _account(row)


def _existing(connection: Connection, name: str) -> None:
    if _named(connection, name) is None:
        raise NotThere(f"There is no account {name!r}. `tertulia user list` shows those there are.")


def _add(connection: Connection, made: Account) -> None:
    if _named(connection, made.name) is not None:
        raise SettingsError(f"There is an account {made.name!r} already. Choose another name.")
    row = {
        "name": made.name,
        "role": made.role,
        "password": made.password,
        "created_at": made.created_at,
    }
    connection.execute(insert(account), row)


def _change(connection: Connection, name: str, role: Role | None, password: str | None) -> None:
    _existing(connection, name)
    given = {"role": role, "password": password}
    values = {key: value for key, value in given.items() if value is not None}
    if values:
        connection.execute(update(account).where(account.c.name == name).values(**values))
    if role == "member":
        _no_owner(connection, name)
    if password is not None:
        connection.execute(delete(login).where(login.c.account == name))


def _no_owner(connection: Connection, name: str) -> None:
    """What they picked while they were an owner, the owner's keys open no more."""
    theirs = (conversation.c.account == name) & conversation.c.channel.in_(ACCOUNTS)
    connection.execute(update(conversation).where(theirs).values(owners_pick=False))


def _remove(connection: Connection, name: str) -> None:
    _existing(connection, name)
    _no_owner(connection, name)
    connection.execute(delete(access_token).where(access_token.c.account == name))
    connection.execute(delete(login).where(login.c.account == name))
    connection.execute(delete(account).where(account.c.name == name))


def _add_token(connection: Connection, owner: str, label: str, hash_: bytes, now: int) -> Token:
    _existing(connection, owner)
    taken = select(func.count()).where(
        access_token.c.account == owner, access_token.c.label == label
    )
    if connection.execute(taken).scalar_one():
        raise SettingsError(
            f"The account {owner!r} has a token {label!r} already. Choose another label, or take "
            "that one away with `tertulia token remove`."
        )
    row = {"account": owner, "label": label, "hash": hash_, "created_at": now}
    number = connection.execute(
        insert(access_token).values(row).returning(access_token.c.id)
    ).scalar_one()
    return Token(id=number, account=owner, label=label, created_at=now, used_at=None)


def _remove_token(connection: Connection, number: int) -> None:
    gone = connection.execute(delete(access_token).where(access_token.c.id == number))
    if not gone.rowcount:
        raise NotThere(f"There is no token {number}. `tertulia token list` shows those there are.")


def _owner_of(connection: Connection, hash_: bytes) -> tuple[Account, Token] | None:
    row = connection.execute(
        _accounts.add_columns(*_tokens.selected_columns)
        .join(access_token, access_token.c.account == account.c.name)
        .where(access_token.c.hash == hash_)
    ).one_or_none()
    return None if row is None else (_account(row), _token(row[4:]))


def _used(connection: Connection, number: int, now: int) -> None:
    connection.execute(
        update(access_token).where(access_token.c.id == number).values(used_at=now - now % MINUTE)
    )


def _log_in(connection: Connection, hash_: bytes, name: str, now: int, until: int) -> None:
    _existing(connection, name)
    connection.execute(delete(login).where(login.c.until < now))
    row = upsert(login).values(hash=hash_, account=name, created_at=now, until=until)
    connection.execute(
        row.on_conflict_do_update(
            index_elements=["hash"], set_={"account": name, "created_at": now, "until": until}
        )
    )


def _login(connection: Connection, hash_: bytes, now: int) -> AnyRow | None:
    return connection.execute(
        _accounts.add_columns(login.c.until)
        .join(login, login.c.account == account.c.name)
        .where(login.c.hash == hash_, login.c.until >= now)
    ).one_or_none()


def _prolong(connection: Connection, hash_: bytes, now: int, until: int) -> None:
    connection.execute(
        update(login).where(login.c.hash == hash_, login.c.until >= now).values(until=until)
    )


def _log_out(connection: Connection, hash_: bytes) -> None:
    connection.execute(delete(login).where(login.c.hash == hash_))
