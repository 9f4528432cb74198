"""A window of K exchanges holds exactly K of many more that are stored, where the budget allows."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from making import TOKENIZER, place
from running import ScriptedModel, scene
from tertulia.engine.prompt import cost
from tertulia.ports.archive import Past
from tertulia.values.message import Author

EXCHANGES = 1010


def past() -> list[Past]:
    """Exchanges that were had long ago."""
    made: list[Past] = []
    for number in range(2 * EXCHANGES):
        text = f"message {number}"
        made.append(
            Past(
                id=f"import:t:{number}",
                parent=f"import:t:{number - 1}" if number else None,
                role="assistant" if number % 2 else "user",
                name=None,
                text=text,
                tokens=cost(TOKENIZER, text, None),
                said_at=1_600_000_000_000 + number,
            )
        )
    return made


@pytest.mark.parametrize("k", [3, 5, 1000])
def test_the_window_holds_exactly_k_exchanges(tmp_path: Path, k: int) -> None:
    async def body() -> None:
        model = ScriptedModel(context_window=200_000)
        async with scene(tmp_path, model, last=k) as here:
            author, told = Author(platform_id="ana", name="ana"), past()
            now, last = here.clock.now(), told[-1].id
            assert await here.store.take_in(place(), "bo", author, told, last, now) == len(told)
            delivery = await here.talk("and now", author="ana")
            items = [one for one in delivery.receipt["items"] if one["origin"] == "window"]
            assert len(items) == 2 * k
            window = [line.content for line in model.prompts[-1].lines if line.role != "system"]
            assert window == [*(one.text for one in told[-2 * k :]), "and now"]

    asyncio.run(body())
