"""Takes in a past: a tree of messages with their own dates, and nothing to answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, insert, select, update

from tertulia.ports.archive import ArchiveStore, Past
from tertulia.stores.sql import exported
from tertulia.stores.sql.audiences import find_or_make, those_there
from tertulia.stores.sql.beginnings import begin, meet, numbered
from tertulia.stores.sql.chunks import among
from tertulia.stores.sql.exported import still_here
from tertulia.stores.sql.forget.trail import MARK
from tertulia.stores.sql.schema import conversation, message, outcome, tombstone
from tertulia.stores.sql.tables import Tables
from tertulia.stores.sql.tombstones import hash_of, secret
from tertulia.values.conversation import Conversation
from tertulia.values.message import Author, Place


class ArchiveTables(Tables, ArchiveStore):
    """`ArchiveStore` on the tables."""

    async def take_in(
        self,
        place: Place,
        bot: str,
        author: Author,
        messages: Sequence[Past],
        head: str | None,
        now: int,
    ) -> int:
        """See the port."""
        return await self._write(lambda c: _take_in(c, place, bot, author, messages, head, now))


class _Stand(NamedTuple):
    """A message that is there: its conversation, and its place and version as `_Tree` has them."""

    conversation: int
    place: tuple[int, int, int, int]
    first: tuple[int, int | None, str]


@dataclass(slots=True)
class _Tree:
    """Where each message stands: its seq, root, depth and path_tokens, by its id.

    `firsts` are the first of all versions, by id: its seq, and what it follows.
    """

    next: int
    known: dict[str, tuple[int, int, int, int]] = field(
        default_factory=dict[str, tuple[int, int, int, int]]
    )
    instead: dict[str, str | None] = field(default_factory=dict[str, "str | None"])
    firsts: dict[str, tuple[int, int | None, str]] = field(
        default_factory=dict[str, "tuple[int, int | None, str]"]
    )

    def above(self, parent: str | None) -> tuple[int, int, int, int] | None:
        """The nearest ancestor that is there."""
        while parent is not None and parent not in self.known:
            parent = self.instead.get(parent)
        return None if parent is None else self.known[parent]

    def place(self, past: Past) -> dict[str, Any]:
        """The columns of the next message."""
        above = self.above(past.parent)
        seq, self.next = self.next, self.next + 1
        root, depth, tokens = (above[1], above[2] + 1, above[3]) if above else (seq, 0, 0)
        self.known[past.id] = (seq, root, depth, tokens + past.tokens)
        parent = above[0] if above else None
        here = (seq, parent, past.role)
        first = self.firsts.setdefault(past.instead_of or past.id, here)
        return {
            "seq": seq,
            "parent": parent,
            "instead_of": first[0] if first[1:] == here[1:] and first != here else None,
            "root": root,
            "depth": depth,
            "path_tokens": tokens + past.tokens,
        }


def _take_in(
    connection: Connection,
    place: Place,
    bot: str,
    author: Author,
    messages: Sequence[Past],
    head: str | None,
    now: int,
) -> int:
    gone = _forgotten(connection, place, messages)
    there = _there(connection, place, messages)
    skipped = gone | there.keys() | still_here(connection, place, author, messages)
    new = [past for past in messages if past.id not in skipped]
    if not new:
        return 0
    # Its title may give away what was forgotten of it.
    free = _free(connection, replace(place, spot=MARK) if gone else place)
    begun = _begun(connection, there) or begin(connection, free, bot, now)
    who = meet(connection, place, author).own(place, author)
    hearers = those_there(bot, None, frozenset({who}), {who: author.name})
    audience = find_or_make(connection, [hearers])[0]
    here = {id_: stand for id_, stand in there.items() if stand.conversation == begun.id}
    tree = _Tree(
        begun.last_seq + 1,
        {id_: stand.place for id_, stand in here.items()},
        {past.id: past.parent for past in messages},
        {past.instead_of or past.id: here[past.id].first for past in messages if past.id in here},
    )
    same = {
        "conversation_id": begun.id,
        "channel": place.channel,
        "account": place.account,
        "audience_id": audience,
        "stored_at": now,
    }
    rows = [same | tree.place(past) | _columns(past, who) for past in new]
    connection.execute(insert(message), rows)
    said = [row for row in rows if row["role"] == "user"]
    if said:
        connection.execute(insert(outcome), [_imported(row) for row in said])
    _settle(connection, begun, tree, head, audience)
    return len(new)


def _columns(past: Past, who: int) -> dict[str, Any]:
    return {
        "role": past.role,
        "identity_id": who if past.role == "user" and past.own else None,
        "name": past.name,
        "text": past.text,
        "tokens": past.tokens,
        "platform_id": past.id,
        "said_at": past.said_at,
    }


def _imported(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "conversation_id": row["conversation_id"],
        "seq": row["seq"],
        "kind": "unanswered",
        "reason": "imported",
    }


def _begun(connection: Connection, there: Mapping[str, _Stand]) -> Conversation | None:
    """The conversation that an earlier import of the same made."""
    return next((numbered(connection, stand.conversation) for stand in there.values()), None)


def _free(connection: Connection, place: Place) -> Place:
    """The place, or where another conversation has its name, one with a number behind it.

    Many have the same name ("New chat"): what is free is found by doubling and halving.
    """
    taken, free = 0, 1
    while _is_taken(connection, _named(place, free)):
        taken, free = free, free * 2
    while free - taken > 1:
        between = (taken + free) // 2
        if _is_taken(connection, _named(place, between)):
            taken = between
        else:
            free = between
    return _named(place, free)


def _named(place: Place, number: int) -> Place:
    return place if number == 1 else replace(place, spot=f"{place.spot} ({number})")


def _is_taken(connection: Connection, place: Place) -> bool:
    there = select(conversation.c.id).where(
        conversation.c.channel == place.channel,
        conversation.c.account == place.account,
        conversation.c.spot == place.spot,
    )
    return connection.execute(there).first() is not None


def _there(connection: Connection, place: Place, messages: Sequence[Past]) -> dict[str, _Stand]:
    """Those that were taken in before: their conversations, and where they stand."""
    found: dict[str, _Stand] = {}
    for some in among(message.c.platform_id, [past.id for past in messages]):
        rows = connection.execute(
            select(
                message.c.platform_id,
                message.c.conversation_id,
                message.c.seq,
                message.c.root,
                message.c.depth,
                message.c.path_tokens,
                func.coalesce(message.c.instead_of, message.c.seq),
                message.c.parent,
                message.c.role,
            ).where(
                message.c.channel == place.channel,
                message.c.account == place.account,
                some,
            )
        )
        found |= {row[0]: _Stand(row[1], tuple(row[2:6]), tuple(row[6:9])) for row in rows}
    return found


def _forgotten(connection: Connection, place: Place, messages: Sequence[Past]) -> set[str]:
    key = secret(connection)
    hashes = {hash_of(key, place.channel, place.account, past.id): past.id for past in messages}
    hashes |= exported.hashes(key, messages)
    gone: set[str] = set()
    for some in among(tombstone.c.hash, hashes):
        found = connection.execute(select(tombstone.c.hash).where(some)).scalars()
        gone |= {hashes[one] for one in found}
    return gone


def _settle(
    connection: Connection, begun: Conversation, tree: _Tree, head: str | None, audience: int
) -> None:
    """Nothing of it waits; the conversation goes on behind `head` where nobody went on here."""
    newest = tree.next - 1
    taken = {seq for seq, *_ in tree.known.values()}
    values: dict[str, Any] = {"last_seq": newest}
    if begun.last_seq == 0:
        moments = select(func.min(message.c.said_at), func.max(message.c.said_at))
        first, last_said = connection.execute(
            moments.where(message.c.conversation_id == begun.id)
        ).one()
        values |= {"created_at": first, "updated_at": last_said}
    last = tree.above(head)
    if last is not None and (begun.head is None or begun.head in taken):
        values |= {"head": last[0], "audience_id": audience}
    connection.execute(update(conversation).where(conversation.c.id == begun.id).values(**values))
    connection.execute(
        update(conversation)
        .where(
            conversation.c.id == begun.id, conversation.c.asked_seq <= conversation.c.answered_seq
        )
        .values(answered_seq=newest)
    )
