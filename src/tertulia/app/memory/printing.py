"""Prints what was said by anybody: made harmless for a terminal, or as JSON for a program."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import click

from tertulia.app.memory.moments import iso
from tertulia.channels.terminal.streams import clean
from tertulia.engine.commands.wording import one_line
from tertulia.values.fact import Fact, fact_name
from tertulia.values.person import Person


def say(*lines: str) -> None:
    """Print lines, without anything that a terminal would obey."""
    for line in lines:
        click.echo(clean(line))


def say_json(told: object) -> None:
    """Print one JSON value on one line, in ASCII: the same bytes in every encoding."""
    click.echo(json.dumps(told))


def short(text: str) -> str:
    """A text on one line, cut where it is long."""
    return one_line(text)


def counted(number: int, one: str, many: str) -> str:
    """`1 fact`, `2 facts`."""
    return f"{number} {one if number == 1 else many}"


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of the same length, in columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def person_as_json(person: Person) -> dict[str, object]:
    """A person with all identities."""
    return {
        "person": f"p{person.id}",
        "name": person.name,
        "identities": [
            {"channel": one.channel, "id": one.platform_id, "name": one.name}
            for one in person.identities
        ],
    }


def fact_as_json(fact: Fact, people: Mapping[int, Person]) -> dict[str, object]:
    """A fact; `people` are by the numbers of their identities."""
    about = people.get(fact.about) if fact.about is not None else None
    return {
        "fact": fact.name,
        "subject": fact.subject,
        "about": f"p{about.id}" if about is not None else None,
        "slot": fact.slot,
        "statement": fact.statement,
        "origin": fact.origin,
        "sources": list(fact.sources),
        "audience": fact.audience,
        "valid_from": iso(fact.valid_from),
        "valid_to": None if fact.valid_to is None else iso(fact.valid_to),
        "recorded_at": iso(fact.recorded_at),
        "closed_at": None if fact.closed_at is None else iso(fact.closed_at),
        "superseded_by": None if fact.superseded_by is None else fact_name(fact.superseded_by),
    }


def by_identity(people: Sequence[Person]) -> dict[int, Person]:
    """People by the numbers of their identities."""
    return {number: person for person in people for number in person.numbers}
