"""`tertulia memory export`: all that is remembered, or all of one person, as one JSON file."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from tertulia.app.memory.moments import iso, now
from tertulia.app.memory.naming import named_person
from tertulia.app.memory.opening import opened
from tertulia.app.memory.printing import by_identity, counted, fact_as_json, person_as_json
from tertulia.app.memory.surveying import Survey, heard_by, summaries, survey
from tertulia.engine.export import export
from tertulia.ports.store import Store
from tertulia.values.conversation import Conversation, Summary
from tertulia.values.errors import SettingsError
from tertulia.values.fact import Fact
from tertulia.values.message import message_id
from tertulia.values.person import Person


@click.command(epilog="Example: tertulia memory export ana.json --person ana")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--person", "who", metavar="WHO", help="Only what this person said or heard.")
@click.pass_obj
def export_command(config: str | None, file: Path, who: str | None) -> int:
    """Write facts with their history, summaries and conversations to FILE, as JSON.

    The conversations are in the form of `tertulia chat --export`, which can be imported again.
    """
    if file.exists():
        raise SettingsError(f"{file} exists already. Choose another name, or remove it.")
    written = asyncio.run(_collect(config, who))
    text = json.dumps(written, ensure_ascii=False, indent=2)
    try:
        with file.open("x", encoding="utf-8", errors="replace") as opened_file:
            opened_file.write(f"{text}\n")
    except FileExistsError:
        raise SettingsError(f"{file} exists already. Choose another name, or remove it.") from None
    except OSError as error:
        raise SettingsError(f"{file} cannot be written: {error.strerror}.") from None
    click.echo(
        f"Written to {file}: {counted(len(written['facts']), 'fact', 'facts')}, "
        f"{counted(len(written['conversations']), 'conversation', 'conversations')}.",
        err=True,
    )
    return 0


async def _collect(config: str | None, who: str | None) -> dict[str, Any]:
    async with opened(config) as store:
        people = await store.people()
        person = None if who is None else await named_person(store, who)
        found = await survey(store, person, None)
        talks = [await _talk(store, found, one, person) for one in found.conversations]
        return {
            "tertulia": 1,
            "written_at": iso(now()),
            "people": [person_as_json(one) for one in (people if person is None else [person])],
            "facts": await _facts(store, found.facts, people),
            "summaries": [summary for _, several in talks for summary in several],
            "conversations": [talk for talk, _ in talks],
        }


async def _facts(
    store: Store, facts: Sequence[Fact], people: Sequence[Person]
) -> list[dict[str, Any]]:
    names = by_identity(people)
    return [
        {
            **fact_as_json(fact, names),
            "history": [
                fact_as_json(step, names)
                for step in await store.fact_history(fact.id)
                if step.id != fact.id
            ],
        }
        for fact in facts
    ]


async def _talk(
    store: Store, found: Survey, one: Conversation, person: Person | None
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A conversation in our own form, and its summaries."""
    said = [
        message
        for message in await store.transcript(one.id)
        if person is None or await heard_by(store, found, message, person)
    ]
    standing = [_summary(each) async for each in summaries(store, one, said)]
    return json.loads(export("json", one, said)), standing


def _summary(one: Summary) -> dict[str, Any]:
    return {
        "summary": f"s{one.id}",
        "from": message_id(one.conversation, one.first),
        "to": message_id(one.conversation, one.upto),
        "messages": one.count,
        "text": one.text,
        "audience": one.audience,
    }
