"""What platforms show of a reply, by their own ids; what somebody expressly answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the table and the column. No channel of before gave ids that a platform knows."""
    op.create_table(
        "post",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("platform_id", sa.Text(), nullable=False),
        sa.Column("delivery_id", _KEY, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["delivery.id"],
            name=op.f("fk_post_delivery_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("channel", "account", "platform_id", name=op.f("pk_post")),
    )
    op.create_index("ix_post_delivery_id", "post", ["delivery_id"])
    op.drop_column("delivery", "platform_ids")
    op.add_column("message", sa.Column("reply_to", sa.BigInteger()))
