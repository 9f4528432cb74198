"""A talk that was held elsewhere becomes a conversation's past."""

from __future__ import annotations

import asyncio
from pathlib import Path

from making import place
from running import ScriptedModel, scene
from tertulia.values.message import Author
from tertulia.values.prompt import Line

ANA = Author(platform_id="ana", name="ana")
SAID = [
    Line(role="user", content="My dog is Rex."),
    Line(role="assistant", content="Nul\0 lone \ud83d"),
]


def test_it_is_read_found_and_taken_in_once(tmp_path: Path) -> None:
    model = ScriptedModel()

    async def body() -> None:
        async with scene(tmp_path, model, memories=("recall",)) as here:
            for _ in range(2):
                assert await here.engine.desk.bring_past(place(), "bo", ANA, SAID) == 1
            await here.talk("What is he called?")
            said = await here.store.transcript(1)
            assert [(m.role, m.text, m.parent) for m in said] == [
                ("user", "My dog is Rex.", None),
                ("assistant", "Nul\ufffd lone \ufffd", 1),
                ("user", "What is he called?", 2),
                ("assistant", "ok", 3),
            ]
            assert [one.content for one in model.prompts[0].lines][-3:-1] == [
                "My dog is Rex.",
                "Nul\ufffd lone \ufffd",
            ]
            found = await here.engine.tools.search.search(None, "dog", 5)
            assert [one.message.text for one, _ in found] == ["My dog is Rex."]

    asyncio.run(body())


def test_nothing_begins_a_conversation_with_nothing(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            assert await here.engine.desk.bring_past(place(), "bo", ANA, []) == 1
            assert await here.store.transcript(1) == []

    asyncio.run(body())
