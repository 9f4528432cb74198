"""Takes the lease of a turn, and gives it back."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, or_, select, true, update

from tertulia.stores.sql.chunks import among
from tertulia.stores.sql.paths import on_path
from tertulia.stores.sql.rows import as_conversation, as_message, conversation_columns, shown_of
from tertulia.stores.sql.rows import message_columns as _message
from tertulia.stores.sql.schema import (
    conversation,
    delivery,
    message,
    outcome,
    unanswered,
    waits,
    with_outcome,
)
from tertulia.stores.sql.versions import to_make_anew
from tertulia.values.conversation import Conversation, Lease, Leased
from tertulia.values.message import Message
from tertulia.values.reply import Opened

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
_select_open = select(delivery.c.id, delivery.c.nonce).where(
    delivery.c.conversation_id == bindparam("which"), delivery.c.state == "open"
)
_platform_id = select(message.c.platform_id).where(message.c.id == bindparam("number"))
_delivered = (
    select(func.max(delivery.c.id))
    .join(outcome, outcome.c.turn_id == delivery.c.turn_id)
    .join(
        message,
        (message.c.conversation_id == outcome.c.conversation_id) & (message.c.seq == outcome.c.seq),
    )
    .where(
        outcome.c.conversation_id == bindparam("which"),
        (message.c.seq == bindparam("first")) | (message.c.instead_of == bindparam("first")),
    )
)
_insert_delivery = insert(delivery).returning(delivery.c.id)
mine = (
    (conversation.c.id == bindparam("which"))
    & (conversation.c.epoch == bindparam("held"))
    & (conversation.c.lease_owner == bindparam("owner"))
)
"""The conversation of a lease, while that is held."""
_leased = conversation.c.lease_owner.is_not(None) | conversation.c.lease_until.is_not(None)
_release = update(conversation).where(mine).values(lease_owner=None, lease_until=None)


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
    again: Message | None = None
    if waiting:
        here = _on_one_path(connection, waiting)
        head = _head_for(connection, taken, here[-1])
    else:
        # Whoever says something waits less for it than who asks for another version.
        found = to_make_anew(connection, which, taken.again)
        if found is None:
            return None
        again, here = found
        head = again.parent
    opened = _open_delivery(connection, which, here[-1])
    return Lease(
        conversation=replace(taken, head=head),
        owner=owner,
        epoch=row.epoch,
        opened=opened,
        waiting=here,
        again=again,
        stood=taken.head,
    )


def _on_one_path(connection: Connection, waiting: Sequence[Message]) -> tuple[Message, ...]:
    """The first of these, with those behind it of which each has the one before on its path.

    What was said behind a `/new`, or as another version, is for the next turn: it reads nothing of
    what is not before it.
    """
    here = [waiting[0]]
    for one in waiting[1:]:
        last = here[-1]
        if one.parent != last.seq and not follows(connection, one.parent, one.root, last):
            break
        here.append(one)
    return tuple(here)


def follows(connection: Connection, seq: int | None, root: int | None, last: Message) -> bool:
    """Whether the message `seq`, of which `root` is told, is `last` or comes after it."""
    if seq == last.seq:
        return True
    return root == last.root and on_path(connection, last.conversation, last.seq, seq)


def _head_for(connection: Connection, taken: Conversation, last: Message) -> int:
    """The head, where what waits is on its path; else the last of what waits."""
    head = taken.head
    if head is None or head <= last.seq or not on_path(connection, taken.id, last.seq, head):
        return last.seq
    return head


def _open_delivery(connection: Connection, which: int, newest: Message) -> Opened:
    answers = connection.execute(_platform_id, {"number": newest.number}).scalar_one()
    left = connection.execute(_select_open, {"which": which}).one_or_none()
    if left is not None:
        shown = shown_of(connection, left.id) or _shown_before(connection, newest)
        return Opened(id=left.id, nonce=left.nonce, answers=answers, shown=shown)
    nonce = secrets.token_hex(12)
    made = connection.execute(
        _insert_delivery,
        {
            "conversation_id": which,
            "nonce": nonce,
            "state": "open",
            "attempts": 0,
        },
    )
    shown = _shown_before(connection, newest)
    return Opened(id=made.scalar_one(), nonce=nonce, answers=answers, shown=shown)


def _shown_before(connection: Connection, newest: Message) -> tuple[str, ...]:
    """What shows the reply to the version before: the new reply takes its place."""
    if newest.instead_of is None:
        return ()
    given = {"which": newest.conversation, "first": newest.instead_of}
    before = connection.execute(_delivered, given).scalar_one_or_none()
    return () if before is None else shown_of(connection, before)


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
    connection.execute(_release, held(lease))


def running(connection: Connection) -> list[tuple[int, int | None]]:
    """The conversations whose turn runs, each with the audience it runs before."""
    rows = connection.execute(select(conversation.c.id, conversation.c.audience_id).where(_leased))
    return [(row.id, row.audience_id) for row in rows]


def take_back(connection: Connection, which: Iterable[int] | None = None) -> None:
    """Free the leases of these, or all: what such a turn has read may not be used any more."""
    freed = {"epoch": conversation.c.epoch + 1, "lease_owner": None, "lease_until": None}
    for some in (true(),) if which is None else among(conversation.c.id, which):
        connection.execute(update(conversation).where(_leased, some).values(freed))


def held(lease: Lease) -> dict[str, Any]:
    """What `mine` asks for."""
    return {"which": lease.conversation.id, "held": lease.epoch, "owner": lease.owner}
