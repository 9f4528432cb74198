"""What people have used: every store counts it by the turns that cover what they said."""

from __future__ import annotations

from collections.abc import Callable

from making import place
from stored import Body, answer, say, say_to
from tertulia.ports.store import Store
from tertulia.values.used import Used

Run = Callable[[Body], None]


def test_turns_are_counted_once_for_each_who_had_them(run: Run) -> None:
    async def body(store: Store) -> None:
        here = place()
        assert await store.used(here.channel, here.account, 0) == Used()
        await say_to(store, "one", "ana", spot="t", number="1")
        await say_to(store, "two", "ben", spot="t", number="2")
        await answer(store)
        await say_to(store, "three", "ana", spot="u", number="3")
        await answer(store, number=2)
        await say_to(store, "waits", "ana", spot="u", number="4")
        all_ = await store.used(here.channel, here.account, 0)
        assert all_ == Used(messages=4, tokens=24, money=1.0)
        ana = await store.used(here.channel, here.account, 0, person="ana")
        assert ana == Used(messages=3, tokens=24, money=1.0)
        ben = await store.used(here.channel, here.account, 0, person="ben")
        assert ben == Used(messages=1, tokens=12, money=0.5)
        at = await store.used(here.channel, here.account, 0, spots=["u", "nowhere"])
        assert at == Used(messages=2, tokens=12, money=0.5)
        assert await store.used(here.channel, here.account, 0, spots=[]) == Used()
        assert await store.used(here.channel, here.account, 2) == Used()
        assert await store.used("discord", here.account, 0) == Used()

    run(body)


def test_what_wanted_no_reply_is_not_counted(run: Run) -> None:
    async def body(store: Store) -> None:
        here = place()
        await say(store, "not for you", unanswered="not addressed", number="1")
        assert await store.used(here.channel, here.account, 0) == Used()

    run(body)
