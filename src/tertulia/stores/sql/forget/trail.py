"""What a forgetting takes with it, as far as its trail was followed."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, NamedTuple, cast

from tertulia.stores.sql.schema import message
from tertulia.values.fact import fact_name
from tertulia.values.forgetting import Forgotten
from tertulia.values.message import message_id
from tertulia.values.quoting import gives_away, traces

MARK = "(forgotten)"
"""What stands in place of a reply that showed something of what was forgotten."""

FORGOTTEN_NAME = MARK
"""How the new name of a conversation begins whose old one gave it away."""

MARK_TOKENS = 4 + len(MARK)
"""Its cost in a prompt, counted generously: no tokenizer makes more of a text than its bytes."""

FORGOTTEN = "forgotten"
"""The id that what is gone has in receipts, and the cause of a delivery that is not made."""

_TELLS = re.compile(r'"(?:conversation": (\d+)|(\d+)\.\d+"|([fs]\d+)\b)')
_NAME = re.compile(r"\b[fs]\d+\b")


class Said(NamedTuple):
    """A message's row, as far as forgetting needs it; see `said_columns`."""

    number: int
    conversation: int
    seq: int
    parent: int | None
    audience: int
    role: str
    text: str
    channel: str
    account: str
    platform_id: str | None
    said_at: int

    @property
    def id(self) -> str:
        """The public id."""
        return message_id(self.conversation, self.seq)


said_columns = (
    message.c.id,
    message.c.conversation_id,
    message.c.seq,
    message.c.parent,
    message.c.audience_id,
    message.c.role,
    message.c.text,
    message.c.channel,
    message.c.account,
    message.c.platform_id,
    message.c.said_at,
)


class Closing(NamedTuple):
    """How a fact is closed once what had closed it is gone; all None where it holds again."""

    superseded_by: int | None
    valid_to: int | None
    closed_at: int | None


