"""What the bot saw: each item with its text, where the one who looks has heard it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from commanding import author, learn, say
from desking import learned, link, look, name_of, type_in
from making import incoming, place
from running import Scene, ScriptedModel, scene
from tertulia.engine.bot import Bot
from tertulia.engine.going_on import GO_ON
from tertulia.values.bot import Persona
from tertulia.values.errors import NotThere, SettingsError
from tertulia.values.prompt import Done

MEMORIES = ("facts", "summary", "recall")


def items(receipt: Mapping[str, Any]) -> dict[tuple[str, str], Mapping[str, Any]]:
    return {(one["origin"], one["id"]): one for one in receipt["items"]}


def test_a_receipt_tells_every_text(tmp_path: Path) -> None:
    async def body() -> None:
        model = ScriptedModel([["A zebra, how fine."]], context_window=900, reserve=300)
        async with scene(tmp_path, model, memories=MEMORIES, last=1) as here:
            await type_in(here, "I keep a zebra in the garden", spot="w0")
            await learned(here)
            await type_in(here, "What a day")
            first = await type_in(here, "Where is my zebra?")
            viewer = await look(here)
            fact = await here.engine.desk.add_fact(viewer, "bo", "loves zebras")
            here.clock.time += 1000
            second = await type_in(here, "What of the zebra in the garden?")
            receipt = await here.engine.desk.receipt(viewer, name_of(second, 1))
            told = items(receipt)
            assert told["persona", "bo"]["text"] == "Be kind."
            assert told["persona", "bo"]["speaker"] is None
            asked = told["message", name_of(second)]
            assert asked["text"] == "What of the zebra in the garden?"
            assert (asked["speaker"], asked["said_at"]) == ("Ana", here.clock.time)
            reply = told["window", name_of(first, 1)]
            assert (reply["speaker"], reply["text"]) == ("bo", "A zebra, how fine.")
            known = told["facts", fact.name]
            assert (known["speaker"], known["text"]) == ("Ana", "loves zebras")
            assert known["said_at"] == fact.valid_from
            recalled = [one for (origin, _), one in told.items() if origin == "recall"]
            assert "I keep a zebra in the garden" in [one["text"] for one in recalled]
            assert all(one["tokens"] > 0 for one in told.values())
            assert receipt["budget"] == 600
            assert [one["why"] for one in receipt["left_out"]]

    asyncio.run(body())


def test_a_summary_is_told_to_those_who_heard_all_of_it(tmp_path: Path) -> None:
    async def body() -> None:
        model = ScriptedModel([["Yes. " * 60]], context_window=500, reserve=200)
        async with scene(tmp_path, model, summarise=True) as here:
            desk, viewer = here.engine.desk, await look(here)
            for number in range(6):
                said = await type_in(here, f"thing {number} " + "and so on " * 20)
                await learned(here)
            told = items(await desk.receipt(viewer, name_of(said, 1)))
            (one,) = [one for (origin, _), one in told.items() if origin == "summary"]
            assert one["text"].startswith("Yes.")
            (summary, *_) = await desk.summaries(viewer, 1)
            assert summary.text.startswith("Yes.")

    asyncio.run(body())


def test_what_one_has_not_heard_has_no_text(tmp_path: Path) -> None:
    async def body() -> None:
        model = ScriptedModel([["noted"]])
        async with scene(tmp_path, model, memories=MEMORIES) as here:
            # In a circle whoever comes later can read what was said; who has left cannot.
            await say(here, "the parrot is green", who="ana", spot="c", circle="c")
            await say(here, "hello all", who="ben", spot="c", circle="c")
            await here.store.left("library", "local", "c", author("ben"))
            later = await say(here, "what of the parrot?", who="ana", spot="c", circle="c")
            fact = await learn(here, "owns a parrot", spot="c")
            for who in ("ana", "ben"):
                await link(here, who, who)
            desk, ana, ben = here.engine.desk, await look(here), await look(here, "ben")
            with pytest.raises(NotThere):
                await desk.receipt(ben, name_of(later, 1))
            assert items(await desk.receipt(ana, name_of(later, 1)))
            with pytest.raises(NotThere, match="You do not hear what is said here now"):
                await desk.preview(ben, 1, "hello?")
            # What stands in a receipt of before is told as far as one heard it.
            there = "1.4"
            receipt = await desk.receipt(ben, there)
            hidden = {"origin": "window", "id": name_of(later), "tokens": 1, "score": None}
            secret = {**hidden, "origin": "facts", "id": fact.name}
            gone = {**hidden, "origin": "summary", "id": "s99"}
            strange = {**hidden, "origin": "cards", "id": "the fool"}
            shown = {**receipt, "items": [hidden, secret, gone, strange, *receipt["items"]]}
            await store_receipt(here, there, shown)
            found = (await desk.receipt(ben, there))["items"]
            nothing = {"text": None, "speaker": None, "said_at": None}
            assert found[:4] == [one | nothing for one in (hidden, secret, gone, strange)]
            assert "the parrot is green" in [one["text"] for one in found]
            seen = (await desk.receipt(ana, there))["items"]
            assert [one["text"] for one in seen[:4]] == [
                "what of the parrot?",
                "owns a parrot",
                None,
                None,
            ]

    asyncio.run(body())


async def store_receipt(here: Scene, name: str, receipt: dict[str, Any]) -> None:
    """Put another receipt in place of the one that a reply has."""
    from sqlalchemy import update

    from tertulia.stores.sql.receipts import pack
    from tertulia.stores.sql.schema import turn

    told = {
        **receipt,
        "items": [
            {key: one[key] for key in ("origin", "id", "tokens", "score")}
            for one in receipt["items"]
        ],
    }
    conversation, seq = map(int, name.split("."))
    which = (turn.c.conversation_id == conversation, turn.c.message_seq == seq)
    changed = update(turn).where(*which).values(receipt=pack(told))
    await here.store._write(lambda c: c.execute(changed) and None)


def test_a_reply_that_was_gone_on_with_tells_the_request(tmp_path: Path) -> None:
    async def body() -> None:
        cut = ["Once upon", Done(finish_reason="length")]
        async with scene(tmp_path, ScriptedModel([cut, [" a time."]])) as here:
            said = await type_in(here, "Tell me a tale")
            desk, viewer = here.engine.desk, await look(here)
            await desk.again(viewer, name_of(said, 1), go_on=True)
            async with asyncio.timeout(20):
                while (await here.store.receipt_of(1, 3)) is None:
                    await asyncio.sleep(0.002)
            told = items(await desk.receipt(viewer, name_of(said, 2)))
            assert told["cut reply", name_of(said, 1)]["text"] == "Once upon"
            assert told["request to go on", name_of(said, 1)]["text"] == GO_ON

    asyncio.run(body())


def test_what_has_no_receipt_is_told(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            said = await type_in(here, "hello")
            desk = here.engine.desk
            with pytest.raises(NotThere, match=r"There is no receipt of 1\.1"):
                await desk.receipt(await look(here), name_of(said))
            with pytest.raises(NotThere, match=r"There is no message 1\.2 that you may see"):
                await desk.receipt(await look(here, "ben"), name_of(said, 1))
            owner = await look(here, "olga", owner=True)
            assert items(await desk.receipt(owner, name_of(said, 1)))["message", name_of(said)]

    asyncio.run(body())


def test_the_next_prompt_is_shown_and_nothing_is_stored(tmp_path: Path) -> None:
    async def body() -> None:
        model = ScriptedModel([["ok"]])
        async with scene(tmp_path, model, memories=("recall",)) as here:
            await type_in(here, "I keep a zebra")
            desk, viewer = here.engine.desk, await look(here)
            lines, receipt = await desk.preview(viewer, 1, "What do I keep?\ud800")
            assert [one.content for one in lines] == [
                "Be kind.",
                "I keep a zebra",
                "ok",
                "What do I keep?\ufffd",
            ]
            told = items(receipt)
            assert told["message", "1.3"]["text"] == "What do I keep?\ufffd"
            assert told["message", "1.3"]["speaker"] == "Ana"
            assert told["window", "1.1"]["text"] == "I keep a zebra"
            assert len(model.prompts) == 1
            assert (await desk.page(viewer, 1)).last_seq == 2

    asyncio.run(body())


def test_of_a_talk_that_has_not_begun_nothing_is_known(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            from desking import at

            begun = await here.store.begin(at("ana"), "bo", here.clock.now())
            with pytest.raises(NotThere, match="Nothing was said here yet"):
                await here.engine.desk.preview(await look(here), begun.id, "hello")

    asyncio.run(body())


def test_of_a_bot_that_is_gone_the_persona_is_not_told(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            said = await type_in(here, "hello")
            desk, viewer = here.engine.desk, await look(here)

            def gone(_: str) -> Bot:
                raise SettingsError("There is no bot 'bo' any more.")

            desk._tools = replace(desk._tools, bot=gone)
            told = items(await desk.receipt(viewer, name_of(said, 1)))
            assert told["persona", "bo"]["text"] is None
            with pytest.raises(SettingsError, match="no bot 'bo'"):
                await desk.preview(viewer, 1, "hello")
            desk._tools = replace(
                desk._tools,
                bot=lambda _: Bot(
                    persona=Persona(name="bo", instructions="Be curt."), models=lambda *_, **__: ()
                ),
            )
            told = items(await desk.receipt(viewer, name_of(said, 1)))
            assert told["persona", "bo"]["text"] == "Be curt."

    asyncio.run(body())


def test_others_are_named_as_they_are_there(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            named = replace(
                incoming("hello", spot="g", author="ben", number="b1", name="Benjamin"),
                present=(author("ana"), author("cora")),
            )
            await here.outcome(await here.engine.accept(named))
            plain = await say(here, "me too", who="cora", spot="g", beside=["ana", "ben"])
            await say(here, "and I", who="ana", spot="g", beside=["cora", "ben"])
            await link(here, "ana", "ana")
            viewer = await look(here)
            told = items(await here.engine.desk.receipt(viewer, name_of(plain, 3)))
            speakers = {one["text"]: one["speaker"] for one in told.values()}
            assert (speakers["hello"], speakers["me too"]) == ("Benjamin", "cora")
            assert speakers["and I"] == "ana"
            assert await here.store.conversation(place("g")) is not None

    asyncio.run(body())
