"""Stores arriving messages: many at once, each one once, in the order in which they came."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, tuple_, update

from tertulia.stores.sql import attachments
from tertulia.stores.sql.audiences import circle_of
from tertulia.stores.sql.heads import Head, head_columns, with_head
from tertulia.stores.sql.hearing import Said, hear, in_window
from tertulia.stores.sql.schema import conversation, identity, message, outcome, tombstone
from tertulia.stores.sql.tombstones import hash_of, secret
from tertulia.stores.sql.versions import beside
from tertulia.values.attachment import Attachment
from tertulia.values.message import Accepted, Author, Incoming, Measured, Place

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A measured message and the moment at which it came (ms since 1970 UTC)."""

    measured: Measured
    now: int

    @property
    def incoming(self) -> Incoming:
        """The message itself."""
        return self.measured.incoming

    @property
    def key(self) -> Key:
        """What makes it the same message when it is delivered again."""
        place = self.incoming.place
        return (place.channel, place.account, self.incoming.platform_id)

    @property
    def author(self) -> Key:
        """Who said it."""
        return self.identity(self.incoming.author)

    def identity(self, author: Author) -> Key:
        """Somebody on the channel on which it was said."""
        place = self.incoming.place
        return (place.channel, place.account, author.platform_id)

    @property
    def there(self) -> list[Author]:
        """Who is known to hear it: the author and those who were told to be there."""
        return [self.incoming.author, *(self.incoming.present or ())]


_place = (conversation.c.channel, conversation.c.account, conversation.c.spot)
_message_key = (message.c.channel, message.c.account, message.c.platform_id)
_identity_key = (identity.c.channel, identity.c.account, identity.c.platform_id)

_select_heads = (
    select(*_place, *head_columns)
    .select_from(with_head)
    .where(tuple_(*_place).in_(bindparam("places", expanding=True)))
)
_select_known = select(*_message_key, message.c.conversation_id, message.c.seq).where(
    tuple_(*_message_key).in_(bindparam("keys", expanding=True))
)
_select_identities = select(*_identity_key, identity.c.id, identity.c.name).where(
    tuple_(*_identity_key).in_(bindparam("keys", expanding=True))
)
_any_tombstone = select(tombstone.c.hash).limit(1)
_tombstones = select(tombstone.c.hash).where(
    tombstone.c.hash.in_(bindparam("hashes", expanding=True))
)
_insert_conversation = insert(conversation).returning(conversation.c.id)
_insert_identity = insert(identity).returning(identity.c.id)
_insert_messages = insert(message)
_insert_outcomes = insert(outcome)
_rename = update(identity).where(identity.c.id == bindparam("who")).values(name=bindparam("called"))
_move_heads = (
    update(conversation)
    .where(conversation.c.id == bindparam("which"))
    .values(
        bot=bindparam("bot"),
        head=bindparam("head"),
        last_seq=bindparam("last_seq"),
        asked_seq=bindparam("asked_seq"),
        answered_seq=bindparam("answered_seq"),
        updated_at=bindparam("updated_at"),
        audience_id=bindparam("audience"),
    )
)
_enter = (
    update(conversation)
    .where(conversation.c.id == bindparam("which"))
    .values(window=bindparam("there"))
)


def store(connection: Connection, arrivals: Sequence[Arrival]) -> list[Accepted]:
    """Store those that are new, after the heads of their conversations.

    A message whose platform id is already there is a duplicate: what is told is the first one's.
    """
    known = _known(connection, arrivals)
    fresh: list[Arrival] = []
    gone = _forgotten(connection, arrivals)
    seen = set(known) | gone
    for arrival in arrivals:
        if arrival.key not in seen:
            seen.add(arrival.key)
            fresh.append(arrival)
    for some in _apart(fresh):
        known |= _insert(connection, some)
    first = {id(arrival) for arrival in fresh}
    return [
        FORGOTTEN
        if arrival.key in gone
        else Accepted(
            conversation=known[arrival.key][0],
            seq=known[arrival.key][1],
            duplicate=id(arrival) not in first,
        )
        for arrival in arrivals
    ]


