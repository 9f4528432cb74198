"""What our own export calls a message: by that name it is known again when the export comes in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import Connection, select, tuple_

from tertulia.ports.archive import Past
from tertulia.stores.sql.chunks import chunks
from tertulia.stores.sql.people import person
from tertulia.stores.sql.schema import audience_member, message
from tertulia.stores.sql.tombstones import hash_of
from tertulia.values.message import Author, Place, message_id

_ENDS = re.compile(r"(?:.*:)?(\d{1,18})\.(\d{1,18})", re.DOTALL)
"""The id of what was imported from an own export ends with the id that it had there."""


def buried_as(
    key: bytes, conversation: int, seq: int, said_at: int, platform_id: str | None
) -> Iterator[bytes]:
    """The hashes that keep a message from coming back by an export of it, whoever brings it."""
    yield _hash(key, message_id(conversation, seq), said_at)
    if platform_id is not None and (before := name_in(platform_id)):
        yield _hash(key, message_id(*before), said_at)


def hashes(key: bytes, messages: Sequence[Past]) -> Mapping[bytes, str]:
    """The same hashes of what is brought, with the ids that it has now."""
    named = ((past, name_in(past.id)) for past in messages)
    return {_hash(key, message_id(*name), past.said_at): past.id for past, name in named if name}


def _hash(key: bytes, name: str, said_at: int) -> bytes:
    # An export tells the second, which tells apart the messages of two stores.
    return hash_of(key, "export", name, str(said_at // 1000))


def name_in(id_: str) -> tuple[int, int] | None:
    """The conversation and the seq that an imported message had where it was exported."""
    found = _ENDS.fullmatch(id_)
    return (int(found[1]), int(found[2])) if found else None


def still_here(
    connection: Connection, place: Place, author: Author, messages: Sequence[Past]
) -> set[str]:
    """Those that were said in this very store, and heard by whoever brings them."""
    who = person(connection, place, author)
    named = {name: past for past in messages if (name := name_in(past.id))}
    if who is None or not named:
        return set()
    heard = select(audience_member.c.audience_id).where(
        audience_member.c.identity_id.in_(who.numbers)
    )
    columns = (message.c.conversation_id, message.c.seq, message.c.said_at, message.c.text)
    here = select(*columns).where(message.c.audience_id.in_(heard))
    key = tuple_(message.c.conversation_id, message.c.seq)
    found: set[str] = set()
    for some in chunks(named):
        for row in connection.execute(here.where(key.in_(some))):
            past = named[row[0], row[1]]
            if (row[2] // 1000, row[3]) == (past.said_at // 1000, past.text):
                found.add(past.id)
    return found
