"""What a screen reads and changes: pages, lists, titles, attachments, written facts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from making import place
from reading import read, seqs, walk
from stored import Body, answer, ending, lease, message, say, say_to
from tertulia.ports.store import Store
from tertulia.values.attachment import Attached, Attachment
from tertulia.values.audience import EVER
from tertulia.values.conversation import Conversation, Summary
from tertulia.values.errors import NotThere, SettingsError
from tertulia.values.forgetting import Target
from tertulia.values.message import Author, Place
from tertulia.values.person import Person
from tertulia.values.prompt import Usage
from tertulia.values.shown import Ended, Page, Shown

Run = Callable[[Body], None]
PICTURE = Attachment(name="a.png", media_type="image/png", content=b"\x89PNG\0rest")
NOTE = Attachment(name="note.txt", media_type="text/plain", content=b"")


async def somebody(store: Store, name: str = "ana", where: Place | None = None) -> Person:
    who = Author(platform_id=name, name=name)
    return await store.meet(where or place(), who)


async def linked(store: Store, name: str, where: Place) -> Person:
    """Ana, who is `name` somewhere else as well."""
    first, other = await somebody(store), await somebody(store, name, where)
    await store.offer_link(first.id, "code", 9)
    await store.link(other.id, "code", 1)
    return await somebody(store)


async def talk(store: Store, exchanges: int, start: int = 0, spot: str = "t") -> None:
    for n in range(start, start + exchanges):
        said = await say(store, f"say {n}", number=f"{spot}{n}", spot=spot)
        await answer(store, f"tell {n}", said.conversation)


async def listed(
    store: Store, person: Person | None, *, archived: bool = False, most: int = 50, **more: int
) -> list[tuple[int, str]]:
    given = {"before": None, **more}
    found = await store.conversations_of(person, archived=archived, most=most, **given)
    return [(one.id, beginning) for one, beginning in found]


def of(page: Page, seq: int) -> Shown:
    return next(one for one in page.shown if one.message.seq == seq)


# Pages


def test_an_empty_conversation_has_an_empty_page(run: Run) -> None:
    async def body(store: Store) -> None:
        begun = await store.begin(place(), "bo", 5)
        page = await read(store)
        assert page == Page(conversation=begun, shown=(), older=False, newer=False, last_seq=0)
        assert await store.since(1, None, 0, 5) == page
        for ask in (
            store.page(2, None, before=None, after=None, around=None, most=5),
            store.since(2, None, 0, 5),
            read(store, around=1),
        ):
            with pytest.raises(NotThere):
                await ask

    run(body)


@pytest.mark.parametrize("most", [1, 2, 3, 7, 50])
def test_pages_go_back_and_forth_over_everything(run: Run, most: int) -> None:
    async def body(store: Store) -> None:
        await talk(store, 10)
        everything = list(range(1, 21))
        newest = await read(store, most=most)
        assert seqs(newest) == everything[-most:]
        assert (newest.older, newest.newer, newest.last_seq) == (most < 20, False, 20)
        assert await walk(store, 1, most, newest) == everything
        for seq in (1, 2, 10, 19, 20):
            page = await read(store, most=most, around=seq)
            assert seq in seqs(page)
            assert len(page.shown) == min(most, 20)
            assert await walk(store, 1, most, page) == everything

    run(body)


def test_every_edge_is_right(run: Run) -> None:
    async def body(store: Store) -> None:
        await talk(store, 3)
        edges = {
            "before": {1: ([], False, True), 2: ([1], False, True), 6: ([4, 5], True, True)},
            "after": {6: ([], True, False), 5: ([6], True, False), 1: ([2, 3], True, True)},
            "around": {1: ([1, 2], False, True), 6: ([5, 6], True, False), 3: ([3, 4], True, True)},
        }
        for which, expected in edges.items():
            for seq, (found, older, newer) in expected.items():
                page = await read(store, most=2, **{which: seq})
                assert (seqs(page), page.older, page.newer) == (found, older, newer)
        assert seqs(await read(store, most=0)) == [6]

    run(body)


def test_one_goes_on_reading_where_a_message_was_forgotten(run: Run) -> None:
    async def body(store: Store) -> None:
        await talk(store, 3)
        gone = await message(store, 3)
        await store.forget(Target(kind="message", numbers=(gone.number,)), "quoting", 1)
        before = await read(store, before=3)
        assert (seqs(before), before.older, before.newer) == ([1, 2], False, True)
        after = await read(store, after=3)
        assert (seqs(after), after.older, after.newer) == ([4, 5, 6], True, False)
        assert seqs(await read(store, before=99)) == [1, 2, 4, 5, 6]
        assert not (await read(store, before=99)).newer
        assert (await read(store, after=0)).older is False
        with pytest.raises(NotThere, match=r"no message 1\.3"):
            await read(store, around=3)

    run(body)


def test_a_message_is_shown_with_all_that_became_of_it(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "one", number="a")
        await answer(store, "first")
        await say(store, "aside", number="b", unanswered="not addressed")
        await say(store, "two", number="c")
        plain = {"usage": None, "cost": None, "notes": (), "receipt": None}
        await answer(store, "sorry", kind="notice", cause="500", **plain)
        await say(store, "three", number="d")
        page = await read(store)
        assert [(one.message.seq, one.outcome, one.reason, one.versions) for one in page.shown] == [
            (1, "reply", None, (1,)),
            (2, None, None, (2,)),
            (3, "unanswered", "not addressed", (3,)),
            (4, "notice", None, (4,)),
            (5, None, None, (5,)),
            (6, None, None, (6,)),
        ]
        usage = Usage(prompt_tokens=10, completion_tokens=2)
        assert of(page, 2).ended == Ended(
            model="m", usage=usage, cost=0.5, notes=("a note",), receipt=True
        )
        assert of(page, 5).ended == Ended(
            model="m", usage=None, cost=None, notes=(), receipt=False, cause="500"
        )
        assert [one.ended for one in page.shown if one.message.role == "user"] == [None] * 4
        assert page.shown[0].message == await message(store, 1)

    run(body)


def test_versions_are_shown_in_the_order_made_on_the_path_to_the_head(run: Run) -> None:
    async def body(store: Store) -> None:
        await talk(store, 2)
        await say(store, "say 1, I mean", number="x", instead_of=3)
        await answer(store)
        assert await store.ask_again(1, 6, go_on=False)
        await answer(store, "anew")
        page = await read(store)
        assert seqs(page) == [1, 2, 5, 7]
        assert [one.versions for one in page.shown] == [(1,), (2,), (3, 5), (6, 7)]
        assert of(page, 5).outcome == "reply"
        assert await store.switch(1, 3)
        page = await read(store)
        assert (seqs(page), of(page, 3).versions) == ([1, 2, 3, 4], (3, 5))
        other = await read(store, around=6)
        assert (seqs(other), other.newer, other.last_seq) == ([1, 2, 5, 6], False, 7)
        assert seqs(await read(store, after=5)) == [7]

    run(body)


def test_a_path_that_bends_back_far_is_read_as_one(run: Run) -> None:
    async def body(store: Store) -> None:
        await talk(store, 50)
        await say(store, "say 1, I mean", number="x", instead_of=3)
        await answer(store)
        whole = [1, 2, 101, 102]
        assert seqs(await read(store)) == whole
        assert [
            one.seq for one in (await store.history(1, 102, 999, frozenset(), None)).messages
        ] == whole[::-1]
        page = await read(store, most=3, around=2)
        assert (seqs(page), page.older, page.newer) == ([1, 2, 101], False, True)
        assert await walk(store, 1, 3, await read(store, most=3, around=3)) == list(range(1, 101))

    run(body)


def test_notices_stand_behind_what_they_answer(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "one", number="a")
        first = await lease(store)
        await say(store, "two", number="b")
        await store.finish(first, ending("sorry", kind="notice"))
        await answer(store)
        await say(store, "three", number="c")
        await answer(store, "sorry", kind="notice")
        assert await store.ask_again(1, 6, go_on=False)
        await answer(store, "sorry again", kind="notice")
        whole = [1, 3, 2, 4, 5, 6, 7]
        for most in (1, 2, 3, 50):
            assert await walk(store, 1, most, await read(store, most=most)) == whole
            for seq in whole:
                page = await read(store, most=most, around=seq)
                assert seq in seqs(page)
                assert await walk(store, 1, most, page) == whole

    run(body)


def test_earlier_windows_come_before_the_present_one(run: Run) -> None:
    async def body(store: Store) -> None:
        await talk(store, 2)
        await store.set_head(1, None, None)
        page = await read(store)
        assert (seqs(page), page.newer) == ([1, 2, 3, 4], False)
        await talk(store, 2, 2)
        await say(store, "say 2, I mean", number="x", instead_of=5)
        await answer(store)
        await store.set_head(1, None, "blank")
        await talk(store, 1, 4)
        whole = [1, 2, 3, 4, 9, 10, 11, 12]
        for most in (1, 3, 50):
            assert await walk(store, 1, most, await read(store, most=most)) == whole
            page = await read(store, most=most, around=3)
            assert await walk(store, 1, most, page) == whole
        # The other version's window is not what was said before it.
        other = await read(store, around=6)
        assert await walk(store, 1, 3, other) == [1, 2, 3, 4, 5, 6, 7, 8]

    run(body)


def test_what_one_did_not_hear_is_not_there(run: Run) -> None:
    async def body(store: Store) -> None:
        await say_to(store, "one", "ana", number="1")
        await answer(store)
        await say_to(store, "two", "ana", "ben", number="2")
        await answer(store)
        await say_to(store, "two, I mean", "ana", number="3")
        await say(store, "two again", number="4", instead_of=3)
        ben = await store.heard_by(await somebody(store, "ben"))
        ana = await store.heard_by(await somebody(store))

        async def seen(scope: object, **at: int) -> tuple[list[int], bool, bool]:
            given = {"before": None, "after": None, "around": None, **at}
            page = await store.page(1, scope, most=2, **given)  # type: ignore[arg-type]
            return seqs(page), page.older, page.newer

        assert await seen(ana) == ([2, 6], True, False)
        assert await seen(ben) == ([], False, False)
        assert await seen(ben, before=6) == ([], False, False)
        assert await seen(ben, around=4) == ([3, 4], False, False)
        assert await seen(ben, before=4) == ([3], False, True)
        page = await store.page(1, ben, before=None, after=None, around=3, most=9)
        assert [one.versions for one in page.shown] == [(3,), (4,)]
        for seq in (1, 5, 6):
            with pytest.raises(NotThere):
                await seen(ben, around=seq)
        since = await store.since(1, ben, 0, 1)
        assert (seqs(since), since.older, since.newer, since.last_seq) == ([3], False, True, 6)
        since = await store.since(1, ben, 3, 9)
        assert (seqs(since), since.older, since.newer) == ([4], True, False)

    run(body)


def test_who_left_sees_what_was_said_until_then(run: Run) -> None:
    async def body(store: Store) -> None:
        for number, who in enumerate(["ana", "ben", "ana", "ana", "ana"]):
            await say_to(store, "hello", who, circle="open", number=str(number))
            if number == 2:
                ben = Author(platform_id="ben", name="ben")
                await store.left("library", "local", "open", ben)
        ben = await store.heard_by(await somebody(store, "ben"))
        assert list(ben.upto.values()) == [(await message(store, 3)).number]
        given = {"before": None, "after": None, "around": None}
        page = await store.page(1, ben, most=2, **given)
        assert (seqs(page), page.older, page.newer) == ([2, 3], True, False)
        assert seqs(await store.since(1, ben, 0, 9)) == [1, 2, 3]

    run(body)


def test_since_gives_what_was_stored_behind_a_message(run: Run) -> None:
    async def body(store: Store) -> None:
        await talk(store, 2)
        await say(store, "beside", number="x", instead_of=3)
        await answer(store, "sorry", kind="notice")
        page = await store.since(1, None, 2, 3)
        assert (seqs(page), page.older, page.newer, page.last_seq) == ([3, 4, 5], True, True, 6)
        page = await store.since(1, None, 5, 3)
        assert (seqs(page), page.older, page.newer) == ([6], True, False)
        assert of(page, 6).ended is not None
        assert seqs(await store.since(1, None, 6, 3)) == []

    run(body)


# Lists


def test_what_others_say_in_an_account_is_theirs_and_an_empty_talk_is_the_accounts(
    run: Run,
) -> None:
    async def body(store: Store) -> None:
        here = place("theirs", "web")
        await store.begin(here, "bo", 1)
        owner = await store.meet(here, Author(platform_id="local", name="Ana"))
        guest = await store.meet(here, Author(platform_id="guest", name="guest"))
        assert (await listed(store, owner), await listed(store, guest)) == ([(1, "")], [])
        assert await store.spoke_in(owner, 1)
        said = {"spot": "theirs", "channel": "web"}
        await say(store, "a guest's", now=2, number="g", author="guest", **said)
        assert (await listed(store, owner), await listed(store, guest)) == ([], [(1, "a guest's")])
        assert [await store.spoke_in(one, 1) for one in (owner, guest)] == [False, True]
        await say(store, "mine too", now=3, number="h", author="local", **said)
        assert [one for one, _ in await listed(store, owner)] == [1]
        assert await store.spoke_in(owner, 1)

    run(body)


def test_a_list_has_those_in_which_one_spoke_and_ones_own(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "  ana's first words " * 20, now=1, number="a", spot="one")
        await say(store, "ben's", now=2, number="b", spot="two", author="ben")
        await say(store, "ben's, and", now=3, number="c", spot="three", author="ben")
        await say(store, "ana's", now=4, number="d", spot="three")
        web = Place(channel="web", account="ana", spot="new")
        await store.begin(web, "bo", 5)
        await store.begin(replace(web, account="ben"), "bo", 6)
        await store.begin(replace(web, channel="library", account="local"), "bo", 7)
        ana = await somebody(store)
        first = ("  ana's first words " * 20)[:200]
        assert await listed(store, ana) == [(3, "ana's"), (1, first)]
        ana = await linked(store, "ana", web)
        assert await listed(store, ana) == [(4, ""), (3, "ana's"), (1, first)]
        everybodys = [(6, ""), (5, ""), (4, ""), (3, "ben's, and"), (2, "ben's"), (1, first)]
        assert await listed(store, None) == everybodys
        spoke = [await store.spoke_in(ana, number) for number in range(1, 8)]
        assert spoke == [True, False, True, True, False, False, False]

    run(body)


def test_those_under_a_place_are_one_step_below_it_the_latest_first(run: Run) -> None:
    async def body(store: Store) -> None:
        spots = ["a/b/one", "a/b/two", "a/b", "a/b/c/d", "a/c/one", "a/b0", "a/b/", "a/b/four"]
        for number, spot in enumerate(spots, 1):
            await store.begin(place(spot), "bo", number)
        await store.begin(place("a/b/x", "web"), "bo", 9)
        await store.begin(replace(place("a/b/x"), account="other"), "bo", 10)
        await store.set_archived(2, 11)
        found = await store.conversations_under(place("a/b"), 3)
        assert [one.id for one in found] == [8, 7, 2]
        assert [one.id for one in await store.conversations_under(place("a/b"), 9)] == [8, 7, 2, 1]
        assert list(await store.conversations_under(place("a/none"), 9)) == []

    run(body)


def test_pinned_ones_come_first_and_archived_ones_when_asked_for(run: Run) -> None:
    async def body(store: Store) -> None:
        for n in range(6):
            await say(store, f"{n}", now=10 * n, number=str(n), spot=str(n))
        ana = await somebody(store)
        await store.set_pinned(2, 7)
        await store.set_pinned(1, 8)
        await store.set_archived(4, 9)
        assert [one for one, _ in await listed(store, ana, most=2)] == [1, 2, 6, 5]
        assert [one for one, _ in await listed(store, ana, most=2, before=40)] == [3]
        assert [one for one, _ in await listed(store, ana, archived=True)] == [4]
        await store.set_pinned(1, None)
        await store.set_archived(4, None)
        assert [one for one, _ in await listed(store, None)] == [2, 6, 5, 4, 3, 1]
        await store.set_title(3, "The third")
        ((third, _),) = [
            each
            for each in await store.conversations_of(ana, archived=False, before=None, most=9)
            if each[0].id == 3
        ]
        assert (third.title, third.pinned_at, third.archived_at) == ("The third", None, None)
        await store.set_title(3, None)
        assert (await store.conversation_numbered(3) or third).title is None

    run(body)


def test_no_page_of_a_list_parts_what_changed_at_one_moment(run: Run) -> None:
    async def body(store: Store) -> None:
        for n in range(7):
            await say(store, now=1 + n // 3, number=str(n), spot=str(n))
        ana = await somebody(store)
        found: list[int] = []
        before: dict[str, int] = {}
        while page := await store.conversations_of(
            ana, archived=False, most=2, **{"before": None, **before}
        ):
            found += [one.id for one, _ in page]
            before = {"before": page[-1][0].updated_at}
        assert found == [7, 6, 5, 4, 3, 2, 1]

    run(body)


def test_the_first_words_are_those_that_one_heard_and_that_are_there(run: Run) -> None:
    async def body(store: Store) -> None:
        await say_to(store, "for ana", "ana", number="1")
        await say_to(store, "for both", "ana", "ben", number="2")
        await say_to(store, "from ben", "ben", "ana", number="3")
        ben = await somebody(store, "ben")
        assert await listed(store, ben) == [(1, "for both")]
        assert await listed(store, await somebody(store)) == [(1, "for ana")]
        second = await message(store, 2)
        await store.forget(Target(kind="message", numbers=(second.number,)), "all", 1)
        assert await listed(store, ben) == [(1, "from ben")]

    run(body)


def test_one_has_heard_all_that_any_of_ones_identities_heard(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, number="a")
        await say(store, number="b", spot="u", bot="eve")
        await say(store, number="c", spot="v", author="ben")
        await store.set_head(1, None, "blank")
        await say(store, number="d")
        await say(store, number="e", spot="x", channel="web", author="anna")
        ana = await linked(store, "anna", place(channel="web"))
        scope = await store.heard_by(ana)
        assert scope.here.people == {ana.id}
        said = [(await message(store, *which)) for which in ((1, 1), (1, 2), (2, 1), (1, 4))]
        assert scope.upto == dict.fromkeys((one.audience for one in said), EVER)
        assert (await message(store, 1, 3)).audience not in scope.upto

    run(body)


# What else there is to see


def test_attachments_are_kept_with_their_message_and_go_with_it(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "none", number="a")
        await say(store, "two", number="b", attachments=(PICTURE, NOTE))
        await say(store, "two", number="b", attachments=(PICTURE,))
        page = await read(store)
        assert [one.attachments for one in page.shown] == [
            (),
            (
                Attached(id=1, name="a.png", media_type="image/png", size=9),
                Attached(id=2, name="note.txt", media_type="text/plain", size=0),
            ),
        ]
        said = await message(store, 2)
        assert await store.attachment(1) == (said, PICTURE)
        assert await store.attachment(2) == (said, NOTE)
        assert await store.attachment(3) is None
        await store.forget(Target(kind="message", numbers=(said.number,)), "all", 1)
        assert await store.attachment(1) is None

    run(body)


def test_receipts_and_messages_are_found_by_their_names(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "one", number="a")
        await answer(store)
        await say(store, "two", number="b")
        await answer(store, receipt=None)
        receipt = await store.receipt_of(1, 2)
        assert receipt == {"budget": 9, "items": []}
        assert [await store.receipt_of(1, seq) for seq in (1, 4, 9)] == [None] * 3
        odd = ["1.9", "1.x", "9", "1.2.3", "f1", "", "1." + "9" * 30, "-1.2", "².1"]
        named = await store.messages_named(["1.3", "1.1", *odd])
        assert [one.id for one in named] == ["1.1", "1.3"]
        assert await store.messages_named([]) == []

    run(body)


def test_summaries_of_what_one_heard_are_given(run: Run) -> None:
    async def body(store: Store) -> None:
        await say_to(store, "one", "ana", number="1")
        await say_to(store, "two", "ana", "ben", number="2")
        for seq in (2, 1):
            said = await message(store, seq)
            made = Summary(
                id=0,
                conversation=1,
                audience=said.audience,
                first=seq,
                upto=seq,
                count=1,
                covered=5,
                text=f"of {seq}",
                tokens=3,
            )
            assert await store.add_summary(made, "m", 0, 1)
        assert [one.text for one in await store.summaries(1, None)] == ["of 1", "of 2"]
        ben = await store.heard_by(await somebody(store, "ben"))
        (told,) = await store.summaries(1, ben)
        assert (told.text, told.upto) == ("of 2", 2)
        assert await store.summary_numbered(told.id) == told
        assert await store.summary_numbered(9) is None
        assert await store.summaries(2, None) == []

    run(body)


# Facts


def test_a_fact_that_one_writes_is_for_oneself_alone(run: Run) -> None:
    async def body(store: Store) -> None:
        await say_to(store, "hello", "ana", number="1")
        ana = await somebody(store)
        fact = await store.write_fact("bo", ana.id, "Ana", " likes figs ", 50)
        assert (fact.statement, fact.subject, fact.about) == ("likes figs", "Ana", ana.id)
        assert (fact.origin, fact.sources, fact.slot) == ("written", (), None)
        assert (fact.valid_from, fact.recorded_at, fact.closed_at) == (50, 50, None)
        assert fact.audience == (await message(store, 1)).audience
        await say_to(store, "hello", "ana", "ben", number="2", spot="u")
        alone, both = [
            await store.scope((await message(store, 1, number)).audience) for number in (1, 2)
        ]
        for scope in (alone, await store.heard_by(ana), await store.scope_of("bo", ana)):
            assert await store.facts(scope) == [fact]
        useful = await store.useful_facts(alone, about=[ana.id], words=["figs"], most=5)
        assert useful == [fact]
        assert await store.facts(both) == []
        assert await store.facts(await store.scope_of("eve", ana)) == []
        with pytest.raises(NotThere, match="nothing was added"):
            await store.write_fact("bo", 99, "Nobody", "is", 1)
        with pytest.raises(SettingsError, match="nothing was added"):
            await store.write_fact("bo", ana.id, "Ana", " ", 1)

    run(body)


def test_a_written_fact_is_edited_and_taken_back_like_others(run: Run) -> None:
    async def body(store: Store) -> None:
        ana = await somebody(store)
        first = await store.write_fact("bo", ana.id, "Ana", "likes figs", 1)
        edited = await store.edit_fact(first.id, "likes dates", 2)
        other = await store.write_fact("bo", ana.id, "Ana", "has a cat", 3)
        assert edited.sources == ()
        gone = await store.undo_fact([ana.id], 4)
        assert gone is not None
        assert (gone.id, gone.statement, gone.closed_at) == (other.id, "has a cat", 4)
        assert gone.superseded_by is None
        again = await store.undo_fact([ana.id], 5)
        assert again is not None
        assert (again.statement, again.closed_at) == ("likes figs", None)
        last = await store.undo_fact([ana.id], 6)
        assert last is not None
        assert (last.id, last.closed_at, last.valid_to) == (again.id, 6, 6)
        assert await store.undo_fact([ana.id], 7) is None
        assert await store.facts(None) == []
        steps = await store.fact_history(first.id)
        assert [one.statement for one in steps] == ["likes figs", "likes dates", "likes figs"]

    run(body)


def test_a_written_fact_goes_with_its_person(run: Run) -> None:
    async def body(store: Store) -> None:
        ana = await somebody(store)
        fact = await store.write_fact("bo", ana.id, "Ana", "likes figs", 1)
        gone = await store.forget(Target(kind="person", numbers=(ana.id,)), "all", 2)
        assert gone.facts == (fact.name,)
        assert await store.fact(fact.id) is None

    run(body)


# Titles


@pytest.mark.parametrize(
    ("title", "stays"),
    [
        ("About my cats", False),
        ("The zanzibar77 matter", False),
        ("Holiday plans", True),
        ("About you", True),
    ],
)
def test_a_title_made_of_what_is_forgotten_goes(run: Run, title: str, stays: bool) -> None:
    async def body(store: Store) -> None:
        await say(store, "my cat has the number Zanzibar77", number="a")
        await answer(store)
        await say(store, "what else?", number="b", spot="u")
        for number in (1, 2):
            await store.set_title(number, title)
        said = await message(store, 1)
        target = Target(kind="message", numbers=(said.number,))
        would = await store.would_forget(target, "all")
        await store.forget(target, "all", 1)
        titles = [(await kept(store, number)).title for number in (1, 2)]
        elsewhere = title if "zanzibar" not in title else None
        assert titles == [title if stays else None, elsewhere]
        assert would.renamed == tuple(n for n, left in enumerate(titles, 1) if left is None)

    run(body)


async def kept(store: Store, number: int) -> Conversation:
    found = await store.conversation_numbered(number)
    assert found is not None
    return found


def test_a_title_goes_with_its_conversation(run: Run) -> None:
    async def body(store: Store) -> None:
        await say(store, "hello", number="a")
        await store.set_title(1, "Hello")
        gone = await store.forget(Target(kind="conversation", numbers=(1,)), "all", 1)
        assert (gone.conversations, gone.renamed) == ((1,), ())

    run(body)


def test_another_version_is_the_first_where_that_is_forgotten(run: Run) -> None:
    async def body(store: Store) -> None:
        await talk(store, 1)
        for number in ("x", "y"):
            await say(store, number, number=number, instead_of=1)
            await answer(store)
        first = await message(store, 1)
        await store.forget(Target(kind="message", numbers=(first.number,)), "quoting", 1)
        page = await read(store)
        assert of(page, 5).versions == (3, 5)
        assert [(await message(store, seq)).instead_of for seq in (3, 5)] == [None, 3]
        await say(store, "z", number="z", instead_of=5)
        assert of(await read(store), 7).versions == (3, 5, 7)

    run(body)
