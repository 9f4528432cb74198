"""The tutorial's walk: a relay becomes a talk, and stays one when it outgrows the window."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from channels.discord.botting import server
from channels.discord.test_talking import run
from discords import Discord
from making import TOKENIZER
from running import Scene, ScriptedModel
from tertulia.values.prompt import Delta, Done

__all__ = ["server"]

WINDOW, RESERVE = 1500, 200
FILLER = "We went on about the weather, the harvest and the price of boats in the harbour. " * 7


class Reader(ScriptedModel):
    """Tells whether it has read the word where it is asked for that, or for a summary."""

    async def stream(self, prompt):  # type: ignore[no-untyped-def]
        self.prompts.append(prompt)
        read = "\n".join(line.content for line in prompt.lines)
        known = "The word is Zanzibar." if "Zanzibar" in read else "I know of no word."
        if prompt.lines[-1].content.endswith(FILLER.strip()):
            known = "Indeed."
        yield Delta(known)
        yield Done(finish_reason="stop", usage=None)


@pytest.mark.parametrize(
    ("memories", "answer"),
    [(("summary",), "The word is Zanzibar."), ((), "I know of no word.")],
    ids=["summarised", "dropped"],
)
def test_a_talk_that_outgrows_the_window(
    server: Discord, tmp_path: Path, memories: tuple[str, ...], answer: str
) -> None:
    ana = server.user("ana")
    dm = server.dm(ana)
    model: Any = Reader(context_window=WINDOW, reserve=RESERVE)

    async def body(here: Scene) -> None:
        server.says(ana, dm, "Our word is Zanzibar.")
        await server.until(lambda: len(server.answers(dm)) == 1)
        for count in range(2, 16):
            server.says(ana, dm, f"{count}: {FILLER}")
            await server.until(lambda count=count: len(server.answers(dm)) == count)
            await here.engine._turns.close(10)
        server.says(ana, dm, "Which word?")
        await server.until(lambda: len(server.answers(dm)) == 16)
        assert server.answers(dm)[-1].content == answer
        # What was said last is there word by word, whatever became of the first.
        asked = next(
            one for one in reversed(model.prompts) if one.lines[-1].content == "Which word?"
        )
        assert any(line.content.startswith("15: ") for line in asked.lines)
        assert not any(line.content == "Our word is Zanzibar." for line in asked.lines)

    run(server, tmp_path, model, body, memories=memories, stream=False)
    for prompt in model.prompts:
        tokens = sum(TOKENIZER.count(line.content) for line in prompt.lines)
        assert tokens <= WINDOW - RESERVE
