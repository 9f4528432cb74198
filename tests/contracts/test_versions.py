"""Other versions of what was said, and turns that cover one path: the same on every store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Literal

import pytest

from making import place
from stored import Body, answer, ending, lease, message, say
from tertulia.ports.archive import Past
from tertulia.ports.store import Store
from tertulia.values.conversation import Conversation, Lease, Leased
from tertulia.values.errors import LeaseLost, NotThere
from tertulia.values.forgetting import Target
from tertulia.values.message import Author

Run = Callable[[Body], None]
STOPPED = {"kind": "unanswered", "finish_reason": "stopped", "usage": None}


async def talk(store: Store, number: int = 1) -> Conversation:
    found = await store.conversation_numbered(number)
    assert found is not None
    return found


Role = Literal["user", "assistant"]


async def tree(store: Store) -> dict[int, tuple[int | None, int, int, int | None]]:
    """Of each message: what it follows, its root, its depth, and what it stands beside."""
    said = await store.transcript(1)
    return {one.seq: (one.parent, one.root, one.depth, one.instead_of) for one in said}


async def what_became(store: Store, seq: int) -> tuple[str, str | None, int | None] | None:
    """A message's outcome: its kind, its reason, and the seq of what carries it."""
    found = await store.outcome(1, seq)
    if found is None:
        return None
    return found.kind, found.reason, found.delivery.seq if found.delivery else None


async def regenerate(store: Store, reply: int, text: str | None = "anew", **more: object) -> Lease:
    assert await store.ask_again(1, reply, go_on=False)
    taken = await lease(store)
    await store.finish(taken, ending(text, **more))
    return taken


def test_another_version_stands_beside_the_first(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "one", number="a")
        await answer(store)
        await say(store, "two", number="b")
        await answer(store)
        edit = await say(store, "two, I mean", number="c", instead_of=3)
        assert (edit.seq, edit.duplicate) == (5, False)
        again = await say(store, "two, I say", number="d", instead_of=5)
        assert await tree(store) == {
            1: (None, 1, 0, None),
            2: (1, 1, 1, None),
            3: (2, 1, 2, None),
            4: (3, 1, 3, None),
            5: (2, 1, 2, 3),
            6: (2, 1, 2, 3),
        }
        made, before = await message(store, 5), await message(store, 2)
        assert made.path_tokens == before.path_tokens + made.tokens
        assert (await talk(store)).head == again.seq
        assert (await say(store, "two, I say", number="d", instead_of=5)).duplicate

    run(body)


def test_another_version_of_the_first_message_is_a_root(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "one", number="a")
        await say(store, "two", number="b", instead_of=1)
        await say(store, "three", number="c")
        assert await tree(store) == {
            1: (None, 1, 0, None),
            2: (None, 2, 0, 1),
            3: (2, 2, 1, None),
        }
        assert (await message(store, 2)).path_tokens == (await message(store, 2)).tokens

    run(body)


@pytest.mark.parametrize("seq", [2, 3, 9])
def test_another_version_of_what_nobody_said_follows_the_head(run: Run, seq: int) -> None:
    async def body(store: Store) -> None:
        await say(store, "one", number="a")
        await answer(store)
        await say(store, "two", number="b")
        await answer(store, "sorry", kind="notice")
        await say(store, "three", number="c", instead_of=seq if seq != 3 else 4)
        assert (await tree(store))[5] == (3, 1, 3, None)

    run(body)


def test_versions_that_come_at_once_stand_where_they_belong(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "one", number="a")
        await answer(store)
        await say(store, "two", number="b")
        await answer(store)
        told = [
            say(store, "three", number="c"),
            say(store, "two, I mean", number="d", instead_of=3),
            say(store, "elsewhere", number="e", spot="u"),
            say(store, "two, I say", number="f", instead_of=3),
            say(store, "two, I say", number="f", instead_of=3),
            say(store, "four", number="g"),
        ]
        accepted = await asyncio.gather(*told)
        assert [one.seq for one in accepted] == [5, 6, 1, 7, 7, 8]
        made = await tree(store)
        assert [made[seq] for seq in (5, 6, 7, 8)] == [
            (4, 1, 4, None),
            (2, 1, 2, 3),
            (2, 1, 2, 3),
            (7, 1, 3, None),
        ]

    run(body)


