"""What every store must do, run on each that is installed under the entry points."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from making import place
from stored import Body, answer, ending, lease, say
from tertulia.ports.store import Store
from tertulia.values.conversation import Lease, Leased, Summary
from tertulia.values.errors import LeaseLost
from tertulia.values.message import Accepted


def test_a_message_is_stored_once_for_its_platform_id(run: Callable[[Body], None]) -> None:
    async def body(store: Store) -> None:
        first = await say(store, "one", number="a")
        second = await say(store, "two", number="b")
        again = await say(store, "one, redelivered", number="a")
        assert first == Accepted(conversation=1, seq=1, duplicate=False)
        assert second == Accepted(conversation=1, seq=2, duplicate=False)
        assert again == Accepted(conversation=1, seq=1, duplicate=True)
        elsewhere = await say(store, number="a", spot="u")
        assert elsewhere.duplicate
        assert not (await say(store, number="a", channel="other")).duplicate
        assert [m.text for m in await store.transcript(1)] == ["one", "two"]

    run(body)


def test_the_same_message_many_times_at_once_is_stored_once(run: Callable[[Body], None]) -> None:
    async def body(store: Store) -> None:
        said = [say(store, number=str(n % 50), spot=str(n % 7)) for n in range(500)]
        accepted = await asyncio.gather(*said)
        assert sum(not each.duplicate for each in accepted) == 50
        assert len({(each.conversation, each.seq) for each in accepted}) == 50

    run(body)


def test_messages_follow_each_other_and_sum_their_tokens(run: Callable[[Body], None]) -> None:
    async def body(store: Store) -> None:
        for n in range(3):
            await say(store, "hello " * n, number=str(n), name="Ana", now=5)
        messages = await store.transcript(1)
        assert [(m.seq, m.parent, m.root, m.depth) for m in messages] == [
            (1, None, 1, 0),
            (2, 1, 1, 1),
            (3, 2, 1, 2),
        ]
        assert messages[2].path_tokens == sum(m.tokens for m in messages)
        assert {m.name for m in messages} == {"Ana"}
        assert messages[0].said_at == 1_700_000_000_000

    run(body)


def test_odd_text_comes_back_as_it_was(run: Callable[[Body], None]) -> None:
    async def body(store: Store) -> None:
        texts = ["", " ", "ñ 漢字 👩‍👩‍👧", "a'b\";--", "x" * 200_000, "<|endoftext|>"]
        for n, text in enumerate(texts):
            await say(store, text, number=str(n))
        assert [m.text for m in await store.transcript(1)] == texts

    run(body)


def test_a_lease_gives_what_waits_and_shuts_others_out(run: Callable[[Body], None]) -> None:
    async def body(store: Store) -> None:
        assert await store.claim(1, "me", 10, 20) is None
        await say(store, "one", number="a")
        await say(store, "two", number="b")
        taken = await lease(store)
        assert [m.text for m in taken.waiting] == ["one", "two"]
        assert (taken.upto, taken.epoch, taken.conversation.bot) == (2, 1, "bo")
        assert await store.claim(1, "you", 109, 200) == Leased(until=110)
        assert await store.waiting(109, ["bo"]) == []
        assert await store.waiting(110, ["bo"]) == [1]
        later = await store.claim(1, "you", 110, 200)
        assert isinstance(later, Lease)
        assert (later.epoch, later.opened) == (2, taken.opened)

    run(body)


def test_a_lease_can_be_renewed_released_and_lost(run: Callable[[Body], None]) -> None:
    async def body(store: Store) -> None:
        await say(store)
        taken = await lease(store)
        assert await store.renew("me", [1, 2], 500) == {1}
        assert await store.renew("you", [1], 900) == frozenset()
        assert await store.claim(1, "you", 400, 600) == Leased(until=500)
        await store.release(taken)
        assert isinstance(await store.claim(1, "you", 20, 30), Lease)
        assert await store.renew("me", [1], 900) == frozenset()
        await store.release(taken)
        assert isinstance(await store.claim(1, "us", 25, 30), Leased)
        with pytest.raises(LeaseLost, match="was not stored"):
            await store.finish(taken, ending())
        assert [m.role for m in await store.transcript(1)] == ["user"]
        assert await store.outcome(1, 1) is None

    run(body)


def test_an_old_epoch_of_the_same_owner_is_refused(run: Callable[[Body], None]) -> None:
    async def body(store: Store) -> None:
        await say(store)
        old = await lease(store)
        new = await lease(store, now=20)
        with pytest.raises(LeaseLost):
            await store.finish(old, ending())
        assert await store.finish(new, ending()) is not None
        with pytest.raises(LeaseLost):
            await store.finish(new, ending())

    run(body)


def test_a_reply_covers_what_waited_and_no_more(run: Callable[[Body], None]) -> None:
    async def body(store: Store) -> None:
        await say(store, number="a")
        await say(store, number="b")
        taken = await lease(store)
        await say(store, number="c")
        delivery = await store.finish(taken, ending())
        assert delivery is not None
        assert (delivery.covers, delivery.seq, delivery.place) == ((1, 2), 4, place())
        assert (delivery.notes, delivery.cost) == (("a note",), 0.5)
        for seq in (1, 2):
            outcome = await store.outcome(1, seq)
            assert outcome is not None
            assert outcome.delivery == delivery
        assert await store.outcome(1, 3) is None
        assert [m.seq for m in (await lease(store)).waiting] == [3]
        reply = (await store.transcript(1))[3]
        assert (reply.role, reply.parent, reply.depth) == ("assistant", 3, 3)

    run(body)


def test_a_notice_stands_beside_the_path(run: Callable[[Body], None]) -> None:
    async def body(store: Store) -> None:
        await say(store, "one", number="a")
        notice = await answer(store, "sorry", kind="notice", tokens=0, cause="why")
        assert (notice.kind, notice.cause) == ("notice", "why")
        await say(store, "two", number="b")
        messages = await store.transcript(1)
        assert [(m.role, m.parent) for m in messages] == [
            ("user", None),
            ("notice", 1),
            ("user", 1),
        ]
        span = await store.history(1, 3, 1000, frozenset(), None)
        assert [m.text for m in span.messages] == ["two", "one"]

    run(body)


def test_nothing_said_leaves_no_delivery(run: Callable[[Body], None]) -> None:
    async def body(store: Store) -> None:
        await say(store)
        stopped = ending(None, kind="unanswered", finish_reason="stopped", usage=None)
        assert await store.finish(await lease(store), stopped) is None
        outcome = await store.outcome(1, 1)
        assert outcome is not None
        assert (outcome.kind, outcome.reason, outcome.delivery) == ("unanswered", "stopped", None)
        assert await store.claim(1, "me", 10, 20) is None
        await say(store, number="b")
        assert len((await lease(store)).waiting) == 1

    run(body)


def test_messages_not_addressed_wait_for_nothing(run: Callable[[Body], None]) -> None:
    async def body(store: Store) -> None:
        await say(store, number="a", unanswered="not addressed")
        assert await store.claim(1, "me", 10, 20) is None
        assert await store.waiting(10, ["bo"]) == []
        await say(store, number="b")
        await say(store, number="c", unanswered="not addressed")
        assert [m.seq for m in (await lease(store)).waiting] == [2]
        outcome = await store.outcome(1, 3)
        assert outcome is not None
        assert outcome.reason == "not addressed"

    run(body)


def test_deliveries_stay_ready_until_sent_or_given_up(run: Callable[[Body], None]) -> None:
    async def body(store: Store) -> None:
        for spot in ("t", "u"):
            await say(store, number=spot, spot=spot)
        first, second = await answer(store, number=1), await answer(store, number=2)
        assert first.nonce != second.nonce
        assert await store.deliveries("library", None) == [first, second]
        assert await store.deliveries("library", 2) == [second]
        assert await store.deliveries("discord", None) == []
        await store.unsent(first.id, "not now", final=False)
        (tried, _) = await store.deliveries("library", None)
        assert tried.attempts == 1
        await store.sent(first.id, ["p1", "p2"], 9)
        await store.unsent(second.id, "never", final=True)
        assert await store.deliveries("library", None) == []

    run(body)


def test_history_takes_what_fits_and_one_more(run: Callable[[Body], None]) -> None:
    async def body(store: Store) -> None:
        for n in range(300):
            await say(store, "hello", number=str(n))
        span = await store.history(1, 300, 25, frozenset(), None)
        assert [m.seq for m in span.messages] == [300, 299, 298, 297, 296, 295]
        assert span.older
        skipped = await store.history(1, 300, 5, frozenset({300, 298}), None)
        assert [m.seq for m in skipped.messages] == [299, 297]
        whole = await store.history(1, 300, 10_000, frozenset(), None)
        assert [m.seq for m in whole.messages] == list(range(300, 0, -1))
        assert not whole.older
        assert (await store.history(1, None, 100, frozenset(), None)).messages == ()
        first = await store.history(1, 2, 4, frozenset({1}), None)
        assert ([m.seq for m in first.messages], first.older) == ([2], False)

    run(body)


def test_a_head_set_back_makes_a_branch(run: Callable[[Body], None]) -> None:
    async def body(store: Store) -> None:
        for n in range(3):
            await say(store, f"m{n + 1}", number=str(n))
        await store.set_head(1, 1, None)
        await say(store, "other", number="x")
        span = await store.history(1, 4, 1000, frozenset(), None)
        assert [m.text for m in span.messages] == ["other", "m1"]
        await store.set_head(1, None, None)
        await say(store, "fresh", number="y")
        fresh = (await store.transcript(1))[-1]
        assert (fresh.parent, fresh.root, fresh.depth) == (None, 5, 0)
        assert fresh.path_tokens == fresh.tokens
        assert [m.seq for m in await store.stretch(1, None, 4, 1)] == [1, 4]
        assert [m.seq for m in await store.stretch(1, 1, 3, 1)] == [2, 3]

    run(body)


def test_a_reply_to_a_window_left_since_does_not_enter_the_new_one(
    run: Callable[[Body], None],
) -> None:
    async def body(store: Store) -> None:
        await say(store, "old", number="a")
        taken = await lease(store)
        await store.set_head(1, None, None)
        await say(store, "new", number="b")
        await store.finish(taken, ending("late"))
        found = await store.conversation(place())
        assert found is not None
        assert found.head == 2
        assert [(m.text, m.parent) for m in await store.transcript(1)] == [
            ("old", None),
            ("new", None),
            ("late", 1),
        ]

    run(body)


def test_summaries_are_found_on_their_own_path(run: Callable[[Body], None]) -> None:
    async def body(store: Store) -> None:
        for n in range(4):
            await say(store, number=str(n))
        assert await store.summary(1, 4, 1) is None
        for upto in (2, 3):
            made = Summary(
                id=0,
                conversation=1,
                audience=1,
                first=1,
                upto=upto,
                count=upto,
                covered=5 * upto,
                text=f"upto {upto}",
                tokens=3,
            )
            await store.add_summary(made, "m", 0, 5)
        assert [_text(await store.summary(1, seq, 1)) for seq in (1, 2, 3, 4)] == [
            None,
            "upto 2",
            "upto 3",
            "upto 3",
        ]
        await store.set_head(1, 2, None)
        await say(store, number="branch")
        assert _text(await store.summary(1, 5, 1)) == "upto 2"

    run(body)


def _text(summary: Summary | None) -> str | None:
    return summary.text if summary else None


def test_conversations_are_listed_the_newest_first(run: Callable[[Body], None]) -> None:
    async def body(store: Store) -> None:
        assert await store.conversation(place()) is None
        await say(store, number="a", spot="a", now=1)
        await say(store, number="b", spot="b", now=2)
        await say(store, number="c", spot="a", now=3)
        await say(store, number="d", channel="other", now=4, bot="ana")
        listed = await store.conversations(None)
        assert [(c.place.channel, c.place.spot, c.messages) for c in listed] == [
            ("other", "t", 1),
            ("library", "a", 2),
            ("library", "b", 1),
        ]
        assert [c.place.spot for c in await store.conversations("library")] == ["a", "b"]
        await store.set_model(1, "offline")
        found = await store.conversation(place("a"))
        assert found is not None
        assert (found.model, found.bot, found.last_seq, found.head) == ("offline", "bo", 2, 2)
        for model, by_owner, kept in (
            ("x:y", True, True),
            ("x:y", False, False),
            (None, True, False),
        ):
            await store.set_model(1, model, owners_pick=by_owner)
            picked = await store.conversation(place("a"))
            assert picked is not None
            assert (picked.model, picked.owners_pick) == (model, kept)

    run(body)


def test_factors_are_kept(run: Callable[[Body], None]) -> None:
    async def body(store: Store) -> None:
        assert await store.factors() == {}
        await store.set_factor("a", 1.5)
        await store.set_factor("a", 1.25)
        assert await store.factors() == {"a": 1.25}

    run(body)


def test_a_cancelled_caller_leaves_the_write_standing(run: Callable[[Body], None]) -> None:
    async def body(store: Store) -> None:
        tasks = [asyncio.create_task(say(store, number=str(n))) for n in range(20)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await say(store, number="last")
        assert len(await store.transcript(1)) == 21

    run(body)
