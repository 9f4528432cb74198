"""Promises 2 and 3 under any interleaving of messages, duplicates, stops and a restart."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from making import ANA, place
from running import Keeping, ScriptedModel, scene
from running import Scene as Running
from tertulia.values.message import Accepted
from tertulia.values.prompt import Chunk, Delta, Done, Prompt

SPOTS = ("a", "b")

steps = st.one_of(
    st.tuples(st.just("say"), st.sampled_from(SPOTS)),
    st.tuples(st.just("aside"), st.sampled_from(SPOTS)),
    st.tuples(st.just("again"), st.integers(0, 30)),
    st.tuples(st.just("stop"), st.sampled_from(SPOTS)),
    st.tuples(st.just("new"), st.sampled_from(SPOTS)),
    st.tuples(st.just("pause"), st.integers(1, 30)),
    st.tuples(st.just("restart"), st.just(0)),
)


class Wavering(ScriptedModel):
    """Takes a while between its words, each time another, and fails now and then."""

    calls = 0

    async def stream(self, prompt: Prompt) -> AsyncIterator[Chunk]:
        type(self).calls += 1
        pace = type(self).calls % 4
        for word in ("some ", "words ", "said"):
            for _ in range(pace * 3):
                await asyncio.sleep(0)
            yield Delta(word)
        yield Done(finish_reason="stop")


class Story:
    """Plays steps on an engine and remembers what was accepted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.accepted: dict[str, Accepted] = {}
        self.asides: set[str] = set()
        self.channel = Keeping()

    async def play(self, told: list[tuple[str, object]]) -> None:
        parts: list[list[tuple[str, object]]] = [[]]
        for step in told:
            if step[0] == "restart":
                parts.append([])
            else:
                parts[-1].append(step)
        for index, part in enumerate(parts):
            last = index == len(parts) - 1
            async with scene(
                self.folder,
                Wavering(),
                channel=self.channel,
                grace=5 if last else 0,
                owner=f"run{index}",
                lease=0.001,
            ) as here:
                here.clock.time += index * 1000
                for step in part:
                    await self.do(here, *step)
                if last:
                    for accepted in self.accepted.values():
                        await here.outcome(accepted)
                    async with asyncio.timeout(20):
                        while await here.store.deliveries("library", None):
                            await asyncio.sleep(0.002)

    async def do(self, here: Running, what: str, which: object) -> None:
        match what:
            case "say" | "aside":
                await self.say(here, str(which), aside=what == "aside")
            case "again" if str(which) in self.accepted:
                first = self.accepted[str(which)]
                again = await here.say("twice", number=str(which))
                assert again.duplicate
                assert (again.conversation, again.seq) == (first.conversation, first.seq)
            case "stop":
                here.engine.stop(SPOTS.index(str(which)) + 1)
            case "new":
                await here.engine.command(place(str(which)), "bo", "/new", author=ANA, owner=True)
            case "pause":
                for _ in range(int(str(which))):
                    await asyncio.sleep(0)
            case _:
                pass

    async def say(self, here: Running, spot: str, *, aside: bool) -> None:
        number = str(len(self.accepted))
        unanswered = "not addressed" if aside else None
        said = await here.say(number, spot=spot, number=number, unanswered=unanswered)
        self.accepted[number] = said
        if aside:
            self.asides.add(number)


@settings(max_examples=60, deadline=None)
@given(st.lists(steps, max_size=25))
def test_each_accepted_message_gets_exactly_one_stored_outcome(
    told: list[tuple[str, object]],
) -> None:
    async def body() -> None:
        with tempfile.TemporaryDirectory() as folder:
            story = Story(Path(folder))
            await story.play(told)
            await check(story)

    asyncio.run(body())


async def check(story: Story) -> None:
    async with scene(story.folder, Wavering(), channel=Keeping(), everything=False) as here:
        for number, accepted in story.accepted.items():
            outcome = await here.store.outcome(accepted.conversation, accepted.seq)
            assert outcome is not None
            if number in story.asides:
                assert (outcome.kind, outcome.reason) == ("unanswered", "not addressed")
            elif outcome.delivery is None:
                assert (outcome.kind, outcome.reason) == ("unanswered", "stopped")
        await check_order(here, story)


async def check_order(here: Running, story: Story) -> None:
    for conversation in await here.store.conversations(None):
        messages = await here.store.transcript(conversation.id)
        said = [m.text for m in messages if m.role == "user"]
        assert said == sorted(said, key=int), "stored in another order than accepted"
        assert [m.seq for m in messages] == list(range(1, len(messages) + 1))
        shown = [d for d in story.channel.sent if d.conversation == conversation.id]
        assert [d.seq for d in shown] == sorted({d.seq for d in shown}), "shown twice or disordered"
        covered = [seq for d in shown for seq in d.covers]
        assert covered == sorted(set(covered)), "covered twice or out of order"
        replies = [m.seq for m in messages if m.role != "user"]
        assert replies == [d.seq for d in shown], "a stored reply was not shown"
        assert all(max(d.covers) < d.seq for d in shown)
