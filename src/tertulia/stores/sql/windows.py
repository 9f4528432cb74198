"""Where a conversation goes on, and who hears it there, before the next word is said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, select, update

from tertulia.stores.sql.audiences import circle_of
from tertulia.stores.sql.beginnings import meet
from tertulia.stores.sql.hearing import Said, hear, in_window
from tertulia.stores.sql.schema import conversation
from tertulia.stores.sql.tables import Tables
from tertulia.values.message import Author, Place


class WindowTables(Tables):
    """Those methods of `Store` that move a conversation without a message."""

    async def set_head(self, conversation: int, head: int | None, window: str | None) -> None:
        """See the port."""
        await self._write(lambda c: set_head(c, conversation, head, window))

    async def arrive(
        self, place: Place, author: Author, circle: str | None, present: Sequence[Author] | None
    ) -> None:
        """See the port."""
        await self._write(lambda c: _arrive(c, place, author, circle, present))


def set_head(connection: Connection, which: int, head: int | None, window: str | None) -> None:
    """See `Store.set_head`."""
    # Whoever goes elsewhere does not wait for another version of what was said here.
    values: dict[str, Any] = {"head": head, "window": window, "again": None, "go_on": False}
    here = select(conversation.c.audience_id).where(conversation.c.id == which)
    heard = connection.execute(here).scalar_one_or_none()
    if heard is not None:
        values["audience_id"] = in_window(connection, heard, window)
    connection.execute(update(conversation).where(conversation.c.id == which).values(**values))


def _arrive(
    connection: Connection,
    place: Place,
    author: Author,
    circle: str | None,
    present: Sequence[Author] | None,
) -> None:
    here = connection.execute(
        select(
            conversation.c.id, conversation.c.bot, conversation.c.window, conversation.c.audience_id
        ).where(
            conversation.c.channel == place.channel,
            conversation.c.account == place.account,
            conversation.c.spot == place.spot,
        )
    ).one_or_none()
    if here is None or here.audience_id is None:
        return
    there = {
        meet(connection, place, one).own(place, one): one.name for one in (author, *(present or ()))
    }
    said = Said(
        unique=uuid4().hex,
        conversation=here.id,
        bot=here.bot,
        window=here.window,
        before=here.audience_id,
        circle=circle_of(place.channel, place.account, circle),
        people=there,
        told=present is not None,
    )
    (now,) = hear(connection, [said])
    connection.execute(
        update(conversation).where(conversation.c.id == here.id).values(audience_id=now)
    )
