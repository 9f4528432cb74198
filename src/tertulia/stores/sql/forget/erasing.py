"""Deletes what a trail names, in the order that the tables' references ask for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import Column, Connection, Table, delete, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from tertulia.stores.sql.audiences import load
from tertulia.stores.sql.chunks import among
from tertulia.stores.sql.exported import buried_as
from tertulia.stores.sql.forget.imported import rename
from tertulia.stores.sql.forget.mending import (
    close_facts,
    keep_sources,
    mend_receipts,
    mend_talk,
    redact,
)
from tertulia.stores.sql.forget.titles import untitle
from tertulia.stores.sql.forget.trail import Trail
from tertulia.stores.sql.schema import (
    attachment,
    audience,
    audience_member,
    conversation,
    delivery,
    embedding,
    fact,
    fact_source,
    identity,
    keeping,
    link_code,
    message,
    outcome,
    summary,
    tombstone,
    turn,
)
from tertulia.stores.sql.search import after_forgetting, before_forgetting
from tertulia.stores.sql.tombstones import hash_of, secret
from tertulia.stores.sql.turns import running, take_back
from tertulia.values.audience import Audience, usable
from tertulia.values.errors import NotThere

SCRUB = "scrub"
"""Under this name the store keeps that bytes of something forgotten may be left."""

GENERATION = "generation"


def erase(connection: Connection, trail: Trail) -> None:
    """Do all of it, within the transaction that followed the trail."""
    take_back(connection, _could_have_read(connection, trail))
    affected = before_forgetting(connection, sorted({*trail.messages, *trail.redacted}))
    _bury(connection, trail)
    _delete_facts(connection, trail)
    for table in (fact_source, embedding, attachment):
        _delete(connection, table, table.c.message_id, {*trail.messages, *trail.redacted})
    keep_sources(connection, trail.spared)
    _delete(connection, summary, summary.c.id, trail.summaries)
    redact(connection, trail)
    _delete_turns(connection, trail)
    _delete(connection, message, message.c.id, trail.messages)
    for which in trail.touched:
        mend_talk(connection, trail, which)
    mend_receipts(connection, trail)
    rename(connection, trail)
    untitle(connection, trail)
    _delete_talks(connection, trail)
    _delete_people(connection, trail)
    _note(connection)
    after_forgetting(connection, affected)


def _could_have_read(connection: Connection, trail: Trail) -> list[int]:
    """The conversations whose turn runs there, or before people who may be shown of it."""
    said = (*trail.messages.values(), *trail.redacted.values())
    there = {one.conversation for one in said} | trail.conversations | {*trail.summaries.values()}
    heard = {one.audience for one in said}
    for some in among(fact.c.id, trail.facts):
        heard.update(connection.execute(select(fact.c.audience_id).where(some)).scalars())
    told = [one for one in (_audience(connection, number) for number in heard) if one]
    turns = running(connection)
    readers = {
        before
        for before in {before for _, before in turns}
        if (here := _audience(connection, before)) is None or any(usable(one, here) for one in told)
    }
    return [which for which, before in turns if which in there or before in readers]


def _audience(connection: Connection, number: int | None) -> Audience | None:
    """Whoever is in it; its window is of no account, as a turn may have begun before that."""
    try:
        return None if number is None else replace(load(connection, number), window=None)
    except NotThere:
        return None


def _delete(connection: Connection, table: Table, key: Column[int], numbers: Iterable[int]) -> None:
    for some in among(key, numbers):
        connection.execute(delete(table).where(some))


def _bury(connection: Connection, trail: Trail) -> None:
    """So that a platform, a file or a twin that brings a message again brings nothing back."""
    lost = (*trail.messages.values(), *trail.redacted.values())
    if not lost:
        return
    key = secret(connection)
    hashes: set[bytes] = set()
    for one in lost:
        hashes.update(buried_as(key, one.conversation, one.seq, one.said_at, one.platform_id))
        if one.number in trail.messages and one.platform_id is not None:
            hashes.add(hash_of(key, one.channel, one.account, one.platform_id))
    bury = upsert(tombstone).on_conflict_do_nothing()
    connection.execute(bury, [{"hash": one} for one in sorted(hashes)])


def _delete_facts(connection: Connection, trail: Trail) -> None:
    close_facts(connection, trail)
    for some in among(fact.c.id, trail.facts):
        connection.execute(update(fact).where(some).values(superseded_by=None))
    _delete(connection, fact_source, fact_source.c.fact_id, trail.facts)
    _delete(connection, fact, fact.c.id, trail.facts)


def _delete_turns(connection: Connection, trail: Trail) -> None:
    """A deleted reply leaves its turn to what else it covers; with nothing left the turn goes."""
    seqs: dict[int, list[int]] = {}
    for one in trail.messages.values():
        seqs.setdefault(one.conversation, []).append(one.seq)
    for which, gone in seqs.items():
        emptied: set[int | None] = set()
        for some in among(outcome.c.seq, gone):
            here = delete(outcome).where(outcome.c.conversation_id == which, some)
            emptied.update(connection.execute(here.returning(outcome.c.turn_id)).scalars())
        for some in among(turn.c.message_seq, gone):
            unsaid = update(turn).where(turn.c.conversation_id == which, some)
            said = unsaid.values(message_seq=None).returning(turn.c.id)
            silent = set(connection.execute(said).scalars())
            _delete(connection, delivery, delivery.c.turn_id, silent)
            emptied |= silent
        _delete_emptied(connection, (one for one in emptied if one is not None))


def _delete_emptied(connection: Connection, turns: Iterable[int]) -> None:
    covers = select(outcome.c.turn_id).where(outcome.c.turn_id == turn.c.id).exists()
    for some in among(turn.c.id, turns):
        empty = select(turn.c.id).where(some, turn.c.message_seq.is_(None), ~covers)
        gone = list(connection.execute(empty).scalars())
        _delete(connection, delivery, delivery.c.turn_id, gone)
        _delete(connection, turn, turn.c.id, gone)


def _delete_talks(connection: Connection, trail: Trail) -> None:
    """The conversations of which nothing stays; their messages are gone by now."""
    for table in (outcome, delivery, turn, summary):
        _delete(connection, table, table.c.conversation_id, trail.conversations)
    _delete(connection, conversation, conversation.c.id, trail.conversations)


def _delete_people(connection: Connection, trail: Trail) -> None:
    """Those who come back are somebody new; the audiences that they were in keep the others."""
    _delete(connection, audience_member, audience_member.c.audience_id, trail.audiences)
    for some in among(conversation.c.audience_id, trail.audiences):
        connection.execute(update(conversation).where(some).values(audience_id=None))
    _delete(connection, audience, audience.c.id, trail.audiences)
    for table in (link_code, audience_member):
        _delete(connection, table, table.c.identity_id, trail.people)
    _delete(connection, identity, identity.c.id, trail.people)


def _note(connection: Connection) -> None:
    counted = select(keeping.c.value).where(keeping.c.name == GENERATION)
    once = int(connection.execute(counted).scalar_one_or_none() or 0)
    row = upsert(keeping)
    row = row.on_conflict_do_update(index_elements=["name"], set_={"value": row.excluded.value})
    kept = {GENERATION: str(once + 1), SCRUB: "1"}
    connection.execute(row, [{"name": name, "value": value} for name, value in kept.items()])
