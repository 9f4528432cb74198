"""Mends what stays when something is forgotten: paths, queued work, receipts, facts."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, case, func, select, update

from tertulia.stores.sql.chunks import among
from tertulia.stores.sql.forget.trail import FORGOTTEN, MARK, MARK_TOKENS, Trail, without
from tertulia.stores.sql.receipts import pack, unpack
from tertulia.stores.sql.rows import AnyRow
from tertulia.stores.sql.schema import (
    conversation,
    delivery,
    fact,
    fact_source,
    message,
    turn,
    unanswered,
    with_outcome,
)

_beside = (
    update(message)
    .where(
        message.c.conversation_id == bindparam("which"),
        message.c.seq.between(bindparam("begin"), bindparam("end")),
    )
    .values(
        root=bindparam("window"),
        depth=message.c.depth + bindparam("deeper"),
        path_tokens=message.c.path_tokens + bindparam("more"),
    )
)
_write_receipt = (
    update(turn).where(turn.c.id == bindparam("which")).values(receipt=bindparam("kept"))
)
_close_again = (
    update(fact)
    .where(fact.c.id == bindparam("which"))
    .values(superseded_by=bindparam("by"), valid_to=bindparam("until"), closed_at=bindparam("at"))
)
_waiting = (
    select(func.max(message.c.seq))
    .select_from(with_outcome)
    .where(
        message.c.conversation_id == bindparam("which"),
        message.c.seq > bindparam("answered"),
        unanswered,
    )
)


class _Spot(NamedTuple):
    """Where a message stands in its path."""

    parent: int | None
    root: int
    depth: int
    path_tokens: int


class _Shift(NamedTuple):
    """How that changes; neighbours mostly change alike, and are written together."""

    moved: bool
    parent: int | None
    root: int
    deeper: int
    more: int


def redact(connection: Connection, trail: Trail) -> None:
    """Put the mark in place of each redacted reply; what was not sent of it never is."""
    for some in among(message.c.id, trail.redacted):
        connection.execute(update(message).where(some).values(text=MARK, tokens=MARK_TOKENS))
    for some in among(turn.c.id, trail.cleared):
        connection.execute(update(turn).where(some).values(notes=[], cause=None))
    for some in among(delivery.c.turn_id, trail.cleared):
        connection.execute(update(delivery).where(some).values(cause=None))
    seqs: dict[int, list[int]] = {}
    for one in trail.redacted.values():
        seqs.setdefault(one.conversation, []).append(one.seq)
    unsent = update(delivery).where(delivery.c.state != "sent")
    for which, said in seqs.items():
        for some in among(turn.c.message_seq, said):
            turns = select(turn.c.id).where(turn.c.conversation_id == which, some)
            refused = unsent.where(delivery.c.turn_id.in_(turns))
            connection.execute(refused.values(state="failed", cause=FORGOTTEN))


def mend_talk(connection: Connection, trail: Trail, which: int) -> None:
    """A conversation's paths without its deleted messages, its head, and what waits in it.

    `trail` still knows what each deleted message followed.
    """
    parents = trail.parents.get(which, {})
    rows = connection.execute(
        select(
            message.c.id,
            message.c.seq,
            message.c.parent,
            message.c.root,
            message.c.depth,
            message.c.path_tokens,
            message.c.tokens,
        )
        .where(message.c.conversation_id == which)
        .order_by(message.c.seq)
    )
    spots: dict[int, _Spot] = {}
    shifts = [(row.seq, _shift(row, parents, spots)) for row in rows]
    for shift, members in groupby(shifts, key=lambda one: one[1]):
        if shift is not None:
            seqs = [seq for seq, _ in members]
            _write_shift(connection, which, seqs, shift)
    _mend_versions(connection, which, parents)
    _mend_row(connection, trail, which, parents)


def _mend_versions(connection: Connection, which: int, gone: Collection[int]) -> None:
    """Where the first of some versions is deleted, the next is the first."""
    here = message.c.conversation_id == which
    left: dict[int, list[int]] = {}
    for some in among(message.c.instead_of, gone):
        rows = connection.execute(
            select(message.c.instead_of, message.c.seq).where(here, some).order_by(message.c.seq)
        )
        for first, seq in rows:
            left.setdefault(first, []).append(seq)
    for first, (now, *_) in left.items():
        connection.execute(
            update(message)
            .where(here, message.c.instead_of == first)
            .values(instead_of=case((message.c.seq != now, now)))
        )


def _shift(row: AnyRow, parents: dict[int, int | None], spots: dict[int, _Spot]) -> _Shift | None:
    """What changes for a message; it is noted in `spots`, in which all before it are."""
    parent = _living(row.parent, parents)
    before = _Spot(None, row.seq, -1, 0) if parent is None else spots[parent]
    depth, total = before.depth + 1, before.path_tokens + row.tokens
    spots[row.seq] = _Spot(parent, before.root, depth, total)
    if spots[row.seq] == (row.parent, row.root, row.depth, row.path_tokens):
        return None
    moved = parent != row.parent
    new = parent if moved else None
    return _Shift(moved, new, before.root, depth - row.depth, total - row.path_tokens)


def _write_shift(connection: Connection, which: int, seqs: list[int], shift: _Shift) -> None:
    values = {"which": which, "begin": seqs[0], "end": seqs[-1]}
    values |= {"window": shift.root, "deeper": shift.deeper, "more": shift.more}
    statement = _beside.values(parent=shift.parent) if shift.moved else _beside
    connection.execute(statement, values)


def _living(seq: int | None, parents: dict[int, int | None]) -> int | None:
    """The message itself, or the nearest before it that is not deleted."""
    while seq in parents:
        seq = parents[seq]
    return seq


def _mend_row(
    connection: Connection, trail: Trail, which: int, parents: dict[int, int | None]
) -> None:
    """The conversation's head, and whether something waits still, or is to be made anew."""
    columns = (
        conversation.c.head,
        conversation.c.asked_seq,
        conversation.c.answered_seq,
        conversation.c.again,
    )
    row = connection.execute(select(*columns).where(conversation.c.id == which)).one()
    values = {"which": which, "answered": row.answered_seq}
    asked: int | None = connection.execute(_waiting, values).scalar_one()
    mended: dict[str, Any] = {"head": _living(row.head, parents)}
    if row.again in trail.lost.get(which, ()):
        mended |= {"again": None, "go_on": False}
    if asked is None:
        mended["answered_seq"] = max(row.asked_seq, row.answered_seq)
    else:
        mended["asked_seq"] = asked
    connection.execute(update(conversation).where(conversation.c.id == which).values(mended))


