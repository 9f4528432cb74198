"""The messages' vectors, made elsewhere: which are missing, and those that may be used."""

from __future__ import annotations

from operator import itemgetter

from sqlalchemy import Connection, bindparam, func, or_, select
from sqlalchemy.dialects.sqlite import insert as upsert

from tertulia.ports.recall import Unembedded, Vectors
from tertulia.stores.sql.reads import generation as generation_of
from tertulia.stores.sql.schema import embedding, message
from tertulia.values.audience import Scope

_upto = (
    select(embedding.c.message_id)
    .where(embedding.c.model == bindparam("model"))
    .order_by(embedding.c.message_id.desc())
    .limit(1)
)
_missing = (
    select(message.c.id, message.c.text)
    .where(message.c.id > bindparam("upto"), message.c.role != "notice")
    .order_by(message.c.id)
    .limit(bindparam("most"))
)
_there = select(message.c.id).where(message.c.id.in_(bindparam("which", expanding=True)))
_add = upsert(embedding).on_conflict_do_nothing()


def unembedded(connection: Connection, model: str, most: int) -> Unembedded:
    """See `RecallStore.unembedded`. They are made in order: behind the newest all are missing."""
    upto = connection.execute(_upto, {"model": model}).scalar_one_or_none() or 0
    rows = connection.execute(_missing, {"upto": upto, "most": most}).all()
    return Unembedded(
        generation=generation_of(connection),
        numbers=tuple(row[0] for row in rows),
        texts=tuple(row[1] for row in rows),
    )


def add_vectors(connection: Connection, model: str, made: Vectors) -> bool:
    """See `RecallStore.add_vectors`."""
    if generation_of(connection) != made.generation:
        return False
    there = set(connection.execute(_there, {"which": list(made.numbers)}).scalars())
    rows = [
        {"message_id": number, "model": model, "vector": vector}
        for number, vector in zip(made.numbers, made.vectors, strict=True)
        if number in there
    ]
    if rows:
        connection.execute(_add, rows)
    return True


def vectors(
    connection: Connection, scope: Scope, model: str, after: int, generation: int, most: int
) -> Vectors:
    """See `RecallStore.vectors`."""
    now = generation_of(connection)
    allowed = [
        (message.c.audience_id == audience) & (message.c.id <= upto)
        for audience, upto in scope.upto.items()
    ]
    query = (
        select(embedding.c.message_id, embedding.c.vector)
        .join(message, message.c.id == embedding.c.message_id)
        .where(
            embedding.c.model == model,
            message.c.id > (after if now == generation else 0),
            func.length(embedding.c.vector) > 0,
            or_(*allowed),
        )
        .order_by(message.c.id.desc())
        .limit(most)
    )
    rows = sorted(connection.execute(query).all(), key=itemgetter(0)) if allowed else []
    return Vectors(
        generation=now,
        numbers=tuple(row[0] for row in rows),
        vectors=tuple(row[1] for row in rows),
    )
