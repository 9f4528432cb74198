"""Titles, other versions of messages, attachments; accounts, and bots described on a screen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the columns and tables."""
    _columns()
    _attachments()
    _accounts()
    _bots()


def _columns() -> None:
    for column in (
        sa.Column("title", sa.Text()),
        sa.Column("pinned_at", sa.BigInteger()),
        sa.Column("archived_at", sa.BigInteger()),
        sa.Column("again", sa.BigInteger()),
        sa.Column("go_on", sa.Boolean(), nullable=False, server_default="0"),
        sa.Column("owners_pick", sa.Boolean(), nullable=False, server_default="0"),
    ):
        op.add_column("conversation", column)
    # Until now only an owner could pick what is none of the bot's own choices.
    op.execute("UPDATE conversation SET owners_pick = 1 WHERE model IS NOT NULL")
    op.drop_index("ix_conversation_waiting", table_name="conversation")
    op.create_index(
        "ix_conversation_waiting",
        "conversation",
        ["updated_at"],
        sqlite_where=sa.text("asked_seq > answered_seq OR again IS NOT NULL"),
    )
    op.add_column("message", sa.Column("instead_of", sa.BigInteger()))
    op.create_index(
        "ix_message_conversation_id_instead_of",
        "message",
        ["conversation_id", "instead_of"],
        sqlite_where=sa.text("instead_of IS NOT NULL"),
    )
    _paths()
    op.drop_index("ix_message_identity_id", table_name="message")
    op.create_index(
        "ix_message_identity_id_conversation_id", "message", ["identity_id", "conversation_id"]
    )


def _paths() -> None:
    """Where a talk bends, and what stands beside it."""
    op.create_index(
        "ix_message_bends",
        "message",
        ["conversation_id", "seq", "parent"],
        sqlite_where=sa.text("message.parent IS NOT message.seq - 1"),
    )
    op.create_index(
        "ix_message_notices",
        "message",
        ["conversation_id", "parent"],
        sqlite_where=sa.text("role = 'notice'"),
    )


def _attachments() -> None:
    op.create_table(
        "attachment",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("message_id", _KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_attachment_message_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_attachment_message_id", "attachment", ["message_id"])


def _accounts() -> None:
    op.create_table(
        "account",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password", sa.Text()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("role IN ('owner', 'member')", name=op.f("ck_account_role")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_account")),
    )
    op.create_table(
        "access_token",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(
            ["account"], ["account.name"], name=op.f("fk_access_token_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_token")),
        sa.UniqueConstraint("hash", name=op.f("uq_access_token_hash")),
        sa.UniqueConstraint("account", "label", name=op.f("uq_access_token_account_label")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "login",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.name"], name=op.f("fk_login_account")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_login")),
    )
    op.create_index("ix_login_account", "login", ["account"])


def _bots() -> None:
    op.create_table(
        "bot",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("given", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_bot")),
    )
