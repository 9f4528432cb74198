"""The tables, as SQLAlchemy Core describes them; the migrations make them."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    and_,
    insert,
    literal_column,
    or_,
)

from tertulia.stores.sql import schema_accounts
from tertulia.stores.sql.metadata import KEY, metadata

REVISIONS = ("0001", "0002", "0003", "0004")
"""Every revision that this program knows, oldest first; the last is the one that it works with."""

conversation = Table(
    "conversation",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("spot", Text, nullable=False),
    Column("bot", Text, nullable=False),
    Column("model", Text),
    Column("head", BigInteger),
    Column("last_seq", BigInteger, nullable=False),
    Column("asked_seq", BigInteger, nullable=False),
    Column("answered_seq", BigInteger, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("lease_owner", Text),
    Column("lease_until", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("audience_id", BigInteger),
    Column("window", Text),
    Column("title", Text),
    Column("pinned_at", BigInteger),
    Column("archived_at", BigInteger),
    Column("again", BigInteger),
    Column("go_on", Boolean, nullable=False, server_default="0"),
    Column("owners_pick", Boolean, nullable=False, server_default="0"),
    UniqueConstraint("channel", "account", "spot"),
    sqlite_autoincrement=True,
)

waits = or_(
    conversation.c.asked_seq > conversation.c.answered_seq, conversation.c.again.is_not(None)
)
"""Something addressed to the bot has no outcome yet, or a reply is to be made anew."""

Index("ix_conversation_waiting", conversation.c.updated_at, sqlite_where=waits)

identity = Table(
    "identity",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("platform_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("linked_to", BigInteger),
    UniqueConstraint("channel", "account", "platform_id"),
    Index("ix_identity_linked_to", "linked_to"),
    sqlite_autoincrement=True,
)

link_code = Table(
    "link_code",
    metadata,
    Column("identity_id", KEY, ForeignKey("identity.id"), primary_key=True),
    Column("hash", Text, nullable=False),
    Column("until", BigInteger, nullable=False),
)

audience = Table(
    "audience",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("key", Text, nullable=False),
    Column("bot", Text, nullable=False),
    Column("circle", Text),
    Column("crowd", Text),
    Column("window", Text),
    Column("facts_upto", BigInteger, nullable=False),
    UniqueConstraint("key"),
    sqlite_autoincrement=True,
)

audience_member = Table(
    "audience_member",
    metadata,
    Column("audience_id", KEY, ForeignKey("audience.id"), nullable=False),
    Column("identity_id", KEY, ForeignKey("identity.id"), nullable=False),
    Column("left_after", BigInteger),
    Column("name", Text),
    PrimaryKeyConstraint("audience_id", "identity_id"),
    Index("ix_audience_member_identity_id_audience_id", "identity_id", "audience_id"),
)

turn = Table(
    "turn",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("conversation_id", KEY, ForeignKey("conversation.id"), nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("message_seq", BigInteger),
    Column("kind", Text, nullable=False),
    Column("finish_reason", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("prompt_tokens", BigInteger),
    Column("completion_tokens", BigInteger),
    Column("cost", Float),
    Column("cause", Text),
    Column("notes", JSON, nullable=False),
    Column("receipt", JSON),
    Column("started_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger, nullable=False),
    Index("ix_turn_conversation_id_message_seq", "conversation_id", "message_seq"),
    sqlite_autoincrement=True,
)

message = Table(
    "message",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("conversation_id", KEY, ForeignKey("conversation.id"), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("parent", BigInteger),
    Column("root", BigInteger, nullable=False),
    Column("depth", BigInteger, nullable=False),
    Column("path_tokens", BigInteger, nullable=False),
    Column("role", Text, nullable=False),
    Column("identity_id", KEY, ForeignKey("identity.id")),
    Column("name", Text),
    Column("text", Text, nullable=False),
    Column("tokens", BigInteger, nullable=False),
    Column("finish_reason", Text),
    Column("channel", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("platform_id", Text),
    Column("said_at", BigInteger, nullable=False),
    Column("stored_at", BigInteger, nullable=False),
    Column("audience_id", BigInteger, nullable=False, server_default="0"),
    Column("instead_of", BigInteger),
    Column("reply_to", BigInteger),
    UniqueConstraint("conversation_id", "seq"),
    UniqueConstraint("channel", "account", "platform_id"),
    Index("ix_message_audience_id", "audience_id"),
    Index("ix_message_identity_id_conversation_id", "identity_id", "conversation_id"),
    CheckConstraint("role IN ('user', 'assistant', 'notice')", name="role"),
    sqlite_autoincrement=True,
)

Index(
    "ix_message_conversation_id_instead_of",
    message.c.conversation_id,
    message.c.instead_of,
    sqlite_where=message.c.instead_of.is_not(None),
)

bends = message.c.parent.is_distinct_from(message.c.seq - literal_column("1"))
"""A message does not follow the one stored before it: a path is straight between two of these."""

Index(
    "ix_message_bends",
    message.c.conversation_id,
    message.c.seq,
    message.c.parent,
    sqlite_where=bends,
)

notices = message.c.role == literal_column("'notice'")
"""What the engine said itself, which stands beside the path."""

Index("ix_message_notices", message.c.conversation_id, message.c.parent, sqlite_where=notices)

attachment = Table(
    "attachment",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("message_id", KEY, ForeignKey("message.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Index("ix_attachment_message_id", "message_id"),
    sqlite_autoincrement=True,
)

outcome = Table(
    "outcome",
    metadata,
    Column("conversation_id", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("turn_id", KEY, ForeignKey("turn.id")),
    Column("kind", Text, nullable=False),
    Column("reason", Text),
    PrimaryKeyConstraint("conversation_id", "seq"),
    ForeignKeyConstraint(["conversation_id", "seq"], ["message.conversation_id", "message.seq"]),
    CheckConstraint("kind IN ('reply', 'notice', 'unanswered')", name="kind"),
    Index("ix_outcome_turn_id", "turn_id"),
)

with_outcome = message.outerjoin(
    outcome,
    (outcome.c.conversation_id == message.c.conversation_id) & (outcome.c.seq == message.c.seq),
)
unanswered = and_(message.c.role == "user", outcome.c.seq.is_(None))
"""Among `with_outcome`: what somebody said that has no outcome yet."""

delivery = Table(
    "delivery",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("conversation_id", KEY, ForeignKey("conversation.id"), nullable=False),
    Column("turn_id", KEY, ForeignKey("turn.id")),
    Column("nonce", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", BigInteger, nullable=False),
    Column("cause", Text),
    Column("sent_at", BigInteger),
    UniqueConstraint("nonce"),
    CheckConstraint("state IN ('open', 'ready', 'sent', 'failed')", name="state"),
    Index("ix_delivery_state_conversation_id", "state", "conversation_id"),
    Index("ix_delivery_turn_id", "turn_id"),
    sqlite_autoincrement=True,
)

post = Table(
    "post",
    metadata,
    Column("channel", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("platform_id", Text, nullable=False),
    Column("delivery_id", KEY, ForeignKey("delivery.id", ondelete="CASCADE"), nullable=False),
    Column("number", BigInteger, nullable=False),
    PrimaryKeyConstraint("channel", "account", "platform_id"),
    Index("ix_post_delivery_id", "delivery_id"),
)

summary = Table(
    "summary",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("conversation_id", KEY, ForeignKey("conversation.id"), nullable=False),
    Column("audience_id", BigInteger, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("upto", BigInteger, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("covered", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
    Column("tokens", BigInteger, nullable=False),
    Column("model", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Index("ix_summary_conversation_id_upto", "conversation_id", "upto"),
    sqlite_autoincrement=True,
)

fact = Table(
    "fact",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("audience_id", KEY, ForeignKey("audience.id"), nullable=False),
    Column("subject", Text, nullable=False),
    Column("about", KEY, ForeignKey("identity.id")),
    Column("slot", Text),
    Column("statement", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("valid_from", BigInteger, nullable=False),
    Column("valid_to", BigInteger),
    Column("recorded_at", BigInteger, nullable=False),
    Column("closed_at", BigInteger),
    Column("superseded_by", KEY, ForeignKey("fact.id")),
    Column("newest_source", BigInteger, nullable=False),
    CheckConstraint("origin IN ('said', 'written')", name="origin"),
    Index("ix_fact_audience_id", "audience_id"),
    Index("ix_fact_about", "about"),
    Index("ix_fact_superseded_by", "superseded_by"),
    sqlite_autoincrement=True,
)

fact_source = Table(
    "fact_source",
    metadata,
    Column("fact_id", KEY, ForeignKey("fact.id"), nullable=False),
    Column("message_id", KEY, ForeignKey("message.id"), nullable=False),
    PrimaryKeyConstraint("fact_id", "message_id"),
    Index("ix_fact_source_message_id", "message_id"),
)

embedding = Table(
    "embedding",
    metadata,
    Column("message_id", KEY, ForeignKey("message.id"), nullable=False),
    Column("model", Text, nullable=False),
    Column("vector", LargeBinary, nullable=False),
    PrimaryKeyConstraint("message_id", "model"),
)

tombstone = Table("tombstone", metadata, Column("hash", LargeBinary, primary_key=True))

keeping = Table(
    "keeping",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
"""What the store knows of itself: `secret` (the key of its hashes), `generation` (how often
something was forgotten), `indexed` (the newest message that recall finds), `scrub` (bytes of
something forgotten may be left)."""

factor = Table(
    "factor",
    metadata,
    Column("model", Text, primary_key=True),
    Column("factor", Float, nullable=False),
)

MESSAGE_INDEX = (
    "CREATE VIRTUAL TABLE message_index USING fts5("
    "text, context, scope, content='', columnsize=0, "
    "tokenize='porter unicode61 remove_diacritics 2')"
)
"""The full-text index on SQLite; see `search`."""

revision = Table("alembic_version", MetaData(), Column("version_num", Text, primary_key=True))


def make(connection: Connection) -> None:
    """All tables at once, at the newest revision, in an empty database.

    What the revisions make one after another is the same; without Alembic it takes a tenth.
    """
    schema_accounts.metadata.create_all(connection)
    connection.exec_driver_sql(MESSAGE_INDEX)
    revision.create(connection)
    connection.execute(insert(revision).values(version_num=REVISIONS[-1]))
