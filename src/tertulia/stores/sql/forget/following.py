"""Follows what is to be forgotten to all that was derived from it; writes nothing.

What a message fed is found by sources (facts), by ranges (summaries) and by receipts (replies). A
reply that is lost on the way has fed others in its turn.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Text, cast, func, select

from tertulia.stores.sql.chunks import among
from tertulia.stores.sql.forget.imported import look_at_names, replies_after
from tertulia.stores.sql.forget.targets import begin
from tertulia.stores.sql.forget.titles import look_at_titles
from tertulia.stores.sql.forget.trail import (
    MARK,
    Closing,
    Said,
    Trail,
    read_receipt,
    said_columns,
)
from tertulia.stores.sql.rows import AnyRow
from tertulia.stores.sql.schema import fact, fact_source, message, outcome, summary, turn
from tertulia.values.forgetting import Replies, Target
from tertulia.values.quoting import still_says

CHUNK = 500
"""Turns that are read at once."""

_turns = (
    select(
        turn.c.id,
        turn.c.conversation_id,
        turn.c.cause,
        turn.c.notes,
        cast(turn.c.receipt, Text).label("receipt"),
        *said_columns,
    )
    .outerjoin(
        message,
        (message.c.conversation_id == turn.c.conversation_id)
        & (message.c.seq == turn.c.message_seq),
    )
    .order_by(turn.c.id)
    .limit(CHUNK)
)
_PLAIN = 5
"""Columns of `_turns` before those of the message that the turn said, if it said one."""


class _Turn(NamedTuple):
    number: int
    conversation: int
    aside: str
    receipt: str | None
    reply: Said | None


def follow(connection: Connection, target: Target, replies: Replies) -> Trail:
    """Everything that goes with the target. Raises: `NotThere`."""
    follower = _Follower(connection, begin(connection, target), replies)
    follower.spread(follower.trail.messages.values())
    look_at_names(connection, follower.trail)
    follower.read_imported()
    known = -1
    while known != len(follower.trail.facts):
        # What is lost on the way was shown later only, but for facts that were spared at first.
        known = len(follower.trail.facts)
        follower.read_turns()
    follower.reopen()
    look_at_titles(connection, follower.trail)
    return follower.trail


class _Follower:
    """One walk along a trail."""

    def __init__(self, connection: Connection, trail: Trail, replies: Replies) -> None:
        self.connection = connection
        self.trail = trail
        self.replies = replies
        self.covering = _covering(connection, trail)
        self.sources = _replies_as_sources(connection)
        self.summaries: dict[int, Sequence[AnyRow]] = {}

    def spread(self, said: Collection[Said]) -> None:
        """What was derived from these goes: summaries, and facts that no other message tells."""
        for one in said:
            self._withdraw_summaries(one)
        self._judge_facts(said)

    def _withdraw_summaries(self, one: Said) -> None:
        for row in self._summaries_of(one.conversation):
            if row.audience_id == one.audience and row.first <= one.seq <= row.upto:
                self.trail.withdraw(row.id, one.conversation)

    def _judge_facts(self, said: Iterable[Said]) -> None:
        told = select(fact_source.c.fact_id).distinct()
        for some in among(fact_source.c.message_id, (one.number for one in said)):
            self._judge(self.connection.execute(told.where(some)).scalars().all())

    def _summaries_of(self, which: int) -> Sequence[AnyRow]:
        if which not in self.summaries:
            rows = self.connection.execute(
                select(summary).where(summary.c.conversation_id == which)
            )
            self.summaries[which] = rows.all()
        return self.summaries[which]

    def _judge(self, facts: Sequence[int]) -> None:
        """A fact is spared where what is left of its sources says all of it, a person with them."""
        left: dict[int, list[tuple[str, str]]] = {}
        sources = select(
            fact_source.c.fact_id,
            message.c.conversation_id,
            message.c.seq,
            message.c.role,
            message.c.text,
        ).join(message, message.c.id == fact_source.c.message_id)
        for some in among(fact_source.c.fact_id, facts):
            for row in self.connection.execute(sources.where(some)):
                if row.seq not in self.trail.lost.get(row.conversation_id, ()):
                    left.setdefault(row.fact_id, []).append((row.role, row.text))
        for some in among(fact.c.id, set(facts) - self.trail.facts.keys()):
            for row in self.connection.execute(select(fact.c.id, fact.c.statement).where(some)):
                others = left.get(row.id, [])
                by_people = any(role == "user" for role, _ in others)
                if by_people and still_says(row.statement, [text for _, text in others]):
                    self.trail.spared.add(row.id)
                else:
                    self.trail.remove(row.id, row.statement)

    def read_imported(self) -> None:
        """Replies that kept no receipt, as another program made them."""
        for reply in replies_after(self.connection, self.trail):
            self._lose(reply)

    def read_turns(self) -> None:
        """Every turn that may have shown it, in their order: what one loses, later ones showed."""
        since = self._since()
        for rows in _in_order(self.connection, since) if since is not None else ():
            for row in rows:
                if row.conversation not in self.trail.conversations:
                    self._read_turn(row)

    def _since(self) -> int | None:
        """The first message of all that goes and of all that a fact was taken from.

        Of a fact that was written without a source, the last one before it.
        """
        first = list(self.trail.messages)
        earliest = select(func.min(fact_source.c.message_id)).group_by(fact_source.c.fact_id)
        for some in among(fact_source.c.fact_id, self.trail.facts):
            first += self.connection.execute(earliest.where(some)).scalars()
        sourced = select(fact_source.c.fact_id).where(fact_source.c.fact_id == fact.c.id)
        written = select(fact.c.newest_source - 1).where(~sourced.exists())
        for some in among(fact.c.id, self.trail.facts):
            first += self.connection.execute(written.where(some)).scalars()
        return min(first, default=None)

    def _read_turn(self, row: _Turn) -> None:
        covers = row.number in self.covering
        showed, names = self._look_in(row.receipt)
        if names:
            self.trail.mended.add(row.number)
        if not showed and not covers:
            return
        hot = self.replies == "all"
        # A turn that kept no receipt may have shown whatever it covers.
        if row.reply is not None and (showed or row.receipt in (None, "null")):
            hot |= self._lose(row.reply)
        if hot or self.trail.gives_away(row.aside):
            self.trail.cleared.add(row.number)

    def _look_in(self, receipt: str | None) -> tuple[bool, bool]:
        """Whether it showed something of the trail, and whether it names something deleted."""
        if receipt is None or not self.trail.could_show(receipt):
            return False, False
        whole: Any = read_receipt(receipt)
        return self.trail.shown_in(whole), self.trail.named_in(whole)

    def _lose(self, reply: Said) -> bool:
        """Redact a reply, and follow what it fed. What the engine says itself is no reply."""
        if reply.number in self.trail.redacted or reply.number in self.trail.messages:
            return True
        always = self.replies == "all" and reply.role == "assistant"
        if reply.text != MARK:
            if not always and not self.trail.gives_away(reply.text):
                return False
            self.trail.redacted[reply.number] = reply
        self.trail.lose(reply)
        self._withdraw_summaries(reply)
        if reply.number in self.sources:
            self._judge_facts([reply])
        return True

    def reopen(self) -> None:
        """Facts that were closed by what goes are closed by what had closed that, or by nothing."""
        columns = (fact.c.superseded_by, fact.c.valid_to, fact.c.closed_at)
        closed: dict[int, Closing] = {}
        for some in among(fact.c.id, self.trail.facts):
            for row in self.connection.execute(select(fact.c.id, *columns).where(some)):
                closed[row.id] = Closing(*row[1:])
        for some in among(fact.c.superseded_by, self.trail.facts):
            for row in self.connection.execute(select(fact.c.id, *columns).where(some)):
                if row.id not in self.trail.facts:
                    self.trail.closings[row.id] = _what_is_left(Closing(*row[1:]), closed)


def _what_is_left(closing: Closing, closed: dict[int, Closing]) -> Closing:
    while closing.superseded_by in closed:
        closing = closed[closing.superseded_by]
    return closing if closing.superseded_by is not None else Closing(None, None, None)


def _covering(connection: Connection, trail: Trail) -> set[int]:
    """The turns that cover a deleted message.

    What a turn covered is another's once the reply was made anew. Its receipt tells what it showed;
    of those without one all that cover nothing may have covered it.
    """
    found: set[int] = set()
    by_talk: dict[int, list[int]] = {}
    for one in trail.messages.values():
        by_talk.setdefault(one.conversation, []).append(one.seq)
    for which, seqs in by_talk.items():
        for some in among(outcome.c.seq, seqs):
            here = select(outcome.c.turn_id).where(outcome.c.conversation_id == which, some)
            found.update(connection.execute(here.where(outcome.c.turn_id.is_not(None))).scalars())
    covers = select(outcome.c.turn_id).where(outcome.c.turn_id == turn.c.id).exists()
    blind = func.coalesce(cast(turn.c.receipt, Text), "null") == "null"
    for some in among(turn.c.conversation_id, by_talk):
        found.update(connection.execute(select(turn.c.id).where(some, blind, ~covers)).scalars())
    return found


def _replies_as_sources(connection: Connection) -> set[int]:
    """The replies that a fact was taken from, once a person had confirmed them."""
    sources = select(fact_source.c.message_id).distinct()
    sources = sources.join(message, message.c.id == fact_source.c.message_id)
    return set(connection.execute(sources.where(message.c.role == "assistant")).scalars())


def _in_order(connection: Connection, since: int) -> Iterator[Iterable[_Turn]]:
    """Turns whose reply came after that message, and those that said nothing."""
    last = 0
    later = _turns.where((message.c.id > since) | message.c.id.is_(None))
    while rows := connection.execute(later.where(turn.c.id > last)).all():
        last = rows[-1][0]
        yield [_as_turn(row) for row in rows]


def _as_turn(row: AnyRow) -> _Turn:
    reply = row[_PLAIN:]
    return _Turn(
        number=row[0],
        conversation=row[1],
        aside=" \n".join((row[2] or "", *row[3])),
        receipt=row[4],
        reply=Said(*reply) if reply[0] is not None else None,
    )
