"""What was expressly answered, back to where that began: a thread through a talk of many."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, func, select

from tertulia.stores.sql.schema import message, outcome, turn

LONGEST = 1000
"""Messages of a thread, at most."""

_answers = select(message.c.reply_to).where(
    message.c.conversation_id == bindparam("which"), message.c.seq == bindparam("seq")
)
_covers = (
    select(func.max(outcome.c.seq))
    .join(turn, turn.c.id == outcome.c.turn_id)
    .where(turn.c.conversation_id == bindparam("which"), turn.c.message_seq == bindparam("seq"))
)


def thread(connection: Connection, which: int, seqs: Sequence[int]) -> frozenset[int] | None:
    """See `Store.thread`."""
    found: set[int] = set()
    for first in seqs:
        given = {"which": which, "seq": first}
        before = connection.execute(_answers, given).scalar_one_or_none()
        if before is None:
            return None
        found.add(first)
        while before is not None and before not in found and len(found) < LONGEST:
            found.add(before)
            before = _before(connection, which, before)
    return frozenset(found)


def _before(connection: Connection, which: int, seq: int) -> int | None:
    """What a message answers: what its author said it does, or what a reply of the bot covers."""
    given = {"which": which, "seq": seq}
    told = connection.execute(_answers, given).scalar_one_or_none()
    return told if told is not None else connection.execute(_covers, given).scalar_one_or_none()
