"""Audiences, facts, recall, forgetting; summaries are made anew, for each audience its own."""

from __future__ import annotations

import hashlib
import json

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables, and give everything that was said its audience."""
    _columns()
    _people()
    _summaries()
    _facts()
    _keeping()
    op.execute(
        "CREATE VIRTUAL TABLE message_index USING fts5("
        "text, context, scope, content='', columnsize=0, "
        "tokenize='porter unicode61 remove_diacritics 2')"
    )
    _give_audiences(op.get_bind())


def _columns() -> None:
    op.add_column("conversation", sa.Column("audience_id", sa.BigInteger(), nullable=True))
    op.add_column("conversation", sa.Column("window", sa.Text(), nullable=True))
    op.add_column("identity", sa.Column("linked_to", sa.BigInteger(), nullable=True))
    op.create_index("ix_identity_linked_to", "identity", ["linked_to"])
    op.add_column(
        "message", sa.Column("audience_id", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.create_index("ix_message_audience_id", "message", ["audience_id"])
    op.create_index("ix_message_identity_id", "message", ["identity_id"])


def _people() -> None:
    op.create_table(
        "audience",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("bot", sa.Text(), nullable=False),
        sa.Column("circle", sa.Text(), nullable=True),
        sa.Column("crowd", sa.Text(), nullable=True),
        sa.Column("window", sa.Text(), nullable=True),
        sa.Column("facts_upto", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audience")),
        sa.UniqueConstraint("key", name=op.f("uq_audience_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "audience_member",
        sa.Column("audience_id", _KEY, nullable=False),
        sa.Column("identity_id", _KEY, nullable=False),
        sa.Column("left_after", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["audience_id"], ["audience.id"], name=op.f("fk_audience_member_audience_id")
        ),
        sa.ForeignKeyConstraint(
            ["identity_id"], ["identity.id"], name=op.f("fk_audience_member_identity_id")
        ),
        sa.PrimaryKeyConstraint("audience_id", "identity_id", name=op.f("pk_audience_member")),
    )
    op.create_index(
        "ix_audience_member_identity_id_audience_id",
        "audience_member",
        ["identity_id", "audience_id"],
    )
    op.create_table(
        "link_code",
        sa.Column("identity_id", _KEY, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["identity_id"], ["identity.id"], name=op.f("fk_link_code_identity_id")
        ),
        sa.PrimaryKeyConstraint("identity_id", name=op.f("pk_link_code")),
    )


def _summaries() -> None:
    op.drop_index("ix_summary_conversation_id_upto", "summary")
    op.drop_table("summary")
    op.create_table(
        "summary",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("conversation_id", _KEY, nullable=False),
        sa.Column("audience_id", sa.BigInteger(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("upto", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("covered", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("tokens", sa.BigInteger(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_summary_conversation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_summary")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_summary_conversation_id_upto", "summary", ["conversation_id", "upto"])


def _facts() -> None:
    op.create_table(
        "fact",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("audience_id", _KEY, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("about", _KEY, nullable=True),
        sa.Column("slot", sa.Text(), nullable=True),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_to", sa.BigInteger(), nullable=True),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("superseded_by", _KEY, nullable=True),
        sa.Column("newest_source", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("origin IN ('said', 'written')", name=op.f("ck_fact_origin")),
        sa.ForeignKeyConstraint(["about"], ["identity.id"], name=op.f("fk_fact_about")),
        sa.ForeignKeyConstraint(["audience_id"], ["audience.id"], name=op.f("fk_fact_audience_id")),
        sa.ForeignKeyConstraint(["superseded_by"], ["fact.id"], name=op.f("fk_fact_superseded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact")),
        sqlite_autoincrement=True,
    )
    for column in ("about", "audience_id", "superseded_by"):
        op.create_index(f"ix_fact_{column}", "fact", [column])
    op.create_table(
        "fact_source",
        sa.Column("fact_id", _KEY, nullable=False),
        sa.Column("message_id", _KEY, nullable=False),
        sa.ForeignKeyConstraint(["fact_id"], ["fact.id"], name=op.f("fk_fact_source_fact_id")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_fact_source_message_id")
        ),
        sa.PrimaryKeyConstraint("fact_id", "message_id", name=op.f("pk_fact_source")),
    )
    op.create_index("ix_fact_source_message_id", "fact_source", ["message_id"])


def _keeping() -> None:
    op.create_table(
        "embedding",
        sa.Column("message_id", _KEY, nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_embedding_message_id")
        ),
        sa.PrimaryKeyConstraint("message_id", "model", name=op.f("pk_embedding")),
    )
    op.create_table(
        "tombstone",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_tombstone")),
    )
    op.create_table(
        "keeping",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_keeping")),
    )


def _give_audiences(connection: sa.Connection) -> None:
    """Everybody who ever spoke in a conversation is taken to have heard all of it."""
    rows = connection.execute(
        sa.text(
            "SELECT c.id, c.bot, m.identity_id FROM conversation AS c LEFT JOIN message AS m "
            "ON m.conversation_id = c.id AND m.identity_id IS NOT NULL "
            "GROUP BY c.id, c.bot, m.identity_id ORDER BY c.id, m.identity_id"
        )
    )
    people: dict[tuple[int, str], list[int]] = {}
    for conversation, bot, who in rows:
        people.setdefault((conversation, bot), []).extend([who] if who is not None else [])
    known: dict[tuple[str, tuple[int, ...]], int] = {}
    for (conversation, bot), who in people.items():
        hearers = (bot, tuple(who))
        if hearers not in known:
            known[hearers] = _make_audience(connection, bot, who)
        given = {"which": conversation, "audience": known[hearers]}
        connection.execute(
            sa.text("UPDATE conversation SET audience_id = :audience WHERE id = :which"), given
        )
        connection.execute(
            sa.text("UPDATE message SET audience_id = :audience WHERE conversation_id = :which"),
            given,
        )
    connection.execute(sa.text(_NAMES))


_NAMES = """
UPDATE audience_member SET name = coalesce(
    (SELECT m.name FROM message AS m WHERE m.identity_id = audience_member.identity_id
     AND m.audience_id = audience_member.audience_id AND m.name IS NOT NULL
     ORDER BY m.id DESC LIMIT 1),
    (SELECT i.name FROM identity AS i WHERE i.id = audience_member.identity_id
     AND (SELECT count(*) FROM audience_member AS o
          WHERE o.audience_id = audience_member.audience_id) = 1)
)
"""
"""What people were called where they spoke; whoever is alone is called as they are now."""


def _make_audience(connection: sa.Connection, bot: str, people: list[int]) -> int:
    key = hashlib.blake2b(json.dumps([bot, None, people]).encode(), digest_size=16).hexdigest()
    number = connection.execute(
        sa.text("INSERT INTO audience (key, bot, facts_upto) VALUES (:key, :bot, 0) RETURNING id"),
        {"key": key, "bot": bot},
    ).scalar_one()
    for who in people:
        connection.execute(
            sa.text("INSERT INTO audience_member (audience_id, identity_id) VALUES (:a, :i)"),
            {"a": number, "i": who},
        )
    return number