def test_another_version_is_said_in_the_window_of_the_first(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "one", number="a")
        await answer(store)
        await store.set_head(1, None, "blank")
        await say(store, "apart", number="b")
        await answer(store)
        apart = await message(store, 3)
        await say(store, "one, I mean", number="c", instead_of=1)
        first, edit = await message(store, 1), await message(store, 5)
        assert edit.audience == first.audience != apart.audience
        await answer(store)
        await say(store, "apart, I mean", number="d", instead_of=3)
        assert (await message(store, 7)).audience == apart.audience
        await say(store, "and on", number="e")
        assert (await message(store, 8)).audience == apart.audience

    run(body)


def test_a_turn_covers_what_waits_on_one_path(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "one", number="a")
        await say(store, "aside", number="b", unanswered="not addressed")
        await say(store, "two", number="c")
        await say(store, "one, I mean", number="d", instead_of=1)
        await say(store, "three", number="e")
        first = await lease(store)
        assert [one.seq for one in first.waiting] == [1, 3]
        assert first.conversation.head == 3
        assert await store.finish(first, ending("to one and two"))
        assert await store.waiting(10, ["bo"]) == [1]
        second = await lease(store)
        assert [one.seq for one in second.waiting] == [4, 5]
        assert second.conversation.head == 5
        assert await store.finish(second, ending("to the other"))
        assert await store.waiting(10, ["bo"]) == []
        assert [await what_became(store, seq) for seq in (1, 3, 4, 5)] == [
            ("reply", None, 6),
            ("reply", None, 6),
            ("reply", None, 7),
            ("reply", None, 7),
        ]
        made = await tree(store)
        assert (made[6][0], made[7][0]) == (3, 5)
        assert (await talk(store)).head == 7

    run(body)


def test_what_waits_behind_a_late_reply_is_on_its_path(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "one", number="a")
        first = await lease(store)
        await say(store, "two", number="b")
        assert await store.finish(first, ending("to one"))
        await say(store, "three", number="c")
        second = await lease(store)
        assert [one.seq for one in second.waiting] == [2, 4]
        assert second.conversation.head == 4

    run(body)


def test_a_version_between_two_that_wait_parts_them(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "one", number="a")
        await answer(store)
        await say(store, "two", number="b")
        await say(store, "one, I mean", number="c", instead_of=1)
        for seq in (3, 4):
            taken = await lease(store)
            assert [one.seq for one in taken.waiting] == [seq]
            await store.finish(taken, ending())
        assert await store.claim(1, "me", 10, 20) is None

    run(body)


def test_two_versions_that_wait_are_answered_one_by_one(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "one", number="a")
        await answer(store)
        await say(store, "two", number="b")
        await say(store, "two, I mean", number="c", instead_of=3)
        await say(store, "three", number="d")
        first = await lease(store)
        assert ([one.seq for one in first.waiting], first.conversation.head) == ([3], 3)
        await store.finish(first, ending())
        second = await lease(store)
        assert ([one.seq for one in second.waiting], second.conversation.head) == ([4, 5], 5)
        await store.finish(second, ending())
        made = await tree(store)
        assert (made[6], made[7]) == ((3, 1, 3, None), (5, 1, 4, None))

    run(body)


def test_a_reply_to_what_was_edited_meanwhile_stands_beside(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "one", number="a")
        taken = await lease(store)
        await say(store, "one, I mean", number="b", instead_of=1)
        assert await store.finish(taken, ending("to the first"))
        made = await tree(store)
        assert made[3] == (1, 1, 1, None)
        assert (await talk(store)).head == 2
        await answer(store, "to the other")
        assert (await tree(store))[4] == (2, 2, 1, None)
        assert (await talk(store)).head == 4

    run(body)


def test_a_late_reply_to_another_path_of_the_same_window_stands_beside(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "one", number="a")
        await answer(store)
        await say(store, "two", number="b")
        taken = await lease(store)
        await say(store, "two, I mean", number="c", instead_of=3)
        await store.finish(taken, ending())
        assert (await tree(store))[5] == (3, 1, 3, None)
        assert (await talk(store)).head == 4

    run(body)


