"""Whom and what the words of the command line mean."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from commanding import ask, learn, person, say
from making import ANA as ANA_THERE
from making import place
from running import ScriptedModel, scene
from tertulia.app.memory.naming import described, find_conversation, find_person
from tertulia.app.memory.showing import _who
from tertulia.app.memory.surveying import survey
from tertulia.values.audience import Audience
from tertulia.values.conversation import Conversation
from tertulia.values.errors import NotThere
from tertulia.values.person import Identity, Person


def known(number: int, name: str, channel: str, platform_id: str) -> Identity:
    return Identity(
        id=number,
        participant=number,
        channel=channel,
        account="local",
        platform_id=platform_id,
        name=name,
    )


ANA = Person(identities=(known(1, "Ana", "terminal", "ana"), known(2, "Anita", "discord", "42")))
OTHER = Person(identities=(known(3, "Ana", "radio", "7"),))


@pytest.mark.parametrize("who", ["anita", "p1", "p2", "terminal/ana", "discord/42"])
def test_one_person_by_many_names(who: str) -> None:
    assert find_person([ANA, OTHER], who) is ANA


def test_a_name_that_two_have() -> None:
    with pytest.raises(NotThere, match=r"p1 Ana \(terminal/ana, discord/42\); p3 Ana \(radio/7\)"):
        find_person([ANA, OTHER], "ana")
    assert described(OTHER) == "p3 Ana (radio/7)"


def at(spot: str, channel: str, number: int) -> Conversation:
    return Conversation(
        id=number,
        place=place(spot, channel),
        bot="bo",
        model=None,
        head=None,
        last_seq=0,
        answered_seq=0,
        created_at=0,
        updated_at=0,
    )


def test_a_conversation_on_two_channels() -> None:
    both = [at("trip", "terminal", 1), at("trip", "radio", 2)]
    with pytest.raises(NotThere, match=r"terminal/trip, radio/trip\. Give its channel too"):
        find_conversation(both, "trip")
    assert find_conversation(both, "radio/trip").id == 2


def test_who_heard_it_in_words() -> None:
    def heard(**more: object) -> Audience:
        return Audience(id=1, bot="bo", people=frozenset({1}), **more)  # type: ignore[arg-type]

    names = {1: ANA}
    assert _who(None, names) == "nobody who is known"
    assert _who(heard(), names) == "Ana"
    assert _who(heard(), {}) == "p1"
    assert _who(heard(circle="x"), names) == "a circle: Ana"
    assert _who(heard(window="w"), names) == "Ana (a blank window)"


def test_a_person_is_given_what_they_said_or_heard(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            await say(here, "to me alone", spot="a")
            await say(here, "to the square", spot="s", circle="c", who="ben")
            await say(here, "me too", spot="s", circle="c")
            await here.store.left("library", "local", "c", ANA_THERE)
            await say(here, "after ana had left", spot="s", circle="c", who="ben")
            await say(here, "behind her back", spot="b", who="ben")
            await learn(here, "gardens", spot="b", who="ben")
            await ask(here, "/new blank", spot="a")
            await say(here, "blank", spot="a")
            ana = await survey(here.store, await person(here), None)
            assert ana.total(lambda one: one.messages) == 8
            assert not ana.facts
            ben = await survey(here.store, await person(here, "ben"), None)
            assert {one.place.spot for one in ben.conversations} == {"s", "b"}
            assert [fact.statement for fact in ben.facts] == ["gardens"]

    asyncio.run(body())


def test_what_an_audience_heard_that_is_gone(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            await say(here, "hello")
            await say(here, "hello", who="ben", spot="b")
            await here.store._write(
                lambda c: c.exec_driver_sql("UPDATE message SET audience_id = 99") and None
            )
            found = await survey(here.store, await person(here), None)
            assert found.total(lambda one: one.messages) == 1

    asyncio.run(body())


def test_commands_can_be_listed_for_a_shell() -> None:
    import click

    from tertulia.app.memory import COMMANDS, memory_command

    context = click.Context(memory_command)
    assert memory_command.list_commands(context) == list(COMMANDS)
    assert memory_command.get_command(context, "nothing") is None
