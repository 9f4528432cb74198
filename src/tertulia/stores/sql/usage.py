"""What people have used, by the turns that cover what they said."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, false, func, or_, select

from tertulia.ports.usage import UsageStore
from tertulia.stores.sql.chunks import chunks
from tertulia.stores.sql.schema import conversation, identity, message, outcome, turn
from tertulia.stores.sql.tables import Tables
from tertulia.values.used import Used


class UsageTables(Tables, UsageStore):
    """`UsageStore` on the tables."""

    async def used(
        self,
        channel: str,
        account: str,
        since: int,
        *,
        person: str | None = None,
        spots: Collection[str] | None = None,
    ) -> Used:
        """See the port."""
        return await self._read(lambda c: _used(c, channel, account, since, person, spots))


def _used(
    connection: Connection,
    channel: str,
    account: str,
    since: int,
    person: str | None,
    spots: Collection[str] | None,
) -> Used:
    said = (
        select(message.c.id, outcome.c.turn_id)
        .outerjoin(
            outcome,
            (outcome.c.conversation_id == message.c.conversation_id)
            & (outcome.c.seq == message.c.seq),
        )
        .where(
            message.c.channel == channel,
            message.c.account == account,
            message.c.role == "user",
            message.c.stored_at >= since,
            or_(outcome.c.kind.is_(None), outcome.c.kind != "unanswered"),
        )
    )
    if person is not None:
        who = select(identity.c.id).where(
            identity.c.channel == channel,
            identity.c.account == account,
            identity.c.platform_id == person,
        )
        said = said.where(message.c.identity_id.in_(who))
    if spots is not None:
        there = select(conversation.c.id).where(
            conversation.c.channel == channel,
            conversation.c.account == account,
            or_(false(), *(conversation.c.spot.in_(some) for some in chunks(sorted(spots)))),
        )
        said = said.where(message.c.conversation_id.in_(there))
    asked = said.subquery()
    turns = select(asked.c.turn_id).distinct().where(asked.c.turn_id.is_not(None))
    tokens = func.coalesce(turn.c.prompt_tokens, 0) + func.coalesce(turn.c.completion_tokens, 0)
    cost = select(func.coalesce(func.sum(tokens), 0), func.coalesce(func.sum(turn.c.cost), 0.0))
    spent = connection.execute(cost.where(turn.c.id.in_(turns))).one()
    count = connection.execute(select(func.count()).select_from(asked)).scalar_one()
    return Used(messages=count, tokens=spent[0], money=spent[1])
