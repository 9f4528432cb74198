"""Forgetting from a screen: only what is one's own, and whoever watches is told."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from commanding import learn, say
from desking import at, events, link, look, name_of, texts, type_in
from running import Scene, ScriptedModel, scene
from tertulia.values.errors import NotThere, StoreError
from tertulia.values.events import Changed
from tertulia.values.forgetting import Target


async def number(here: Scene, name: str) -> int:
    (found,) = await here.store.messages_named([name])
    return found.number


def test_a_message_goes_with_its_reply_and_watchers_are_told(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel([["A zebra, fine."], ["ok"]])) as here:
            said = await type_in(here, "I keep a zebra")
            other = await type_in(here, "hello", spot="w2")
            desk, viewer = here.engine.desk, await look(here)
            target = await desk.target(viewer, name_of(said))
            assert target == Target(kind="message", numbers=(await number(here, name_of(said)),))
            with events(here, 1) as told, events(here, other.conversation) as elsewhere:
                would = await desk.would_forget(target, "all")
                assert told == []
                assert (would.messages, would.redacted) == (("1.1",), ("1.2",))
                gone = await desk.forget(target, "all")
                assert gone.messages == would.messages
            assert told == [Changed()]
            assert elsewhere == []
            assert "zebra" not in " ".join(texts(await desk.page(viewer, 1)))
            assert await desk.search(viewer, "zebra") == []
            with pytest.raises(NotThere, match=r"There is no message 1\.1 that you may have forg"):
                await desk.target(viewer, name_of(said))

    asyncio.run(body())


def test_whoever_watches_is_told_though_the_log_cannot_be_cleaned(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            said = await type_in(here, "I keep a zebra")
            from dataclasses import replace

            def full(_: object) -> None:
                raise StoreError("the disk is full")

            desk, viewer = here.engine.desk, await look(here)
            desk._tools = replace(desk._tools, after_forgetting=full)
            target = await desk.target(viewer, name_of(said))
            with events(here, 1) as told, pytest.raises(StoreError, match="the disk is full"):
                await desk.forget(target, "all")
            assert told == [Changed()]

    asyncio.run(body())


def test_a_conversation_alone_goes_whole_and_of_one_with_others_what_is_ones_own(
    tmp_path: Path,
) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            alone = await type_in(here, "hello")
            mine = await say(here, "hello", who="nana", spot="g", beside=["ben"])
            await say(here, "hello to you", who="ben", spot="g", beside=["nana"])
            await link(here, "ana", "nana")
            desk, ana = here.engine.desk, await look(here)
            whole = await desk.target(ana, str(alone.conversation))
            assert whole == Target(kind="conversation", numbers=(alone.conversation,))
            part = await desk.target(ana, str(mine.conversation))
            assert part == Target(kind="message", numbers=(await number(here, name_of(mine)),))
            with pytest.raises(NotThere):
                await desk.target(await look(here, "cora"), str(mine.conversation))
            olga = await look(here, "olga", owner=True)
            theirs = await desk.target(olga, str(mine.conversation))
            assert theirs == Target(kind="conversation", numbers=(mine.conversation,))
            with events(here, mine.conversation) as told:
                await desk.forget(part, "all")
            assert told == [Changed()]
            with pytest.raises(NotThere):
                await desk.target(ana, str(mine.conversation))
            with events(here, alone.conversation) as told:
                await desk.forget(whole, "all")
            assert told == [Changed()]
            with pytest.raises(NotThere):
                await desk.would_forget(whole, "all")
            empty = await here.store.begin(at("ana"), "bo", here.clock.now())
            assert (await desk.target(ana, str(empty.id))).kind == "conversation"

    asyncio.run(body())


def test_nothing_is_left_where_others_alone_spoke(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            theirs = at("ana", "room")
            await here.store.begin(theirs, "bo", here.clock.now())
            from dataclasses import replace

            from making import incoming

            said = replace(incoming("hello", author="guest"), place=theirs)
            await here.outcome(await here.engine.accept(said))
            with pytest.raises(NotThere, match="no conversation 1 that you may see"):
                await here.engine.desk.target(await look(here), "1")

    asyncio.run(body())


def test_only_what_is_theirs_to_forget(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            said = await type_in(here, "I live in Lima")
            await say(here, "nana sings", who="nana", spot="g", beside=["ben"])
            fact = await learn(here, "sings", who="nana", spot="g")
            desk, ana, ben = here.engine.desk, await look(here), await look(here, "ben")
            assert (await desk.target(ana, name_of(said, 1))).kind == "message"
            added = await desk.add_fact(ana, "bo", "lives in Lima")
            assert await desk.target(ana, added.name) == Target(kind="fact", numbers=(added.id,))
            assert (await desk.target(ana, "me")).numbers == ana.person.numbers
            refused = "There is no .* that you may have forgotten"
            for what in (name_of(said), added.name, fact.name, "2.1", "", "all", "1.", "9" * 40):
                with pytest.raises(NotThere, match=refused):
                    await desk.target(ben, what)
            olga = await look(here, "olga", owner=True)
            for what in (name_of(said), added.name, fact.name, "2.1"):
                assert await desk.target(olga, what)
            await desk.forget(await desk.target(ana, added.name), "all")
            assert await desk.facts(ana, "bo") == []

    asyncio.run(body())