def test_a_reply_is_made_anew_beside_the_old_one(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "one", number="a")
        await say(store, "two", number="b")
        old = await answer(store, "first")
        assert await store.ask_again(1, 3, go_on=False)
        assert await store.waiting(10, ["bo"]) == [1]
        assert (await talk(store)).again == 3
        taken = await lease(store)
        assert taken.again == await message(store, 3)
        assert [one.seq for one in taken.waiting] == [1, 2]
        assert (taken.conversation.head, taken.conversation.go_on) == (2, False)
        made = await store.finish(taken, ending("second", ended_at=7))
        assert made is not None
        assert (made.covers, made.seq, made.text) == ((1, 2), 4, "second")
        assert (await tree(store))[4] == (2, 1, 2, 3)
        after = await talk(store)
        assert (after.head, after.again, after.answered_seq) == (4, None, 2)
        assert await store.claim(1, "me", 10, 20) is None
        assert [await what_became(store, seq) for seq in (1, 2)] == [("reply", None, 4)] * 2
        ready = await store.deliveries("library", None)
        assert [(one.id, one.text) for one in ready] == [(old.id, "first"), (made.id, "second")]

    run(body)


def test_any_version_can_be_made_anew_and_gone_on_with(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "one", number="a")
        await answer(store, "first")
        await regenerate(store, 2)
        await regenerate(store, 2)
        assert await store.ask_again(1, 3, go_on=True)
        taken = await lease(store)
        assert taken.again is not None
        assert (taken.again.seq, taken.conversation.go_on) == (3, True)
        assert [one.seq for one in taken.waiting] == [1]
        await store.finish(taken, ending("further"))
        assert [(await tree(store))[seq] for seq in (3, 4, 5)] == [(1, 1, 1, 2)] * 3
        after = await talk(store)
        assert (after.head, after.go_on) == (5, False)
        assert await what_became(store, 1) == ("reply", None, 5)

    run(body)


def test_an_older_reply_made_anew_is_the_head(run: Run) -> None:
    async def body(store: Store) -> None:
        for number in ("a", "b"):
            await say(store, number, number=number)
            await answer(store)
        taken = await regenerate(store, 2)
        assert taken.conversation.head == 1
        after = await talk(store)
        assert (after.head, after.answered_seq) == (5, 3)
        await say(store, "on", number="c")
        assert (await tree(store))[6] == (5, 1, 2, None)

    run(body)


def test_a_reply_in_an_earlier_window_is_made_anew_there(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "apart", number="a", spot="t")
        await store.set_head(1, None, "blank")
        await say(store, "in the blank one", number="b")
        first = await lease(store)
        assert [one.seq for one in first.waiting] == [1]
        await store.finish(first, ending("to the first"))
        await answer(store, "to the blank one")
        await store.set_head(1, None, None)
        await regenerate(store, 4)
        blank, made = await message(store, 2), await message(store, 5)
        assert made.audience == blank.audience == (await talk(store)).audience
        await say(store, "on", number="c")
        assert (await message(store, 6)).audience == blank.audience

    run(body)


def test_what_cannot_be_made_anew_is_not_there(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "one", number="a")
        await answer(store)
        for seq in (1, 9):
            with pytest.raises(NotThere, match=r"no reply that can be made anew"):
                await store.ask_again(1, seq, go_on=False)
        with pytest.raises(NotThere):
            await store.ask_again(2, 2, go_on=False)
        assert await store.claim(1, "me", 10, 20) is None

    run(body)


def test_nothing_is_made_anew_while_something_waits_or_runs(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "one", number="a")
        await answer(store)
        assert await store.ask_again(1, 2, go_on=False)
        assert not await store.ask_again(1, 2, go_on=True)
        assert not await store.switch(1, 1)
        await store.finish(await lease(store), ending())
        await say(store, "two", number="b")
        assert not await store.ask_again(1, 2, go_on=False)
        taken = await lease(store)
        assert not await store.ask_again(1, 2, go_on=False)
        assert not await store.switch(1, 2)
        await store.finish(taken, ending())
        assert await store.ask_again(1, 2, go_on=False)
        assert not (await talk(store)).go_on

    run(body)


