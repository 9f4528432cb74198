"""A past is taken in as its person's own; what others said in it stays theirs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from making import incoming, place
from running import Scene, ScriptedModel, scene
from tertulia.engine.importing import Imported, bring_in
from tertulia.ports.importer import Talk, Told
from tertulia.values.forgetting import Target
from tertulia.values.message import Author, Message

MODEL = ScriptedModel()

Body = Callable[[Scene], Awaitable[None]]
Run = Callable[[Body], None]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def run(body: Body) -> None:
        async def whole() -> None:
            async with scene(tmp_path, MODEL, memories=("recall",)) as here:
                await body(here)

        asyncio.run(whole())

    return run


def talk(*said: tuple[str | None, str], head: str | None = "last") -> Talk:
    """People by their names; the bot is called `bot`."""
    told = [
        Told(
            id=f"m{number}",
            parent=f"m{number - 1}" if number else None,
            role="assistant" if name == "bot" else "user",
            name=name,
            text=text,
            said_at=number * 1000,
        )
        for number, (name, text) in enumerate(said)
    ]
    end = told[-1].id if head == "last" else head
    return Talk(id="t1", title="trip", messages=tuple(told), head=end)


async def take(here: Scene, which: Talk, who: str = "ana") -> Imported:
    return await bring_in(
        here.engine.tools,
        [which],
        place=place(""),
        bot="bo",
        author=Author(platform_id=who, name=who.title()),
        told=lambda _: None,
    )


async def said(here: Scene, spot: str = "trip") -> list[Message]:
    found = await here.store.conversation(place(spot))
    assert found is not None
    return list(await here.store.transcript(found.id))


GROUP = talk(
    ("Ana", "a zebra of mine"), ("bot", "yes"), ("Ben", "my zebra is ill"), (None, "a zebra?")
)


def test_what_others_said_is_not_the_importers_own(run: Run) -> None:
    async def body(here: Scene) -> None:
        await take(here, GROUP)
        ana, bot, ben, own = await said(here)
        assert (ana.name, bot.name, ben.name, own.name) == ("Ana", None, "Ben", "Ana")
        assert (ana.author, bot.author, ben.author, own.author) == (1, None, None, 1)
        await here.outcome(
            await here.engine.accept(incoming("whose zebra is ill?", spot="dm", number="x"))
        )
        read = str(MODEL.prompts[-1])
        assert "Ben: my zebra is ill" in read
        assert "Ana: a zebra of mine" in read or "user: a zebra of mine" in read

    run(body)


def test_where_one_person_spoke_it_is_theirs(run: Run) -> None:
    async def body(here: Scene) -> None:
        await take(here, talk(("A. Castro", "hello"), ("bot", "hi"), ("A. Castro", "bye")))
        assert [one.author for one in await said(here)] == [1, None, 1]
        assert [one.name for one in await said(here)] == [None, None, None]

    run(body)


def test_the_past_of_each_person_is_their_own(run: Run) -> None:
    async def body(here: Scene) -> None:
        assert (await take(here, GROUP)).new == 4
        assert (await take(here, GROUP, "ben")).new == 4
        assert (await take(here, GROUP, "ben")).new == 0
        mine, theirs = await said(here), await said(here, "trip (2)")
        assert {one.audience for one in mine} & {one.audience for one in theirs} == set()
        assert [one.author for one in theirs] == [None, None, 2, 2]
        await here.store.forget(Target(kind="conversation", numbers=(1,)), "all", 9)
        assert (await take(here, GROUP)).new == 0
        assert (await take(here, GROUP, "eva")).new == 4

    run(body)


def test_an_import_goes_on_where_it_stood(run: Run) -> None:
    async def body(here: Scene) -> None:
        await take(here, replace(GROUP, head="m1"))
        await take(here, replace(GROUP, head=None, id="t2", title="anew"))
        heads = {c.place.spot: c.head for c in await here.store.conversations(None)}
        assert heads == {"trip": 2, "anew": None}

    run(body)
