"""Following a message: live pieces, then what became of it, whenever one begins to follow."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from running import Scene, ScriptedModel, scene
from tertulia.broadcasts.local import LocalBroadcast
from tertulia.engine.following import Following
from tertulia.values.errors import ModelUnavailable, Stopped, StoreError
from tertulia.values.events import Restarted, Spoken
from tertulia.values.message import Accepted
from tertulia.values.reply import Outcome


def text_of(outcome: object) -> str:
    assert isinstance(outcome, Outcome)
    assert outcome.delivery is not None
    return outcome.delivery.text


async def follow(here: Scene, accepted: Accepted) -> list[Spoken | Restarted | Outcome]:
    async with asyncio.timeout(20):
        return [event async for event in here.engine.follow(accepted)]


async def begun(here: Scene, accepted: Accepted, text: str) -> None:
    """Wait until the reply has come as far as `text`."""
    async with asyncio.timeout(20):
        while (now := here.engine.running(accepted.conversation)) is None or now.text != text:
            await asyncio.sleep(0.002)


def test_pieces_come_before_the_outcome(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel([["Hel", "lo"]])) as here:
            events = await follow(here, await here.say())
            assert events[:-1] == [Spoken("Hel"), Spoken("lo")]
            assert text_of(events[-1]) == "Hello"

    asyncio.run(body())


def test_who_comes_later_is_given_the_text_until_now(tmp_path: Path) -> None:
    async def body() -> None:
        gate = asyncio.Event()
        model = ScriptedModel([["Hel", "lo ", gate, "you"]])
        async with scene(tmp_path, model) as here:
            accepted = await here.say()
            first = asyncio.create_task(follow(here, accepted))
            await begun(here, accepted, "Hello ")
            late = here.engine.follow(accepted)
            assert await anext(late) == Spoken("Hello ")
            gate.set()
            events = [event async for event in late]
            assert events[0] == Spoken("you")
            assert text_of(events[-1]) == "Hello you"
            assert [text_of((await first)[-1])] == [
                text_of(one) for one in await follow(here, accepted)
            ]

    asyncio.run(body())


def test_the_reply_to_what_was_said_before_is_not_shown(tmp_path: Path) -> None:
    async def body() -> None:
        gate = asyncio.Event()
        model = ScriptedModel([["one", gate, "more"], ["two"]])
        async with scene(tmp_path, model) as here:
            first = await here.say("first")
            await begun(here, first, "one")
            second = asyncio.create_task(follow(here, await here.say("second")))
            gate.set()
            assert [Spoken("two"), "two"] == [(found := await second)[0], text_of(found[-1])]

    asyncio.run(body())


def test_a_reply_that_begins_again_is_told(tmp_path: Path) -> None:
    async def body() -> None:
        broken, sound = ScriptedModel([["Hel", ModelUnavailable("cut")]]), ScriptedModel([["Hi"]])
        broken.retries = 0
        async with scene(tmp_path, broken, sound) as here:
            events = await follow(here, await here.say())
            assert events[:-1] == [Spoken("Hel"), Restarted("cut"), Spoken("Hi")]
            assert text_of(events[-1]) == "Hi"

    asyncio.run(body())


def test_an_engine_that_ends_tells_what_became_of_it(tmp_path: Path) -> None:
    async def body() -> None:
        gate = asyncio.Event()
        model = ScriptedModel([["Hel", gate, "lo"], ["never", asyncio.Event()]])
        async with scene(tmp_path, model, grace=5) as here:
            accepted = await here.say()
            whole = asyncio.create_task(follow(here, accepted))
            await begun(here, accepted, "Hel")
            asyncio.get_running_loop().call_later(0.05, gate.set)
        assert text_of((await whole)[-1]) == "Hello"
        async with scene(tmp_path, model, grace=0.05) as here:
            accepted = await here.say("more", number="7")
            cut = asyncio.create_task(follow(here, accepted))
            await begun(here, accepted, "never")
            early = here.engine.follow(accepted)
            await anext(early)
        for waiting in (cut, follow(here, accepted), anext(early)):
            with pytest.raises(Stopped, match="closed before it replied"):
                await waiting

    asyncio.run(body())


def test_what_nobody_told_live_is_told_at_the_end(tmp_path: Path) -> None:
    async def body() -> None:
        gate = asyncio.Event()
        async with scene(tmp_path, ScriptedModel([[gate, "Hello"]])) as here:
            apart = Following(here.store, LocalBroadcast(), lambda _: None)
            accepted = await here.say()
            events = apart.follow(accepted)
            waiting = asyncio.ensure_future(anext(events))
            await begun(here, accepted, "")
            gate.set()
            await here.outcome(accepted)
            assert not waiting.done()
            await apart.end()
            assert text_of(await waiting) == "Hello"

    asyncio.run(body())


def test_a_store_that_fails_at_the_end_leaves_nobody_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def body() -> None:
        model = ScriptedModel([["never", asyncio.Event()]])
        async with scene(tmp_path, model, grace=0.05) as here:
            accepted = await here.say()
            cut = asyncio.create_task(follow(here, accepted))
            await begun(here, accepted, "never")

            async def fail(*_: object) -> None:
                raise StoreError("the disk is gone")

            monkeypatch.setattr(here.store, "outcome", fail)
        with pytest.raises(Stopped):
            await cut

    asyncio.run(body())
