"""Facts in the database: read under the audience rule, changed with their history kept."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, update
from sqlalchemy.dialects.sqlite import insert as upsert

from making import incoming
from tertulia.stores.sql.forget.mending import keep_sources
from tertulia.stores.sql.schema import audience, keeping
from tertulia.stores.sql.sqlite import SQLiteStore
from tertulia.values.audience import EVER, Audience, Scope
from tertulia.values.conversation import Lease
from tertulia.values.errors import NotThere, SettingsError
from tertulia.values.fact import Fact, Learned, Repeated
from tertulia.values.message import Author, Measured
from tertulia.values.reply import Ending

Body = Callable[[SQLiteStore], Awaitable[None]]


@pytest.fixture
def run(tmp_path: Path) -> Callable[[Body], None]:
    return lambda body: asyncio.run(with_store(tmp_path, body))


async def with_store(folder: Path, body: Body) -> None:
    store = SQLiteStore(folder / "tertulia.db")
    await store.open()
    try:
        await body(store)
    finally:
        await store.close()


async def say(store: SQLiteStore, text: str = "hello", *, number: str, **more: Any) -> int:
    """The number of the audience that it was said to."""
    present = more.pop("present", None)
    message = incoming(text, number=number, **more)
    if present is not None:
        others = tuple(Author(platform_id=one, name=one) for one in present)
        message = replace(message, present=others)
    accepted = await store.accept(Measured(incoming=message, tokens=5), 1)
    return (await store.transcript(accepted.conversation))[-1].audience


async def answer(store: SQLiteStore, text: str, conversation: int = 1) -> None:
    lease = await store.claim(conversation, "me", 10, 110)
    assert isinstance(lease, Lease)
    ending = Ending(
        kind="reply",
        text=text,
        tokens=5,
        finish_reason="stop",
        model="m",
        started_at=1,
        ended_at=2,
        usage=None,
        cost=None,
        notes=(),
        receipt=None,
    )
    await store.finish(lease, ending)


def learned(statement: str = "lives in Lima", **more: Any) -> Learned:
    values: dict[str, Any] = {
        "subject": "ana",
        "about": 1,
        "slot": "home",
        "statement": statement,
        "sources": (1,),
        "valid_from": 100,
    }
    return Learned(**{**values, **more})


async def learn(
    store: SQLiteStore, *changes: Learned | Repeated, now: int = 1000, said: str = "I live in Lima"
) -> Fact:
    """One more message, from which these changes are read; the newest fact."""
    count = len(await store.transcript(1)) if await store.conversations(None) else 0
    where = await say(store, said, number=f"n{count}")
    read = await store.unread(where, 50)
    assert read is not None
    assert await store.learn_facts(read, changes, 0, now)
    return (await store.facts(None))[-1]


def statements(facts: Any) -> list[str]:
    return [fact.statement for fact in facts]


def scope_to(number: int, upto: int = EVER) -> Scope:
    here = Audience(id=number, bot="bo", people=frozenset({1}))
    return Scope(here=here, upto={number: upto})


# What was not read yet


def test_unread_messages_come_oldest_first_with_what_the_bot_said(run: Callable[[Body], None]):
    async def body(store: SQLiteStore) -> None:
        where = await say(store, "I live in Lima", number="1")
        await answer(store, "Nice!")
        await say(store, "and I am 34", number="2")
        read = await store.unread(where, 50)
        assert read is not None
        assert [(m.role, m.text, m.author) for m in read.messages] == [
            ("user", "I live in Lima", 1),
            ("assistant", "Nice!", None),
            ("user", "and I am 34", 1),
        ]
        assert (read.audience, read.upto, read.before) == (where, 3, ())
        assert [m.number for m in read.messages] == [1, 2, 3]

    run(body)


def test_a_notice_is_not_read(run: Callable[[Body], None]):
    async def body(store: SQLiteStore) -> None:
        where = await say(store, "hello", number="1")
        lease = await store.claim(1, "me", 10, 110)
        assert isinstance(lease, Lease)
        ending = Ending(
            kind="notice",
            text="I cannot",
            tokens=5,
            finish_reason="error",
            model="m",
            started_at=1,
            ended_at=2,
            usage=None,
            cost=None,
            notes=(),
            receipt=None,
        )
        await store.finish(lease, ending)
        read = await store.unread(where, 50)
        assert read is not None
        assert [m.text for m in read.messages] == ["hello"]

    run(body)


def test_at_most_so_many_are_given_and_the_rest_later(run: Callable[[Body], None]):
    async def body(store: SQLiteStore) -> None:
        for number in range(5):
            where = await say(store, f"message {number}", number=str(number))
        first = await store.unread(where, 2)
        assert first is not None
        assert [m.text for m in first.messages] == ["message 0", "message 1"]
        assert await store.learn_facts(first, [], 0, 1)
        second = await store.unread(where, 50)
        assert second is not None
        assert [m.text for m in second.messages] == ["message 2", "message 3", "message 4"]
        assert [m.text for m in second.before] == ["message 0", "message 1"]
        assert await store.learn_facts(second, [], 0, 1)
        assert await store.unread(where, 50) is None

    run(body)


def test_each_audience_is_read_by_itself(run: Callable[[Body], None]):
    async def body(store: SQLiteStore) -> None:
        alone = await say(store, "only you", number="1")
        both = await say(store, "with Leo", number="2", present=("leo",))
        assert alone != both
        for where, text in ((alone, "only you"), (both, "with Leo")):
            read = await store.unread(where, 50)
            assert read is not None
            assert [m.text for m in read.messages] == [text]
            # Not even as context is shown what another audience heard.
            assert read.before == ()

    run(body)


def test_nobody_has_said_anything_to_an_audience_that_is_not_there(run: Callable[[Body], None]):
    async def body(store: SQLiteStore) -> None:
        assert await store.unread(77, 50) is None

    run(body)


def test_what_lies_before_comes_from_each_conversation(run: Callable[[Body], None]):
    async def body(store: SQLiteStore) -> None:
        for number in range(3):
            where = await say(store, f"a{number}", number=f"a{number}", spot="a")
            assert await say(store, f"b{number}", number=f"b{number}", spot="b") == where
        read = await store.unread(where, 4)
        assert read is not None
        assert await store.learn_facts(read, [], 0, 1)
        rest = await store.unread(where, 50)
        assert rest is not None
        assert [m.text for m in rest.messages] == ["a2", "b2"]
        assert [m.text for m in rest.before] == ["a0", "b0", "a1", "b1"]

    run(body)


# What is learned


def test_a_fact_has_its_sources_and_its_times(run: Callable[[Body], None]):
    async def body(store: SQLiteStore) -> None:
        await say(store, "I live in Lima", number="n0")
        fact = await learn(store, learned(sources=(2, 1, 2)))
        assert fact == Fact(
            id=1,
            audience=1,
            subject="ana",
            about=1,
            slot="home",
            statement="lives in Lima",
            origin="said",
            sources=("1.1", "1.2"),
            valid_from=100,
            valid_to=None,
            recorded_at=1000,
            closed_at=None,
            superseded_by=None,
            newest_source=2,
        )
        assert fact.name == "f1"
        assert await store.fact(1) == fact
        assert await store.fact(2) is None

    run(body)


def test_a_contradiction_closes_the_old_fact_and_keeps_it(run: Callable[[Body], None]):
    async def body(store: SQLiteStore) -> None:
        old = await learn(store, learned())
        new = await learn(
            store,
            learned("lives in Quito", sources=(2,), valid_from=500, closes=(old.id,)),
            now=2000,
        )
        assert statements(await store.facts(None)) == ["lives in Quito"]
        history = await store.fact_history(new.id)
        assert history == await store.fact_history(old.id)
        assert statements(history) == ["lives in Lima", "lives in Quito"]
        closed = history[0]
        assert (closed.valid_to, closed.closed_at, closed.superseded_by) == (500, 2000, new.id)
        assert statements(await store.facts(None, as_of=1999)) == ["lives in Lima"]
        assert statements(await store.facts(None, as_of=2000)) == ["lives in Quito"]
        assert statements(await store.facts(None, as_of=999)) == []

    run(body)


def test_of_two_contradicting_ones_read_at_once_the_later_holds(run: Callable[[Body], None]):
    async def body(store: SQLiteStore) -> None:
        await say(store, "I live in Lima", number="n0")
        await learn(
            store,
            learned("lives in Lima", sources=(1,)),
            learned("lives in Quito", sources=(2,)),
            learned("likes tea", slot=None),
            learned("lives in Cusco", subject="Rosa", about=None),
            learned("lives in Loja", subject="Eva", about=None),
            learned("lives in Puno", subject="rosa", about=None),
        )
        assert statements(await store.facts(None)) == [
            "lives in Quito",
            "likes tea",
            "lives in Loja",
            "lives in Puno",
        ]
        assert statements(await store.fact_history(2)) == ["lives in Lima", "lives in Quito"]

    run(body)


def test_a_repeated_fact_gets_further_sources(run: Callable[[Body], None]):
    async def body(store: SQLiteStore) -> None:
        fact = await learn(store, learned())
        await learn(store, Repeated(fact=fact.id, sources=(2, 1)))
        await learn(store, Repeated(fact=fact.id, sources=(1,)))
        (now,) = await store.facts(None)
        assert now.sources == ("1.1", "1.2")
        # All of its sources must be allowed.
        assert await store.facts(scope_to(1, 1)) == []
        assert statements(await store.facts(scope_to(1, 2))) == ["lives in Lima"]

    run(body)


def test_a_fact_that_was_closed_meanwhile_stays_as_it_was_closed(run: Callable[[Body], None]):
    async def body(store: SQLiteStore) -> None:
        old = await learn(store, learned())
        written = await store.edit_fact(old.id, "lives in Cusco", 1500)
        await learn(store, learned("lives in Quito", closes=(old.id, written.id)), now=2000)
        first = await store.fact(old.id)
        assert first is not None
        assert (first.superseded_by, first.closed_at) == (written.id, 1500)

    run(body)


def test_nothing_is_learned_once_something_was_forgotten(run: Callable[[Body], None]):
    async def body(store: SQLiteStore) -> None:
        where = await say(store, "I live in Lima", number="1")
        read = await store.unread(where, 50)
        assert read is not None

        def forget(connection: Connection) -> None:
            row = upsert(keeping).values(name="generation", value="3")
            row = row.on_conflict_do_update(index_elements=["name"], set_={"value": "3"})
            connection.execute(row)

        await store._write(forget)
        assert not await store.learn_facts(read, [learned()], 2, 1)
        assert await store.facts(None) == []
        assert await store.unread(where, 50) == read
        assert await store.learn_facts(read, [learned()], 3, 1)
        assert statements(await store.facts(None)) == ["lives in Lima"]

    run(body)


def test_what_another_process_has_read_is_not_learned_twice(run: Callable[[Body], None]):
    async def body(store: SQLiteStore) -> None:
        await say(store, "I live in Lima", number="1")
        where = await say(store, "I like tea", number="2")
        read = await store.unread(where, 1)
        more = await store.unread(where, 2)
        assert read is not None
        assert more is not None
        assert await store.learn_facts(read, [learned()], 0, 1)
        assert not await store.learn_facts(read, [learned()], 0, 1)
        assert not await store.learn_facts(more, [learned()], 0, 1)
        assert not await store.learn_facts(replace(read, audience=9), [], 0, 1)
        assert len(await store.facts(None)) == 1

    run(body)


# What is shown


def test_facts_are_given_only_within_the_scope(run: Callable[[Body], None]):
    async def body(store: SQLiteStore) -> None:
        alone = await say(store, "my secret", number="1")
        both = await say(store, "hello Leo", number="2", present=("leo",))
        for where, text in ((alone, "has a secret"), (both, "greets Leo")):
            read = await store.unread(where, 50)
            assert read is not None
            sources = (read.upto,)
            assert await store.learn_facts(read, [learned(text, slot=None, sources=sources)], 0, 1)
        assert statements(await store.facts(await store.scope(both))) == ["greets Leo"]
        assert statements(await store.facts(await store.scope(alone))) == [
            "has a secret",
            "greets Leo",
        ]
        nowhere = Scope(here=Audience(id=5, bot="bo", people=frozenset({1})), upto={})
        assert await store.facts(nowhere) == []

    run(body)


def test_facts_about_somebody(run: Callable[[Body], None]):
    async def body(store: SQLiteStore) -> None:
        await learn(store, learned(), learned("is a dog", subject="Toby", about=None, slot=None))
        assert statements(await store.facts(None, about=[1, 7])) == ["lives in Lima"]
        assert await store.facts(None, about=[]) == []
        assert len(await store.facts(None)) == 2

    run(body)


# What is written by hand


def test_an_edit_closes_the_old_statement_and_keeps_it(run: Callable[[Body], None]):
    async def body(store: SQLiteStore) -> None:
        old = await learn(store, learned())
        new = await store.edit_fact(old.id, "  lives in Quito\0 ", 2000)
        assert new == replace(
            old,
            id=2,
            statement="lives in Quito\ufffd",
            origin="written",
            valid_from=2000,
            recorded_at=2000,
            newest_source=2,
        )
        assert await store.facts(None) == [new]
        closed = await store.fact(old.id)
        assert closed == replace(old, valid_to=2000, closed_at=2000, superseded_by=2)
        assert await store.facts(None, as_of=1999) == [closed]

    run(body)


@pytest.mark.parametrize("empty", ["", "  \n\t"])
def test_a_fact_is_not_edited_to_nothing(run: Callable[[Body], None], empty: str):
    async def body(store: SQLiteStore) -> None:
        old = await learn(store, learned())
        with pytest.raises(SettingsError, match="The new statement of f1 is empty"):
            await store.edit_fact(old.id, empty, 2000)
        assert await store.facts(None) == [old]

    run(body)


def test_what_is_not_there_cannot_be_edited(run: Callable[[Body], None]):
    async def body(store: SQLiteStore) -> None:
        with pytest.raises(NotThere, match="There is no fact f7"):
            await store.edit_fact(7, "x", 1)
        old = await learn(store, learned())
        await store.edit_fact(old.id, "x", 1)
        with pytest.raises(NotThere, match="f1 holds no longer"):
            await store.edit_fact(old.id, "y", 1)
        assert await store.fact_history(7) == []

    run(body)


def test_what_is_written_anew_stays_hidden_from_who_left(run: Callable[[Body], None]):
    async def body(store: SQLiteStore) -> None:
        said = await learn(store, learned())
        written = await store.edit_fact(said.id, "lives in Quito", 2000)
        await learn(store, Repeated(fact=written.id, sources=(1,)))
        for _ in range(2):
            (fact,) = await store.facts(None)
            assert fact.newest_source == 2
            assert await store.facts(scope_to(1, 1)) == []
            await store._write(lambda c: keep_sources(c, [written.id]))

    run(body)


def test_only_the_edits_of_one_audience_are_taken_back(run: Callable[[Body], None]):
    async def body(store: SQLiteStore) -> None:
        said = await learn(store, learned())
        await store.edit_fact(said.id, "lives in Quito", 2000)
        assert await store.undo_fact([1], 3000, audiences=[2]) is None
        assert await store.undo_fact([1], 3000, audiences=[1]) is not None

    run(body)


# What is taken back


def test_each_undo_goes_one_edit_further_back(run: Callable[[Body], None]):
    async def body(store: SQLiteStore) -> None:
        said = await learn(store, learned())
        first = await store.edit_fact(said.id, "lives in Quito", 2000)
        second = await store.edit_fact(first.id, "lives in Cusco", 3000)
        again = await store.undo_fact(None, 4000)
        assert again == replace(first, id=4, recorded_at=4000)
        assert await store.facts(None) == [again]
        back = await store.undo_fact(None, 5000)
        assert back == replace(said, id=5, recorded_at=5000)
        assert await store.facts(None) == [back]
        assert await store.undo_fact(None, 6000) is None
        assert await store.facts(None) == [back]
        # What was believed meanwhile can still be told.
        believed = [
            statements(await store.facts(None, as_of=at)) for at in (1500, 2500, 3500, 4500, 5500)
        ]
        assert believed == [
            ["lives in Lima"],
            ["lives in Quito"],
            ["lives in Cusco"],
            ["lives in Quito"],
            ["lives in Lima"],
        ]
        assert [fact.id for fact in await store.fact_history(second.id)] == [1, 2, 3, 4, 5]

    run(body)


def test_the_edit_made_last_is_taken_back_first(run: Callable[[Body], None]):
    async def body(store: SQLiteStore) -> None:
        home = await learn(store, learned())
        tea = await learn(store, learned("likes tea", slot=None, about=None, subject="Leo"))
        first = await store.edit_fact(home.id, "lives in Quito", 2000)
        await store.edit_fact(tea.id, "likes mate", 3000)
        await store.edit_fact(first.id, "lives in Cusco", 4000)
        undone = [await store.undo_fact(None, 5000 + count) for count in range(4)]
        assert [fact.statement if fact else None for fact in undone] == [
            "lives in Quito",
            "likes tea",
            "lives in Lima",
            None,
        ]
        assert sorted(statements(await store.facts(None))) == ["likes tea", "lives in Lima"]

    run(body)


def test_a_person_takes_back_only_what_is_about_them(run: Callable[[Body], None]):
    async def body(store: SQLiteStore) -> None:
        home = await learn(store, learned())
        await store.edit_fact(home.id, "lives in Quito", 2000)
        assert await store.undo_fact([2], 3000) is None
        undone = await store.undo_fact([1, 2], 3000)
        assert undone is not None
        assert undone.statement == "lives in Lima"

    run(body)


def test_an_edit_that_was_contradicted_since_is_not_taken_back(run: Callable[[Body], None]):
    async def body(store: SQLiteStore) -> None:
        home = await learn(store, learned())
        written = await store.edit_fact(home.id, "lives in Quito", 2000)
        await learn(store, learned("lives in Loja", closes=(written.id,)), now=3000)
        assert await store.undo_fact(None, 4000) is None
        assert statements(await store.facts(None)) == ["lives in Loja"]

    run(body)


@settings(max_examples=25)
@given(steps=st.lists(st.integers(-1, 3), max_size=12))
def test_undo_is_the_reverse_of_edit(
    tmp_path_factory: pytest.TempPathFactory, steps: list[int]
) -> None:
    """A number edits to that text, -1 undoes; the store agrees with a plain stack."""

    async def body(store: SQLiteStore) -> None:
        fact = await learn(store, learned("text 9"))
        stack = ["text 9"]
        for now, step in enumerate(steps, 2000):
            if step >= 0:
                fact = await store.edit_fact(fact.id, f"text {step}", now)
                stack.append(f"text {step}")
            else:
                undone = await store.undo_fact(None, now)
                assert (undone is None) == (len(stack) == 1)
                fact = undone or fact
                stack = stack[:-1] or stack
            assert await store.facts(None) == [fact]
            assert fact.statement == stack[-1]

    asyncio.run(with_store(tmp_path_factory.mktemp("undo"), body))


def test_a_thousand_facts_keep_their_sources(run: Callable[[Body], None]):
    async def body(store: SQLiteStore) -> None:
        await learn(store, *(learned(f"likes tea {n}", slot=None) for n in range(1100)))
        found = await store.facts(scope_to(1))
        assert len(found) == 1100
        assert {fact.sources for fact in found} == {("1.1",)}

    run(body)


def test_facts_upto_of_an_audience_moves_with_what_was_read(run: Callable[[Body], None]):
    async def body(store: SQLiteStore) -> None:
        where = await say(store, "one", number="1")
        await store._write(lambda c: c.execute(update(audience).values(facts_upto=1)) and None)
        assert await store.unread(where, 50) is None

    run(body)
