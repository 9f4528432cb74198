"""Stores how a turn ended: what it said, what that covers, its receipt and its delivery."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from tertulia.stores.sql import audiences
from tertulia.stores.sql.heads import Head, select_head
from tertulia.stores.sql.hearing import in_window
from tertulia.stores.sql.receipts import pack
from tertulia.stores.sql.schema import conversation, delivery, message, outcome, turn
from tertulia.stores.sql.turns import follows, held, mine
from tertulia.stores.sql.versions import window_of
from tertulia.values.audience import usable
from tertulia.values.conversation import Lease
from tertulia.values.errors import AudienceGrew, LeaseLost
from tertulia.values.message import Message
from tertulia.values.prompt import Usage
from tertulia.values.reply import Delivery, Ending

_insert_turn = insert(turn).returning(turn.c.id)
_insert_message = insert(message)
_insert_outcomes = insert(outcome)
_cover_anew = (
    update(outcome)
    .where(outcome.c.conversation_id == bindparam("which"), outcome.c.seq == bindparam("covered"))
    .values(turn_id=bindparam("turn"), kind="reply", reason=None)
)
_select_mine = select(conversation.c.id).where(mine)
_select_again = select(conversation.c.again).where(conversation.c.id == bindparam("which"))
_settle = (
    update(conversation)
    .where(conversation.c.id == bindparam("which"))
    .values(
        head=bindparam("new_head"),
        last_seq=bindparam("new_last"),
        answered_seq=bindparam("upto"),
        updated_at=bindparam("now"),
        audience_id=bindparam("heard"),
        window=bindparam("there"),
        lease_owner=None,
        lease_until=None,
    )
)
_made_anew = (
    update(conversation)
    .where(conversation.c.id == bindparam("which"))
    .values(again=None, go_on=False)
)
_ready = (
    update(delivery)
    .where(delivery.c.id == bindparam("which"))
    .values(state="ready", turn_id=bindparam("turn"))
)


def finish(connection: Connection, lease: Lease, ending: Ending) -> Delivery | None:
    """See `Store.finish`."""
    if connection.execute(_select_mine, held(lease)).one_or_none() is None:
        raise LeaseLost(
            f"Another process has taken over the turn in conversation {lease.conversation.id}: "
            "this late reply was not stored."
        )
    head = Head(*connection.execute(select_head(lease.conversation.id)).one())
    if ending.kind == "reply":
        _still_among_themselves(connection, lease, head)
    seq = _say(connection, lease, ending, head) if ending.text is not None else None
    number = _insert_the_turn(connection, lease, ending, seq)
    covers = _cover(connection, lease, ending, number)
    connection.execute(
        _settle,
        {
            "which": head.id,
            "new_head": head.head,
            "new_last": head.last_seq,
            "upto": max(lease.upto, head.answered_seq),
            "heard": head.audience,
            "there": head.window,
            "now": ending.ended_at,
        },
    )
    if lease.again is not None:
        connection.execute(_made_anew, {"which": head.id})
    return _deliver(connection, lease, ending, number, seq, covers)


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
    row = _place_in_path(connection, lease, ending, head)
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


def _place_in_path(
    connection: Connection, lease: Lease, ending: Ending, head: Head
) -> dict[str, Any]:
    """A reply follows the head; a notice, or a reply to what is on another path, stands beside."""
    last = lease.waiting[-1]
    instead: dict[str, Any] = {}
    if ending.kind == "reply" and lease.again is not None:
        if lease.again.role == "assistant" and _went_on(connection, lease, head):
            return _beside(lease.again, last, ending, head)
        instead = {"instead_of": _go_back(connection, lease, lease.again, head)}
    if instead or (ending.kind == "reply" and follows(connection, head.head, head.root, last)):
        return head.follow(ending.tokens) | {"audience_id": head.audience or 0, **instead}
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


def _went_on(connection: Connection, lease: Lease, head: Head) -> bool:
    """Whether somebody has gone on, or elsewhere, since another version was begun."""
    wanted = connection.execute(_select_again, {"which": head.id}).scalar_one()
    return head.head != lease.stood or lease.again is None or wanted != lease.again.seq


def _beside(again: Message, last: Message, ending: Ending, head: Head) -> dict[str, Any]:
    """Another version stands beside the old one, and the talk goes on where it went on."""
    head.last_seq += 1
    return {
        "audience_id": last.audience,
        "conversation_id": head.id,
        "seq": head.last_seq,
        "parent": again.parent,
        "root": head.last_seq if again.parent is None else again.root,
        "depth": again.depth,
        "path_tokens": again.path_tokens - again.tokens + ending.tokens,
        "tokens": ending.tokens,
        "instead_of": _first(again),
    }


def _first(again: Message) -> int:
    return again.seq if again.instead_of is None else again.instead_of


def _go_back(connection: Connection, lease: Lease, again: Message, head: Head) -> int | None:
    """Move the head to where another version of a reply follows it; tells the first of them.

    What is made in place of a notice follows the head like any late reply, where that is behind
    what it covers: else the talk since then would be on no path.
    """
    last = lease.waiting[-1]
    _go_to_window(connection, last, head)
    if again.role == "assistant":
        root = None if again.parent is None else again.root
        head.head, head.root, head.depth = again.parent, root, again.depth - 1
        head.path_tokens = again.path_tokens - again.tokens
        return _first(again)
    if not follows(connection, head.head, head.root, last):
        head.head, head.root, head.depth = last.seq, last.root, last.depth
        head.path_tokens = last.path_tokens
    return None


def _go_to_window(connection: Connection, last: Message, head: Head) -> None:
    """Whoever is here goes on in the window in which `last` was said."""
    head.window = window_of(connection, last.audience)
    here = head.audience
    head.audience = None if here is None else in_window(connection, here, head.window)


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


def _cover(connection: Connection, lease: Lease, ending: Ending, number: int) -> tuple[int, ...]:
    """What the turn covers: another version what the others did, and where it failed, nothing."""
    seqs = tuple(one.seq for one in lease.waiting)
    same = {"which": lease.conversation.id, "turn": number}
    if lease.again is not None:
        if ending.kind != "reply":
            return ()
        connection.execute(_cover_anew, [same | {"covered": seq} for seq in seqs])
        return seqs
    reason = ending.finish_reason if ending.kind == "unanswered" else None
    connection.execute(
        _insert_outcomes,
        [
            {
                "conversation_id": lease.conversation.id,
                "seq": seq,
                "turn_id": number,
                "kind": ending.kind,
                "reason": reason,
            }
            for seq in seqs
        ],
    )
    return seqs


def _deliver(
    connection: Connection,
    lease: Lease,
    ending: Ending,
    number: int,
    seq: int | None,
    covers: tuple[int, ...],
) -> Delivery | None:
    if seq is None or ending.text is None:
        connection.execute(delete(delivery).where(delivery.c.id == lease.opened.id))
        return None
    connection.execute(_ready, {"which": lease.opened.id, "turn": number})
    return Delivery(
        id=lease.opened.id,
        nonce=lease.opened.nonce,
        conversation=lease.conversation.id,
        place=lease.conversation.place,
        bot=lease.conversation.bot,
        seq=seq,
        covers=covers,
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
        answers=lease.opened.answers if covers else None,
        shown=lease.opened.shown,
    )
