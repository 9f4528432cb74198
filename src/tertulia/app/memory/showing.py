"""`tertulia memory show`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import click

from tertulia.app.memory.naming import described, find_conversation, named_person
from tertulia.app.memory.opening import opened
from tertulia.app.memory.printing import counted, person_as_json, say, say_json, short, table
from tertulia.app.memory.surveying import Heard, Survey, survey
from tertulia.values.audience import Audience
from tertulia.values.errors import SettingsError
from tertulia.values.person import Person


@click.command(epilog="Example: tertulia memory show --person ana")
@click.option("--person", "who", metavar="WHO", help="Only what this person said or heard.")
@click.option("--conversation", "name", metavar="NAME", help="Only this conversation.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def show_command(config: str | None, who: str | None, name: str | None, *, as_json: bool) -> int:
    """Show what there is: messages, facts, summaries and tokens by those who heard them."""
    if who is not None and name is not None:
        raise SettingsError("Give --person or --conversation, not both.")
    return asyncio.run(_show(config, who, name, as_json=as_json))


async def _show(config: str | None, who: str | None, name: str | None, *, as_json: bool) -> int:
    async with opened(config) as store:
        people = await store.people()
        person = None if who is None else await named_person(store, who)
        every = await store.conversations(None)
        talk = None if name is None else find_conversation(every, name)
        found = await survey(store, person, talk)
    told = people if person is None else [person]
    if as_json:
        say_json(_as_json(found, told))
        return 0
    names = {one.id: one for one in people}
    say("All that is remembered, whoever heard it: this is the owner's view.", _total(found))
    if found.heard:
        say("", *table([_HEADING, *(_row(one, names) for one in _sorted(found))]))
    if told:
        say("", "People:", *(f"  {described(one)}" for one in told))
    return 0


_HEADING = ("bot", "heard by", "messages", "tokens", "facts", "summaries")


def _total(found: Survey) -> str:
    return (
        f"{counted(len(found.conversations), 'conversation', 'conversations')}, "
        f"{counted(found.total(lambda one: one.messages), 'message', 'messages')}, "
        f"{counted(len(found.facts), 'fact', 'facts')}, "
        f"{counted(found.total(lambda one: one.summaries), 'summary', 'summaries')}, "
        f"{counted(found.total(lambda one: one.tokens), 'token', 'tokens')}."
    )


def _sorted(found: Survey) -> Sequence[Heard]:
    known = [one for one in found.heard.values() if one.messages or one.facts]
    return sorted(known, key=lambda one: -one.messages)


def _row(one: Heard, people: Mapping[int, Person]) -> tuple[str, ...]:
    counts = (one.messages, one.tokens, one.facts, one.summaries)
    bot = one.audience.bot if one.audience is not None else "?"
    return (bot, _who(one.audience, people), *map(str, counts))


def _who(audience: Audience | None, people: Mapping[int, Person]) -> str:
    if audience is None:
        return "nobody who is known"
    names = sorted(
        short(people[one].name) if one in people else f"p{one}" for one in audience.people
    )
    listed = ", ".join(names) or "nobody who is known"
    if audience.circle is not None:
        listed = f"a circle: {listed}"
    return listed if audience.window is None else f"{listed} (a blank window)"


def _as_json(found: Survey, people: Sequence[Person]) -> dict[str, object]:
    return {
        "messages": found.total(lambda one: one.messages),
        "tokens": found.total(lambda one: one.tokens),
        "facts": len(found.facts),
        "summaries": found.total(lambda one: one.summaries),
        "conversations": [
            {
                "conversation": one.place.spot,
                "channel": one.place.channel,
                "bot": one.bot,
                "number": one.id,
                "messages": one.messages,
            }
            for one in found.conversations
        ],
        "audiences": [
            {
                "audience": number,
                "bot": one.audience.bot if one.audience else None,
                "circle": bool(one.audience and one.audience.circle),
                "blank": bool(one.audience and one.audience.window),
                "people": sorted(f"p{who}" for who in one.audience.people) if one.audience else [],
                "messages": one.messages,
                "tokens": one.tokens,
                "facts": one.facts,
                "summaries": one.summaries,
            }
            for number, one in found.heard.items()
        ],
        "people": [person_as_json(one) for one in people],
    }
