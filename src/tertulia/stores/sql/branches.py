"""Goes over to another version of what was said, or asks for a further one of a reply."""

from __future__ import annotations

from sqlalchemy import Connection, and_, bindparam, select, update

from tertulia.stores.sql.paths import leaf_behind
from tertulia.stores.sql.schema import conversation, waits
from tertulia.stores.sql.tables import Tables
from tertulia.stores.sql.versions import covers, meant, said, window_of
from tertulia.stores.sql.windows import set_head
from tertulia.values.errors import NotThere
from tertulia.values.message import message_id

_idle = and_(conversation.c.id == bindparam("which"), ~waits, conversation.c.lease_owner.is_(None))
_ask = update(conversation).where(_idle).values(again=bindparam("reply"), go_on=bindparam("more"))
_is_idle = select(conversation.c.id).where(_idle)


class BranchTables(Tables):
    """Those methods of `ScreenStore` that have to do with other versions."""

    async def ask_again(self, conversation: int, reply: int, *, go_on: bool) -> bool:
        """See the port."""
        return await self._write(lambda c: _ask_again(c, conversation, reply, go_on=go_on))

    async def switch(self, conversation: int, seq: int) -> bool:
        """See the port."""
        return await self._write(lambda c: _switch(c, conversation, seq))


def _ask_again(connection: Connection, which: int, seq: int, *, go_on: bool) -> bool:
    one = said(connection, which, seq)
    reply = None if one is None or one.role == "user" else meant(connection, one)
    if reply is None or not covers(connection, reply):
        raise NotThere(
            f"{message_id(which, seq)} is no reply that can be made anew: it is not there, or what "
            "it answered is not. Nothing was done."
        )
    given = {"which": which, "reply": reply.seq, "more": go_on and reply.role == "assistant"}
    return connection.execute(_ask, given).rowcount == 1


def _switch(connection: Connection, which: int, seq: int) -> bool:
    one = said(connection, which, seq)
    if one is None or one.role == "notice":
        raise NotThere(
            f"There is no message {message_id(which, seq)} to go on from; nothing was changed."
        )
    if connection.execute(_is_idle, {"which": which}).one_or_none() is None:
        return False
    leaf = leaf_behind(connection, which, seq)
    last = one if leaf == seq else said(connection, which, leaf)
    window = window_of(connection, last.audience) if last is not None else None
    set_head(connection, which, leaf, window)
    return True
