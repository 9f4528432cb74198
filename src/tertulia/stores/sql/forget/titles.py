"""Titles that were given to conversations, and give away what is forgotten."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from tertulia.stores.sql.chunks import among
from tertulia.stores.sql.forget.trail import Trail
from tertulia.stores.sql.schema import conversation
from tertulia.values.quoting import shares


def look_at_titles(connection: Connection, trail: Trail) -> None:
    """Note the conversations that lose their title.

    Anywhere one that repeats what goes; where that was said, one that has any word of it. It is
    easily given anew, and until then the conversation is called by its first words.
    """
    said: dict[int, list[str]] = {}
    for one in (*trail.messages.values(), *trail.redacted.values()):
        said.setdefault(one.conversation, []).append(one.text)
    titled = select(conversation.c.id, conversation.c.title).where(
        conversation.c.title.is_not(None)
    )
    for which, title in connection.execute(titled):
        if which in trail.conversations:
            continue
        if trail.gives_away(title) or shares(title, said.get(which, ())):
            trail.untitled.add(which)


def untitle(connection: Connection, trail: Trail) -> None:
    """Take those titles away."""
    for some in among(conversation.c.id, trail.untitled):
        connection.execute(update(conversation).where(some).values(title=None))
