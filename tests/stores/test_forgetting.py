"""Promise 7, rule by rule: what goes with what is forgotten, and what is mended."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from making import place
from talks import Talks, talking
from tertulia.stores.sql import schema
from tertulia.stores.sql.forget.tables import ForgettingTables
from tertulia.stores.sql.forget.trail import MARK, MARK_TOKENS
from tertulia.values.errors import LeaseLost, NotThere, StoreError
from tertulia.values.forgetting import Target
from tertulia.values.message import Author, Message

Body = Callable[[Talks], Awaitable[None]]


@pytest.fixture
def run(tmp_path: Path) -> Callable[[Body], None]:
    return lambda body: talking(tmp_path / "t.db", body)


async def chain(talks: Talks, *texts: str) -> list[Message]:
    """Messages, each answered with "ok"."""
    said: list[Message] = []
    for text in texts:
        said.append(await talks.say(text))
        reply = await talks.answer(said[0].conversation, "ok")
        assert reply is not None
        said.append(reply)
    return said


def test_what_followed_it_follows_what_was_before(run: Any) -> None:
    async def body(talks: Talks) -> None:
        said = await chain(talks, "one", "two", "three")
        gone = await talks.forget("message", said[2].number, replies="quoting")
        assert gone.messages == ("1.3",)
        assert [m.seq for m in await talks.store.transcript(1)] == [1, 2, 4, 5, 6]
        assert (await talks.message(1, 4)).parent == 2
        assert (await talks.say("four")).seq == 7

    run(body)


def test_without_its_first_message_a_path_begins_with_the_next(run: Any) -> None:
    async def body(talks: Talks) -> None:
        said = await chain(talks, "one", "two")
        await talks.forget("message", said[0].number, said[1].number, replies="quoting")
        first = await talks.message(1, 3)
        assert (first.parent, first.root, first.depth) == (None, 3, 0)
        assert (await talks.message(1, 4)).root == 3

    run(body)


def test_the_head_moves_back_and_an_emptied_talk_goes_on(run: Any) -> None:
    async def body(talks: Talks) -> None:
        said = await chain(talks, "one", "two")
        await talks.forget("message", said[2].number, said[3].number)
        talk = await talks.store.conversation(place())
        assert talk is not None
        assert (talk.head, talk.last_seq) == (2, 4)
        await talks.forget("message", said[0].number, said[1].number)
        talk = await talks.store.conversation(place())
        assert talk is not None
        assert (talk.head, talk.last_seq) == (None, 4)
        assert (await talks.say("again")).seq == 5
        reply = await talks.answer(1, "welcome")
        assert reply is not None
        assert reply.parent == 5

    run(body)


def test_a_turn_goes_with_all_that_it_covered_and_said(run: Any) -> None:
    async def body(talks: Talks) -> None:
        first, second = await talks.say("one"), await talks.say("two")
        reply = await talks.answer(1, "ok")
        assert reply is not None
        await talks.forget("message", first.number, replies="quoting")
        assert [row.seq for row in await talks.rows(schema.outcome)] == [2]
        await talks.forget("message", second.number, replies="quoting")
        assert await talks.rows(schema.outcome) == []
        assert len(await talks.rows(schema.turn)) == 1
        (ready,) = await talks.store.deliveries("library", None)
        assert (ready.text, ready.covers) == ("ok", ())
        await talks.forget("message", reply.number)
        for table in (schema.turn, schema.delivery, schema.message):
            assert await talks.rows(table) == []

    run(body)


def test_a_reply_alone_leaves_its_outcome(run: Any) -> None:
    async def body(talks: Talks) -> None:
        said = await chain(talks, "one")
        await talks.forget("message", said[1].number)
        outcome = await talks.store.outcome(1, 1)
        assert outcome is not None
        assert (outcome.kind, outcome.delivery) == ("reply", None)
        assert await talks.rows(schema.delivery) == []
        assert await talks.claim(1) is None

    run(body)


def test_what_waits_goes_too(run: Any) -> None:
    async def body(talks: Talks) -> None:
        await chain(talks, "one")
        first, second = await talks.say("two"), await talks.say("three")
        await talks.say("aside", unanswered="not addressed")
        await talks.forget("message", second.number)
        assert await talks.store.waiting(talks.tick(), ["bo"]) == [1]
        lease = await talks.claim(1)
        assert lease is not None
        assert [m.seq for m in lease.waiting] == [3]
        await talks.store.release(lease)
        await talks.forget("message", first.number)
        assert await talks.store.waiting(talks.tick(), ["bo"]) == []
        assert await talks.claim(1) is None
        await talks.say("four")
        reply = await talks.answer(1, "yes")
        assert reply is not None
        assert reply.seq == 7

    run(body)


def test_nothing_waits_once_what_is_left_is_answered(run: Any) -> None:
    async def body(talks: Talks) -> None:
        await talks.say("one")
        second = await talks.say("two")
        await talks.forget("message", second.number)
        assert await talks.answer(1, "yes") is not None
        assert await talks.store.waiting(talks.tick(), ["bo"]) == []
        assert await talks.claim(1) is None

    run(body)


def test_turns_that_may_have_read_of_it_are_taken_back_wherever_they_run(run: Any) -> None:
    async def body(talks: Talks) -> None:
        said = await talks.say("a secret", spot="one")
        await talks.say("hello", spot="two")
        running = await talks.claim(2)
        assert running is not None
        await talks.forget("message", said.number)
        with pytest.raises(LeaseLost):
            await talks.finish(running, "I heard of a secret")
        reply = await talks.answer(2, "hello")
        assert reply is not None
        assert await talks.texts(2) == ["hello", "hello"]

    run(body)


def test_turns_before_others_go_on(run: Any) -> None:
    async def body(talks: Talks) -> None:
        said = await talks.say("a secret", spot="one")
        await talks.say("hello", spot="two", author="bob")
        running = await talks.claim(2)
        assert running is not None
        await talks.forget("message", said.number)
        assert await talks.finish(running, "hello, Bob") is not None
        assert await talks.texts(2) == ["hello", "hello, Bob"]

    run(body)


def test_a_turn_that_began_before_its_talk_was_begun_anew_is_taken_back(run: Any) -> None:
    """What runs has read as before; what comes next has a window of its own."""

    async def body(talks: Talks) -> None:
        said = await talks.say("a secret", spot="one")
        await talks.say("hello", spot="two")
        running = await talks.claim(2)
        assert running is not None
        await talks.store.set_head(2, None, "blank")
        await talks.say("and this", spot="two")
        await talks.forget("message", said.number)
        with pytest.raises(LeaseLost):
            await talks.finish(running, "I heard of a secret")

    run(body)


async def quoted(talks: Talks) -> tuple[Message, Message]:
    """A message; a reply that quotes it, one that does not, one elsewhere that saw the quote."""
    said = await talks.say("My password is Zanzibar77")
    quote = await talks.answer(1, "So zanzibar77 it is", notes=("careful with Zanzibar77",))
    assert quote is not None
    await talks.say("fine")
    await talks.answer(1, "good", cause="a detour")
    await talks.say("which was it?", spot="elsewhere")
    await talks.answer(2, "your word was the island", [("recall", quote.id)])
    return said, quote


def test_replies_that_had_it_before_them_are_redacted_and_what_saw_those(run: Any) -> None:
    async def body(talks: Talks) -> None:
        said, quote = await quoted(talks)
        (first, *_) = await talks.store.deliveries("library", 1)
        await talks.store.unsent(first.id, "500: Zanzibar77", final=False)
        await talks.store.sent(first.id, ["p1"], talks.tick())
        gone = await talks.forget("message", said.number)
        assert gone.redacted == ("1.2", "1.4", "2.2")
        assert await talks.texts(1) == [MARK, "fine", MARK]
        assert await talks.texts(2) == ["which was it?", MARK]
        assert (await talks.message(1, quote.seq)).tokens == MARK_TOKENS
        deliveries = await talks.rows(schema.delivery)
        assert [(d.state, d.cause) for d in deliveries] == [
            ("sent", None),
            ("failed", "forgotten"),
            ("failed", "forgotten"),
        ]
        turns = await talks.rows(schema.turn)
        assert [(t.notes, t.cause) for t in turns] == [([], None)] * 3

    run(body)


def test_or_only_those_that_repeat_it(run: Any) -> None:
    async def body(talks: Talks) -> None:
        said, _ = await quoted(talks)
        await talks.say("Zanzibar77 is an island", spot="third")
        await talks.answer(3, "Zanzibar77 lies in the sea")  # it never saw the message
        gone = await talks.forget("message", said.number, replies="quoting")
        assert gone.redacted == ("1.2",)
        assert await talks.texts(1) == [MARK, "fine", "good"]
        assert await talks.texts(2) == ["which was it?", "your word was the island"]
        assert [t.cause for t in await talks.rows(schema.turn)][1] == "a detour"

    run(body)


def test_what_a_redacted_reply_had_seen_is_found_behind_it(run: Any) -> None:
    """A mark from an earlier forgetting hides nothing of a later one."""

    async def body(talks: Talks) -> None:
        first, second = await talks.say("Xanadu99"), await talks.say("Timbuktu")
        reply = await talks.answer(1, "Xanadu99 and the other")
        assert reply is not None
        await talks.say("well?", spot="elsewhere")
        await talks.answer(2, "the other was far", [("recall", reply.id)])
        gone = await talks.forget("message", first.number, replies="quoting")
        assert gone.redacted == ("1.3",)
        gone = await talks.forget("message", second.number)
        assert gone.redacted == ("2.2",)

    run(body)


def test_a_notice_goes_only_where_it_repeats_it(run: Any) -> None:
    async def body(talks: Talks) -> None:
        first = await talks.say("My password is Zanzibar77")
        await talks.answer(1, "I failed", kind="notice", cause="400: Zanzibar77 refused")
        second = await talks.say("the Zanzibar88")
        await talks.answer(1, "What is zanzibar88?", kind="notice", receipt=None)
        gone = await talks.forget("message", first.number, second.number, replies="quoting")
        assert gone.redacted == ("1.4",)
        assert await talks.texts() == ["I failed", MARK]
        assert [t.cause for t in await talks.rows(schema.turn)] == [None, None]

    run(body)


def test_a_turn_that_said_nothing_keeps_nothing(run: Any) -> None:
    async def body(talks: Talks) -> None:
        said, other = await talks.say("My password is Zanzibar77"), await talks.say("go")
        await talks.answer(1, None, cause="stopped at Zanzibar77")
        await talks.forget("message", said.number, replies="quoting")
        (turn,) = await talks.rows(schema.turn)
        assert turn.cause is None
        await talks.forget("message", other.number)
        assert await talks.rows(schema.turn) == []

    run(body)


def test_a_reply_that_had_no_room_for_it_stays(run: Any) -> None:
    async def body(talks: Talks) -> None:
        said = await talks.say("the first word")
        await talks.say("the second")
        lease = await talks.claim(1)
        assert lease is not None
        receipt = await talks.receipt(lease, ())
        kept = [item for item in receipt["items"] if item["id"] != said.id]
        left = {"origin": "message", "from": said.id, "to": said.id, "count": 1, "tokens": 7}
        receipt |= {
            "items": kept,
            "prompt_tokens": 3 + sum(item["tokens"] for item in kept),
            "left_out": [{**left, "why": "no room"}],
        }
        await talks.finish(lease, "ok", receipt=receipt)
        gone = await talks.forget("message", said.number)
        assert gone.redacted == ()
        (told,) = (await talks.receipts()).values()
        assert told["left_out"] == [
            {**left, "from": "forgotten", "to": "forgotten", "why": "no room"}
        ]

    run(body)


def test_receipts_add_up_without_it(run: Any) -> None:
    async def body(talks: Talks) -> None:
        said = [await talks.say(f"word {n}") for n in range(4)]
        await talks.answer(1, "ok", [("recall", said[0].id), ("recall", "x.1")])
        await talks.forget("message", said[0].number, said[2].number, replies="quoting")
        (told,) = (await talks.receipts()).values()
        assert [(item["origin"], item["id"]) for item in told["items"]] == [
            ("persona", "bo"),
            ("recall", "forgotten"),
            ("recall", "x.1"),
            ("message", "forgotten"),
            ("message", "1.2"),
            ("message", "1.4"),
        ]
        assert told["items"][3]["tokens"] == said[0].tokens + said[2].tokens
        await talks.forget("message", said[1].number, replies="quoting")
        (told,) = (await talks.receipts()).values()
        assert told["items"][3]["tokens"] == sum(said[n].tokens for n in (0, 1, 2))
        await talks.write(  # what the check of all stores would not know
            lambda c: c.execute(update(schema.turn).values(receipt=None)) and None
        )

    run(body)


async def facts(talks: Talks) -> list[tuple[str, int | None, int | None]]:
    return [(f.statement, f.superseded_by, f.closed_at) for f in await talks.rows(schema.fact)]


def test_facts_go_and_what_they_had_closed_holds_again(run: Any) -> None:
    async def body(talks: Talks) -> None:
        said = [
            await talks.say(f"I live in {city}") for city in ("Lima", "Quito", "Bogota", "Cali")
        ]
        lima = await talks.learn("lives in Lima", said[:1])
        quito = await talks.learn("lives in Quito", said[1:2], closes=(lima,))
        bogota = await talks.learn("lives in Bogota", said[2:3], closes=(quito,))
        cali = await talks.learn("lives in Cali", said[3:], closes=(bogota,))
        closed = (await talks.rows(schema.fact))[2].closed_at
        gone = await talks.forget("message", said[1].number, said[2].number)
        assert (gone.facts, gone.reopened) == (("f2", "f3"), ())
        assert await facts(talks) == [
            ("lives in Lima", cali, closed),
            ("lives in Cali", None, None),
        ]
        gone = await talks.forget("message", said[3].number)
        assert (gone.facts, gone.reopened) == (("f4",), ("f1",))
        assert await facts(talks) == [("lives in Lima", None, None)]
        assert gone.texts == ("I live in Cali", "lives in Cali")

    run(body)


def test_a_fact_that_another_message_tells_stays(run: Any) -> None:
    async def body(talks: Talks) -> None:
        first, second = await talks.say("I live in Lima"), await talks.say("I love living in Lima")
        other = await talks.say("It is warm here")
        both = await talks.learn("lives in Lima", [first])
        await talks.repeat(both, second)
        vague = await talks.learn("lives in Peru", [first])
        await talks.repeat(vague, other)
        gone = await talks.forget("message", first.number)
        assert gone.facts == ("f2",)
        (left,) = await talks.rows(schema.fact)
        assert (left.newest_source, left.valid_from) == (second.number, second.said_at)
        assert [row.message_id for row in await talks.rows(schema.fact_source)] == [second.number]
        gone = await talks.forget("message", second.number)
        assert gone.facts == ("f1",)

    run(body)


def test_a_fact_confirmed_from_a_redacted_reply_goes_and_what_showed_it(run: Any) -> None:
    async def body(talks: Talks) -> None:
        said = await talks.say("I live in Lima")
        reply = await talks.answer(1, "You live in Lima, right?")
        assert reply is not None
        right = await talks.say("Right", spot="elsewhere")
        number = await talks.learn("lives in Lima", [reply, right])
        await talks.answer(2, "Hello, Lima", [("facts", f"f{number}")])
        gone = await talks.forget("message", said.number)
        assert (gone.facts, gone.redacted) == (("f1",), ("1.2", "2.2"))

    run(body)


def test_what_only_the_bot_said_is_no_source(run: Any) -> None:
    async def body(talks: Talks) -> None:
        await talks.say("Guess where I am")
        guess = await talks.answer(1, "You live in Lima")
        assert guess is not None
        right = await talks.say("Right")
        await talks.learn("lives in Lima", [guess, right])
        gone = await talks.forget("message", right.number)
        assert (gone.facts, gone.redacted) == (("f1",), ())

    run(body)


def test_a_fact_that_was_spared_first_is_found_in_receipts_before(run: Any) -> None:
    """Its last source is lost in a turn that came after the one that showed it."""

    async def body(talks: Talks) -> None:
        said = await talks.say("I live in Lima", spot="own")
        await talks.learn("lives in Lima", [said])
        await talks.say("hello", spot="early")
        await talks.answer(2, "Hello", [("facts", "f1")])
        reply = await talks.answer(1, "You live in Lima")
        assert reply is not None
        await talks.repeat(1, reply)
        await talks.repeat(1, await talks.say("Right", spot="third"))
        gone = await talks.forget("message", said.number)
        assert (gone.facts, gone.redacted) == (("f1",), ("2.2", "1.2"))

    run(body)


def test_a_fact_is_forgotten_with_its_versions_and_its_messages_stay(run: Any) -> None:
    async def body(talks: Talks) -> None:
        said = [await talks.say("I live in Lima"), await talks.say("I live in Quito")]
        lima = await talks.learn("lives in Lima", said[:1])
        edited = await talks.edit(lima, "lives in Lima, Ohio")
        undone = await talks.undo()
        assert undone is not None
        quito = await talks.learn("lives in Quito", said[1:], closes=(undone.id,))
        await talks.learn("lives in lima", said[:1], closes=(quito,))
        await talks.say("hi", spot="elsewhere")
        await talks.answer(2, "Hello", [("facts", f"f{edited.id}")])
        gone = await talks.forget("fact", lima)
        assert gone.facts == ("f1", "f2", "f3", "f5")
        assert (gone.reopened, gone.redacted, gone.messages) == (("f4",), ("2.2",), ())
        assert gone.texts[1:3] == ("lives in Lima", "lives in Lima, Ohio")
        assert await facts(talks) == [("lives in Quito", None, None)]
        assert len(await talks.texts(1)) == 2

    run(body)


def test_summaries_of_its_audience_go_and_the_talk_is_told(run: Any) -> None:
    async def body(talks: Talks) -> None:
        alone = [await talks.say("one"), await talks.say("two")]
        both = [await talks.say("three", present=("ben",)), await talks.say("four")]
        alone.append(await talks.say("five", present=()))
        await talks.summarise("of two", alone)
        await talks.summarise("of two more", both)
        await talks.answer(1, "ok", [("summary", "s1"), ("summary", "s2")])
        gone = await talks.forget("message", both[0].number, replies="quoting")
        assert (gone.summaries, gone.rebuilt) == (("s2",), (1,))
        assert [s.text for s in await talks.rows(schema.summary)] == ["of two"]
        (told,) = (await talks.receipts()).values()
        shown = [item["id"] for item in told["items"] if item["origin"] == "summary"]
        assert shown == ["s1", "forgotten"]

    run(body)


def test_a_summary_that_stood_for_something_is_not_named(run: Any) -> None:
    async def body(talks: Talks) -> None:
        said = await talks.say("one")
        await talks.summarise("of one", [said])
        lease = await talks.claim(1)
        assert lease is not None
        receipt = await talks.receipt(lease, ())
        left = {"origin": "window", "from": "1.0", "to": "1.0", "count": 1, "tokens": 7}
        receipt["left_out"] = [{**left, "why": "stood for by summary s1"}]
        await talks.finish(lease, "ok", receipt=receipt)
        await talks.forget("message", said.number)
        (told,) = (await talks.receipts()).values()
        assert told["left_out"][0]["why"] == "stood for by summary forgotten"
        await talks.write(lambda c: c.execute(update(schema.turn).values(receipt=None)) and None)

    run(body)


async def link(talks: Talks, first: int, other: int) -> None:
    who = schema.identity.c.id
    await talks.write(
        lambda c: (
            c.execute(update(schema.identity).where(who == other).values(linked_to=first)) and None
        )
    )


def test_a_person_goes_from_everywhere(run: Any) -> None:
    async def body(talks: Talks) -> None:
        own = await talks.say("I am Ana", spot="own", author="ana")
        await talks.answer(1, "Hello")
        other = await talks.say("Also me", spot="phone", author="anna", channel="web")
        group = await talks.say("Hi all", spot="group", author="ana", present=("ben",))
        bens = await talks.say("Hi Ana", spot="group", author="ben")
        assert (own.author, other.author, bens.author) == (1, 2, 3)
        await talks.answer(3, "Welcome, both")
        await link(talks, 1, 2)
        row = {"identity_id": 1, "hash": "h", "until": 1}
        await talks.write(lambda c: c.execute(insert(schema.link_code), row) and None)
        await talks.learn("is called Ana", [bens], about=1)
        await talks.learn("is called Ben", [bens], about=3)
        gone = await talks.forget("person", 2)
        assert gone.people == ("p1", "p2")
        assert gone.conversations == (1, 2)
        assert gone.messages == ("1.1", "1.2", "2.1", "3.1")
        assert (gone.facts, gone.redacted) == (("f1",), ("3.3",))
        assert await talks.texts(3) == ["Hi Ana", MARK]
        assert [row.id for row in await talks.rows(schema.identity)] == [3]
        assert {row.identity_id for row in await talks.rows(schema.audience_member)} == {3}
        assert await talks.rows(schema.link_code) == []
        again = await talks.say("I am back", spot="own", author="ana")
        assert (again.conversation, again.author) == (4, 4)
        assert group.number not in {row.id for row in await talks.rows(schema.message)}

    run(body)


def test_what_they_are_called_is_quoted_too(run: Any) -> None:
    async def body(talks: Talks) -> None:
        await talks.say("hi", spot="group", author="Zoe", name="Zoe", present=("ben",))
        await talks.say("hi", spot="group", author="ben", name="ben")
        await talks.answer(1, "Nice to see zoe here")
        await talks.say("indeed", spot="group", author="ben", name="ben")
        await talks.answer(1, "Yes")
        gone = await talks.forget("person", 1, replies="quoting")
        assert gone.redacted == ("1.3",)

    run(body)


def test_a_talk_of_which_nothing_is_left_goes_with_the_person(run: Any) -> None:
    async def body(talks: Talks) -> None:
        said = [
            await talks.say("hello", spot="own"),
            await talks.say("hello", spot="channel", circle="open"),
        ]
        await talks.forget("message", *(one.number for one in said))
        await talks.say("elsewhere", spot="third", circle="other")
        gone = await talks.forget("person", 1)
        assert gone.conversations == (1, 3)
        assert [row.spot for row in await talks.rows(schema.conversation)] == ["channel"]

    run(body)


def test_a_conversation_goes_whole(run: Any) -> None:
    async def body(talks: Talks) -> None:
        said = await talks.say("My password is Zanzibar77", spot="private matters")
        await talks.answer(1, "noted")
        await talks.say("and more", spot="private matters")
        await talks.claim(1)
        await talks.summarise("of it", [said])
        await talks.learn("has a password", [said])
        await talks.embed(said, b"vector")
        await talks.say("hello", spot="other")
        await talks.answer(2, "Hello", [("recall", said.id)])
        gone = await talks.forget("conversation", 1)
        assert gone.conversations == (1,)
        assert (gone.messages, gone.redacted) == (("1.1", "1.2", "1.3"), ("2.2",))
        assert (gone.summaries, gone.rebuilt, gone.facts) == (("s1",), (), ("f1",))
        assert await talks.store.conversation(place("private matters")) is None
        assert [row.id for row in await talks.rows(schema.conversation)] == [2]
        assert await talks.rows(schema.embedding) == []
        assert await talks.texts(2) == ["hello", MARK]

    run(body)


def test_a_bot_goes_with_all_that_was_said_to_it(run: Any) -> None:
    async def body(talks: Talks) -> None:
        said = await talks.say("to bo", spot="one", author="ana")
        await talks.learn("said it to bo", [said], about=1)
        await talks.say("to bo first", spot="two", author="ben")
        await talks.say("then to eve", spot="two", author="ben", bot="eve")
        await talks.say("to eve", spot="three", author="eli", bot="eve")
        await talks.say("to bo in passing", spot="four", author="gus", present=("fay",))
        await talks.say("fay is here", spot="three", author="eli", bot="eve", present=("fay",))
        await link(talks, 1, 3)
        gone = await talks.forget("bot", bot="bo")
        assert (gone.conversations, gone.people, gone.facts) == ((1, 4), ("p4",), ("f1",))
        assert gone.messages == ("1.1", "2.1", "4.1")
        assert {row.bot for row in await talks.rows(schema.audience)} == {"eve"}
        gone = await talks.forget("bot", bot="eve")
        assert gone.people == ("p2", "p5")  # the others are linked with each other
        assert await talks.rows(schema.message) == await talks.rows(schema.audience) == []

    run(body)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (Target(kind="message", numbers=(1, 9)), r"There is no such message; it may have been"),
        (Target(kind="message"), r"no such message"),
        (Target(kind="fact", numbers=(9,)), r"no such fact"),
        (Target(kind="person", numbers=(9,)), r"no such person"),
        (Target(kind="conversation", numbers=(9,)), r"no such conversation"),
        (Target(kind="bot", bot="eve"), r"nothing of a bot named 'eve': nothing was forgotten"),
    ],
)
def test_what_is_not_there_is_told_and_nothing_done(run: Any, target: Target, said: str) -> None:
    async def body(talks: Talks) -> None:
        await talks.say("hello")
        for forgetting in (
            talks.store.would_forget(target, "all"),
            talks.store.forget(target, "all", 1),
        ):
            with pytest.raises(NotThere, match=said):
                await forgetting
        assert await talks.texts() == ["hello"]
        assert await talks.store.generation() == 0

    run(body)


def test_a_second_delivery_brings_nothing_back(run: Any) -> None:
    async def body(talks: Talks) -> None:
        said = await talks.say("hello", number="p1")
        await talks.forget("message", said.number)
        one = await talks.store.accept((await measured(talks, "hello", "p1")), 1)
        assert one.forgotten
        assert not (await talks.store.accept((await measured(talks, "hello", "p2")), 1)).forgotten
        assert await talks.texts() == ["hello"]

    run(body)


async def measured(talks: Talks, text: str, number: str) -> Any:
    from making import incoming
    from tertulia.values.message import Measured

    return Measured(incoming=incoming(text, number=number), tokens=5)


def test_forgetting_twice_at_once_and_beside_a_write_that_fails(run: Any) -> None:
    """The writer runs what shared a group with a failed write once more."""

    async def body(talks: Talks) -> None:
        said = await chain(talks, "one", "two")
        ran: list[int] = []

        def wrong(connection: Any) -> None:
            ran.append(1)
            connection.exec_driver_sql("INSERT INTO outcome (seq) VALUES (1)")

        target = Target(kind="message", numbers=(said[0].number,))
        done = await asyncio.gather(
            talks.store.forget(target, "all", 1),
            talks.store._write(wrong),
            talks.store.forget(target, "all", 1),
            return_exceptions=True,
        )
        assert len(ran) == 2
        assert isinstance(done[1], StoreError)
        assert isinstance(done[2], NotThere)
        assert not isinstance(done[0], BaseException)
        assert done[0].messages == ("1.1",)
        assert await talks.store.generation() == 1

    run(body)


def test_it_is_found_no_more_and_its_neighbours_are(run: Any) -> None:
    async def body(talks: Talks) -> None:
        said = [await talks.say(text) for text in ("apples", "zanzibar", "pears")]
        await talks.store.index()
        await talks.forget("message", said[1].number)
        query = "SELECT rowid FROM message_index WHERE message_index MATCH ?"

        def found(word: str) -> Any:
            return talks.store._read(
                lambda c: [row[0] for row in c.exec_driver_sql(query, (word,)).all()]
            )

        assert await found("zanzibar") == []
        assert await found("text:apples") == [said[0].number]
        assert await found("text:pears") == [said[2].number]

    run(body)


def test_who_left_a_circle_is_somebody_new_when_back(run: Any) -> None:
    async def body(talks: Talks) -> None:
        await talks.say("hello", author="ana", circle="open")
        await talks.say("hello", author="ben", circle="open")
        await talks.store.left("library", "local", "open", Author(platform_id="ana", name="a"))
        await talks.forget("person", 1)
        members = await talks.store._read(
            lambda c: list(c.execute(select(schema.audience_member.c.identity_id)).scalars())
        )
        assert members == [2]

    run(body)


def test_it_is_a_part_of_every_store() -> None:
    assert {"forget", "would_forget", "generation", "scrub"} <= set(dir(ForgettingTables))
