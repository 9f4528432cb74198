"""`/forget`: told first, done with yes, and only what is one's own."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from commanding import ask, learn, say
from making import place
from running import Scene, ScriptedModel, scene
from tertulia.engine.commands.forget import USAGE
from tertulia.engine.targets import OTHERS, OWNER
from tertulia.values.errors import NotThere
from tertulia.values.forgetting import Forgotten


async def texts(here: Scene, spot: str = "t") -> list[str]:
    found = await here.store.conversation(place(spot))
    return [one.text for one in await here.store.transcript(found.id)] if found else []


def test_what_can_be_forgotten_is_told(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            for line in ("/forget", "/forget it", "/forget last now", "/forget yes", "/forget 1."):
                assert await ask(here, line) == USAGE
            for line in ("/forget last", "/forget here", "/forget me"):
                assert "nothing" in await ask(here, line)
            assert "no message 1.1" in await ask(here, "/forget 1.1 yes")
            assert "no fact f1" in await ask(here, "/forget f1 yes", owner=True)

    asyncio.run(body())


def test_the_last_thing_said_goes_only_with_yes(tmp_path: Path) -> None:
    async def body() -> None:
        model = ScriptedModel([["Hello Ana."], ["Zebras are fine."]])
        async with scene(tmp_path, model) as here:
            await say(here, "hello")
            await say(here, "I keep a zebra in the garden")
            dry = await ask(here, "/forget last")
            assert "This would go: 1 message (1.3)." in dry
            assert "1 reply (1.4)" in dry
            assert dry.endswith("/forget last yes does it.")
            assert "I keep a zebra in the garden" in await texts(here)
            told = await ask(here, "/forget LAST yes")
            assert "Forgotten: 1 message (1.3)." in told
            assert "The text of 1 reply (1.4) that had it before them is erased." in told
            assert "keyed hash" in told
            assert "ebra" not in " ".join(await texts(here))
            assert "Forgotten: 1 message (1.1)" in await ask(here, "/forget last yes")
            assert "nothing left that you said here" in await ask(here, "/forget last yes")

    asyncio.run(body())


def test_quoting_keeps_the_replies_that_repeat_nothing(tmp_path: Path) -> None:
    async def body() -> None:
        model = ScriptedModel([["Zebras in the garden, how fine."], ["All is well."]])
        async with scene(tmp_path, model) as here:
            await say(here, "I keep zebras in the garden")
            await say(here, "how are you?")
            assert "2 replies (1.2, 1.4)" in await ask(here, "/forget 1.1")
            dry = await ask(here, "/forget 1.1 quoting")
            assert "1 reply (1.2)" in dry
            assert dry.endswith("/forget 1.1 quoting yes does it.")
            await ask(here, "/forget 1.1 yes quoting")
            assert "All is well." in await texts(here)
            assert "garden" not in " ".join(await texts(here))

    asyncio.run(body())


def test_a_fact_goes_with_its_history(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            await say(here, "I live in Lima")
            await learn(here, "lives in Lima")
            assert "1 fact (f1)" in await ask(here, "/forget f1")
            assert "no fact f1 that" in await ask(here, "/forget f1 yes", who="eve")
            assert "Forgotten: 1 fact (f1)" in await ask(here, "/forget f1 yes")
            assert not await here.store.facts(None)

    asyncio.run(body())


def test_a_conversation_with_one_person_goes_whole(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            await say(here, "hello")
            assert "1 conversation (1)" in await ask(here, "/forget here")
            assert "Forgotten: 2 messages" in await ask(here, "/forget here yes")
            assert await here.store.conversation(place()) is None
            await say(here, "hello again")
            assert await texts(here) == ["hello again", "ok"]

    asyncio.run(body())


def test_where_others_spoke_or_listened_only_ones_own_goes(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            await say(here, "mine", spot="both")
            await say(here, "theirs", who="ben", spot="both")
            dry = await ask(here, "/forget here", spot="both")
            assert dry.startswith(OTHERS)
            await ask(here, "/forget here yes", spot="both")
            left = await texts(here, "both")
            assert "mine" not in left
            assert "theirs" in left
            assert "nothing left" in await ask(here, "/forget here yes", spot="both")
            await say(here, "alone, but heard", spot="heard", beside=["ben"])
            assert (await ask(here, "/forget here", spot="heard")).startswith(OTHERS)
            await say(here, "on the square", spot="square", circle="c")
            assert (await ask(here, "/forget here", spot="square")).startswith(OTHERS)
            assert (await ask(here, "/forget here", spot="square", owner=True)).startswith(OWNER)

    asyncio.run(body())


def test_only_what_is_ones_own_and_nothing_is_given_away(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            await say(here, "a secret of mine")
            await learn(here, "has a secret")
            refused = await ask(here, "/forget 1.1", who="eve", spot="e")
            assert refused == "There is no message 1.1 that you may have forgotten."
            assert refused.replace("1.1", "9.1") == await ask(
                here, "/forget 9.1", who="eve", spot="e"
            )
            assert "no message 1.2" in await ask(here, "/forget 1.2 yes", who="eve", spot="e")
            assert "no fact f1" in await ask(here, "/forget f1 yes", who="eve", spot="e")
            assert "1 message (1.2)" in await ask(here, "/forget 1.2")
            asked = await ask(here, "/forget 1.1", who="eve", spot="e", owner=True)
            assert asked.startswith(OWNER)
            fact = await ask(here, "/forget f1 yes", who="eve", spot="e", owner=True)
            assert fact.startswith(OWNER)
            await say(here, "hello", who="eve", spot="e")
            await ask(here, "/forget me yes", who="eve", spot="e")
            assert "a secret of mine" in await texts(here)

    asyncio.run(body())


def test_a_reply_to_several_is_nobodys_alone(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            await say(here, "hello", beside=["ben"])
            assert "no message 1.2" in await ask(here, "/forget 1.2")

    asyncio.run(body())


def test_everything_of_a_person_on_all_that_is_linked(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            await say(here, "I keep a zebra")
            await say(here, "and a lion", spot="other", channel="radio", who="ana7")
            code = (await ask(here, "/link")).split()[3].rstrip(",")
            await ask(here, f"/link {code} yes", spot="other", channel="radio", who="ana7")
            await say(here, "ben was here", spot="b", who="ben")
            assert "2 identities" in await ask(here, "/forget me")
            told = await ask(here, "/forget me yes")
            assert "2 conversations" in told
            assert [one.name for one in await here.store.people()] == ["ben"]
            said = [one.place.spot for one in await here.store.conversations(None)]
            assert said == ["b"]

    asyncio.run(body())


def test_what_goes_at_the_same_moment_is_told_as_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message that another process forgets between two looks."""

    async def gone(*_: object) -> Forgotten:
        raise NotThere("It was forgotten before.")

    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            await say(here, "hello")
            monkeypatch.setattr(here.store, "forget", gone)
            assert await ask(here, "/forget last yes") == "It was forgotten before."

    asyncio.run(body())
