"""A message's way through the engine: promises 1 to 3 and 8."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from making import ANA
from running import Keeping, ScriptedModel, SetClock, scene
from tertulia.values.bot import Price
from tertulia.values.errors import (
    ContextOverflow,
    DeliveryFailed,
    ModelDeclined,
    ModelNotAllowed,
    ModelRejected,
    ModelUnavailable,
    NotHere,
    StoreFull,
)
from tertulia.values.events import Event, Restarted, Spoken, Started
from tertulia.values.prompt import Done, Usage


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tertulia.engine.attempts.FIRST_PAUSE", 0.001)


def test_a_message_is_answered_and_the_reply_kept(tmp_path: Path) -> None:
    async def body() -> None:
        model = ScriptedModel([["Hello, ", "Ana."]])
        async with scene(tmp_path, model) as here:
            delivery = await here.talk("I am Ana.")
            assert delivery.text == "Hello, Ana."
            assert delivery.kind == "reply"
            assert delivery.covers == (1,)
            assert delivery.message == "1.2"
            assert here.channel.sent == [delivery]
            assert [line.content for line in model.prompts[0].lines] == ["Be kind.", "I am Ana."]
            assert delivery.receipt["prompt_tokens"] == model.prompts[0].tokens
            transcript = await here.store.transcript(1)
            assert [(m.role, m.text, m.parent) for m in transcript] == [
                ("user", "I am Ana.", None),
                ("assistant", "Hello, Ana.", 1),
            ]

    asyncio.run(body())


def test_the_talk_before_is_read_again(tmp_path: Path) -> None:
    async def body() -> None:
        model = ScriptedModel([["one"], ["two"]])
        async with scene(tmp_path, model) as here:
            await here.talk("first")
            await here.talk("second")
            assert [line.content for line in model.prompts[1].lines[1:]] == [
                "first",
                "one",
                "second",
            ]

    asyncio.run(body())


def test_messages_that_wait_together_are_answered_together(tmp_path: Path) -> None:
    async def body() -> None:
        gate = asyncio.Event()
        model = ScriptedModel([["a", gate, "b"], ["both"]])
        async with scene(tmp_path, model) as here:
            first = await here.say("one")
            await _until(lambda: len(model.prompts) == 1)
            second, third = await here.say("two"), await here.say("three")
            gate.set()
            outcomes = [await here.outcome(each) for each in (first, second, third)]
            texts = [outcome.delivery.text for outcome in outcomes if outcome.delivery]
            assert texts == ["ab", "both", "both"]
            assert [delivery.covers for delivery in here.channel.sent] == [(1,), (2, 3)]
            read = [line.content for line in model.prompts[1].lines[1:]]
            assert read == ["one", "ab", "two", "three"]

    asyncio.run(body())


def test_a_message_delivered_twice_is_answered_once(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            first = await here.say(number="x")
            again = await here.say(number="x")
            assert (first.duplicate, again.duplicate) == (False, True)
            assert (first.conversation, first.seq) == (again.conversation, again.seq)
            await here.outcome(again)
            late = await here.say(number="x")
            assert late.duplicate
            await here.engine.close()
            assert len(here.channel.sent) == 1

    asyncio.run(body())


def test_a_message_not_addressed_is_kept_read_and_not_answered(tmp_path: Path) -> None:
    async def body() -> None:
        model = ScriptedModel()
        async with scene(tmp_path, model) as here:
            aside = await here.say("psst", unanswered="not addressed")
            outcome = await here.outcome(aside)
            assert (outcome.kind, outcome.reason) == ("unanswered", "not addressed")
            await here.talk("bot, what was said?")
            assert [line.content for line in model.prompts[0].lines[1:]] == [
                "psst",
                "bot, what was said?",
            ]
            assert len(here.channel.sent) == 1

    asyncio.run(body())


def test_conversations_do_not_wait_for_each_other(tmp_path: Path) -> None:
    async def body() -> None:
        gate = asyncio.Event()
        async with scene(tmp_path, ScriptedModel([[gate, "slow"], ["quick"]])) as here:
            slow = await here.say(spot="a")
            await _until(lambda: here.engine._turns._running)
            assert (await here.talk(spot="b")).text == "quick"
            gate.set()
            assert (await here.outcome(slow)).kind == "reply"

    asyncio.run(body())


def test_at_most_so_many_turns_run_at_once(tmp_path: Path) -> None:
    async def body() -> None:
        gate = asyncio.Event()
        model = ScriptedModel([[gate, "x"]])
        async with scene(tmp_path, model, at_once=3) as here:
            said = [await here.say(spot=str(n)) for n in range(8)]
            await _until(lambda: len(model.prompts) == 3)
            await here.store.conversations(None)
            assert len(model.prompts) == 3
            gate.set()
            for each in said:
                assert (await here.outcome(each)).kind == "reply"

    asyncio.run(body())


def test_live_events_come_in_order(tmp_path: Path) -> None:
    async def body() -> None:
        model = ScriptedModel([["He", "llo", ModelUnavailable("cut")], ["Hello"]])
        async with scene(tmp_path, model) as here:
            first = await here.say()
            events: list[Event] = []
            end = here.engine.listen(first.conversation, events.append)
            await here.outcome(first)
            end()
            end()
            assert [e for e in events if not isinstance(e, Started)][:4] == [
                Spoken("He"),
                Spoken("llo"),
                Restarted("cut"),
                Spoken("Hello"),
            ]
            assert events[0] == Started(1)
            heard = len(events)
            await here.talk()
            assert len(events) == heard

    asyncio.run(body())


def test_a_stopped_reply_keeps_what_was_shown_and_is_marked(tmp_path: Path) -> None:
    async def body() -> None:
        gate = asyncio.Event()
        async with scene(tmp_path, ScriptedModel([["so far", gate, "never"], ["next"]])) as here:
            said = await here.say()
            await _until(lambda: bool(_draft(here).parts))
            assert here.engine.stop(said.conversation)
            assert not here.engine.stop(said.conversation)
            outcome = await here.outcome(said)
            assert outcome.delivery is not None
            assert outcome.delivery.text == "so far"
            assert outcome.delivery.finish_reason == "stopped"
            assert not here.engine.stop(said.conversation)
            assert (await here.talk()).text == "next"
            assert (await here.store.transcript(1))[1].finish_reason == "stopped"

    asyncio.run(body())


def test_stopped_before_a_word_leaves_the_message_unanswered_with_its_reason(
    tmp_path: Path,
) -> None:
    async def body() -> None:
        gate = asyncio.Event()
        model = ScriptedModel([[gate, "never"], ["next"]])
        async with scene(tmp_path, model) as here:
            said = await here.say()
            await _until(lambda: bool(model.prompts))
            assert here.engine.stop(said.conversation)
            outcome = await here.outcome(said)
            assert (outcome.kind, outcome.reason, outcome.delivery) == (
                "unanswered",
                "stopped",
                None,
            )
            assert here.channel.sent == []
            assert (await here.talk("again")).text == "next"

    asyncio.run(body())


@pytest.mark.parametrize(
    ("error", "sentence", "reason"),
    [
        (ModelUnavailable("no route"), ModelUnavailable.spoken, "failed"),
        (ModelNotAllowed("bad key"), ModelNotAllowed.spoken, "failed"),
        (ModelRejected("no such model"), ModelRejected.spoken, "failed"),
        (ContextOverflow("too long"), ContextOverflow.spoken, "failed"),
        (ModelDeclined("no", reason="content_filter"), ModelDeclined.spoken, "content_filter"),
        (
            ZeroDivisionError("a bug"),
            "Something went wrong inside me. Your message is kept; the log tells my owner more.",
            "failed",
        ),
    ],
)
def test_a_failed_model_leaves_a_plain_sentence_and_loses_nothing(
    tmp_path: Path, error: Exception, sentence: str, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def body() -> None:
        model = ScriptedModel([["some", error], ["some", error], ["some", error], ["fine"]])
        async with scene(tmp_path, model) as here:
            delivery = await here.talk("important")
            assert (delivery.kind, delivery.text) == ("notice", sentence)
            assert (delivery.finish_reason, delivery.cause) == (reason, str(error))
            assert str(error) in caplog.text
            model.prompts += [model.prompts[0]] * 3
            assert (await here.talk("again")).text == "fine"
            assert [line.content for line in model.prompts[-1].lines[1:]] == ["important", "again"]

    asyncio.run(body())


def test_a_refused_key_is_not_hidden_by_a_fallback(tmp_path: Path) -> None:
    async def body() -> None:
        other = ScriptedModel(name="scripted:other")
        first = ScriptedModel([[ModelNotAllowed("key of env:X refused")]])
        async with scene(tmp_path, first, other) as here:
            delivery = await here.talk()
            assert (delivery.kind, delivery.cause) == ("notice", "key of env:X refused")
            assert other.prompts == []
            assert len(first.prompts) == 1

    asyncio.run(body())


@pytest.mark.parametrize(
    ("error", "tries"),
    [
        (ModelUnavailable("busy"), 3),
        (ModelRejected("no such model"), 1),
        (ContextOverflow("long"), 2),
        (ModelUnavailable("much later", retry_after=3600), 1),
    ],
)
def test_the_fallback_answers_after_the_tries(tmp_path: Path, error: Exception, tries: int) -> None:
    async def body() -> None:
        first = ScriptedModel([["x", error]])
        other = ScriptedModel([["fallback"]], name="scripted:other")
        async with scene(tmp_path, first, other) as here:
            delivery = await here.talk()
            assert (delivery.text, delivery.model) == ("fallback", "scripted:other")
            assert len(first.prompts) == tries

    asyncio.run(body())


@pytest.mark.parametrize(
    ("script", "cause"),
    [
        ([""], "scripted:one gave an empty reply."),
        (["  \n"], "scripted:one gave an empty reply."),
        (
            [Done(finish_reason="length")],
            (
                "scripted:one used its whole reply (max_tokens) before a first word. "
                "Give it a larger max_tokens."
            ),
        ),
    ],
)
def test_an_empty_reply_is_a_failure(tmp_path: Path, script: list[str], cause: str) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel([script])) as here:
            delivery = await here.talk()
            assert (delivery.kind, delivery.cause) == ("notice", cause)

    asyncio.run(body())


def test_a_cut_reply_is_marked(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(
            tmp_path, ScriptedModel([["and so", Done(finish_reason="length")]])
        ) as here:
            delivery = await here.talk()
            assert (delivery.text, delivery.finish_reason) == ("and so", "length")

    asyncio.run(body())


def test_an_overflow_trims_once_and_recalibrates(tmp_path: Path) -> None:
    async def body() -> None:
        told = ContextOverflow("too long", window=2000, prompt_tokens=2600)
        model = ScriptedModel([["ok"]] * 8 + [["part", told], ["short enough"]], reserve=500)
        async with scene(tmp_path, model) as here:
            for _ in range(8):
                await here.talk("word " * 150)
            assert (await here.talk("word " * 150)).text == "short enough"
            long, trimmed = model.prompts[-2:]
            assert long.tokens > trimmed.tokens
            factor = 2600 / long.tokens
            assert trimmed.tokens <= (2000 - 500) / factor
            assert (await here.store.factors()) == {"scripted:one": pytest.approx(factor)}

    asyncio.run(body())


def test_an_overflow_that_tells_nothing_still_trims(tmp_path: Path) -> None:
    async def body() -> None:
        model = ScriptedModel(
            [["ok"]] * 8 + [[ContextOverflow("long")], ["fine"]], context_window=128_000
        )
        async with scene(tmp_path, model) as here:
            for _ in range(8):
                await here.talk("word " * 150)
            assert (await here.talk("word " * 150)).text == "fine"
            assert model.prompts[-1].tokens <= model.prompts[-2].tokens * 3 // 4
            assert (await here.store.factors()) == {}
            await here.talk("word " * 150)
            assert model.prompts[-1].tokens <= model.prompts[-3].tokens * 3 // 4

    asyncio.run(body())


def test_usage_and_cost_are_stored(tmp_path: Path) -> None:
    async def body() -> None:
        told = Usage(prompt_tokens=1000, completion_tokens=500)
        model = ScriptedModel(usage=lambda _prompt: told)
        prices = {"scripted:one": Price(prompt=2.0, completion=10.0)}
        async with scene(tmp_path, model, prices=prices) as here:
            delivery = await here.talk()
            assert delivery.usage == told
            assert delivery.cost == pytest.approx(0.007)
            assert (await here.outcome(await here.say(number="1"))).delivery == delivery

    asyncio.run(body())


def test_usage_is_counted_where_the_server_tells_none(tmp_path: Path) -> None:
    async def body() -> None:
        model = ScriptedModel([["one two three"]])
        async with scene(tmp_path, model) as here:
            delivery = await here.talk()
            assert delivery.usage == Usage(
                prompt_tokens=model.prompts[0].tokens, completion_tokens=3
            )
            assert delivery.cost is None

    asyncio.run(body())


def test_a_budget_is_calibrated_by_usage(tmp_path: Path) -> None:
    async def body() -> None:
        model = ScriptedModel(
            factor=1.2,
            usage=lambda prompt: Usage(prompt_tokens=prompt.tokens * 2, completion_tokens=1),
        )
        async with scene(tmp_path, model) as here:
            first = await here.talk("word " * 120)
            second = await here.talk()
            assert first.receipt["budget"] == int((4096 - 512) / 1.2)
            assert second.receipt["budget"] == (4096 - 512) // 2
            model.usage = lambda prompt: Usage(prompt_tokens=prompt.tokens, completion_tokens=1)
            await here.talk()
            assert (await here.store.factors()) == {"scripted:one": pytest.approx(1.8)}
        async with scene(tmp_path, model) as here:
            assert (await here.talk(number="later")).receipt["budget"] == int((4096 - 512) / 1.8)

    asyncio.run(body())


def test_a_message_larger_than_the_window_is_cut_and_told(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel(context_window=1024)) as here:
            delivery = await here.talk("word " * 3000)
            (note,) = delivery.notes
            assert note.startswith("Your message was longer than I can read at once")
            assert delivery.receipt["prompt_tokens"] <= 512
            found = await here.outcome(await here.say(number="1"))
            assert found.delivery == delivery

    asyncio.run(body())


def test_a_window_too_small_for_anything_is_told(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel(context_window=530), persona="") as here:
            delivery = await here.talk("word " * 3000)
            assert delivery.kind == "notice"
            assert "context window is set too small" in delivery.text

    asyncio.run(body())


def test_what_waited_when_the_program_ended_is_answered_by_the_next(tmp_path: Path) -> None:
    async def body() -> None:
        stuck = ScriptedModel([[asyncio.Event()]])
        async with scene(tmp_path, stuck, grace=0) as here:
            said = await here.say()
            await _until(lambda: bool(stuck.prompts))
        async with scene(tmp_path, ScriptedModel([["late"]])) as here:
            outcome = await here.outcome(said)
            assert outcome.delivery is not None
            assert outcome.delivery.text == "late"

    asyncio.run(body())


def test_two_engines_on_one_file_answer_once(tmp_path: Path) -> None:
    async def body() -> None:
        gate = asyncio.Event()
        one, two = ScriptedModel([["first", gate]]), ScriptedModel([["second"]])
        async with (
            scene(tmp_path, one, owner="one") as here,
            scene(tmp_path, two, owner="two", channel=Keeping()) as there,
        ):
            said = await here.say(number="a")
            await _until(lambda: bool(one.prompts))
            after = await there.say(number="b")
            await asyncio.sleep(0.05)
            assert two.prompts == []
            gate.set()
            await here.outcome(said)
            await there.outcome(after)
            sent = [*here.channel.sent, *there.channel.sent]
            assert sorted(seq for delivery in sent for seq in delivery.covers) == [1, 2]

    asyncio.run(body())


def test_a_late_reply_of_one_that_lost_its_lease_is_refused(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def body() -> None:
        gate, clock = asyncio.Event(), SetClock()
        frozen, quick = ScriptedModel([["late", gate]]), ScriptedModel([["in time"]])
        async with (
            scene(tmp_path, frozen, owner="one", everything=False, clock=clock) as here,
            scene(tmp_path, quick, owner="two", clock=clock, channel=Keeping()) as there,
        ):
            said = await here.say()
            await _until(lambda: bool(frozen.prompts))
            clock.time += 61_000
            outcome = await there.outcome(said)
            assert outcome.delivery is not None
            assert outcome.delivery.text == "in time"
            gate.set()
            await _until(lambda: not here.engine._turns._running)
            assert here.channel.sent == []
            assert len(there.channel.sent) == 1
            assert [m.text for m in await here.store.transcript(1)] == ["hello", "in time"]
            assert "late reply was not stored" in caplog.text

    asyncio.run(body())


def test_leases_are_renewed_and_a_lost_one_is_given_up(tmp_path: Path) -> None:
    async def body() -> None:
        clock = SetClock()
        slow = ScriptedModel([["a", asyncio.Event()], ["again"]])
        other = ScriptedModel([["taken over"]])
        async with (
            scene(tmp_path, slow, owner="one", everything=False, clock=clock) as here,
            scene(tmp_path, other, owner="two", everything=False, clock=clock) as there,
        ):
            said = await here.say()
            await _until(lambda: bool(slow.prompts))
            clock.time += 50_000
            await here.engine._turns.renew()
            clock.time += 50_000
            assert await there.store.waiting(clock.now(), ["bo"]) == []
            clock.time += 20_000
            await there.engine.opened(_place())
            await there.outcome(said)
            await here.engine._turns.renew()
            await _until(lambda: not here.engine._turns._running)
            assert (await here.outcome(said)).delivery is not None
            assert here.channel.sent == []

    asyncio.run(body())


def test_nobody_there_leaves_the_reply_ready_for_later(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            here.channel.errors = [NotHere("gone")]
            await here.talk("one")
            assert here.channel.sent == []
            await here.talk("two")
            assert [delivery.covers for delivery in here.channel.sent] == [(3,)]
            await here.engine.opened(_place())
            assert [delivery.covers for delivery in here.channel.sent] == [(3,), (1,)]
            await here.engine.opened(_place())
            assert len(here.channel.sent) == 2

    asyncio.run(body())


def test_what_was_ready_is_delivered_at_the_next_start(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            here.channel.errors = [NotHere("gone"), OSError("broken")]
            await here.talk("one")
            await here.talk("two")
            await _until(lambda: not here.engine.tools.outbox._senders)
        async with scene(tmp_path, ScriptedModel()) as here:
            await _until(lambda: len(here.channel.sent) == 2)
            assert [delivery.covers for delivery in here.channel.sent] == [(1,), (3,)]

    asyncio.run(body())


def test_a_reply_that_is_refused_for_good_does_not_hold_up_the_next(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            here.channel.errors = [DeliveryFailed("blocked")]
            await here.talk("one")
            await here.talk("two")
            assert [delivery.covers for delivery in here.channel.sent] == [(3,)]
            assert "Reply 1.2 will not be delivered: blocked" in caplog.text
            assert await here.store.deliveries("library", None) == []

    asyncio.run(body())


def test_a_store_that_fails_at_the_end_is_told_and_the_turn_runs_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("tertulia.dispatchers.local.AFTER_AN_ERROR", 0.001)

    async def body() -> None:
        async with scene(tmp_path, ScriptedModel([["first"], ["second"], ["third"]])) as here:
            finish, failures = here.store.finish, [StoreFull("disk full"), StoreFull("disk full")]

            async def failing(*given: object) -> object:
                if failures:
                    raise failures.pop()
                return await finish(*given)  # type: ignore[arg-type]

            monkeypatch.setattr(here.store, "finish", failing)
            said = await here.say()
            events: list[Event] = []
            here.engine.listen(said.conversation, events.append)
            outcome = await here.outcome(said)
            assert outcome.delivery is not None
            assert outcome.delivery.text == "third"
            assert events.count(Restarted("disk full")) == 2
            assert caplog.text.count("could not be answered now: disk full") == 2
            assert len(here.channel.sent) == 1

    asyncio.run(body())


def test_an_engine_that_ends_begins_no_further_turn(tmp_path: Path) -> None:
    async def body() -> None:
        gate = asyncio.Event()
        model = ScriptedModel([["one", gate], ["two"]])
        async with scene(tmp_path, model) as here:
            await here.say()
            await _until(lambda: bool(_draft(here).parts))
            later = await here.say("later")
            ending = asyncio.create_task(here.engine.close())
            await asyncio.sleep(0)
            gate.set()
            await ending
        assert len(model.prompts) == 1
        async with scene(tmp_path, ScriptedModel([["afterwards"]])) as here:
            outcome = await here.outcome(later)
            assert outcome.delivery is not None
            assert outcome.delivery.text == "afterwards"

    asyncio.run(body())


def test_a_new_window_reads_nothing_from_before(tmp_path: Path) -> None:
    async def body() -> None:
        model = ScriptedModel()
        async with scene(tmp_path, model) as here:
            await here.talk("before")
            await here.engine.command(_place(), "bo", "/new", author=ANA, owner=True)
            await here.talk("after")
            assert [line.content for line in model.prompts[-1].lines[1:]] == ["after"]
            await here.talk("more")
            assert [line.content for line in model.prompts[-1].lines[1:]] == ["after", "ok", "more"]
            assert len(await here.store.transcript(1)) == 6

    asyncio.run(body())


def test_a_reply_to_a_window_left_meanwhile_stays_out_of_the_new_one(tmp_path: Path) -> None:
    async def body() -> None:
        gate = asyncio.Event()
        model = ScriptedModel([["old", gate], ["fresh"]])
        async with scene(tmp_path, model) as here:
            old = await here.say("before")
            await _until(lambda: bool(model.prompts))
            await here.engine.command(_place(), "bo", "/new", author=ANA, owner=True)
            new = await here.say("after")
            gate.set()
            await here.outcome(old)
            await here.outcome(new)
            assert [line.content for line in model.prompts[-1].lines[1:]] == ["after"]

    asyncio.run(body())


async def _until(true: object) -> None:
    async with asyncio.timeout(20):
        while not true():  # type: ignore[operator]
            await asyncio.sleep(0.001)


def _draft(here: object) -> object:
    running = list(here.engine._turns._running.values())  # type: ignore[attr-defined]
    return running[0].draft if running else _Nothing()


class _Nothing:
    parts: tuple[str, ...] = ()


def _place() -> object:
    from making import place

    return place()