def test_what_is_said_meanwhile_goes_first(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "one", number="a")
        await answer(store)
        assert await store.ask_again(1, 2, go_on=False)
        await say(store, "two", number="b")
        first = await lease(store)
        assert (first.again, [one.seq for one in first.waiting]) == (None, [3])
        await store.finish(first, ending("to two"))
        second = await lease(store)
        assert second.again is not None
        assert [one.seq for one in second.waiting] == [1]
        await store.finish(second, ending("anew"))
        assert await tree(store) == {
            1: (None, 1, 0, None),
            2: (1, 1, 1, None),
            3: (2, 1, 2, None),
            4: (3, 1, 3, None),
            5: (1, 1, 1, 2),
        }
        after = await talk(store)
        assert (after.head, after.answered_seq) == (5, 3)

    run(body)


def test_a_message_that_comes_while_it_is_made_anew_waits_for_the_next_turn(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "one", number="a")
        await answer(store)
        assert await store.ask_again(1, 2, go_on=False)
        taken = await lease(store)
        await say(store, "two", number="b")
        await store.finish(taken, ending("anew"))
        after = await talk(store)
        assert (after.head, after.answered_seq) == (3, 1)
        rest = await lease(store)
        assert [one.seq for one in rest.waiting] == [3]
        assert rest.conversation.head == 3
        await store.finish(rest, ending("to two"))
        assert (await tree(store))[5] == (3, 1, 3, None)
        assert (await talk(store)).head == 5

    run(body)


def test_a_failed_version_is_told_beside_and_changes_nothing(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "one", number="a")
        old = await answer(store)
        assert await store.ask_again(1, 2, go_on=False)
        failed = await answer(store, "sorry", kind="notice", cause="why", tokens=0)
        assert (failed.kind, failed.seq, failed.covers) == ("notice", 3, ())
        assert (await store.deliveries("library", None))[-1] == failed
        assert (await tree(store))[3] == (1, 1, 1, None)
        assert await what_became(store, 1) == ("reply", None, old.seq)
        after = await talk(store)
        assert (after.head, after.again) == (2, None)
        assert await store.claim(1, "me", 10, 20) is None

    run(body)


def test_a_version_that_is_stopped_before_a_word_changes_nothing(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "one", number="a")
        await answer(store)
        assert await store.ask_again(1, 2, go_on=False)
        assert await store.finish(await lease(store), ending(None, **STOPPED)) is None
        assert await what_became(store, 1) == ("reply", None, 2)
        after = await talk(store)
        assert (after.head, after.again, after.last_seq) == (2, None, 2)
        assert await store.claim(1, "me", 10, 20) is None
        assert len(await store.deliveries("library", None)) == 1

    run(body)


def test_a_turn_that_was_lost_is_made_anew_by_the_next(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "one", number="a")
        await answer(store)
        assert await store.ask_again(1, 2, go_on=True)
        lost = await lease(store)
        assert await store.claim(1, "you", 109, 200) == Leased(until=110)
        taken = await store.claim(1, "you", 110, 200)
        assert isinstance(taken, Lease)
        assert (taken.again, taken.opened) == (lost.again, lost.opened)
        with pytest.raises(LeaseLost):
            await store.finish(lost, ending())
        await store.release(taken)
        assert (await talk(store)).again == 2
        await store.finish(await lease(store), ending())
        assert (await talk(store)).again is None

    run(body)


def test_a_failure_can_be_tried_again(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "one", number="a")
        await answer(store, "sorry", kind="notice")
        assert await store.ask_again(1, 2, go_on=True)
        taken = await lease(store)
        assert taken.again == await message(store, 2)
        assert ([one.seq for one in taken.waiting], taken.conversation.head) == ([1], 1)
        assert not taken.conversation.go_on
        await store.finish(taken, ending("at last"))
        assert await tree(store) == {
            1: (None, 1, 0, None),
            2: (1, 1, 1, None),
            3: (1, 1, 1, None),
        }
        assert (await talk(store)).head == 3
        assert await what_became(store, 1) == ("reply", None, 3)
        # The notice stands for what covers it now.
        assert await store.ask_again(1, 2, go_on=False)
        assert (await talk(store)).again == 3

    run(body)


