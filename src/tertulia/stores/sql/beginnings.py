"""What is there before a first word: a conversation, and somebody who has not spoken yet."""

from __future__ import annotations

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.sqlite import insert as upsert

from tertulia.stores.sql.people import person
from tertulia.stores.sql.rows import as_conversation, conversation_columns
from tertulia.stores.sql.schema import conversation, identity, message
from tertulia.stores.sql.tables import Tables
from tertulia.values.conversation import Conversation
from tertulia.values.errors import StoreError
from tertulia.values.message import Author, Place
from tertulia.values.person import Person


class BeginningTables(Tables):
    """Those methods of `Store` that look for a row, or make it."""

    async def conversation_numbered(self, number: int) -> Conversation | None:
        """See the port."""
        return await self._read(lambda c: numbered(c, number))

    async def begin(self, place: Place, bot: str, now: int) -> Conversation:
        """See the port."""
        return await self._write(lambda c: begin(c, place, bot, now))

    async def meet(self, place: Place, author: Author) -> Person:
        """See the port."""
        return await self._write(lambda c: meet(c, place, author))


def numbered(connection: Connection, number: int) -> Conversation | None:
    """See `Store.conversation_numbered`."""
    said = select(func.count()).where(message.c.conversation_id == number).scalar_subquery()
    row = connection.execute(
        select(*conversation_columns, said).where(conversation.c.id == number)
    ).one_or_none()
    return None if row is None else as_conversation(row, row[-1])


def begin(connection: Connection, place: Place, bot: str, now: int) -> Conversation:
    """See `Store.begin`."""
    row = {
        "channel": place.channel,
        "account": place.account,
        "spot": place.spot,
        "bot": bot,
        "last_seq": 0,
        "asked_seq": 0,
        "answered_seq": 0,
        "epoch": 0,
        "created_at": now,
        "updated_at": now,
    }
    connection.execute(upsert(conversation).values(row).on_conflict_do_nothing())
    there = select(*conversation_columns).where(
        conversation.c.channel == place.channel,
        conversation.c.account == place.account,
        conversation.c.spot == place.spot,
    )
    return as_conversation(connection.execute(there).one())


def meet(connection: Connection, place: Place, author: Author) -> Person:
    """See `Store.meet`."""
    row = {
        "channel": place.channel,
        "account": place.account,
        "platform_id": author.platform_id,
        "name": author.name,
    }
    connection.execute(upsert(identity).values(row).on_conflict_do_nothing())
    met = person(connection, place, author)
    if met is None:
        raise StoreError(f"{author.name!r} could not be noted.")
    return met