@dataclass(slots=True)
class Trail:
    """What goes, by number, and what is changed.

    `messages` are deleted, `redacted` keep their row; of `conversations` and `audiences` nothing
    stays; `renamed` are those whose name gives it away, `untitled` those whose title does.
    `facts` are statements, `summaries` tell their conversation. `spared` are facts that lost
    a source and keep another. `cleared` are turns whose cause and notes go, `mended` those whose
    receipt names something that is gone. `parents` tell what the deleted messages of a conversation
    followed. `lost` are all messages, by conversation, whose text is no longer there, and `gone`
    the public ids of what is deleted.
    """

    messages: dict[int, Said] = field(default_factory=dict[int, Said])
    redacted: dict[int, Said] = field(default_factory=dict[int, Said])
    facts: dict[int, str] = field(default_factory=dict[int, str])
    summaries: dict[int, int] = field(default_factory=dict[int, int])
    closings: dict[int, Closing] = field(default_factory=dict[int, Closing])
    conversations: set[int] = field(default_factory=set[int])
    audiences: set[int] = field(default_factory=set[int])
    people: set[int] = field(default_factory=set[int])
    spared: set[int] = field(default_factory=set[int])
    renamed: set[int] = field(default_factory=set[int])
    untitled: set[int] = field(default_factory=set[int])
    cleared: set[int] = field(default_factory=set[int])
    mended: set[int] = field(default_factory=set[int])
    parents: dict[int, dict[int, int | None]] = field(
        default_factory=dict[int, dict[int, int | None]]
    )
    lost: dict[int, set[int]] = field(default_factory=dict[int, set[int]])
    gone: set[str] = field(default_factory=set[str])
    _unread: list[str] = field(default_factory=list[str])
    _traces: frozenset[str] = frozenset()

    def delete(self, said: Iterable[Said]) -> None:
        """These messages are to go."""
        for one in said:
            self.messages[one.number] = one
            self.gone.add(one.id)
            self.parents.setdefault(one.conversation, {})[one.seq] = one.parent
            self._unread.append(one.text)
            self.lose(one)

    def lose(self, one: Said) -> None:
        """What was said there is no longer there."""
        self.lost.setdefault(one.conversation, set()).add(one.seq)

    def remove(self, fact: int, statement: str) -> None:
        """A fact is to go."""
        self.facts[fact] = statement
        self.spared.discard(fact)
        self.gone.add(fact_name(fact))
        self._unread.append(statement)

    def withdraw(self, summary: int, conversation: int) -> None:
        """A summary is to go."""
        self.summaries[summary] = conversation
        self.gone.add(summary_name(summary))

    def call(self, who: int, name: str) -> None:
        """A person is to go, with what they are called."""
        self.people.add(who)
        self._unread.append(f"called {name}")  # in the middle of a sentence a capital tells

    def gives_away(self, said: str) -> bool:
        """Whether a text repeats something of what goes."""
        if self._unread:
            self._traces |= traces(self._unread)
            self._unread = []
        return gives_away(said, self._traces)

    @property
    def touched(self) -> list[int]:
        """The conversations that stay and are mended."""
        said = (*self.messages.values(), *self.redacted.values())
        return sorted({one.conversation for one in said} - self.conversations)

    def could_show(self, receipt: str) -> bool:
        """Whether a stored receipt may name something of it: quick, and never wrongly no."""
        return any(
            int(run or single or -1) in self.lost or name in self.gone
            for run, single, name in set(_TELLS.findall(receipt))
        )

    def shown_in(self, receipt: Mapping[str, Any]) -> bool:
        """Whether the model had something of it before it, by a stored receipt (still folded)."""
        return any(self._is(item, self.lost) for item in receipt["items"])

    def named_in(self, receipt: Mapping[str, Any]) -> bool:
        """Whether something that is deleted stands in a stored receipt, shown or left out."""
        return any(self._is(item, self.parents) for item in receipt["items"]) or any(
            not self.gone.isdisjoint((left["from"], left["to"], *_NAME.findall(left["why"])))
            for left in receipt["left_out"]
        )

    def _is(self, item: Mapping[str, Any], said: Mapping[int, Collection[int]]) -> bool:
        """Whether an item is one of these messages (a folded one: has one in it), or deleted."""
        if "steps" in item:
            seqs, steps = said.get(item["conversation"], ()), cast("list[int]", item["steps"])
            return bool(seqs) and any(map(seqs.__contains__, accumulate(steps)))
        which, _, seq = item["id"].partition(".")
        numbered = which.isdecimal() and seq.isdecimal()
        return item["id"] in self.gone or (numbered and int(seq) in said.get(int(which), ()))

    def told(self) -> Forgotten:
        """What a person is told of it."""
        messages = [self.messages[number] for number in sorted(self.messages)]
        redacted = [self.redacted[number] for number in sorted(self.redacted)]
        rebuilt = set(self.summaries.values()) - self.conversations
        reopened = (one for one, closing in self.closings.items() if closing.closed_at is None)
        return Forgotten(
            messages=tuple(one.id for one in messages),
            redacted=tuple(one.id for one in redacted),
            facts=tuple(map(fact_name, sorted(self.facts))),
            reopened=tuple(map(fact_name, sorted(reopened))),
            summaries=tuple(map(summary_name, sorted(self.summaries))),
            rebuilt=tuple(sorted(rebuilt)),
            conversations=tuple(sorted(self.conversations)),
            people=tuple(map(person_name, sorted(self.people))),
            renamed=tuple(sorted(self.renamed | self.untitled)),
            texts=(
                *(one.text for one in (*messages, *redacted)),
                *(self.facts[number] for number in sorted(self.facts)),
            ),
        )


def summary_name(number: int) -> str:
    """The public id of a summary."""
    return f"s{number}"


def person_name(number: int) -> str:
    """The public id of an identity."""
    return f"p{number}"


def without(receipt: Mapping[str, Any], gone: set[str]) -> dict[str, Any]:
    """A whole receipt that no longer names what is gone; it adds up as before.

    What is gone of one origin becomes one item, so that the others can still be folded.
    """
    return {
        **receipt,
        "items": list(_without_items(receipt["items"], gone)),
        "left_out": [_without_ends(left, gone) for left in receipt["left_out"]],
    }


def _without_items(items: Iterable[dict[str, Any]], gone: set[str]) -> Iterator[dict[str, Any]]:
    merged: dict[str, dict[str, Any]] = {}
    for item in items:
        if item["id"] not in gone and item["id"] != FORGOTTEN:
            yield item
        elif item["origin"] in merged:
            merged[item["origin"]]["tokens"] += item["tokens"]
        else:
            merged[item["origin"]] = {**item, "id": FORGOTTEN, "score": None}
            yield merged[item["origin"]]


def _without_ends(left: dict[str, Any], gone: set[str]) -> dict[str, Any]:
    def masked(name: str) -> str:
        return FORGOTTEN if name in gone else name

    why = _NAME.sub(lambda found: masked(found[0]), left["why"])
    return {**left, "from": masked(left["from"]), "to": masked(left["to"]), "why": why}


def read_receipt(stored: str | None) -> dict[str, Any] | None:
    """A receipt as the database has it, from its text."""
    return json.loads(stored) if stored is not None else None
