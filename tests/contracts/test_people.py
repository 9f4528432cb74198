"""Who hears what, who is who, and a past that is taken in: the same on every store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from making import place
from stored import Body, lease, say, say_to
from tertulia.ports.archive import Past
from tertulia.ports.store import Store
from tertulia.values.errors import LeaseLost, NotThere
from tertulia.values.message import Author, Message
from tertulia.values.person import Person
from tertulia.values.reply import Ending

Run = Callable[[Body], None]


def somebody(name: str) -> Author:
    return Author(platform_id=name, name=name)


async def person(store: Store, name: str, channel: str = "library") -> Person:
    found = await store.person(place(channel=channel), somebody(name))
    assert found is not None
    return found


async def said(store: Store, conversation: int = 1) -> list[Message]:
    return list(await store.transcript(conversation))


async def usable(store: Store, message: Message, before: Message) -> bool:
    scope = await store.scope(before.audience)
    return scope.allows(message.audience, message.number)


def reply(text: str = "hi") -> Ending:
    return Ending(
        kind="reply",
        text=text,
        tokens=5,
        finish_reason="stop",
        model="m",
        started_at=1,
        ended_at=2,
    )


def test_the_same_people_are_one_audience_wherever_they_are(run: Run) -> None:
    async def body(store: Store) -> None:
        await say_to(store, "here", "ana", "bo", number="1")
        await say_to(store, "there", "bo", "ana", number="2", spot="u")
        await say_to(store, "alone", "ana", number="3", spot="v")
        (one,), (two,), (three,) = [await said(store, n) for n in (1, 2, 3)]
        assert one.audience == two.audience != three.audience
        assert await usable(store, one, three)
        assert not await usable(store, three, one)

    run(body)


def test_who_is_not_told_is_taken_to_have_stayed(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "one", number="1", author="ana")
        await say(store, "two", number="2", author="bo")
        await say(store, "three", number="3", author="ana")
        one, two, three = await said(store)
        assert two.audience == three.audience != one.audience
        assert not await usable(store, one, three)
        assert await usable(store, two, three)

    run(body)


def test_another_bot_has_heard_nothing(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "to bo", number="1")
        await say(store, "to eva", number="2", spot="u", bot="eva")
        (one,), (two,) = await said(store, 1), await said(store, 2)
        assert not await usable(store, one, two)

    run(body)


def test_who_joins_a_circle_reads_its_history_and_who_left_reads_no_more(run: Run) -> None:
    async def body(store: Store) -> None:
        await say_to(store, "early", "ana", circle="square", number="1")
        await say_to(store, "joined", "bo", circle="square", number="2")
        await store.left("library", "local", "square", somebody("bo"))
        await say_to(store, "late", "ana", circle="square", number="3")
        await say_to(store, "alone", "bo", number="4", spot="dm")
        early, joined, late = await said(store)
        (alone,) = await said(store, 2)
        assert early.audience == late.audience
        assert await usable(store, early, late)
        heard = [await usable(store, one, alone) for one in (early, joined, late)]
        assert heard == [True, True, False]
        await say_to(store, "back", "bo", circle="square", number="5")
        assert await usable(store, late, alone)
        assert not await usable(store, alone, late)

    run(body)


def test_history_hides_what_not_everybody_here_has_heard(run: Run) -> None:
    async def body(store: Store) -> None:
        for n, people in enumerate([["ana"], ["ana", "bo"], ["ana"], ["bo", "ana"]], 1):
            await say_to(store, f"m{n}", *people, number=str(n))
        newest = (await said(store))[-1]
        scope = await store.scope(newest.audience)
        span = await store.history(1, 4, 1000, frozenset(), scope)
        assert [m.text for m in span.messages] == ["m4", "m2"]
        assert [m.text for m in span.hidden] == ["m3", "m1"]
        assert not span.older

    run(body)


def test_a_reply_is_refused_where_somebody_joined_meanwhile(run: Run) -> None:
    async def body(store: Store) -> None:
        await say_to(store, "a secret", "ana", number="1")
        taken = await lease(store)
        await say_to(store, "hello", "bo", "ana", number="2")
        with pytest.raises(LeaseLost, match="joined"):
            await store.finish(taken, reply())
        again = await lease(store)
        assert [m.text for m in again.waiting] == ["a secret", "hello"]
        assert await store.finish(again, reply()) is not None
        await say_to(store, "only us", "ana", number="3")
        taken = await lease(store)
        assert taken.conversation.audience == (await said(store))[-1].audience

    run(body)


def test_a_reply_stands_where_somebody_left_meanwhile(run: Run) -> None:
    async def body(store: Store) -> None:
        await say_to(store, "to both", "ana", "bo", number="1")
        taken = await lease(store)
        await say_to(store, "alone", "ana", number="2")
        assert await store.finish(taken, reply()) is not None

    run(body)


def test_a_blank_window_is_an_audience_of_its_own(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "before", number="1")
        await store.set_head(1, None, "w")
        await say(store, "within", number="2")
        await store.set_head(1, None, None)
        await say(store, "after", number="3")
        before, within, after = await said(store)
        assert before.audience == after.audience != within.audience
        for one, here in ((before, within), (within, after)):
            assert not await usable(store, one, here)
        scope = await store.scope(before.audience, within.audience)
        assert scope.here.window == "w"

    run(body)


def test_what_is_no_audience_is_told(run: Run) -> None:
    async def body(store: Store) -> None:
        with pytest.raises(NotThere):
            await store.scope(99)

    run(body)


def test_linked_identities_are_one_person_until_they_part(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "one", number="1", author="ana")
        await say(store, "two", number="2", author="ana", channel="web")
        await say(store, "three", number="3", author="eva", channel="web", spot="u")
        (one,), (two,), (three,) = [await said(store, n) for n in (1, 2, 3)]
        assert not await usable(store, one, two)
        mine, theirs = await person(store, "ana"), await person(store, "ana", "web")
        await store.offer_link(mine.id, "CODE", 100)
        assert await store.link(theirs.id, "WRONG", 50) is None
        assert await store.link(theirs.id, "CODE", 101) is None
        await store.offer_link(mine.id, "CODE", 100)
        joined = await store.link(theirs.id, "CODE", 50)
        assert joined is not None
        assert joined.platform_id == "ana"
        assert await store.link(theirs.id, "CODE", 50) is None
        both = await person(store, "ana", "web")
        assert both == await person(store, "ana")
        assert both.numbers == (mine.id, theirs.id)
        assert await usable(store, one, two)
        assert await usable(store, two, one)
        assert not await usable(store, one, three)
        assert (await store.scope_of("bo", both)).allows(two.audience, two.number)
        assert [one.numbers for one in await store.people()] == [both.numbers, (3,)]
        assert await store.unlink(mine.id)
        assert not await store.unlink(mine.id)
        assert not await usable(store, one, two)
        assert len(await store.people()) == 3

    run(body)


def test_the_rest_stay_together_when_one_parts(run: Run) -> None:
    async def body(store: Store) -> None:
        for n, name in enumerate(["a", "b", "c"], 1):
            await say(store, number=str(n), author=name, spot=name)
        for other in (2, 3):
            await store.offer_link(1, f"code{other}", 9)
            assert await store.link(other, f"code{other}", 1) is not None
        assert await store.unlink(1)
        assert sorted(one.numbers for one in await store.people()) == [(1,), (2, 3)]

    run(body)


def past(n: int, parent: int | None = None, role: str = "user") -> Past:
    return Past(
        id=f"p{n}",
        parent=None if parent is None else f"p{parent}",
        role=role,  # type: ignore[arg-type]
        name=None,
        text=f"said {n}",
        tokens=5,
        said_at=n * 1000,
    )


def test_a_past_is_taken_in_once_with_its_branches(run: Run) -> None:
    async def body(store: Store) -> None:
        told = [past(1), past(2, 1, "assistant"), past(3, 2), past(4, 2), past(5, 4, "assistant")]
        where = place("trip")
        ana = somebody("ana")
        assert await store.take_in(where, "bo", ana, told[:3], "p3", 9) == 3
        assert await store.take_in(where, "bo", ana, told, "p5", 9) == 2
        assert await store.take_in(where, "bo", ana, told, "p5", 9) == 0
        found = await store.conversation(where)
        assert found is not None
        assert (found.head, found.created_at, found.updated_at) == (5, 1000, 3000)
        tree = await said(store)
        assert [(m.seq, m.parent, m.depth, m.path_tokens, m.said_at) for m in tree] == [
            (1, None, 0, 5, 1000),
            (2, 1, 1, 10, 2000),
            (3, 2, 2, 15, 3000),
            (4, 2, 2, 15, 4000),
            (5, 4, 3, 20, 5000),
        ]
        assert await store.waiting(10, ["bo"]) == []
        outcome = await store.outcome(1, 1)
        assert outcome is not None
        assert (outcome.kind, outcome.reason) == ("unanswered", "imported")
        await say(store, "and now?", number="x", spot="trip")
        assert [m.text for m in (await lease(store)).waiting] == ["and now?"]
        assert await store.take_in(where, "bo", ana, [*told, past(6, 5)], "p6", 9) == 1
        after = await store.conversation(where)
        assert after is not None
        assert after.head == 6

    run(body)


def test_a_past_beside_a_conversation_of_the_same_name(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "mine", number="1", spot="trip")
        await store.take_in(place("trip"), "bo", somebody("ana"), [past(1)], None, 9)
        spots = {one.place.spot for one in await store.conversations(None)}
        assert spots == {"trip", "trip (2)"}
        told = [replace(past(2), id="other")]
        await store.take_in(place("trip"), "bo", somebody("ana"), told, None, 9)
        assert await store.conversation(place("trip (3)")) is not None

    run(body)


def test_many_pasts_of_one_name_have_one_number_each(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "mine", number="1", spot="trip (7)")
        for number in range(1, 12):
            told = [replace(past(1), id=f"of {number}")]
            assert await store.take_in(place("trip"), "bo", somebody("ana"), told, None, 9) == 1
        spots = {one.place.spot for one in await store.conversations(None)}
        assert spots == {"trip", *(f"trip ({number})" for number in range(2, 13))}
        again = [replace(past(1), id="of 9"), replace(past(2), id="new of 9", parent="of 9")]
        assert await store.take_in(place("trip"), "bo", somebody("ana"), again, None, 9) == 1
        assert len(await store.conversations(None)) == 12

    run(body)
