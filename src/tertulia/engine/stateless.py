"""Answers what was sent, with a bot's persona and models, and keeps nothing of it."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace

from tertulia.engine.attempts import Attempts, Draft
from tertulia.engine.cutting import cut_end, cut_middle
from tertulia.engine.endings import Endings
from tertulia.engine.prompt import EACH, SEPARATOR, WHOLE, Assembled, cost, count
from tertulia.engine.tools import Tools
from tertulia.ports.model import Model
from tertulia.ports.tokenizer import Tokenizer
from tertulia.values.errors import TertuliaError
from tertulia.values.events import Event, Restarted, Spoken
from tertulia.values.prompt import Line, Prompt
from tertulia.values.receipt import Receipt
from tertulia.values.reply import Ending

log = logging.getLogger(__name__)

_KEPT = re.compile(r"Your message is kept; (\w)")
"""What notices say of a message; here it is not so."""


async def answer(
    tools: Tools, bot: str, lines: Sequence[Line]
) -> AsyncGenerator[Spoken | Restarted | Ending]:
    """See `Desk.answer`. What is learned of how a model counts tokens stays, and nothing else."""
    described = tools.bot(bot)
    draft = Draft()
    endings = Endings(tools=tools, draft=draft, started_at=tools.clock.now())
    events: asyncio.Queue[Event | None] = asyncio.Queue()

    async def make(model: Model) -> Assembled:
        room = tools.factors.budget(model)
        return fitted(tools.tokenizer, room, described.persona.instructions, lines)

    async def ask() -> Exception | None:
        try:
            await Attempts(
                models=described.models(None, None),
                prepare=make,
                tell=events.put_nowait,
                factors=tools.factors,
            ).run(draft)
        except Exception as error:  # noqa: BLE001 - promise 8: whatever breaks, who asked is told
            return error
        return None

    asking = asyncio.create_task(ask())
    asking.add_done_callback(lambda _: events.put_nowait(None))
    try:
        while isinstance(event := await events.get(), Spoken | Restarted):
            yield event
        error = await asking
    finally:
        # Nobody waits for the reply any more, and it is kept for nobody.
        asking.cancel()
        await asyncio.wait([asking])
    yield endings.replied(described) if error is None else _failed(endings, error)


def _failed(endings: Endings, error: Exception) -> Ending:
    unexpected = not isinstance(error, TertuliaError)
    log.error("No reply to what is kept nowhere: %s", error, exc_info=error if unexpected else None)
    ending = endings.failed(error)
    return replace(ending, text=_KEPT.sub(lambda found: found[1].upper(), ending.text or ""))


def fitted(tokenizer: Tokenizer, budget: int, persona: str, lines: Sequence[Line]) -> Assembled:
    """What was sent behind the persona, within `budget` tokens.

    All instructions stand first, in one line; of the talk the oldest goes first where there is no
    room. Raises: `PromptTooSmall`.
    """
    sheet = _Sheet(tokenizer, budget)
    system = [line for line in lines if line.role == "system"]
    talk = [line for line in lines if line.role != "system"]
    chosen = [*sheet.instruct(persona, system), *sheet.hear(talk)]
    tokens = count(tokenizer, chosen)
    return Assembled(
        prompt=Prompt(lines=tuple(chosen), tokens=tokens),
        receipt=Receipt(budget=budget, prompt_tokens=tokens, items=(), left_out=()),
        notes=tuple(sheet.notes),
        dropped=None,
    )


class _Sheet:
    """Where the prompt is laid out: what room is left, and what the sender is told."""

    def __init__(self, tokenizer: Tokenizer, budget: int) -> None:
        self.tokenizer = tokenizer
        self.room = budget - WHOLE
        self.notes: list[str] = []

    def instruct(self, persona: str, sent: Sequence[Line]) -> list[Line]:
        """The persona in at most half of the room, with what was sent in at most three quarters."""
        own = self._cut(persona, self.room // 2 - EACH)
        whole = SEPARATOR.join(text for text in (own, *(one.content for one in sent)) if text)
        text = self._cut(whole, self.room * 3 // 4 - EACH)
        if not text:
            return []
        if text != whole:
            self.notes.append(
                "Your instructions were longer than there is room for: they were cut."
            )
        self.room -= cost(self.tokenizer, text, None)
        return [Line(role="system", content=text)]

    def hear(self, talk: Sequence[Line]) -> list[Line]:
        """The newest always, those before it while they fit."""
        *before, newest = talk
        newest = self._newest(newest)
        heard = [newest]
        self.room -= self._cost(newest)
        for line in reversed(before):
            if self._cost(line) > self.room:
                left = len(talk) - len(heard)
                self.notes.append(f"The oldest {left} messages had no room: I did not read them.")
                break
            self.room -= self._cost(line)
            heard.insert(0, line)
        return heard

    def _newest(self, line: Line) -> Line:
        over = self._cost(line) - self.room
        if over <= 0:
            return line
        room = self.room - cost(self.tokenizer, "", line.name)
        self.notes.append(
            "Your message was longer than I can read at once: its middle was cut out."
        )
        return replace(line, content=cut_middle(self.tokenizer, line.content, room))

    def _cut(self, text: str, room: int) -> str:
        if self.tokenizer.count(text) <= room:
            return text
        return cut_end(self.tokenizer, text, room)

    def _cost(self, line: Line) -> int:
        return cost(self.tokenizer, line.content, line.name)