def test_what_fails_twice_can_be_tried_again_from_either(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "one", number="a")
        await answer(store, "sorry", kind="notice")
        await regenerate(store, 2, "sorry again", kind="notice")
        assert await what_became(store, 1) == ("notice", None, 2)
        await regenerate(store, 3)
        assert await what_became(store, 1) == ("reply", None, 4)
        await say(store, "two", number="b")
        await store.finish(await lease(store), ending(None, **STOPPED))
        await regenerate(store, 3, "sorry", kind="notice")
        assert (await talk(store)).head == 5

    run(body)


def test_what_was_tried_again_follows_what_was_said_since(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "one", number="a")
        await answer(store, "sorry", kind="notice")
        await say(store, "two", number="b")
        await answer(store, "to two")
        taken = await regenerate(store, 2, "at last")
        assert taken.conversation.head == 1
        assert (await tree(store))[5] == (4, 1, 3, None)
        assert (await talk(store)).head == 5

    run(body)


def test_what_was_tried_again_elsewhere_is_gone_to(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "one", number="a")
        await answer(store, "sorry", kind="notice")
        await say(store, "one, I mean", number="b", instead_of=1)
        await answer(store, "to the other")
        await regenerate(store, 2, "at last")
        assert (await tree(store))[5] == (1, 1, 1, None)
        assert (await talk(store)).head == 5

    run(body)


def test_a_notice_beside_a_forgotten_reply_stands_for_nothing(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "one", number="a")
        await answer(store)
        await regenerate(store, 2, "sorry", kind="notice")
        gone = await message(store, 2)
        await store.forget(Target(kind="message", numbers=(gone.number,)), "all", 1)
        with pytest.raises(NotThere):
            await store.ask_again(1, 3, go_on=False)

    run(body)


def test_what_was_covered_and_is_forgotten_is_not_made_anew(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "one", number="a")
        await answer(store)
        assert await store.ask_again(1, 2, go_on=False)
        taken = await lease(store)
        said = await message(store, 1)
        await store.forget(Target(kind="message", numbers=(said.number,)), "quoting", 1)
        with pytest.raises(LeaseLost):
            await store.finish(taken, ending())
        assert await store.claim(1, "me", 10, 20) is None
        assert (await talk(store)).again is None
        assert await store.waiting(10, ["bo"]) == []
        await say(store, "two", number="b")
        await answer(store)

    run(body)


def test_a_reply_that_is_forgotten_is_not_made_anew(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "one", number="a")
        await answer(store)
        assert await store.ask_again(1, 2, go_on=True)
        told = await message(store, 2)
        await store.forget(Target(kind="message", numbers=(told.number,)), "all", 1)
        after = await talk(store)
        assert (after.again, after.go_on, after.head) == (None, False, 1)
        assert await store.claim(1, "me", 10, 20) is None

    run(body)


def test_a_version_whose_fellow_is_forgotten_still_covers(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "one", number="a")
        await answer(store, "first")
        await regenerate(store, 2)
        later = await message(store, 3)
        await store.forget(Target(kind="message", numbers=(later.number,)), "all", 1)
        taken = await regenerate(store, 2, "third")
        assert [one.seq for one in taken.waiting] == [1]
        assert (await tree(store))[4] == (1, 1, 1, 2)
        assert await what_became(store, 1) == ("reply", None, 4)

    run(body)


def test_an_imported_reply_can_be_made_anew(run: Run) -> None:
    async def body(store: Store) -> None:
        told = [
            Past(
                id=f"import:{n}",
                parent=f"import:{n - 1}" if n else None,
                role="assistant" if n % 2 else "user",
                name=None,
                text=text,
                tokens=5,
                said_at=n,
            )
            for n, text in enumerate(["one", "first"])
        ]
        ana = Author(platform_id="ana", name="ana")
        assert await store.take_in(place(), "bo", ana, told, "import:1", 1) == 2
        taken = await regenerate(store, 2)
        assert [one.seq for one in taken.waiting] == [1]
        assert (await tree(store))[3] == (1, 1, 1, 2)
        assert await what_became(store, 1) == ("reply", None, 3)

    run(body)


