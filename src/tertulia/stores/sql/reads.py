"""What is asked of the database: history, outcomes, conversations."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlalchemy import Connection, bindparam, func, select

from tertulia.stores.sql.rows import (
    AnyRow,
    as_conversation,
    as_message,
    as_summary,
    conversation_columns,
    message_columns,
    read_deliveries,
    select_deliveries,
    summary_columns,
)
from tertulia.stores.sql.schema import conversation, keeping, message, outcome, summary, turn, waits
from tertulia.values.audience import Scope
from tertulia.values.conversation import Conversation, Span, Summary
from tertulia.values.message import Message, Place
from tertulia.values.reply import Outcome

ABSURD = 3_600_000
"""A lease good for longer than these milliseconds was taken before the clock was set back."""

CHUNK, FEW = 128, 4
"""Rows that are read at once while a path is walked, and while a summary on it is looked for."""

HIDDEN = 1000
"""After so many messages in a row that may not be used here, no further one is looked for."""

_back = (
    select(*message_columns)
    .where(message.c.conversation_id == bindparam("which"), message.c.seq <= bindparam("upto"))
    .order_by(message.c.seq.desc())
    .limit(bindparam("most"))
)
_summaries = (
    select(*summary_columns)
    .where(
        summary.c.conversation_id == bindparam("which"),
        summary.c.audience_id == bindparam("audience"),
        summary.c.upto <= bindparam("seq"),
    )
    .order_by(summary.c.upto.desc(), summary.c.id.desc())
    .limit(bindparam("most"))
)


def path(connection: Connection, which: int, head: int) -> Iterator[AnyRow]:
    """The rows from `head` back to the root: what lies beside the path is stepped over."""
    wanted: int | None = head
    upto = head
    while wanted is not None:
        rows = connection.execute(_back, {"which": which, "upto": upto, "most": CHUNK}).all()
        if not rows:
            return
        for row in rows:
            if row[1] == wanted:
                wanted = row[2]
                yield row
        # A path that bends back far is gone on with there, not row by row.
        upto = min(rows[-1][1] - 1, upto if wanted is None else wanted)


def history(
    connection: Connection,
    which: int,
    head: int | None,
    tokens: int,
    skip: frozenset[int],
    scope: Scope | None,
    only: frozenset[int] | None = None,
) -> Span:
    """See `Store.history`."""
    found: list[Message] = []
    hidden: list[Message] = []
    room = tokens
    passed = 0
    last: Message | None = None
    for row in path(connection, which, head) if head is not None else ():
        if row[1] in skip or (only is not None and row[1] not in only):
            if only and row[1] < min(only):
                break
            continue
        last = as_message(row)
        if scope is not None and not scope.allows(last.audience, last.number):
            hidden.append(last)
            passed += 1
            if passed > HIDDEN:
                break
            continue
        passed = 0
        found.append(last)
        room -= last.tokens
        if room < 0:
            break
    older = last is not None and last.parent is not None and not _only(last, skip)
    return Span(messages=tuple(found), older=older, hidden=tuple(hidden))


def _only(last: Message, skip: frozenset[int]) -> bool:
    """Whether all that lies before `last` is skipped."""
    return last.depth <= sum(1 for seq in skip if last.root <= seq < last.seq)


def stretch(
    connection: Connection, which: int, after: int | None, upto: int, audience: int
) -> list[Message]:
    """See `Store.stretch`."""
    found: list[Message] = []
    for row in path(connection, which, upto):
        if after is not None and row[1] <= after:
            break
        message = as_message(row)
        if message.audience == audience:
            found.append(message)
    found.reverse()
    return found


def outcome_of(connection: Connection, which: int, seq: int) -> Outcome | None:
    """See `Store.outcome`."""
    row = connection.execute(
        select(outcome.c.kind, outcome.c.reason, outcome.c.turn_id).where(
            outcome.c.conversation_id == which, outcome.c.seq == seq
        )
    ).one_or_none()
    if row is None:
        return None if _is_there(connection, which, seq) else FORGOTTEN
    found = (
        read_deliveries(connection, select_deliveries.where(turn.c.id == row.turn_id))
        if row.turn_id is not None
        else []
    )
    return Outcome(kind=row.kind, reason=row.reason, delivery=found[0] if found else None)


FORGOTTEN = Outcome(kind="unanswered", reason="forgotten")
"""What became of a message that is not there any more."""


def _is_there(connection: Connection, which: int, seq: int) -> bool:
    found = select(message.c.id).where(message.c.conversation_id == which, message.c.seq == seq)
    return connection.execute(found).first() is not None


def waiting(connection: Connection, now: int, bots: Collection[str]) -> list[int]:
    """See `Store.waiting`."""
    until = conversation.c.lease_until
    free = until.is_(None) | (until <= now) | (until > now + ABSURD)
    rows = connection.execute(
        select(conversation.c.id)
        .where(waits, free, conversation.c.bot.in_(bots))
        .order_by(conversation.c.updated_at)
    )
    return list(rows.scalars())


def conversation_at(connection: Connection, place: Place) -> Conversation | None:
    """See `Store.conversation`."""
    row = connection.execute(
        select(*conversation_columns).where(
            conversation.c.channel == place.channel,
            conversation.c.account == place.account,
            conversation.c.spot == place.spot,
        )
    ).one_or_none()
    return None if row is None else as_conversation(row)


def conversations(connection: Connection, channel: str | None) -> list[Conversation]:
    """See `Store.conversations`."""
    query = (
        select(*conversation_columns, func.count(message.c.id))
        .outerjoin(message, message.c.conversation_id == conversation.c.id)
        .group_by(conversation.c.id)
        .order_by(conversation.c.updated_at.desc(), conversation.c.id.desc())
    )
    if channel is not None:
        query = query.where(conversation.c.channel == channel)
    return [as_conversation(row, row[-1]) for row in connection.execute(query)]


def transcript(connection: Connection, which: int) -> list[Message]:
    """See `Store.transcript`."""
    rows = connection.execute(
        select(*message_columns).where(message.c.conversation_id == which).order_by(message.c.seq)
    )
    return [as_message(row) for row in rows]


def summary_for(
    connection: Connection, which: int, on_path_of: int, audience: int
) -> Summary | None:
    """See `Store.summary`: both the path and the summaries are walked back until they meet."""
    steps = path(connection, which, on_path_of)
    step = next(steps, None)
    for found in _summaries_back(connection, which, on_path_of, audience):
        while step is not None and step[1] > found.upto:
            step = next(steps, None)
        if step is None:
            return None
        if step[1] == found.upto:
            return found
    return None


def _summaries_back(
    connection: Connection, which: int, seq: int, audience: int
) -> Iterator[Summary]:
    """The summaries up to `seq`, the longest-reaching first; of two as long, the later."""
    while True:
        few = {"which": which, "audience": audience, "seq": seq, "most": FEW}
        rows = connection.execute(_summaries, few).all()
        if not rows:
            return
        for row in rows:
            yield as_summary(row)
        seq = rows[-1][4] - 1


def generation(connection: Connection) -> int:
    """How often something was forgotten."""
    found = connection.execute(
        select(keeping.c.value).where(keeping.c.name == "generation")
    ).scalar_one_or_none()
    return int(found or 0)
