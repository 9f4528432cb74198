"""What a page costs does not grow with the talk: counted in the steps that SQLite takes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, update

from talks import Straight, Talks
from tertulia.stores.sql import schema
from tertulia.values.message import Author

SHORT, LONG = 60, 20_000
PAGE = 20


class Counting(Straight):
    """Counts what its queries cost."""

    steps = 0

    @contextmanager
    def counting(self) -> Iterator[None]:
        driver: Any = self.connection.connection.dbapi_connection

        def count() -> None:
            self.steps += 1

        self.steps = 0
        driver.set_progress_handler(count, 10)
        try:
            yield
        finally:
            driver.set_progress_handler(None, 0)


async def fill(talks: Talks, length: int, which: int = 1, beside: int = 0) -> None:
    """A long straight talk, by people and the bot in turn; after each `beside` a notice."""
    first = await talks.say("hello", spot=f"s{which}")
    same = {
        "conversation_id": first.conversation,
        "root": 1,
        "channel": "library",
        "account": "local",
        "stored_at": 1,
        "audience_id": first.audience,
    }
    parent, rows = 1, []
    for seq in range(2, length + 1):
        notice = bool(beside) and seq % beside == 0
        role = "notice" if notice else "user" if seq % 2 else "assistant"
        more = {"parent": parent, "depth": seq, "path_tokens": seq, "tokens": 1, "said_at": seq}
        who = first.author if role == "user" else None
        rows.append(same | more | {"seq": seq, "role": role, "identity_id": who, "text": "so"})
        parent = parent if notice else seq

    def write(connection: Connection) -> None:
        connection.execute(insert(schema.message), rows)
        here = update(schema.conversation).where(schema.conversation.c.id == first.conversation)
        values = {"head": parent, "last_seq": length, "asked_seq": 1, "answered_seq": length}
        connection.execute(here.values(**values))

    await talks.write(write)


async def cost(talks: Talks, ask: Callable[[], Awaitable[object]]) -> int:
    store = talks.store
    assert isinstance(store, Counting)
    with store.counting():
        await ask()
    return store.steps


async def of_pages(talks: Talks, which: int, length: int) -> list[int]:
    ana = Author(platform_id="ana", name="ana")
    person = await talks.store.meet((await talks.store.conversations(None))[0].place, ana)
    scope = await talks.store.heard_by(person)
    middle = length // 2 + 1
    asked: list[dict[str, int]] = [
        {},
        *(
            {side: seq}
            for side in ("before", "after", "around")
            for seq in (11, middle, length - 9)
        ),
    ]
    costs = [
        await cost(
            talks,
            lambda one=one: talks.store.page(
                which, scope, most=PAGE, **{"before": None, "after": None, "around": None, **one}
            ),
        )
        for one in asked
    ]
    since = await cost(talks, lambda: talks.store.since(which, scope, length - 9, PAGE))
    switched = await cost(talks, lambda: talks.store.switch(which, 11))
    again = await cost(
        talks,
        lambda: talks.store.page(which, None, before=None, after=None, around=None, most=PAGE),
    )
    return [*costs, since, switched, again]


@pytest.mark.parametrize("beside", [0, 1000])
def test_a_page_of_a_long_talk_costs_what_one_of_a_short_talk_does(
    tmp_path: Path, beside: int
) -> None:
    async def body(talks: Talks) -> None:
        await fill(talks, SHORT, 1)
        await fill(talks, LONG, 2, beside)
        short, long = await of_pages(talks, 1, SHORT), await of_pages(talks, 2, LONG)
        bends = 2 * LONG // beside if beside else 0
        for one, other in zip(short, long, strict=True):
            assert other <= 1.3 * one + 2 * bends + 20

    asyncio.run(ran(tmp_path, body))


async def ran(path: Path, body: Callable[[Talks], Awaitable[None]]) -> None:
    store = Counting(path / "t.db")
    await store.open()
    try:
        await body(Talks(store))
    finally:
        await store.close()


def test_a_list_costs_what_it_shows_and_not_what_was_said(tmp_path: Path) -> None:
    async def body(talks: Talks) -> None:
        async def listed() -> int:
            ana = Author(platform_id="ana", name="ana")
            place = (await talks.store.conversations(None))[0].place
            person = await talks.store.meet(place, ana)
            given: dict[str, Any] = {"archived": False, "before": None, "most": PAGE}
            mine = await cost(talks, lambda: talks.store.conversations_of(person, **given))
            everybodys = await cost(talks, lambda: talks.store.conversations_of(None, **given))
            spoke = await cost(talks, lambda: talks.store.spoke_in(person, 1))
            return mine + everybodys + spoke

        for which in range(1, 4):
            await fill(talks, SHORT, which)
        before = await listed()
        await fill(talks, LONG, 4)
        assert await listed() < 1.5 * before

    asyncio.run(ran(tmp_path, body))