def _apart(fresh: Sequence[Arrival]) -> Iterator[Sequence[Arrival]]:
    """All at once, but other versions one by one: then what they stand beside is stored."""
    begun = 0
    for number, arrival in enumerate(fresh):
        if arrival.incoming.instead_of is not None:
            if begun < number:
                yield fresh[begun:number]
            yield [arrival]
            begun = number + 1
    if begun < len(fresh):
        yield fresh[begun:]


FORGOTTEN = Accepted(conversation=0, seq=0, duplicate=True, forgotten=True)
"""What is told of a message that is to stay forgotten."""


def _forgotten(connection: Connection, arrivals: Sequence[Arrival]) -> set[Key]:
    """Those that came once and were forgotten."""
    if connection.execute(_any_tombstone).first() is None:
        return set()
    key = secret(connection)
    hashes = {hash_of(key, *arrival.key): arrival.key for arrival in arrivals}
    found = connection.execute(_tombstones, {"hashes": list(hashes)}).scalars()
    return {hashes[one] for one in found}


def _known(connection: Connection, arrivals: Sequence[Arrival]) -> dict[Key, tuple[int, int]]:
    rows = connection.execute(_select_known, {"keys": [arrival.key for arrival in arrivals]})
    return {(row[0], row[1], row[2]): (row[3], row[4]) for row in rows}


def _insert(connection: Connection, fresh: Sequence[Arrival]) -> dict[Key, tuple[int, int]]:
    heads = _heads(connection, fresh)
    instead = _step_back(connection, fresh[0], heads)
    people = _people(connection, fresh)
    heard = _audiences(connection, fresh, heads, people)
    rows: list[dict[str, Any]] = []
    unanswered: list[dict[str, Any]] = []
    stored: dict[Key, tuple[int, int]] = {}
    brought: list[tuple[int, int, Sequence[Attachment]]] = []
    for arrival, audience in zip(fresh, heard, strict=True):
        head = heads[_key(arrival.incoming.place)]
        head.audience = audience
        row = head.follow(arrival.measured.tokens) | _columns(arrival, people[arrival.author])
        row |= {"audience_id": audience, **instead}
        rows.append(row)
        stored[arrival.key] = (head.id, head.last_seq)
        _note(head, arrival)
        if arrival.incoming.unanswered is not None:
            unanswered.append(_unanswered(row, arrival.incoming.unanswered))
        if arrival.incoming.attachments:
            brought.append((head.id, head.last_seq, arrival.incoming.attachments))
    connection.execute(_insert_messages, rows)
    if unanswered:
        connection.execute(_insert_outcomes, unanswered)
    connection.execute(_move_heads, [_moved(head) for head in _unique(heads.values())])
    attachments.keep(connection, brought)
    return stored


def _step_back(
    connection: Connection, arrival: Arrival, heads: Mapping[Key, Head]
) -> dict[str, Any]:
    """Of another version: the head goes back to what both follow; the column that tells of it."""
    if arrival.incoming.instead_of is None:
        return {}
    head = heads[_key(arrival.incoming.place)]
    found = beside(connection, head.id, arrival.incoming.instead_of)
    if found is None:
        return {}
    head.head, head.root, head.depth = found.parent, found.root, found.depth
    head.path_tokens = found.path_tokens
    if head.window != found.window:
        _go_to_window(connection, head, found.window)
    return {"instead_of": found.first}


def _go_to_window(connection: Connection, head: Head, window: str | None) -> None:
    head.window = window
    here = head.audience
    head.audience = None if here is None else in_window(connection, here, window)
    connection.execute(_enter, {"which": head.id, "there": window})


