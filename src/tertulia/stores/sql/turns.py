"""What a turn writes: its lease, its ending, its delivery."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, or_, select, update

from tertulia.stores.sql import audiences
from tertulia.stores.sql.accept import Head, select_head
from tertulia.stores.sql.receipts import pack
from tertulia.stores.sql.rows import as_conversation, as_message, conversation_columns
from tertulia.stores.sql.rows import message_columns as _message
from tertulia.stores.sql.schema import (
    conversation,
    delivery,
    message,
    outcome,
    turn,
    unanswered,
    waits,
    with_outcome,
)
from tertulia.values.audience import usable
from tertulia.values.conversation import Conversation, Lease, Leased
from tertulia.values.errors import AudienceGrew, LeaseLost
from tertulia.values.message import Message
from tertulia.values.prompt import Usage
from tertulia.values.reply import Delivery, Ending

_take = (
    update(conversation)
    .where(
        conversation.c.id == bindparam("which"),
        waits,
        or_(
            conversation.c.lease_until.is_(None),
            conversation.c.lease_until <= bindparam("now"),
            conversation.c.lease_until > bindparam("absurd"),  # the clock was set back since
            conversation.c.lease_owner == bindparam("owner"),
        ),
    )
    .values(
        epoch=conversation.c.epoch + 1,
        lease_owner=bindparam("owner"),
        lease_until=bindparam("until"),
    )
    .returning(*conversation_columns, conversation.c.epoch)
)
_select_taken = select(conversation.c.lease_until).where(
    conversation.c.id == bindparam("which"), waits
)
_select_waiting = (
    select(*_message)
    .select_from(with_outcome)
    .where(
        message.c.conversation_id == bindparam("which"),
        message.c.seq > bindparam("answered"),
        unanswered,
    )
    .order_by(message.c.seq)
)
_select_root = select(message.c.root).where(
    message.c.conversation_id == bindparam("which"), message.c.seq == bindparam("seq")
)
_select_open = select(delivery.c.id, delivery.c.nonce).where(
    delivery.c.conversation_id == bindparam("which"), delivery.c.state == "open"
)
_insert_delivery = insert(delivery).returning(delivery.c.id)
_insert_turn = insert(turn).returning(turn.c.id)
_insert_message = insert(message)
_insert_outcomes = insert(outcome)
_mine = (
    (conversation.c.id == bindparam("which"))
    & (conversation.c.epoch == bindparam("held"))
    & (conversation.c.lease_owner == bindparam("owner"))
)
_select_mine = select(conversation.c.id).where(_mine)
_settle = (
    update(conversation)
    .where(conversation.c.id == bindparam("which"))
    .values(
        head=bindparam("new_head"),
        last_seq=bindparam("new_last"),
        answered_seq=bindparam("upto"),
        updated_at=bindparam("now"),
        lease_owner=None,
        lease_until=None,
    )
)
_release = update(conversation).where(_mine).values(lease_owner=None, lease_until=None)
_ready = (
    update(delivery)
    .where(delivery.c.id == bindparam("which"))
    .values(state="ready", turn_id=bindparam("turn"))
)


def claim(
    connection: Connection, which: int, owner: str, now: int, until: int
) -> Lease | Leased | None:
    """See `Store.claim`."""
    row = connection.execute(
        _take,
        {
            "which": which,
            "owner": owner,
            "now": now,
            "until": until,
            "absurd": until + (until - now),
        },
    ).one_or_none()
    if row is None:
        held = connection.execute(_select_taken, {"which": which}).scalar_one_or_none()
        return None if held is None else Leased(until=held)
    taken = as_conversation(row)
    rows = connection.execute(_select_waiting, {"which": which, "answered": taken.answered_seq})
    waiting = [as_message(row) for row in rows]
    # What was said behind a `/new` is for the next turn: it reads nothing from before.
    here = tuple(itertools.takewhile(lambda m: m.root == waiting[0].root, waiting))
    number, nonce = _open_delivery(connection, which)
    return Lease(
        conversation=replace(taken, head=_head_for(connection, taken, here[-1])),
        owner=owner,
        epoch=row.epoch,
        delivery=number,
        nonce=nonce,
        waiting=here,
    )


def _head_for(connection: Connection, taken: Conversation, last: Message) -> int | None:
    """The head, where it is in the window of what waits; else the last of what waits."""
    if taken.head in (None, last.seq):
        return last.seq
    root = connection.execute(_select_root, {"which": taken.id, "seq": taken.head}).scalar_one()
    return taken.head if root == last.root else last.seq


def _open_delivery(connection: Connection, which: int) -> tuple[int, str]:
    left = connection.execute(_select_open, {"which": which}).one_or_none()
    if left is not None:
        return left.id, left.nonce
    nonce = secrets.token_hex(12)
    made = connection.execute(
        _insert_delivery,
        {
            "conversation_id": which,
            "nonce": nonce,
            "state": "open",
            "platform_ids": [],
            "attempts": 0,
        },
    )
    return made.scalar_one(), nonce


def renew(connection: Connection, owner: str, which: Sequence[int], until: int) -> frozenset[int]:
    """See `Store.renew`."""
    kept = connection.execute(
        update(conversation)
        .where(conversation.c.lease_owner == owner, conversation.c.id.in_(which))
        .values(lease_until=until)
        .returning(conversation.c.id)
    )
    return frozenset(kept.scalars())


def release(connection: Connection, lease: Lease) -> None:
    """See `Store.release`."""
    connection.execute(_release, _held(lease))


def take_back(connection: Connection) -> None:
    """Free every lease: what the turns that run have read may not be used any more."""
    held = or_(conversation.c.lease_owner.is_not(None), conversation.c.lease_until.is_not(None))
    freed = {"epoch": conversation.c.epoch + 1, "lease_owner": None, "lease_until": None}
    connection.execute(update(conversation).where(held).values(freed))


def finish(connection: Connection, lease: Lease, ending: Ending) -> Delivery | None:
    """See `Store.finish`."""
    if connection.execute(_select_mine, _held(lease)).one_or_none() is None:
        raise LeaseLost(
            f"Another process has taken over the turn in conversation {lease.conversation.id}: "
            "this late reply was not stored."
        )
    head = Head(*connection.execute(select_head(lease.conversation.id)).one())
    if ending.kind == "reply":
        _still_among_themselves(connection, lease, head)
    seq = _say(connection, lease, ending, head) if ending.text is not None else None
    number = _insert_the_turn(connection, lease, ending, seq)
    _cover(connection, lease, ending, number)
    connection.execute(
        _settle,
        {
            "which": head.id,
            "new_head": head.head,
            "new_last": head.last_seq,
            "upto": lease.upto,
            "now": ending.ended_at,
        },
    )
    return _deliver(connection, lease, ending, number, seq)


def _still_among_themselves(connection: Connection, lease: Lease, head: Head) -> None:
    """Refuse a reply that somebody would see who has joined since, and may not have heard all."""
    before = lease.conversation.audience
    if head.audience in (None, before) or not before:
        return
    heard, here = (
        replace(audiences.load(connection, one), window=None) for one in (before, head.audience)
    )
    if not usable(heard, here):
        raise AudienceGrew(
            f"Somebody joined conversation {lease.conversation.id} while its reply was made: "
            "it was not stored, and is made anew from what all of them have heard."
        )


def _say(connection: Connection, lease: Lease, ending: Ending, head: Head) -> int:
    row = _place_in_path(lease, ending, head)
    place = lease.conversation.place
    row |= {
        "role": "assistant" if ending.kind == "reply" else "notice",
        "text": ending.text,
        "finish_reason": ending.finish_reason,
        "channel": place.channel,
        "account": place.account,
        "said_at": ending.ended_at,
        "stored_at": ending.ended_at,
    }
    connection.execute(_insert_message, row)
    return head.last_seq


def _place_in_path(lease: Lease, ending: Ending, head: Head) -> dict[str, Any]:
    """A reply follows the head; a notice, or a reply in a window left since, stands beside it."""
    last = lease.waiting[-1]
    if ending.kind == "reply" and head.root == last.root:
        return head.follow(ending.tokens) | {"audience_id": head.audience or 0}
    head.last_seq += 1
    return {
        "audience_id": last.audience,
        "conversation_id": head.id,
        "seq": head.last_seq,
        "parent": last.seq,
        "root": last.root,
        "depth": last.depth + 1,
        "path_tokens": last.path_tokens + ending.tokens,
        "tokens": ending.tokens,
    }


def _insert_the_turn(connection: Connection, lease: Lease, ending: Ending, seq: int | None) -> int:
    usage = ending.usage
    return connection.execute(
        _insert_turn,
        {
            "conversation_id": lease.conversation.id,
            "epoch": lease.epoch,
            "message_seq": seq,
            "kind": ending.kind,
            "finish_reason": ending.finish_reason,
            "model": ending.model,
            "prompt_tokens": usage.prompt_tokens if usage else None,
            "completion_tokens": usage.completion_tokens if usage else None,
            "cost": ending.cost,
            "cause": ending.cause,
            "notes": list(ending.notes),
            "receipt": pack(ending.receipt),
            "started_at": ending.started_at,
            "ended_at": ending.ended_at,
        },
    ).scalar_one()


def _cover(connection: Connection, lease: Lease, ending: Ending, number: int) -> None:
    reason = ending.finish_reason if ending.kind == "unanswered" else None
    connection.execute(
        _insert_outcomes,
        [
            {
                "conversation_id": one.conversation,
                "seq": one.seq,
                "turn_id": number,
                "kind": ending.kind,
                "reason": reason,
            }
            for one in lease.waiting
        ],
    )


def _deliver(
    connection: Connection, lease: Lease, ending: Ending, number: int, seq: int | None
) -> Delivery | None:
    if seq is None or ending.text is None:
        connection.execute(delete(delivery).where(delivery.c.id == lease.delivery))
        return None
    connection.execute(_ready, {"which": lease.delivery, "turn": number})
    return Delivery(
        id=lease.delivery,
        nonce=lease.nonce,
        conversation=lease.conversation.id,
        place=lease.conversation.place,
        bot=lease.conversation.bot,
        seq=seq,
        covers=tuple(one.seq for one in lease.waiting),
        kind=ending.kind,
        text=ending.text,
        finish_reason=ending.finish_reason,
        model=ending.model,
        usage=ending.usage or Usage(prompt_tokens=0, completion_tokens=0),
        cost=ending.cost,
        notes=ending.notes,
        receipt=ending.receipt or {},
        attempts=0,
        cause=ending.cause,
    )


def _held(lease: Lease) -> dict[str, Any]:
    return {"which": lease.conversation.id, "held": lease.epoch, "owner": lease.owner}
