"""The platforms' own ids: of what people said in `message`, of what they were shown in `post`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, bindparam, delete, func, select, true, update
from sqlalchemy.dialects.sqlite import insert as upsert

from tertulia.ports.posts import PostStore
from tertulia.stores.sql.schema import conversation, delivery, message, post, turn
from tertulia.stores.sql.tables import Tables
from tertulia.values.message import message_id

_where = select(conversation.c.channel, conversation.c.account).where(
    conversation.c.id == delivery.c.conversation_id, delivery.c.id == bindparam("which")
)
_said = select(message.c.conversation_id, message.c.seq).where(
    message.c.channel == bindparam("channel"),
    message.c.account == bindparam("account"),
    message.c.platform_id == bindparam("platform_id"),
)
_ours = (message.c.channel == bindparam("channel")) & (message.c.account == bindparam("account"))
_said_as = (
    select(message.c.id)
    .where(
        _ours,
        (message.c.platform_id == bindparam("platform_id"))
        | message.c.platform_id.between(bindparam("from"), bindparam("to")),
    )
    .order_by(message.c.id)
)
_shown = (
    select(turn.c.conversation_id, turn.c.message_seq)
    .join(delivery, delivery.c.turn_id == turn.c.id)
    .join(post, post.c.delivery_id == delivery.c.id)
    .where(
        post.c.channel == bindparam("channel"),
        post.c.account == bindparam("account"),
        post.c.platform_id == bindparam("platform_id"),
        turn.c.message_seq.is_not(None),
    )
)


class PostTables(Tables, PostStore):
    """`PostStore` on the tables."""

    async def showing(self, delivery: int, platform_ids: Sequence[str]) -> None:
        """See the port."""
        await self._write(lambda c: _show(c, delivery, platform_ids))

    async def sent(self, delivery: int, platform_ids: Sequence[str], now: int) -> None:
        """See the port."""
        await self._write(lambda c: _sent(c, delivery, platform_ids, now))

    async def posted(self, channel: str, account: str, platform_id: str) -> str | None:
        """See the port."""
        given = {"channel": channel, "account": account, "platform_id": platform_id}
        return await self._read(lambda c: _posted(c, given))

    async def said_as(self, channel: str, account: str, platform_id: str) -> Sequence[int]:
        """See the port."""
        given = {"channel": channel, "account": account, "platform_id": platform_id}
        # Behind the slash comes the nought: between them lies all that begins with the id and it.
        given |= {"from": f"{platform_id}/", "to": f"{platform_id}0"}
        return await self._read(lambda c: list(c.execute(_said_as, given).scalars()))

    async def latest(
        self, channel: str, account: str, spot: str | None = None
    ) -> Mapping[str, str]:
        """See the port."""
        return await self._read(lambda c: _latest(c, channel, account, spot))


def _show(connection: Connection, which: int, platform_ids: Sequence[str]) -> None:
    connection.execute(delete(post).where(post.c.delivery_id == which))
    there = connection.execute(_where, {"which": which}).one_or_none()
    if there is None or not platform_ids:
        return
    same = {"channel": there.channel, "account": there.account, "delivery_id": which}
    rows = [
        same | {"platform_id": one, "number": number} for number, one in enumerate(platform_ids)
    ]
    row = upsert(post)
    # What showed the reply to an earlier version shows this one now.
    taken = {"delivery_id": row.excluded.delivery_id, "number": row.excluded.number}
    key = ["channel", "account", "platform_id"]
    connection.execute(row.on_conflict_do_update(index_elements=key, set_=taken), rows)


def _sent(connection: Connection, which: int, platform_ids: Sequence[str], now: int) -> None:
    _show(connection, which, platform_ids)
    connection.execute(
        update(delivery)
        .where(delivery.c.id == which)
        .values(attempts=delivery.c.attempts + 1, state="sent", sent_at=now)
    )


def _posted(connection: Connection, given: Mapping[str, str]) -> str | None:
    for query in (_said, _shown):
        row = connection.execute(query, given).one_or_none()
        if row is not None:
            return message_id(row[0], row[1])
    return None


def _latest(connection: Connection, channel: str, account: str, spot: str | None) -> dict[str, str]:
    newest = (
        select(func.max(message.c.seq))
        .where(
            message.c.conversation_id == conversation.c.id,
            message.c.role == "user",
            message.c.platform_id.is_not(None),
        )
        .correlate(conversation)
        .scalar_subquery()
    )
    one = true() if spot is None else conversation.c.spot == spot
    rows = connection.execute(
        select(conversation.c.spot, message.c.platform_id)
        .join(
            message,
            (message.c.conversation_id == conversation.c.id) & (message.c.seq == newest),
        )
        .where(conversation.c.channel == channel, conversation.c.account == account, one)
    )
    return {row[0]: row[1] for row in rows}
