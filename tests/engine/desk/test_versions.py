"""Other versions: replies made anew or gone on with, and going on from another version."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from commanding import say
from desking import events, link, look, name_of, send, texts, type_in
from running import Scene, ScriptedModel, scene
from tertulia.values.errors import Busy, NotThere, SettingsError
from tertulia.values.events import Changed
from tertulia.values.prompt import Done


async def settled(here: Scene, conversation: int, newest: int) -> None:
    """Wait until the conversation has its message of that number, and nothing runs."""
    async with asyncio.timeout(20):
        while True:
            found = await here.store.conversation_numbered(conversation)
            assert found is not None
            if found.last_seq >= newest and here.engine.running(conversation) is None:
                return
            await asyncio.sleep(0.002)


def test_a_reply_is_made_anew_and_one_goes_back_to_the_first(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel([["one"], ["two"]])) as here:
            said = await type_in(here, "hello")
            desk, viewer = here.engine.desk, await look(here)
            await desk.again(viewer, name_of(said, 1), go_on=False)
            await settled(here, 1, 3)
            page = await desk.page(viewer, 1)
            assert texts(page) == ["hello", "two"]
            assert page.shown[1].versions == (2, 3)
            with events(here, 1) as told:
                await desk.switch(viewer, name_of(said, 1))
            assert told == [Changed()]
            assert texts(await desk.page(viewer, 1)) == ["hello", "one"]

    asyncio.run(body())


def test_a_cut_reply_goes_on_and_a_whole_one_does_not(tmp_path: Path) -> None:
    async def body() -> None:
        cut = ["Once upon", Done(finish_reason="length")]
        async with scene(tmp_path, ScriptedModel([cut, [" a time."]])) as here:
            said = await type_in(here, "Tell me a tale")
            desk, viewer = here.engine.desk, await look(here)
            await desk.again(viewer, name_of(said, 1), go_on=True)
            await settled(here, 1, 3)
            assert texts(await desk.page(viewer, 1)) == ["Tell me a tale", "Once upon a time."]
            for whole in (name_of(said, 2), name_of(said)):
                with pytest.raises(SettingsError, match=r"1.\d is no reply that was cut"):
                    await desk.again(viewer, whole, go_on=True)
            with pytest.raises(NotThere):
                await desk.again(viewer, name_of(said), go_on=False)

    asyncio.run(body())


def test_while_something_runs_or_waits_nothing_is_changed(tmp_path: Path) -> None:
    async def body() -> None:
        gate = asyncio.Event()
        async with scene(tmp_path, ScriptedModel([["one"], [gate, "two"]])) as here:
            first = await type_in(here, "hello")
            second = await send(here, "and then?")
            desk, viewer = here.engine.desk, await look(here)
            async with asyncio.timeout(20):
                while here.engine.running(1) is None:
                    await asyncio.sleep(0.002)
            with events(here, 1) as told:
                for do in (
                    desk.again(viewer, name_of(first, 1), go_on=False),
                    desk.switch(viewer, name_of(first)),
                ):
                    with pytest.raises(Busy, match=r"Something waits or runs .* until it is done"):
                        await do
            assert told == []
            gate.set()
            await here.outcome(second)
            assert texts(await desk.page(viewer, 1)) == ["hello", "one", "and then?", "two"]

    asyncio.run(body())


def test_an_edit_stands_beside_what_was_said_first(tmp_path: Path) -> None:
    async def body() -> None:
        model = ScriptedModel([["Lima it is."], ["Cusco it is."]])
        async with scene(tmp_path, model) as here:
            first = await type_in(here, "to Lima")
            await type_in(here, "to Cusco", instead_of=first.seq)
            desk, viewer = here.engine.desk, await look(here)
            assert texts(await desk.page(viewer, 1)) == ["to Cusco", "Cusco it is."]
            await desk.switch(viewer, name_of(first))
            page = await desk.page(viewer, 1)
            assert texts(page) == ["to Lima", "Lima it is."]
            assert page.shown[0].versions == (1, 3)

    asyncio.run(body())


def test_others_cannot_and_elsewhere_it_is_not_done(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            desk = here.engine.desk
            said = await type_in(here, "hello")
            elsewhere = await say(here, "hello", who="nana")
            await link(here, "ana", "nana")
            ana, ben = await look(here), await look(here, "ben")
            for name in (name_of(said, 1), "9.9", "1", "f1", "9" * 40 + ".1"):
                with pytest.raises(NotThere, match=r"There is no message .* that you may see"):
                    await desk.again(ben, name, go_on=False)
                with pytest.raises(NotThere):
                    await desk.switch(ben, name)
            for do in (
                desk.again(ana, name_of(elsewhere, 1), go_on=False),
                desk.switch(ana, name_of(elsewhere, 1)),
            ):
                with pytest.raises(SettingsError, match="is held on library, and goes on there"):
                    await do
            owner = await look(here, "olga", owner=True)
            await desk.switch(owner, name_of(elsewhere))
            found = await here.store.conversation_numbered(elsewhere.conversation)
            assert found is not None
            await desk.again(owner, name_of(said, 1), go_on=False)
            await settled(here, said.conversation, 3)

    asyncio.run(body())
