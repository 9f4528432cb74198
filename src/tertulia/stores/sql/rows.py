"""Rows of the database as the values that the engine speaks in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from sqlalchemy import Connection, Row, Select, bindparam, select

from tertulia.stores.sql.receipts import unpack
from tertulia.stores.sql.schema import conversation, delivery, message, outcome, post, summary, turn
from tertulia.values.conversation import Conversation, Summary
from tertulia.values.message import Message, Place
from tertulia.values.prompt import Usage
from tertulia.values.reply import Delivery

AnyRow: TypeAlias = Row[*tuple[Any, ...]]
"""A row whose columns are known by the query that it comes from."""

message_columns = (
    message.c.conversation_id,
    message.c.seq,
    message.c.parent,
    message.c.root,
    message.c.depth,
    message.c.path_tokens,
    message.c.role,
    message.c.name,
    message.c.text,
    message.c.tokens,
    message.c.said_at,
    message.c.finish_reason,
    message.c.id,
    message.c.audience_id,
    message.c.identity_id,
    message.c.instead_of,
)
conversation_columns = (
    conversation.c.id,
    conversation.c.channel,
    conversation.c.account,
    conversation.c.spot,
    conversation.c.bot,
    conversation.c.model,
    conversation.c.head,
    conversation.c.last_seq,
    conversation.c.answered_seq,
    conversation.c.created_at,
    conversation.c.updated_at,
    conversation.c.audience_id,
    conversation.c.title,
    conversation.c.pinned_at,
    conversation.c.archived_at,
    conversation.c.again,
    conversation.c.go_on,
    conversation.c.owners_pick,
)
summary_columns = (
    summary.c.id,
    summary.c.conversation_id,
    summary.c.audience_id,
    summary.c.first,
    summary.c.upto,
    summary.c.count,
    summary.c.covered,
    summary.c.text,
    summary.c.tokens,
)
_delivery_columns = (
    delivery.c.id,
    delivery.c.nonce,
    delivery.c.attempts,
    delivery.c.turn_id,
    conversation.c.id.label("conversation"),
    conversation.c.channel,
    conversation.c.account,
    conversation.c.spot,
    conversation.c.bot,
    message.c.seq,
    message.c.text,
    turn.c.kind,
    turn.c.finish_reason,
    turn.c.model,
    turn.c.prompt_tokens,
    turn.c.completion_tokens,
    turn.c.cost,
    turn.c.notes,
    turn.c.receipt,
    turn.c.cause,
)
select_deliveries: Select[*tuple[Any, ...]] = (
    select(*_delivery_columns)
    .select_from(delivery)
    .join(turn, turn.c.id == delivery.c.turn_id)
    .join(conversation, conversation.c.id == delivery.c.conversation_id)
    .join(
        message,
        (message.c.conversation_id == turn.c.conversation_id)
        & (message.c.seq == turn.c.message_seq),
    )
)


_said_as = select(message.c.platform_id).where(
    message.c.conversation_id == bindparam("which"), message.c.seq == bindparam("seq")
)
_shown = (
    select(post.c.platform_id)
    .where(post.c.delivery_id == bindparam("which"))
    .order_by(post.c.number)
)


def shown_of(connection: Connection, delivery: int) -> tuple[str, ...]:
    """The platform's ids of what is shown of a delivery, in their order."""
    return tuple(connection.execute(_shown, {"which": delivery}).scalars())


def as_message(row: AnyRow) -> Message:
    """A row of `message_columns`."""
    return Message(
        conversation=row[0],
        seq=row[1],
        parent=row[2],
        root=row[3],
        depth=row[4],
        path_tokens=row[5],
        role=row[6],
        name=row[7],
        text=row[8],
        tokens=row[9],
        said_at=row[10],
        finish_reason=row[11],
        number=row[12],
        audience=row[13],
        author=row[14],
        instead_of=row[15],
    )


def as_conversation(row: AnyRow, messages: int = 0) -> Conversation:
    """A row that begins with `conversation_columns`."""
    return Conversation(
        id=row[0],
        place=Place(channel=row[1], account=row[2], spot=row[3]),
        bot=row[4],
        model=row[5],
        head=row[6],
        last_seq=row[7],
        answered_seq=row[8],
        created_at=row[9],
        updated_at=row[10],
        audience=row[11] or 0,
        title=row[12],
        pinned_at=row[13],
        archived_at=row[14],
        again=row[15],
        go_on=row[16],
        owners_pick=row[17],
        messages=messages,
    )


def as_summary(row: AnyRow) -> Summary:
    """A row that begins with `summary_columns`."""
    return Summary(
        id=row[0],
        conversation=row[1],
        audience=row[2],
        first=row[3],
        upto=row[4],
        count=row[5],
        covered=row[6],
        text=row[7],
        tokens=row[8],
    )


def read_deliveries(connection: Connection, query: Select[*tuple[Any, ...]]) -> list[Delivery]:
    """The deliveries of a query that narrows `select_deliveries`, each with what it covers."""
    rows = connection.execute(query).all()
    covers: dict[int, list[int]] = {row.turn_id: [] for row in rows}
    covered = (
        select(outcome.c.turn_id, outcome.c.seq)
        .where(outcome.c.turn_id.in_(list(covers)))
        .order_by(outcome.c.seq)
    )
    for turn_id, seq in connection.execute(covered) if covers else ():
        covers[turn_id].append(seq)
    return [_as_delivery(connection, row, covers[row.turn_id]) for row in rows]


def _as_delivery(connection: Connection, row: AnyRow, covers: Sequence[int]) -> Delivery:
    newest = {"which": row.conversation, "seq": covers[-1] if covers else None}
    return Delivery(
        id=row.id,
        nonce=row.nonce,
        conversation=row.conversation,
        place=Place(channel=row.channel, account=row.account, spot=row.spot),
        bot=row.bot,
        seq=row.seq,
        covers=tuple(covers),
        kind=row.kind,
        text=row.text,
        finish_reason=row.finish_reason,
        model=row.model,
        usage=Usage(
            prompt_tokens=row.prompt_tokens or 0, completion_tokens=row.completion_tokens or 0
        ),
        cost=row.cost,
        notes=tuple(row.notes),
        receipt=unpack(row.receipt),
        attempts=row.attempts,
        cause=row.cause,
        answers=connection.execute(_said_as, newest).scalar_one_or_none(),
        shown=shown_of(connection, row.id),
    )
