"""The tables of accounts, and of bots that were described on a screen."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from tertulia.stores.sql.metadata import KEY, metadata

account = Table(
    "account",
    metadata,
    Column("name", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("password", Text),
    Column("created_at", BigInteger, nullable=False),
    CheckConstraint("role IN ('owner', 'member')", name="role"),
)

access_token = Table(
    "access_token",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("account", Text, ForeignKey("account.name"), nullable=False),
    Column("label", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
    UniqueConstraint("hash"),
    UniqueConstraint("account", "label"),
    sqlite_autoincrement=True,
)

login = Table(
    "login",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("account", Text, ForeignKey("account.name"), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Index("ix_login_account", "account"),
)

bot = Table(
    "bot",
    metadata,
    Column("name", Text, primary_key=True),
    Column("given", JSON, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
)
