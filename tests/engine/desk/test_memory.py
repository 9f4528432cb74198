"""What is remembered, beside the talk: found, shown and mended by those whose it is."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from commanding import author, learn, person, say
from desking import Desk, at, link, look, name_of, type_in
from running import Scene, ScriptedModel, scene
from tertulia.engine.theirs import ELSEWHERE
from tertulia.values.errors import NotThere, SettingsError
from tertulia.values.fact import Fact, Learned
from tertulia.values.message import Accepted
from tertulia.values.shown import Viewer


async def found(desk: Desk, who: Viewer, text: str, *, everybody: bool = False) -> list[str]:
    return [one.message.text for one in await desk.search(who, text, everybody=everybody)]


def test_one_finds_what_one_heard_everywhere_at_once(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            await type_in(here, "I keep a zebra in the garden")
            await say(here, "a zebra in a group", who="nana", spot="g", beside=["ben"])
            await type_in(here, "no zebra for me", who="ben")
            found_in = await here.store.begin(at("ana", "w2"), "bo", here.clock.now())
            await here.store.set_head(found_in.id, None, window="a blank one")
            await type_in(here, "a zebra in a blank window", spot="w2")
            await link(here, "ana", "nana")
            desk, ana, ben = here.engine.desk, await look(here), await look(here, "ben")
            assert sorted(await found(desk, ana, "zebra")) == [
                "I keep a zebra in the garden",
                "a zebra in a blank window",
                "a zebra in a group",
            ]
            assert await found(desk, ben, "zebra") == ["no zebra for me"]
            olga = await look(here, "olga", owner=True)
            assert await found(desk, olga, "zebra") == []
            assert len(await found(desk, olga, "zebra", everybody=True)) == 4
            assert await found(desk, ben, "zebra", everybody=True) == ["no zebra for me"]
            (hit, *_) = await desk.search(ana, "garden")
            assert (hit.speaker, hit.title) == ("Ana", "I keep a zebra in the garden")
            assert hit.score > 0
            assert len(await desk.search(ana, "zebra", most=2)) == 2
            await desk.rename(ana, 1, "My zoo")
            (hit, *_) = await desk.search(ana, "garden")
            assert hit.title == "My zoo"

    asyncio.run(body())


def test_where_one_only_listened_is_not_on_the_screen(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            said = await say(here, "a zebra in a group", who="ben", spot="g", beside=["nana"])
            await link(here, "ana", "nana")
            desk, ana = here.engine.desk, await look(here)
            assert await found(desk, ana, "zebra") == []
            with pytest.raises(NotThere):
                await desk.page(ana, said.conversation)
            await say(here, "hello", who="nana", spot="g", beside=["ben"])
            assert await found(desk, ana, "zebra") == ["a zebra in a group"]

    asyncio.run(body())


async def known(here: Scene, statement: str, said: Accepted, about: int | None) -> Fact:
    """A fact from a message on the page."""
    (source,) = await here.store.messages_named([name_of(said)])
    unread = await here.store.unread(source.audience, 100)
    assert unread is not None
    one = Learned(
        subject="Ana" if about else "the trip",
        about=about,
        slot=None,
        statement=statement,
        sources=(source.number,),
        valid_from=here.clock.now(),
    )
    generation = await here.store.generation()
    assert await here.store.learn_facts(unread, [one], generation, here.clock.now())
    return (await here.store.facts(None))[-1]


async def statements(desk: Desk, who: Viewer, bot: str = "bo", **more: bool) -> list[str]:
    return [one.statement for one in await desk.facts(who, bot, **more)]


def test_facts_of_oneself_and_what_one_told(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            desk = here.engine.desk
            ana = await look(here)
            own = ana.person.own(at("ana"), author("ana"))
            await known(here, "lives in Lima", await type_in(here, "I live in Lima"), own)
            await known(here, "is by sea", await type_in(here, "the trip is by sea"), None)
            await say(here, "the party is on Monday", who="ben", spot="g", beside=["nana"])
            await learn(here, "is on Monday", who=None, spot="g")
            await say(here, "nana sings", who="ben", spot="g", beside=["nana"])
            await learn(here, "sings", who="ben", spot="g")
            await say(here, "my secret", who="ben", spot="alone")
            await learn(here, "has a secret", who="ben", spot="alone")
            told = await say(here, "we travel", who="nana", spot="g", beside=["ben"])
            await known(here, "is planned", told, None)
            assert await statements(desk, ana) == ["lives in Lima", "is by sea"]
            await link(here, "ana", "nana")
            ana = await look(here)
            assert await statements(desk, ana) == ["lives in Lima", "is by sea", "is planned"]
            assert await statements(desk, ana, everybody=True) == await statements(desk, ana)
            assert await statements(desk, ana, "another bot") == []
            olga = await look(here, "olga", owner=True)
            assert await statements(desk, olga) == []
            assert len(await statements(desk, olga, everybody=True)) == 6
            assert await statements(desk, olga, "another bot", everybody=True) == []
            mine = await here.store.facts(None, about=(await person(here, "ben")).numbers)
            assert [one.statement for one in mine] == ["sings", "has a secret"]

    asyncio.run(body())


def test_one_adds_edits_and_takes_back(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            desk, ana = here.engine.desk, await look(here)
            assert await desk.undo_fact(ana) is None
            made = await desk.add_fact(ana, "bo", ' "lives in Lima" ')
            assert (made.statement, made.subject, made.origin) == (
                "lives in Lima",
                "Ana",
                "written",
            )
            assert made.about in ana.person.numbers
            assert made.sources == ()
            assert await statements(desk, ana) == ["lives in Lima"]
            assert await statements(desk, await look(here, "ben")) == []
            here.clock.time += 1000
            edited = await desk.edit_fact(ana, made.name, "lives in Cusco")
            other = await desk.add_fact(ana, "bo", "sings")
            here.clock.time += 1000
            again = await desk.edit_fact(ana, other.name, "dances")
            assert await statements(desk, ana) == ["lives in Cusco", "dances"]
            history = await desk.fact_history(ana, edited.name)
            assert [one.statement for one in history] == ["lives in Lima", "lives in Cusco"]
            assert await desk.fact_history(ana, made.name) == history
            with pytest.raises(SettingsError, match=f"{made.name} holds no longer"):
                await desk.edit_fact(ana, made.name, "lives nowhere")
            with pytest.raises(SettingsError, match="says something in words"):
                await desk.edit_fact(ana, again.name, " ")
            assert again.audience == edited.audience
            for nothing in ("", " ", '""', "…"):
                with pytest.raises(SettingsError, match="says something in words"):
                    await desk.add_fact(ana, "bo", nothing)
            steps: list[tuple[str, bool]] = []
            while (undone := await desk.undo_fact(ana)) is not None:
                steps.append((undone.statement, undone.closed_at is None))
            assert steps == [
                ("sings", True),
                ("sings", False),
                ("lives in Lima", True),
                ("lives in Lima", False),
            ]
            assert await statements(desk, ana) == []
            with pytest.raises(KeyError):  # the scene's way to tell that there is no such bot
                await desk.add_fact(ana, "nobody", "sings")

    asyncio.run(body())


def test_an_added_fact_is_read_in_the_next_prompt_of_its_person_alone(tmp_path: Path) -> None:
    async def body() -> None:
        model = ScriptedModel()
        async with scene(tmp_path, model, memories=("facts",)) as here:
            await here.engine.desk.add_fact(await look(here), "bo", "keeps a zebra")
            await type_in(here, "hello")
            assert "keeps a zebra" in str(model.prompts[0])
            before = len(model.prompts)
            await type_in(here, "hello", who="ben")
            await say(here, "hello", who="ben", spot="g", beside=["ana"])
            assert "keeps a zebra" not in str(model.prompts[before:])

    asyncio.run(body())


def test_what_was_added_on_a_screen_is_taken_back_by_a_command_there(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            await type_in(here, "hello")
            desk, ana = here.engine.desk, await look(here)
            added = await desk.add_fact(ana, "bo", "sings")

            async def typed(line: str) -> str | None:
                return await here.engine.command(
                    at("ana"), "bo", line, author=author("ana"), owner=False, present=()
                )

            assert f"{added.name}  sings" in str(await typed("/memory"))
            done = await typed("/memory undo")
            assert done == f"{added.name}, which you had added, holds no longer: sings"
            assert await statements(desk, ana) == []

    asyncio.run(body())


def test_what_others_heard_too_is_corrected_where_it_was_said(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            await say(here, "I live in Lima", who="nana", spot="g", beside=["ben"])
            fact = await learn(here, "lives in Lima", who="nana", spot="g")
            await link(here, "ana", "nana")
            desk, ana, ben = here.engine.desk, await look(here), await look(here, "ben")
            assert await statements(desk, ana) == ["lives in Lima"]
            with pytest.raises(SettingsError, match=ELSEWHERE):
                await desk.edit_fact(ana, fact.name, "lives in Cusco")
            await link(here, "ben", "ben")
            ben = await look(here, "ben")
            for name in (fact.name, "f99", "1.1", "f", "f" + "9" * 30):
                for do in (desk.edit_fact(ben, name, "x"), desk.fact_history(ben, name)):
                    with pytest.raises(NotThere, match=f"There is no fact {name} that you may see"):
                        await do
            olga = await look(here, "olga", owner=True)
            made = await desk.edit_fact(olga, fact.name, "lives in Cusco")
            assert [one.statement for one in await desk.fact_history(ana, made.name)] == [
                "lives in Lima",
                "lives in Cusco",
            ]
            assert await desk.undo_fact(ana) is None
            undone = await desk.undo_fact(olga)
            assert undone is not None
            assert undone.statement == "lives in Lima"

    asyncio.run(body())


def test_whoever_left_is_not_shown_what_a_fact_says_since(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            await say(here, "I live in Lima", who="ana", spot="c", circle="c")
            fact = await learn(here, "lives in Lima", spot="c")
            await here.store.left("library", "local", "c", author("ana"))
            await say(here, "she moved", who="ben", spot="c", circle="c")
            made = await here.store.edit_fact(fact.id, "lives in Cusco", here.clock.now())
            await link(here, "ana", "ana")
            desk, ana = here.engine.desk, await look(here)
            assert await statements(desk, ana) == []
            with pytest.raises(NotThere):
                await desk.fact_history(ana, made.name)
            steps = await desk.fact_history(ana, fact.name)
            assert [one.statement for one in steps] == ["lives in Lima"]

    asyncio.run(body())


def test_a_fact_that_is_forgotten_meanwhile_is_of_no_bot(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            desk, ana = here.engine.desk, await look(here)
            await desk.add_fact(ana, "bo", "sings")
            olga = await look(here, "olga", owner=True)
            await desk.forget(await desk.target(ana, "me"), "all")
            assert await statements(desk, olga, everybody=True) == []
            assert await desk._bot_of(99) is None

    asyncio.run(body())
