"""Pictures and files that came with messages: kept with them, and erased with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, bindparam, insert, select

from tertulia.stores.sql.chunks import chunks
from tertulia.stores.sql.rows import as_message, message_columns
from tertulia.stores.sql.schema import attachment, message
from tertulia.values.attachment import Attached, Attachment
from tertulia.values.message import Message

_insert = insert(attachment)
_number = select(message.c.id).where(
    message.c.conversation_id == bindparam("which"), message.c.seq == bindparam("seq")
)
_attached = (
    select(
        attachment.c.message_id,
        attachment.c.id,
        attachment.c.name,
        attachment.c.media_type,
        attachment.c.size,
    )
    .where(attachment.c.message_id.in_(bindparam("numbers", expanding=True)))
    .order_by(attachment.c.id)
)
_one = (
    select(*message_columns, attachment.c.name, attachment.c.media_type, attachment.c.content)
    .join(attachment, attachment.c.message_id == message.c.id)
    .where(attachment.c.id == bindparam("number"))
)


def keep(connection: Connection, brought: Iterable[tuple[int, int, Sequence[Attachment]]]) -> None:
    """Keep what came with messages that are stored, which are told by conversation and seq."""
    for which, seq, attachments in brought:
        number = connection.execute(_number, {"which": which, "seq": seq}).scalar_one()
        rows = [
            {
                "message_id": number,
                "name": one.name,
                "media_type": one.media_type,
                "size": len(one.content),
                "content": one.content,
            }
            for one in attachments
        ]
        connection.execute(_insert, rows)


def attached(connection: Connection, numbers: Iterable[int]) -> dict[int, list[Attached]]:
    """What came with the messages of these numbers, by number, in the order brought."""
    found: dict[int, list[Attached]] = {}
    for some in chunks(numbers):
        for row in connection.execute(_attached, {"numbers": some}):
            one = Attached(id=row[1], name=row[2], media_type=row[3], size=row[4])
            found.setdefault(row[0], []).append(one)
    return found


def read(connection: Connection, number: int) -> tuple[Message, Attachment] | None:
    """See `ScreenStore.attachment`."""
    row = connection.execute(_one, {"number": number}).one_or_none()
    if row is None:
        return None
    name, media_type, content = row[-3:]
    return as_message(row), Attachment(name=name, media_type=media_type, content=content)
