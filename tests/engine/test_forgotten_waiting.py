"""Whoever waits for a reply to what is forgotten meanwhile is told, and does not wait for ever."""

from __future__ import annotations

import asyncio
from pathlib import Path

from running import ScriptedModel, scene
from tertulia.engine.forgetting import forget
from tertulia.values.forgetting import Target


def test_a_message_forgotten_while_it_is_answered_is_not_answered(tmp_path: Path) -> None:
    async def body() -> None:
        gate = asyncio.Event()
        model = ScriptedModel(scripts=[["a canary", gate, " sang"]])
        async with scene(tmp_path, model) as here:
            said = await here.say("the canary sings", number="7")
            async with asyncio.timeout(10):
                while not model.prompts:
                    await asyncio.sleep(0.002)
            (message,) = await here.store.transcript(1)
            target = Target(kind="message", numbers=(message.number,))
            await forget(here.engine.tools, target, "all")
            gate.set()
            outcome = await here.outcome(said)
            assert (outcome.kind, outcome.reason) == ("unanswered", "forgotten")
            assert here.channel.sent == []
            assert await here.store.transcript(1) == []

    asyncio.run(body())


def test_what_is_delivered_again_after_it_was_forgotten_stays_so(tmp_path: Path) -> None:
    async def body() -> None:
        model = ScriptedModel()
        async with scene(tmp_path, model) as here:
            await here.outcome(await here.say("the canary sings", number="7"))
            message = (await here.store.transcript(1))[0]
            target = Target(kind="message", numbers=(message.number,))
            await forget(here.engine.tools, target, "all")
            again = await here.say("the canary sings", number="7")
            assert again.forgotten
            outcome = await here.outcome(again)
            assert (outcome.kind, outcome.reason) == ("unanswered", "forgotten")
            assert len(model.prompts) == 1

    asyncio.run(body())
