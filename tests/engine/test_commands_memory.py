"""`/memory`: what a person is shown and may correct, and what stays hidden from them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from commanding import ask, author, learn, person, say
from making import place
from running import ScriptedModel, scene
from tertulia.engine.commands.facts import ELSEWHERE, NO_EDIT
from tertulia.engine.commands.memory import FACTS, HINTS, NOTHING, STRANGER


def test_what_is_known_of_a_person_with_ids_and_dates(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            assert await ask(here, "/memory") == NOTHING
            assert await ask(here, "/memory the sea") == NOTHING
            await say(here, "I live in Lima")
            await learn(here, "lives in Lima")
            told = (await ask(here, "/memory")).splitlines()
            assert told[:2] == ["What I know of you:", "  f1  lives in Lima  (2023-11-14)"]
            assert told[2] == "In this conversation 2 messages were said."
            assert "\n".join(told).endswith(HINTS)

    asyncio.run(body())


def test_many_facts_are_cut_short(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            for number in range(FACTS + 2):
                await say(here, f"I like {number}")
                await learn(here, f"likes {number} " + "very much " * 40)
            told = await ask(here, "/memory")
            assert "  … and 2 older ones." in told
            assert "likes 1 " not in told
            assert f"f{FACTS + 2}  likes {FACTS + 1}" in told
            assert " …  (2023" in told

    asyncio.run(body())


def test_in_a_group_only_what_all_there_heard(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            await say(here, "my secret is a zebra", spot="private")
            await learn(here, "keeps a zebra", spot="private")
            await say(here, "hello all", spot="group", beside=["ben"])
            shown = await ask(here, "/memory", spot="group")
            assert "I know no facts about you that I may show here." in shown
            assert "I find nothing about 'zebra'" in await ask(here, "/memory zebra", spot="group")
            assert "no fact f1" in await ask(here, "/memory history f1", spot="group")
            assert "no fact f1" in await ask(here, "/memory edit f1 x", spot="group")
            assert "no receipt of 1.2" in await ask(here, "/memory receipt 1.2", spot="group")
            assert "keeps a zebra" in await ask(here, "/memory", spot="private")

    asyncio.run(body())


def test_who_has_only_just_come_is_shown_nothing(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            await say(here, "my secret is a zebra")
            for line in ("/memory", "/memory zebra"):
                assert await ask(here, line, who="eve") == STRANGER
            assert "no receipt" in await ask(here, "/memory receipt 1.2", who="eve")
            assert "no reply here yet" in await ask(here, "/memory receipt", who="eve")
            await say(here, "hello", who="eve")
            assert "zebra" not in await ask(here, "/memory", who="eve")

    asyncio.run(body())


def test_in_a_circle_whoever_reads_it_is_shown_what_was_said_there(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel(), memories=("recall",)) as here:
            await say(here, "we meet at the old bridge", spot="square", circle="c")
            told = await ask(here, "/memory bridge", spot="square", who="eve")
            assert "ana: we meet at the old bridge" in told
            assert "1.1" in told
            assert "2023-11-14" in told
            assert await ask(here, "/memory ?!", spot="square") == (
                "I find nothing about '?!' that I may show here."
            )

    asyncio.run(body())


def test_an_owner_sees_what_is_known_of_them_before_a_first_word(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            await say(here, "I live in Lima")
            await learn(here, "lives in Lima")
            assert "lives in Lima" in await ask(here, "/memory", spot="new", owner=True)
            assert await ask(here, "/memory", spot="new") == NOTHING
            assert await ask(here, "/memory", spot="new", who="eve", owner=True) == NOTHING

    asyncio.run(body())


def test_a_person_corrects_what_is_theirs(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            await say(here, "I live in Lima")
            await learn(here, "lives in Lima")
            assert "Write what f1 is to say" in await ask(here, "/memory edit f1")
            assert "It is f2 now: lives in Cusco" in await ask(
                here, "/memory edit f1 lives in Cusco"
            )
            assert "f1 holds no longer" in await ask(here, "/memory edit f1 x")
            assert await ask(here, "/memory history F2") == (
                "f1  lives in Lima  (said; believed from 2023-11-14 to 2023-11-14)\n"
                "f2  lives in Cusco  (written; believed from 2023-11-14 on)"
            )
            assert "as before the edit: lives in Lima" in await ask(here, "/memory undo")
            assert "no edit of yours" in await ask(here, "/memory undo")
            assert "no edit of yours" in await ask(here, "/memory undo", who="eve")

    asyncio.run(body())


def test_an_owner_takes_an_edit_back_where_it_may_not_be_shown(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            await say(here, "I live in Lima", spot="private")
            await learn(here, "lives in Lima", spot="private")
            await ask(here, "/memory edit f1 lives in Cusco", spot="private")
            await say(here, "hello", spot="group", beside=["ben"])
            assert await ask(here, "/memory undo", spot="group") == NO_EDIT
            assert await ask(here, "/memory undo", spot="group", owner=True) == (
                "Your latest edit is taken back."
            )

    asyncio.run(body())


def test_what_is_typed_in_private_is_not_written_for_a_group(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            await say(here, "I live in Lima", spot="group", beside=["ben"])
            await learn(here, "lives in Lima", spot="group")
            await say(here, "hello", spot="private")
            assert await ask(here, "/memory edit f1 hides a zebra", spot="private") == ELSEWHERE
            # Where nobody knows who reads it, and of what nobody here heard, no hint is given.
            await say(here, "hello", spot="hers", who="eve")
            for spot in ("nowhere", "hers"):
                refused = await ask(here, "/memory edit f1 x", spot=spot, who="eve")
                assert refused == (await ask(here, "/memory edit f9 x", spot=spot)).replace(
                    "f9", "f1"
                )
            assert "It is f2 now" in await ask(here, "/memory edit f1 has a cat", spot="group")
            assert await ask(here, "/memory undo", spot="private") == NO_EDIT
            assert await ask(here, "/memory undo", spot="nowhere") == NO_EDIT
            assert "has a cat" in await ask(here, "/memory", spot="private")
            made = await ask(here, "/memory edit f2 has a dog", spot="private", owner=True)
            assert "It is f3 now" in made
            (now,) = await here.store.facts(None)
            assert now.audience == 1
            assert "before the edit: has a cat" in await ask(here, "/memory undo", spot="group")

    asyncio.run(body())


def test_who_left_a_circle_is_not_shown_what_was_written_after(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            await say(here, "I live in Lima", spot="square", circle="c")
            await learn(here, "lives in Lima", spot="square")
            await say(here, "hello", spot="private")
            ana = author("ana")
            await here.store.left("library", "local", "c", ana)
            assert "lives in Lima" in await ask(here, "/memory", spot="private")
            # With no message between: what counts is when it was written.
            edited = "/memory edit f1 keeps a zebra"
            assert "It is f2 now" in await ask(here, edited, spot="square", owner=True)
            shown = await ask(here, "/memory history f1", spot="private")
            assert "lives in Lima" in shown
            for line in ("/memory", "/memory history f1", "/memory history f2"):
                assert "zebra" not in await ask(here, line, spot="private")
            refused = await ask(here, "/memory edit f2 x", spot="private")
            assert "no fact f2" in refused
            # What is brought back is what was heard.
            await ask(here, "/memory undo", spot="square", owner=True)
            assert "lives in Lima" in await ask(here, "/memory", spot="private")

    asyncio.run(body())


def test_what_is_another_persons_is_refused_as_if_it_were_not_there(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            await say(here, "Ben lives in Lima", spot="group", who="ben", beside=["ana"])
            await learn(here, "lives in Lima", spot="group", who="ben")
            refused = await ask(here, "/memory edit f1 x", spot="group")
            unknown = await ask(here, "/memory edit f9 x", spot="group")
            assert refused.replace("f1", "f9") == unknown
            assert await ask(here, "/memory edit f1 x", spot="group", who="eve") == refused
            assert "It is f2 now" in await ask(here, "/memory edit f1 x", spot="group", owner=True)
            assert "It is f3 now" in await ask(here, "/memory edit f2 y", spot="group", who="ben")

    asyncio.run(body())


def test_what_one_person_alone_heard_is_theirs(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            await say(here, "the trip begins in May")
            await learn(here, "begins in May", who=None)
            assert "It is f2 now" in await ask(here, "/memory edit f1 begins in June")
            await say(here, "it ends in July", spot="square", circle="c")
            await learn(here, "ends in July", spot="square", who=None)
            assert "no fact f3" in await ask(here, "/memory edit f3 x", spot="square")

    asyncio.run(body())


@pytest.mark.parametrize("line", ["edit the photo", "history of Lima", "receipt for lunch"])
def test_words_that_only_begin_like_a_command_are_looked_for(tmp_path: Path, line: str) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            await say(here, f"the {line}")
            assert f"ana: the {line}" in await ask(here, f"/memory {line}")

    asyncio.run(body())


def test_the_receipt_of_a_reply(tmp_path: Path) -> None:
    async def body() -> None:
        model = ScriptedModel(context_window=150, reserve=40)
        async with scene(tmp_path, model, memories=("facts",)) as here:
            assert "no reply here yet" in await ask(here, "/memory receipt")
            await say(here, "I live in Lima")
            await learn(here, "lives in Lima")
            for number in range(6):
                await say(here, f"this is the message of the number {number}")
            told = await ask(here, "/memory receipt")
            assert told.startswith("For 1.14 the model read ")
            for word in ("persona", "facts", "f1", "window", "1.13", "(the prompt itself)"):
                assert word in told
            assert "Left out:" in told
            assert "no room in the token budget" in told
            assert await ask(here, "/memory receipt 1.14") == told
            assert await ask(here, "/memory receipt 1.13") == told
            first = await ask(here, "/memory receipt 1.2")
            assert first.endswith("Nothing was left out.")
            assert "no receipt of 1.99" in await ask(here, "/memory receipt 1.99")
            assert "no receipt of 7.1" in await ask(here, "/memory receipt 7.1", owner=True)
            assert await ask(here, "/memory receipt 1.2", spot="x", who="eve", owner=True) == first

    asyncio.run(body())


def test_a_long_window_is_told_as_a_range(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            for number in range(4):
                await say(here, f"message {number}")
            assert "1.1 … 1.6 (6)" in await ask(here, "/memory receipt")

    asyncio.run(body())


def test_a_reply_without_a_receipt_is_passed_over(tmp_path: Path) -> None:
    async def body() -> None:
        from tertulia.values.errors import ModelNotAllowed

        model = ScriptedModel([["ok"], [ModelNotAllowed("no key")]])
        async with scene(tmp_path, model) as here:
            await say(here, "one")
            await say(here, "two")
            assert (await ask(here, "/memory receipt")).startswith("For 1.2 ")

    asyncio.run(body())


def test_an_audience_that_is_gone_shows_nothing(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            await say(here, "hello")
            await here.store._write(
                lambda c: c.exec_driver_sql("UPDATE conversation SET audience_id = 99") and None
            )
            assert await ask(here, "/memory") == STRANGER
            found = await here.store.conversation(place())
            assert found is not None
            assert (await person(here)).name == "ana"

    asyncio.run(body())
