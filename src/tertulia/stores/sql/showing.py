"""Messages as a screen shows them: with their other versions, and with what became of them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVarTuple

from sqlalchemy import Connection, Select, Text, bindparam, cast, func, or_, select

from tertulia.stores.sql.attachments import attached
from tertulia.stores.sql.rows import AnyRow, as_message
from tertulia.stores.sql.schema import message, outcome, turn
from tertulia.values.audience import EVER, Scope
from tertulia.values.message import Message
from tertulia.values.prompt import Usage
from tertulia.values.shown import Ended, Shown

Columns = TypeVarTuple("Columns")

_whole = func.json_each(bindparam("whole")).table_valued("value")
_parts = func.json_each(bindparam("parts")).table_valued("key", "value")
_heard = or_(
    message.c.audience_id.in_(select(_whole.c.value)),
    select(_parts.c.value)
    .where(_parts.c.key == cast(message.c.audience_id, Text), _parts.c.value >= message.c.id)
    .correlate(message)
    .exists(),
)
_here = message.c.conversation_id == bindparam("which")
# In no order: for one SQLite would take the index of all messages.
_versions = select(message.c.instead_of, message.c.seq).where(
    _here, message.c.instead_of.in_(bindparam("firsts", expanding=True))
)
_there = select(message.c.seq).where(_here, message.c.seq.in_(bindparam("seqs", expanding=True)))
_outcomes = select(outcome.c.seq, outcome.c.kind, outcome.c.reason).where(
    outcome.c.conversation_id == bindparam("which"),
    outcome.c.seq.in_(bindparam("seqs", expanding=True)),
)
_turns = select(
    turn.c.message_seq,
    turn.c.model,
    turn.c.prompt_tokens,
    turn.c.completion_tokens,
    turn.c.cost,
    turn.c.notes,
    func.coalesce(cast(turn.c.receipt, Text), "null").not_in(("null", "{}")),
    turn.c.cause,
).where(
    turn.c.conversation_id == bindparam("which"),
    turn.c.message_seq.in_(bindparam("seqs", expanding=True)),
)


class Sight:
    """What somebody may see of messages, as a condition of queries; of a scope of None, all."""

    def __init__(self, scope: Scope | None) -> None:
        self._all = scope is None
        upto: Mapping[int, int] = {} if scope is None else scope.upto
        parts = {which: last for which, last in upto.items() if last != EVER}
        whole = [which for which in upto if which not in parts]
        self.given = {"whole": json.dumps(whole), "parts": json.dumps(parts)}

    def select(
        self, connection: Connection, query: Select[*tuple[Any, ...]], **given: Any
    ) -> Sequence[AnyRow]:
        """The rows of a query of messages that may be seen."""
        return connection.execute(self.narrow(query), self.given | given).all()

    def narrow(self, query: Select[*Columns]) -> Select[*Columns]:
        """A query of messages, of those that may be seen alone; it is `given` what it asks for."""
        return query if self._all else query.where(_heard)


def shown(
    connection: Connection, which: int, rows: Iterable[AnyRow], sight: Sight
) -> tuple[Shown, ...]:
    """These rows of `message_columns`, all of one conversation, as a screen shows them."""
    messages = [as_message(row) for row in rows]
    said = [one.seq for one in messages if one.role == "user"]
    told = [one.seq for one in messages if one.role != "user"]
    versions = _versions_of(connection, which, messages, sight)
    outcomes = _by_seq(connection, which, _outcomes, said)
    turns = _by_seq(connection, which, _turns, told)
    files = attached(connection, [one.number for one in messages])
    return tuple(
        Shown(
            message=one,
            versions=versions[one.seq],
            outcome=outcomes[one.seq][1] if one.seq in outcomes else None,
            reason=outcomes[one.seq][2] if one.seq in outcomes else None,
            ended=_ended(turns[one.seq]) if one.seq in turns else None,
            attachments=tuple(files.get(one.number, ())),
        )
        for one in messages
    )


def _by_seq(
    connection: Connection,
    which: int,
    query: Select[*tuple[Any, ...]],
    seqs: Collection[int],
) -> dict[int, AnyRow]:
    """The rows of a query by their first column, which is a seq."""
    if not seqs:
        return {}
    return {row[0]: row for row in connection.execute(query, {"which": which, "seqs": list(seqs)})}


def _versions_of(
    connection: Connection, which: int, messages: Sequence[Message], sight: Sight
) -> dict[int, tuple[int, ...]]:
    """The versions of each that may be seen, its own among them, in the order made."""
    firsts = {one.seq: _first(one) for one in messages}
    others: dict[int, list[int]] = {}
    query = {"which": which, "firsts": list(set(firsts.values()))}
    rows = sight.select(connection, _versions, **query) if firsts else ()
    for first, seq in sorted((row[0], row[1]) for row in rows):
        others.setdefault(first, []).append(seq)
    there = {"which": which, "seqs": list(others)}
    for (first,) in sight.select(connection, _there, **there) if others else ():
        others[first].insert(0, first)
    return {seq: tuple(others.get(first, (seq,))) for seq, first in firsts.items()}


def _first(one: Message) -> int:
    return one.seq if one.instead_of is None else one.instead_of


def _ended(row: AnyRow) -> Ended:
    _, model, prompt_tokens, completion_tokens, cost, notes, receipt, cause = row
    usage = Usage(prompt_tokens=prompt_tokens or 0, completion_tokens=completion_tokens or 0)
    return Ended(
        model=model,
        usage=None if prompt_tokens is None else usage,
        cost=cost,
        notes=tuple(notes),
        receipt=bool(receipt),
        cause=cause,
    )
