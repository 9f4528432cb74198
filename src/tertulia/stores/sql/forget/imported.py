"""Imported replies kept no receipts: they are taken to have had their whole path before them.

The name of an imported conversation was made from what was said in it, so it can give it away too.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable, Iterator

from sqlalchemy import Connection, select, update

from tertulia.stores.sql.chunks import among
from tertulia.stores.sql.forget.trail import FORGOTTEN_NAME, Said, Trail, said_columns
from tertulia.stores.sql.schema import conversation, message, turn

IMPORTED = "import:"
"""So begins the platform's id of whatever was imported."""

_MADE = re.compile(rf"{re.escape(FORGOTTEN_NAME)} \d+")

_of_a_turn = (
    select(turn.c.id)
    .where(turn.c.conversation_id == message.c.conversation_id, turn.c.message_seq == message.c.seq)
    .exists()
)


def replies_after(connection: Connection, trail: Trail) -> Iterator[Said]:
    """Replies without a turn whose path has something of the trail in it."""
    for which in sorted(trail.lost.keys() - trail.conversations):
        lost = trail.lost[which]
        later = (message.c.conversation_id == which, message.c.seq > min(lost))
        alone = (message.c.role == "assistant", ~_of_a_turn)
        rows = connection.execute(select(*said_columns).where(*later, *alone)).all()
        if rows:
            pairs = connection.execute(
                select(message.c.seq, message.c.parent).where(*later).order_by(message.c.seq)
            )
            after = _after(lost, ((row.seq, row.parent) for row in pairs))
            yield from (said for row in rows if (said := Said(*row)).seq in after)


def _after(lost: Collection[int], pairs: Iterable[tuple[int, int | None]]) -> set[int]:
    """Whatever follows one of `lost`; a parent comes before its children."""
    found: set[int] = set()
    for seq, parent in pairs:
        if parent in lost or parent in found:
            found.add(seq)
    return found


def look_at_names(connection: Connection, trail: Trail) -> None:
    """Note imported conversations whose name gives away what was said in them."""
    names = select(conversation.c.id, conversation.c.spot).where(
        select(message.c.id)
        .where(
            message.c.conversation_id == conversation.c.id,
            message.c.platform_id.startswith(IMPORTED),
        )
        .exists()
    )
    for some in among(conversation.c.id, trail.parents.keys() - trail.conversations):
        for row in connection.execute(names.where(some)):
            if not _MADE.fullmatch(row.spot) and trail.gives_away(row.spot):
                trail.renamed.add(row.id)


def rename(connection: Connection, trail: Trail) -> None:
    """Give those conversations a name that says nothing."""
    spots = conversation.c.spot
    for which in sorted(trail.renamed):
        place = select(conversation.c.channel, conversation.c.account)
        channel, account = connection.execute(place.where(conversation.c.id == which)).one()
        here = (conversation.c.channel == channel, conversation.c.account == account)
        taken = set(
            connection.execute(
                select(spots).where(*here, spots.startswith(FORGOTTEN_NAME))
            ).scalars()
        )
        names = (f"{FORGOTTEN_NAME} {number}" for number in itertools.count(which))
        name = next(one for one in names if one not in taken)
        connection.execute(update(conversation).where(conversation.c.id == which).values(spot=name))
