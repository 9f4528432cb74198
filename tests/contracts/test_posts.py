"""Under which ids a platform shows what was said: every store keeps them, and finds by them."""

from __future__ import annotations

from collections.abc import Callable

from making import place
from stored import Body, answer, ending, lease, say
from tertulia.ports.store import Store
from tertulia.values.reply import Delivery

Run = Callable[[Body], None]


async def ready(store: Store) -> Delivery:
    (found,) = await store.deliveries("library", None)
    return found


def test_what_people_say_and_are_sent_is_found_by_the_platforms_ids(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, number="p1")
        here = place()
        assert await store.posted(here.channel, here.account, "p1") == "1.1"
        delivery = await answer(store)
        assert (delivery.answers, delivery.shown) == ("p1", ())
        assert await ready(store) == delivery
        await store.sent(delivery.id, ("a", "b"), 5)
        for id_ in ("a", "b"):
            assert await store.posted(here.channel, here.account, id_) == "1.2"
        assert await store.posted(here.channel, "another", "a") is None
        assert await store.posted(here.channel, here.account, "c") is None
        assert await store.deliveries("library", None) == []

    run(body)


def test_what_a_turn_shows_is_known_to_whoever_runs_it_next(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, number="p1")
        first = await lease(store)
        assert (first.opened.answers, first.opened.shown) == ("p1", ())
        await store.showing(first.opened.id, ["x", "y"])
        await store.showing(first.opened.id, ["x", "z"])
        assert await store.posted("library", place().account, "x") is None
        await store.release(first)
        again = await lease(store)
        assert again.opened.shown == ("x", "z")
        assert again.opened.nonce == first.opened.nonce
        delivery = await store.finish(again, ending())
        assert delivery is not None
        assert delivery.shown == ("x", "z")
        assert (await ready(store)).shown == ("x", "z")
        await store.sent(delivery.id, ("x",), 5)
        account = delivery.place.account
        assert await store.posted("library", account, "x") == "1.2"
        assert await store.posted("library", account, "z") is None

    run(body)


def test_what_a_turn_showed_that_said_nothing_is_no_more(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, number="p1")
        taken = await lease(store)
        await store.showing(taken.opened.id, ["x"])
        assert await store.finish(taken, ending(None, kind="unanswered")) is None
        await store.showing(taken.opened.id, ["x"])
        assert await store.posted("library", place().account, "x") is None

    run(body)


def test_of_each_spot_the_newest_that_somebody_said_is_told(run: Run) -> None:
    async def body(store: Store) -> None:
        assert await store.latest("library", place().account) == {}
        await say(store, number="p1", spot="t")
        await say(store, number="p2", spot="t")
        await say(store, number="p3", spot="u")
        delivery = await answer(store, number=1)
        await store.sent(delivery.id, ("p9",), 5)
        assert await store.latest("library", place().account) == {"t": "p2", "u": "p3"}
        assert await store.latest("discord", place().account) == {}

    run(body)


def test_a_thread_is_followed_through_what_was_expressly_answered(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "a question", number="1")
        await answer(store, "its answer")
        await say(store, "something else", number="2")
        await answer(store, "to something else")
        await say(store, "and then?", number="3", reply_to=2)
        assert await store.thread(1, [5]) == {1, 2, 5}
        await answer(store, "then that")
        await say(store, "really?", number="4", reply_to=6)
        assert await store.thread(1, [7]) == {1, 2, 5, 6, 7}
        assert await store.thread(1, [3]) is None
        assert await store.thread(1, [7, 3]) is None
        conversation = await store.conversation_numbered(1)
        assert conversation is not None
        only = await store.thread(1, [7])
        span = await store.history(1, 7, 10_000, frozenset({7}), None, only)
        assert [one.seq for one in span.messages] == [6, 5, 2, 1]
        await say(store, "myself?", number="5", reply_to=8)
        assert await store.thread(1, [8]) == {8}
        await say(store, "nobody?", number="6", reply_to=99)
        assert await store.thread(1, [9]) == {9, 99}

    run(body)
