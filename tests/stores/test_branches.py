"""Whatever is said, edited, made anew and gone back to: every message keeps its one outcome."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reading import Reading, read, seqs, walk
from talks import Straight, Talks, talking
from tertulia.stores.sql import schema
from tertulia.stores.sql.forget.tables import forget
from tertulia.values.conversation import Lease
from tertulia.values.errors import NotThere
from tertulia.values.forgetting import Target
from tertulia.values.message import Message

numbers = st.integers(0, 99)
kinds = st.sampled_from(
    [
        *("say", "say", "say", "edit", "edit", "claim", "claim"),
        *("reply", "reply", "reply", "again", "again", "again", "switch", "switch"),
        *("notice", "silence", "release", "new", "lose", "forget"),
    ]
)
steps = st.lists(st.tuples(kinds, numbers), min_size=1, max_size=24)


@dataclass
class Branching:
    """One conversation, in which turns run beside what is said."""

    talks: Talks
    leases: list[Lease] = field(default_factory=list)
    outcomes: dict[int, str] = field(default_factory=dict)
    answered: int = 0
    forgot: bool = False

    async def messages(self) -> list[Message]:
        return list(await self.talks.store.transcript(1))

    async def pick(self, number: int, *roles: str) -> Message | None:
        there = [one for one in await self.messages() if one.role in roles]
        return there[number % len(there)] if there else None

    async def say(self, number: int) -> None:
        await self.talks.say("hi", unanswered="not addressed" if number % 5 == 0 else None)

    async def edit(self, number: int) -> None:
        one = await self.pick(number, "user", "user", "assistant")
        if one is not None:
            said = await self.talks.say("hi again", instead_of=one.seq)
            if one.role == "user":
                assert (said.parent, said.instead_of) == (one.parent, one.instead_of or one.seq)
            assert await self.head() == said.seq

    async def head(self) -> int | None:
        (row,) = await self.talks.rows(schema.conversation)
        return row.head

    async def claim(self, number: int) -> None:
        lease = await self.talks.claim(1)
        if lease is not None:
            self.leases = [lease]
            by_seq = {one.seq: one for one in await self.messages()}
            path = [lease.conversation.head]
            while path[-1] is not None:
                path.append(by_seq[path[-1]].parent)
            # A late reply to something follows what was said since, which may be on its path.
            assert {one.seq for one in lease.waiting} <= set(path)

    async def finish(self, kind: str, text: str | None) -> None:
        if not self.leases:
            await self.claim(0)
        if self.leases:
            lease = self.leases.pop()
            done = await self.talks.finish(lease, text, kind=kind)
            if done is not None and lease.again is not None and kind == "reply":
                assert await self.head() == done.seq
                made = await self.talks.message(1, done.seq)
                if lease.again.role == "assistant":
                    assert made.parent == lease.again.parent
                    assert made.instead_of == (lease.again.instead_of or lease.again.seq)
                else:
                    assert made.instead_of is None

    async def reply(self, number: int) -> None:
        await self.finish("reply", "hello")

    async def notice(self, number: int) -> None:
        await self.finish("notice", "sorry")

    async def silence(self, number: int) -> None:
        await self.finish("unanswered", None)

    async def release(self, number: int) -> None:
        if self.leases:
            await self.talks.store.release(self.leases.pop())

    async def lose(self, number: int) -> None:
        """The process that ran the turn is gone."""
        self.leases.clear()
        self.talks.time += 100_000

    async def again(self, number: int) -> None:
        one = await self.pick(number, "assistant", "notice")
        if one is not None:
            waits = await self.talks.store.waiting(self.talks.time + 10**6, ["bo"])
            try:
                asked = await self.talks.store.ask_again(1, one.seq, go_on=number % 2 == 0)
            except NotThere:
                # Of a reply only where what it answered is forgotten.
                assert one.role == "notice" or self.forgot
            else:
                assert asked == (not waits)

    async def switch(self, number: int) -> None:
        one = await self.pick(number, "user", "assistant")
        if one is not None:
            waits = await self.talks.store.waiting(self.talks.time + 10**6, ["bo"])
            assert await self.talks.store.switch(1, one.seq) == (not waits)
            if not waits:
                assert await self.head() == Reading(await self.messages()).behind(one.seq)[-1]

    async def new(self, number: int) -> None:
        if await self.messages():
            await self.talks.store.set_head(1, None, "blank" if number % 2 else None)

    async def forget(self, number: int) -> None:
        """A message, without cleaning the file: that takes long."""
        one = await self.pick(number, "user", "assistant", "notice")
        if one is not None:
            target = Target(kind="message", numbers=(one.number,))
            await self.talks.write(lambda c: forget(c, target, "quoting"))
            self.leases.clear()
            self.forgot = True

    async def look(self) -> None:
        """What must hold after every step."""
        messages = {one.seq: one for one in await self.messages()}
        if not messages:
            return
        (row,) = await self.talks.rows(schema.conversation)
        assert row.head is None or messages[row.head].role != "notice"
        assert row.answered_seq >= self.answered
        self.answered = row.answered_seq
        for one in messages.values():
            if one.instead_of is not None:
                first = messages[one.instead_of]
                assert (first.parent, first.role, first.instead_of) == (one.parent, one.role, None)
        rows = await self.talks.rows(schema.outcome)
        outcomes = {row.seq: row.kind for row in rows}
        assert len(rows) == len(outcomes)
        assert outcomes.keys() >= self.outcomes.keys() & messages.keys()
        self.outcomes = outcomes

    async def look_at_pages(self, number: int) -> None:
        messages = await self.messages()
        if not messages:
            return
        reading, head = Reading(messages), await self.head()
        most = 1 + number % 4
        whole = reading.whole(reading.back(reading.newest(head)))
        newest = await read(self.talks.store, 1, most)
        assert not newest.newer
        assert await walk(self.talks.store, 1, most, newest) == whole
        for one in messages:
            expected = reading.through(one.seq, head)
            if not expected:
                with pytest.raises(NotThere):
                    await read(self.talks.store, 1, most, around=one.seq)
                continue
            page = await read(self.talks.store, 1, most, around=one.seq)
            assert one.seq in seqs(page)
            assert await walk(self.talks.store, 1, most, page) == expected
        for shown in (await read(self.talks.store, 1, 1000)).shown:
            group = shown.message.instead_of or shown.message.seq
            assert shown.versions == tuple(
                one.seq for one in messages if group in (one.seq, one.instead_of)
            )

    async def go_on(self) -> None:
        """In the end everything addressed has its outcome, and nothing waits."""
        self.talks.time += 100_000
        while await self.talks.answer(1, "yes") is not None:
            pass
        assert await self.talks.store.waiting(self.talks.time + 10**6, ["bo"]) == []
        said = {one.seq for one in await self.messages() if one.role == "user"}
        assert {row.seq for row in await self.talks.rows(schema.outcome)} == said


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as made:

        async def nothing(_: Talks) -> None:
            pass

        talking(Path(made) / "empty.db", nothing, Straight)
        yield Path(made)


@settings(max_examples=150)
@given(past=steps, number=numbers)
def test_every_message_keeps_one_outcome_and_every_page_its_place(
    folder: Path, past: list[Any], number: int
) -> None:
    path = folder / "one.db"
    for left in folder.glob("one.db*"):
        left.unlink()
    shutil.copy(folder / "empty.db", path)

    async def body(talks: Talks) -> None:
        branching = Branching(talks)
        for what, which in past:
            await getattr(branching, what)(which)
            await branching.look()
        await branching.look_at_pages(number)
        await branching.go_on()
        await branching.look()
        await branching.look_at_pages(number)

    talking(path, body, Straight)
