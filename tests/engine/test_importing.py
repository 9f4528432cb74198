"""Taking in a past: measured, named, stored once, and findable."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from making import TOKENIZER, place
from running import Scene, ScriptedModel, scene
from tertulia.engine.importing import LONGEST, Imported, bring_in
from tertulia.engine.prompt import cost
from tertulia.ports.importer import Talk, Told
from tertulia.values.message import Author

ANA = Author(platform_id="ana", name="ana")


def told(n: int, text: str, parent: int | None = None) -> Told:
    return Told(
        id=str(n),
        parent=None if parent is None else str(parent),
        role="assistant" if n % 2 else "user",
        name=None,
        text=text,
        said_at=1_000_000 + n,
    )


def talk(*messages: Told, id_: str = "x", title: str = "Trip", head: str | None = None) -> Talk:
    return Talk(id=id_, title=title, messages=messages, head=head)


async def take(here: Scene, talks: Sequence[Talk], read: list[int] | None = None) -> Imported:
    return await bring_in(
        here.engine.tools,
        talks,
        place=place(""),
        bot="bo",
        author=ANA,
        told=(read if read is not None else []).append,
    )


def test_each_conversation_is_stored_once_and_told(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            one = talk(told(0, "Is it far?"), told(1, "Not\0 far.", 0), head="1")
            two = talk(told(0, "hello"), id_="y", title="Greeting")
            read: list[int] = []
            assert await take(here, [one, two], read) == Imported(
                conversations=2, messages=3, new=3
            )
            assert read == [2, 1]
            said = await here.store.transcript(1)
            assert [(m.text, m.parent, m.said_at) for m in said] == [
                ("Is it far?", None, 1_000_000),
                ("Not\ufffd far.", 1, 1_000_001),
            ]
            assert [m.tokens for m in said] == [cost(TOKENIZER, m.text, None) for m in said]
            found = await here.store.conversation(place("Trip"))
            assert found is not None
            assert found.head == 2
            again = await take(here, [one, two])
            assert (again.messages, again.new) == (3, 0)

    asyncio.run(body())


def test_a_second_import_adds_what_is_new_where_the_first_is(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            first = (told(0, "one"), told(1, "two", 0))
            await take(here, [talk(*first, head="1")])
            more = talk(*first, told(2, "three", 1), title="Renamed since", head="2")
            assert (await take(here, [more])).new == 1
            (only,) = await here.store.conversations(None)
            assert (only.place.spot, only.head) == ("Trip", 3)

    asyncio.run(body())


def test_a_name_is_one_line_and_not_too_long(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            await take(
                here,
                [
                    talk(told(0, "a"), id_="a", title="  two\n lines\t"),
                    talk(told(0, "b"), id_="b", title="x" * 500),
                    talk(told(0, "c"), id_="nameless", title=" \n"),
                ],
            )
            spots = {one.place.spot for one in await here.store.conversations(None)}
            assert spots == {"two lines", "x" * LONGEST, "nameless"}

    asyncio.run(body())


def test_no_conversation_is_no_mistake(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            assert await take(here, []) == Imported(conversations=0, messages=0, new=0)

    asyncio.run(body())
