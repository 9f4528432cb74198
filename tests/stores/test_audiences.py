"""Audiences on the tables: crowds, the rule by counting, and what large groups cost."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from making import place
from stored import say, say_to
from tertulia.stores.sql import audiences, hearing
from tertulia.stores.sql.schema import audience, audience_member, identity
from tertulia.stores.sql.sqlite import SQLiteStore
from tertulia.values.audience import EVER, Audience, scope
from tertulia.values.message import Author, Message


@pytest.fixture
def run(tmp_path: Path) -> Callable[[Callable[[SQLiteStore], Awaitable[None]]], None]:
    def run(body: Callable[[SQLiteStore], Awaitable[None]]) -> None:
        async def whole() -> None:
            store = SQLiteStore(tmp_path / "t.db")
            await store.open()
            try:
                await body(store)
            finally:
                await store.close()

        asyncio.run(whole())

    return run


Run = Callable[[Callable[[SQLiteStore], Awaitable[None]]], None]


async def last(store: SQLiteStore, spot: str = "t") -> Message:
    found = await store.conversation(place(spot))
    assert found is not None
    return (await store.transcript(found.id))[-1]


async def members(store: SQLiteStore) -> int:
    return await store._read(
        lambda c: c.execute(select(func.count()).select_from(audience_member)).scalar_one()
    )


async def speak(store: SQLiteStore, *people: str, spot: str = "t") -> list[Message]:
    """Each says something where nobody is told to be there."""
    said: list[Message] = []
    for one in people:
        await say(store, f"by {one}", number=f"{spot}{random.random()}", author=one, spot=spot)
        said.append(await last(store, spot))
    return said


def test_a_crowd_of_many_speakers_is_not_copied_with_each_of_them(run: Run) -> None:
    async def body(store: SQLiteStore) -> None:
        await asyncio.gather(
            *(say(store, number=str(n), author=f"p{n}") for n in range(audiences.CROWD + 300))
        )
        assert await members(store) < audiences.CROWD * (audiences.CROWD + 3) / 2 + 400

    run(body)


def test_a_crowd_that_is_told_is_noted_as_it_speaks(run: Run) -> None:
    async def body(store: SQLiteStore) -> None:
        for n in range(5):
            people = [f"p{n}", *(f"q{one + n}" for one in range(audiences.CROWD))]
            await say_to(store, "hi", *people, number=str(n))
        assert await members(store) == 5
        alone = await store.scope((await last(store)).audience)
        assert list(alone.upto.values()) == [EVER]

    run(body)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audiences, "CROWD", 2)
    monkeypatch.setattr(hearing, "CROWD", 2)


@pytest.mark.usefixtures("small")
def test_a_crowd_uses_what_was_said_since_the_last_one_came(run: Run) -> None:
    async def body(store: SQLiteStore) -> None:
        first, *_, third, again = await speak(store, "a", "b", "c", "a")
        assert third.audience == again.audience != first.audience
        here = await store.scope(again.audience)
        assert here.upto == {again.audience: EVER}
        newer, before, newest = await speak(store, "d", "b", "d")
        assert newer.audience == before.audience == newest.audience != again.audience
        (alone,) = await speak(store, "d", spot="dm")
        of_d = await store.scope(alone.audience)
        assert of_d.allows(newer.audience, newer.number)
        assert not of_d.allows(again.audience, again.number)
        (alone,) = await speak(store, "b", spot="other")
        of_b = await store.scope(alone.audience)
        assert all(of_b.allows(m.audience, m.number) for m in (third, newer))
        assert not (await store.scope(newest.audience)).allows(alone.audience, alone.number)

    run(body)


@pytest.mark.usefixtures("small")
def test_a_crowd_is_heard_by_nobody_alone(run: Run) -> None:
    async def body(store: SQLiteStore) -> None:
        *_, said = await speak(store, "a", "b", "c", "d")
        here = (await store.scope(said.audience)).here
        assert {4} < here.people
        await say_to(store, "all", "a", "b", "c", number="told", spot="u")
        here = (await store.scope((await last(store, "u")).audience)).here
        assert {1} < here.people

    run(body)


class Truth:
    """Who heard what, kept by the plain words of the rule, apart from the product."""

    def __init__(self, store: SQLiteStore, seed: int) -> None:
        self.store = store
        self.random = random.Random(seed)
        self.there: dict[str, set[str]] = {"t": set(), "u": set(), "v": set()}
        self.window = dict.fromkeys(self.there, "")
        self.heard: list[tuple[Message, frozenset[str], str]] = []

    async def step(self, number: int) -> None:
        spot = self.random.choice("tttuuv")
        people = self.random.sample("abcdef", self.random.choice([1, 1, 2, 3, 5]))
        if self.there[spot] and self.random.random() < 0.1:
            await self.move(spot, number)
        if spot == "v" or len(people) > 1:
            self.there[spot] = set(people)
            await say_to(self.store, "x", *people, number=str(number), spot=spot)
        else:
            self.there[spot].add(people[0])
            await say(self.store, "x", number=str(number), spot=spot, author=people[0])
        now = await last(self.store, spot)
        self.heard.append((now, frozenset(self.there[spot]), self.window[spot]))
        await self.look(now)

    async def move(self, spot: str, number: int) -> None:
        self.window[spot] = self.random.choice(["", f"w{number}"])
        found = await self.store.conversation(place(spot))
        assert found is not None
        await self.store.set_head(found.id, None, self.window[spot] or None)

    async def look(self, now: Message) -> None:
        _, here, window = self.heard[-1]
        allowed = await self.store.scope(now.audience)
        assert allowed.allows(now.audience, now.number)
        for said, people, within in self.heard:
            if allowed.allows(said.audience, said.number):
                assert here <= people
                assert within == window


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("seed", range(12))
def test_nothing_is_used_in_a_crowd_that_somebody_there_has_not_heard(run: Run, seed: int) -> None:
    async def body(store: SQLiteStore) -> None:
        truth = Truth(store, seed)
        for number in range(60):
            await truth.step(number)

    run(body)


def every(connection: Connection) -> list[Audience]:
    """All audiences with all of their people, read in the simplest way."""
    leader = func.coalesce(identity.c.linked_to, identity.c.id)
    linked = {row[0]: row[1] for row in connection.execute(select(identity.c.id, leader))}
    found: list[Audience] = []
    for row in connection.execute(select(audience)).all():
        reach: dict[int, int] = {}
        for member in connection.execute(
            select(audience_member).where(audience_member.c.audience_id == row.id)
        ):
            one = linked[member.identity_id]
            last_heard = EVER if member.left_after is None else member.left_after
            reach[one] = max(reach.get(one, 0), last_heard)
        left = {one: upto for one, upto in reach.items() if upto != EVER}
        people = frozenset(reach) | ({-row.id} if row.crowd else set())
        found.append(
            Audience(
                id=row.id,
                bot=row.bot,
                circle=row.circle,
                window=row.window,
                people=people,
                left=left,
            )
        )
    return found


async def wild(store: SQLiteStore, seed: int) -> None:
    """Everything that changes audiences, in any order."""
    chance = random.Random(seed)
    for number in range(80):
        people = chance.sample("abcdefg", chance.randint(1, 4))
        circle = chance.choice([None, None, "square", "corner"])
        bot = chance.choice(["bo", "bo", "eva"])
        spot = chance.choice("tuvw") + (circle or "")
        await say_to(store, "x", *people, number=str(number), spot=spot, circle=circle, bot=bot)
        author = Author(platform_id=people[0], name=people[0])
        if chance.random() < 0.1:
            await store.left("library", "local", "square", author)
        if chance.random() < 0.1:
            window = chance.choice([None, f"w{number}"])
            await store.set_head(chance.randint(1, 3), None, window)
        if chance.random() < 0.05:
            one, other = chance.sample(range(1, 5), 2)
            if len(await store.people()) > 5:
                await store.offer_link(one, "code", 9)
                await store.link(other, "code", 1)
        if chance.random() < 0.05:
            await store.unlink(chance.randint(1, 4))


@pytest.mark.parametrize("few", [0, audiences.FEW])
@pytest.mark.parametrize("seed", range(5))
def test_what_is_counted_is_what_the_rule_says_of_each(
    run: Run, monkeypatch: pytest.MonkeyPatch, seed: int, few: int
) -> None:
    monkeypatch.setattr(audiences, "FEW", few)

    async def body(store: SQLiteStore) -> None:
        await wild(store, seed)
        told = await store._read(every)
        for here in told:
            assert (await store.scope(here.id)).upto == scope(here, told).upto

    run(body)