def test_imported_versions_stand_beside_each_other_whenever_they_come(run: Run) -> None:
    def told(number: int, parent: int | None, first: int | None, role: Role = "user") -> Past:
        return Past(
            id=f"import:{number}",
            parent=None if parent is None else f"import:{parent}",
            role=role,
            name=None,
            text=f"text {number}",
            tokens=5,
            said_at=number,
            instead_of=None if first is None else f"import:{first}",
        )

    async def body(store: Store) -> None:
        ana = Author(platform_id="ana", name="ana")
        first = [told(1, None, None), told(2, 1, None, "assistant"), told(3, 1, 2, "assistant")]
        assert await store.take_in(place(), "bo", ana, first, "import:2", 1) == 3
        assert (await tree(store))[3] == (1, 1, 1, 2)
        assert await store.switch(1, 3)
        assert (await talk(store)).head == 3
        more = [*first, told(4, 1, 2, "assistant"), told(5, None, 1), told(6, 5, 2, "assistant")]
        assert await store.take_in(place(), "bo", ana, more, "import:2", 1) == 3
        grown = await tree(store)
        assert grown[4] == (1, 1, 1, 2)
        assert grown[5] == (None, 5, 0, 1)
        # What does not follow the same message is no version of it, whatever a file says.
        assert grown[6] == (5, 5, 1, None)
        reply = await message(store, 2)
        await store.forget(Target(kind="message", numbers=(reply.number,)), "quoting", 1)
        assert (await tree(store))[4] == (1, 1, 1, 3)

    run(body)


def test_one_switches_to_the_newest_behind_a_version(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "one", number="a")
        await answer(store)
        await say(store, "two", number="b")
        await answer(store)
        await say(store, "one, I mean", number="c", instead_of=1)
        await answer(store, "sorry", kind="notice")
        assert await store.switch(1, 1)
        assert (await talk(store)).head == 4
        await say(store, "three", number="d")
        assert (await tree(store))[7] == (4, 1, 4, None)
        await answer(store)
        assert await store.switch(1, 5)
        assert (await talk(store)).head == 5
        assert await store.switch(1, 2)
        assert (await talk(store)).head == 8
        assert await store.switch(1, 8)
        assert (await talk(store)).head == 8
        for seq in (6, 9):
            with pytest.raises(NotThere, match="nothing was changed"):
                await store.switch(1, seq)

    run(body)


def test_what_is_on_another_branch_is_told(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "one", number="a")
        await answer(store)
        await say(store, "one, I mean", number="b", instead_of=1)
        await answer(store)
        await store.set_head(1, None, None)
        await say(store, "elsewhere", number="c", spot="u")
        await answer(store, number=2)
        await say(store, "elsewhere, I mean", number="d", spot="u", instead_of=1)
        ids = ["1.1", "1.2", "1.3", "1.4", "2.1", "2.2", "2.3"]
        assert await store.aside(1, 4, ids) == {"1.1", "1.2", "2.1", "2.2"}
        assert await store.aside(1, 2, ids[:4]) == {"1.3", "1.4"}
        assert await store.aside(1, None, ids[:4]) == frozenset()
        assert await store.aside(1, 4, ["1.4"]) == frozenset()

    run(body)


def test_one_switches_into_the_window_of_what_is_there(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "one", number="a")
        await answer(store)
        await store.set_head(1, None, "blank")
        await say(store, "apart", number="b")
        await answer(store)
        first, apart = await message(store, 1), await message(store, 3)
        assert await store.switch(1, 1)
        assert ((await talk(store)).head, (await talk(store)).audience) == (2, first.audience)
        assert await store.switch(1, 3)
        assert (await talk(store)).audience == apart.audience
        await say(store, "on", number="c")
        assert (await message(store, 5)).audience == apart.audience

    run(body)
