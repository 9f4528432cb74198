"""`tertulia memory facts`, `edit`, `history` and `undo`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import groupby

import click

from tertulia.app.memory.moments import day, moment, now, shown
from tertulia.app.memory.naming import fact_number_of, named_person
from tertulia.app.memory.opening import opened
from tertulia.app.memory.printing import by_identity, fact_as_json, say, say_json, short
from tertulia.engine.commands.facts import told_with_times
from tertulia.engine.commands.wording import written
from tertulia.ports.store import Store
from tertulia.values.errors import NotThere, SettingsError
from tertulia.values.fact import Fact


@click.command(epilog="Example: tertulia memory facts --person ana --as-of 2026-05-01")
@click.option("--person", "who", metavar="WHO", help="Only what tells of this person.")
@click.option("--as-of", metavar="DATE", help="What was believed then, by the end of that day.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list.")
@click.pass_obj
def facts_command(config: str | None, who: str | None, as_of: str | None, *, as_json: bool) -> int:
    """List the facts, by what they tell of.

    A DATE is in the time zone of this machine unless it names one.
    """
    at = None if as_of is None else moment(as_of)
    return asyncio.run(_facts(config, who, at, as_json=as_json))


async def _facts(config: str | None, who: str | None, at: int | None, *, as_json: bool) -> int:
    async with opened(config) as store:
        people = await store.people()
        about = None if who is None else (await named_person(store, who)).numbers
        found = await store.facts(None, about=about, as_of=at)
    if as_json:
        say_json([fact_as_json(fact, by_identity(people)) for fact in found])
        return 0
    if at is not None and found:
        say(f"Believed at {shown(at)}:")
    names = by_identity(people)

    def subject(fact: Fact) -> str:
        about = names.get(fact.about or 0)
        return short(fact.subject) if about is None else f"p{about.id} {short(about.name)}"

    for name, several in groupby(sorted(found, key=subject), subject):
        say(f"{name}:", *(_line(fact) for fact in several))
    if not found:
        then = "No facts are remembered." if at is None else f"Nothing was believed at {shown(at)}."
        click.echo(then, err=True)
    return 0


def _line(fact: Fact) -> str:
    sources = ", ".join(fact.sources)
    return f"  {fact.name}  {short(fact.statement)}  ({day(fact.valid_from)}; from {sources})"


@click.command(epilog='Example: tertulia memory edit f12 "lives in Cusco"')
@click.argument("fact")
@click.argument("text")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def edit_command(config: str | None, fact: str, text: str, *, as_json: bool) -> int:
    """Write FACT anew, as TEXT. What it said before stays in its history."""
    number = fact_number_of(fact)
    words = written(text)
    if not words:
        raise SettingsError(
            "A fact cannot be edited to nothing. Write it in words; "
            f"`tertulia memory forget {fact}` erases it."
        )
    return asyncio.run(_edit(config, number, words, as_json=as_json))


async def _edit(config: str | None, number: int, text: str, *, as_json: bool) -> int:
    async with opened(config) as store:
        made = await store.edit_fact(number, text, now())
        await _tell(store, [made], as_json=as_json, many=False)
    return 0


@click.command(epilog="Example: tertulia memory history f12")
@click.argument("fact")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list.")
@click.pass_obj
def history_command(config: str | None, fact: str, *, as_json: bool) -> int:
    """Show all that FACT said, one after another, and until when it was believed."""
    return asyncio.run(_history(config, fact_number_of(fact), as_json=as_json))


async def _history(config: str | None, number: int, *, as_json: bool) -> int:
    async with opened(config) as store:
        steps = await store.fact_history(number)
        if not steps:
            raise NotThere(f"There is no fact f{number}. `tertulia memory facts` lists them.")
        await _tell(store, steps, as_json=as_json, many=True)
    return 0


@click.command(epilog="Example: tertulia memory undo --person ana")
@click.option("--person", "who", metavar="WHO", help="Of a fact about this person.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def undo_command(config: str | None, who: str | None, *, as_json: bool) -> int:
    """Take back the latest edit. What was forgotten never comes back."""
    return asyncio.run(_undo(config, who, as_json=as_json))


async def _undo(config: str | None, who: str | None, *, as_json: bool) -> int:
    async with opened(config) as store:
        about = None if who is None else (await named_person(store, who)).numbers
        again = await store.undo_fact(about, now())
        if again is None:
            raise NotThere("There is no edit to take back.")
        await _tell(store, [again], as_json=as_json, many=False)
    return 0


async def _tell(store: Store, facts: Sequence[Fact], *, as_json: bool, many: bool) -> None:
    if not as_json:
        say(*(told_with_times(fact) for fact in facts))
        return
    people = by_identity(await store.people())
    told = [fact_as_json(fact, people) for fact in facts]
    say_json(told if many else told[0])