def mend_receipts(connection: Connection, trail: Trail) -> None:
    """Take the names of what is deleted out of receipts."""
    kept = select(turn.c.id, turn.c.receipt)
    for some in among(turn.c.id, trail.mended):
        rows = connection.execute(kept.where(some)).all()
        mended = [
            {"which": row.id, "kept": pack(without(unpack(row.receipt), trail.gone))}
            for row in rows
        ]
        if mended:
            connection.execute(_write_receipt, mended)


def close_facts(connection: Connection, trail: Trail) -> None:
    """What the removed facts had closed holds again, or is closed by what had closed those."""
    closings = [
        {
            "which": number,
            "by": closing.superseded_by,
            "until": closing.valid_to,
            "at": closing.closed_at,
        }
        for number, closing in sorted(trail.closings.items())
    ]
    if closings:
        connection.execute(_close_again, closings)


def keep_sources(connection: Connection, facts: Collection[int]) -> None:
    """Facts that lost a source: what was taken from the sources is taken from those left."""
    left = select(fact_source.c.fact_id, func.max(message.c.id), func.min(message.c.said_at)).join(
        message, message.c.id == fact_source.c.message_id
    )
    rows: Iterable[AnyRow]
    for some in among(fact_source.c.fact_id, facts):
        rows = connection.execute(left.where(some).group_by(fact_source.c.fact_id)).all()
        for number, newest, earliest in rows:
            since = func.max(fact.c.valid_from, earliest)
            # What a person wrote anew was written after its sources: who had left did not hear it.
            written = case((fact.c.origin == "written", fact.c.newest_source), else_=newest)
            values = {"newest_source": written, "valid_from": since}
            connection.execute(update(fact).where(fact.c.id == number).values(values))