def _audiences(
    connection: Connection,
    fresh: Sequence[Arrival],
    heads: dict[Key, Head],
    people: dict[Key, int],
) -> list[int]:
    """Who hears each of these, in their order."""
    said: list[Said] = []
    for number, arrival in enumerate(fresh):
        place, incoming = arrival.incoming.place, arrival.incoming
        head = heads[_key(place)]
        said.append(
            Said(
                unique=f"{head.id}.{head.last_seq}.{number}",
                conversation=head.id,
                bot=incoming.bot,
                window=head.window,
                before=head.audience,
                circle=circle_of(place.channel, place.account, incoming.circle),
                people={people[arrival.identity(one)]: one.name for one in arrival.there},
                told=incoming.present is not None,
            )
        )
    return hear(connection, said)


def _note(head: Head, arrival: Arrival) -> None:
    head.bot = arrival.incoming.bot
    head.updated_at = arrival.now
    if arrival.incoming.unanswered is None:
        head.asked_seq = head.last_seq
    elif head.asked_seq <= head.answered_seq:
        head.answered_seq = head.last_seq


def _unanswered(row: dict[str, Any], reason: str) -> dict[str, Any]:
    return {
        "conversation_id": row["conversation_id"],
        "seq": row["seq"],
        "kind": "unanswered",
        "reason": reason,
    }


def _columns(arrival: Arrival, who: int) -> dict[str, Any]:
    incoming = arrival.incoming
    return {
        "role": "user",
        "identity_id": who,
        "name": incoming.name,
        "text": incoming.text,
        "channel": incoming.place.channel,
        "account": incoming.place.account,
        "platform_id": incoming.platform_id,
        "reply_to": incoming.reply_to,
        "said_at": incoming.said_at,
        "stored_at": arrival.now,
    }


def _heads(connection: Connection, fresh: Sequence[Arrival]) -> dict[Key, Head]:
    first = {_key(arrival.incoming.place): arrival for arrival in fresh}
    rows = connection.execute(_select_heads, {"places": list(first)})
    heads = {(row[0], row[1], row[2]): Head(*row[3:]) for row in rows}
    for key, arrival in first.items():
        if key not in heads:
            heads[key] = _begin(connection, arrival)
    return heads


def _begin(connection: Connection, arrival: Arrival) -> Head:
    place = arrival.incoming.place
    made = connection.execute(
        _insert_conversation,
        {
            "channel": place.channel,
            "account": place.account,
            "spot": place.spot,
            "bot": arrival.incoming.bot,
            "last_seq": 0,
            "asked_seq": 0,
            "answered_seq": 0,
            "epoch": 0,
            "created_at": arrival.now,
            "updated_at": arrival.now,
        },
    ).scalar_one()
    return Head(
        made, arrival.incoming.bot, 0, 0, 0, None, None, None, None, arrival.now, None, None
    )


def _people(connection: Connection, fresh: Sequence[Arrival]) -> dict[Key, int]:
    latest = {
        arrival.identity(author): author.name for arrival in fresh for author in arrival.there
    }
    rows = connection.execute(_select_identities, {"keys": list(latest)}).all()
    people: dict[Key, int] = {}
    for row in rows:
        key = (row[0], row[1], row[2])
        people[key] = row[3]
        if row[4] != latest[key]:
            connection.execute(_rename, {"who": row[3], "called": latest[key]})
    for key, name in latest.items():
        if key not in people:
            people[key] = connection.execute(
                _insert_identity,
                {"channel": key[0], "account": key[1], "platform_id": key[2], "name": name},
            ).scalar_one()
    return people


def _moved(head: Head) -> dict[str, Any]:
    return {
        "which": head.id,
        "bot": head.bot,
        "head": head.head,
        "last_seq": head.last_seq,
        "asked_seq": head.asked_seq,
        "answered_seq": head.answered_seq,
        "updated_at": head.updated_at,
        "audience": head.audience,
    }


def _key(place: Place) -> Key:
    return (place.channel, place.account, place.spot)


def _unique(heads: Iterable[Head]) -> list[Head]:
    return list({head.id: head for head in heads}.values())
