"""The memory that keeps facts: gives them to prompts, and reads new messages for more."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

from tertulia.memories.facts.asking import Asked, ask
from tertulia.memories.facts.claims import read
from tertulia.memories.facts.judging import Change, Heard, judge
from tertulia.memories.facts.junk import READ
from tertulia.memories.facts.showing import HEADING, lines, present
from tertulia.memories.facts.words import rare
from tertulia.ports.clock import Clock
from tertulia.ports.facts import FactStore
from tertulia.ports.memory import Gathered, Memory, Scene
from tertulia.ports.tokenizer import Tokenizer
from tertulia.values.audience import EVER, Audience, Scope
from tertulia.values.fact import Fact, Unread

log = logging.getLogger(__name__)

EVERY: Final = 6
"""Messages of people that are read in one call."""

MOST: Final = 8
"""At most so many messages for each of `every` are read at once, the bot's among them."""

SHARE: Final = 4
"""Unread messages that take a quarter of the token budget are read, however few they are."""

NEWEST: Final = 80
"""Facts about the present, of the others, and of what is spoken of, considered for one prompt."""

FREE: Final = "offline"
"""The model that costs nothing, and so reads after every reply."""


class FactsMemory(Memory):
    """Reads several messages with one call, after the reply; one call at a time an audience."""

    def __init__(
        self, store: FactStore, tokenizer: Tokenizer, clock: Clock, *, every: int = EVERY
    ) -> None:
        self._store = store
        self._tokenizer = tokenizer
        self._clock = clock
        self._every = every
        self._reading: set[int] = set()

    async def gather(self, scene: Scene) -> Gathered:
        """The facts that may be used here, those about the present first."""
        words = rare(" ".join(message.text[:READ] for message in scene.waiting))
        facts = await self._store.useful_facts(
            scene.scope, about=present(scene), words=words, most=NEWEST
        )
        return Gathered(heading=HEADING, lines=lines(facts, scene))

    async def learn(self, scene: Scene) -> None:
        """Read what this audience said since the last time, once it is worth a call.

        Raises: a `ModelError`, and nothing counts as read.
        """
        here = scene.scope.here
        if here.window is not None or here.id in self._reading:
            return
        self._reading.add(here.id)
        try:
            unread = await self._store.unread(here.id, self._every * MOST)
            if unread is not None and self._is_due(unread, scene):
                await self._read(unread, scene)
        finally:
            self._reading.discard(here.id)

    def _is_due(self, unread: Unread, scene: Scene) -> bool:
        people = sum(message.role == "user" for message in unread.messages)
        tokens = sum(message.tokens for message in unread.messages)
        return (
            people >= (1 if scene.model == FREE else self._every)
            or tokens > scene.budget // SHARE
            or len(unread.messages) >= self._every * MOST
        )

    async def _read(self, unread: Unread, scene: Scene) -> None:
        here = scene.scope.here
        if not any(message.role == "user" for message in unread.messages):
            await self._keep(unread, [], scene)
            return
        believed = await self._store.facts(_alone(here))
        asked = ask(unread, believed, scene.budget, self._tokenizer)
        if asked is not None:
            changes = await self._ask(asked, believed, scene)
            await self._keep(asked.read, changes, scene)

    async def _ask(self, asked: Asked, believed: Sequence[Fact], scene: Scene) -> Sequence[Change]:
        claims = read(await scene.complete(asked.prompt))
        if claims is None:
            log.warning(
                "%s gave no list of facts for the messages up to %s; nothing was noted from them.",
                scene.model,
                asked.read.messages[-1].id,
            )
            return []
        heard = Heard(
            unread=asked.read,
            numbered=asked.numbered,
            speakers=asked.speakers,
            believed=believed,
            bot=scene.scope.here.bot,
        )
        return judge(claims, heard)

    async def _keep(self, unread: Unread, changes: Sequence[Change], scene: Scene) -> None:
        now = self._clock.now()
        if not await self._store.learn_facts(unread, changes, scene.generation, now):
            log.info("What was read of audience %s was not kept: it changed.", unread.audience)


def _alone(here: Audience) -> Scope:
    """What was said to exactly this audience: only that is closed by what it says now."""
    return Scope(here=here, upto={here.id: EVER})
