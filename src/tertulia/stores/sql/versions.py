"""Other versions of what was said: each stands beside the first, and one of them is on the path.

All versions of a message follow the same one, and name the first of them in `instead_of`.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, bindparam, func, select, update

from tertulia.stores.sql.rows import as_message, message_columns
from tertulia.stores.sql.schema import audience, conversation, message, outcome, turn
from tertulia.values.message import Message

_one = select(*message_columns).where(
    message.c.conversation_id == bindparam("which"), message.c.seq == bindparam("seq")
)
_above = message.alias()
_beside = (
    select(
        message.c.parent,
        _above.c.root,
        _above.c.depth,
        _above.c.path_tokens,
        message.c.instead_of,
        audience.c.window,
    )
    .select_from(
        message.outerjoin(
            _above,
            (_above.c.conversation_id == message.c.conversation_id)
            & (_above.c.seq == message.c.parent),
        ).outerjoin(audience, audience.c.id == message.c.audience_id)
    )
    .where(
        message.c.conversation_id == bindparam("which"),
        message.c.seq == bindparam("seq"),
        message.c.role == "user",
    )
)
_window = select(audience.c.window).where(audience.c.id == bindparam("number"))
_versions = select(message.c.seq).where(
    message.c.conversation_id == bindparam("which"),
    message.c.instead_of == bindparam("first"),
)
_covered = (
    select(*message_columns)
    .select_from(turn)
    .join(outcome, outcome.c.turn_id == turn.c.id)
    .join(
        message,
        (message.c.conversation_id == outcome.c.conversation_id) & (message.c.seq == outcome.c.seq),
    )
    .where(
        turn.c.conversation_id == bindparam("which"),
        turn.c.message_seq.in_(bindparam("replies", expanding=True)),
    )
    .order_by(message.c.seq)
)
_covering = (
    select(turn.c.message_seq)
    .select_from(outcome.outerjoin(turn, turn.c.id == outcome.c.turn_id))
    .where(outcome.c.conversation_id == bindparam("which"), outcome.c.seq == bindparam("seq"))
)
_give_up = (
    update(conversation)
    .where(conversation.c.id == bindparam("which"))
    .values(
        again=None,
        go_on=False,
        answered_seq=func.max(conversation.c.answered_seq, conversation.c.asked_seq),
        lease_owner=None,
        lease_until=None,
    )
)


class Beside(NamedTuple):
    """Where another version of a message stands: what both follow, and where that stands.

    `first` is the first of the versions, `window` the one in which they are said.
    """

    parent: int | None
    root: int | None
    depth: int | None
    path_tokens: int | None
    first: int
    window: str | None


def beside(connection: Connection, which: int, seq: int) -> Beside | None:
    """Where another version of this message stands; None where nobody said such a one."""
    row = connection.execute(_beside, {"which": which, "seq": seq}).one_or_none()
    if row is None:
        return None
    parent, root, depth, path_tokens, first, window = row
    return Beside(parent, root, depth, path_tokens, seq if first is None else first, window)


def window_of(connection: Connection, heard: int) -> str | None:
    """The window of those who heard something."""
    return connection.execute(_window, {"number": heard}).scalar_one_or_none()


def to_make_anew(
    connection: Connection, which: int, again: int | None
) -> tuple[Message, tuple[Message, ...]] | None:
    """The reply that is to be made anew, with what it covers.

    Where either is there no more, or nothing was asked for, nothing waits here any longer: the
    lease is given back, and None told.
    """
    one = said(connection, which, again) if again is not None else None
    covered = covers(connection, one) if one is not None else []
    if one is None or not covered:
        connection.execute(_give_up, {"which": which})
        return None
    return one, tuple(covered)


def said(connection: Connection, which: int, seq: int) -> Message | None:
    """One message."""
    row = connection.execute(_one, {"which": which, "seq": seq}).one_or_none()
    return None if row is None else as_message(row)


def covers(connection: Connection, reply: Message) -> list[Message]:
    """What a reply covers, with all its versions, or a notice.

    A reply that was imported, or whose turn lost its words, covers what it follows.
    """
    first = reply.seq if reply.instead_of is None else reply.instead_of
    given = {"which": reply.conversation, "first": first}
    others = connection.execute(_versions, given).scalars()
    rows = connection.execute(_covered, {**given, "replies": [first, *others]})
    found = [as_message(row) for row in rows]
    if found or reply.role == "notice" or reply.parent is None:
        return found
    before = said(connection, reply.conversation, reply.parent)
    given = {"which": reply.conversation, "seq": reply.parent}
    free = all(seq is None for seq in connection.execute(_covering, given).scalars())
    return [before] if before is not None and before.role == "user" and free else []


def meant(connection: Connection, one: Message) -> Message | None:
    """The reply itself; behind a notice that was tried again since, what covers it now."""
    if one.role == "assistant" or one.parent is None or covers(connection, one):
        return one
    given = {"which": one.conversation, "seq": one.parent}
    now = connection.execute(_covering, given).scalar_one_or_none()
    return None if now is None else said(connection, one.conversation, now)
