"""Turns at the edges: windows left, clocks set back, leases outlived, sends that fail."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from making import ANA, TOKENIZER, place, talk
from running import Keeping, ScriptedModel, SetClock, scene
from tertulia.engine.prompt import cost
from tertulia.values.bot import Price
from tertulia.values.errors import ModelUnavailable, StoreError, StoreFull
from tertulia.values.events import Event, Restarted
from tertulia.values.prompt import Chunk, Delta, Done, Prompt, Usage
from tertulia.values.reply import Delivery


class RealClock(SetClock):
    def now(self) -> int:
        return time.time_ns() // 1_000_000


async def until(true: object) -> None:
    async with asyncio.timeout(20):
        while not true():  # type: ignore[operator]
            await asyncio.sleep(0.001)


def test_a_turn_that_outlives_its_lease_keeps_it(tmp_path: Path) -> None:
    async def body() -> None:
        gate = asyncio.Event()
        slow, other = ScriptedModel([["slow ", gate, "but here"]]), ScriptedModel([["other"]])
        async with (
            scene(tmp_path, slow, owner="one", lease=0.3, clock=RealClock()) as here,
            scene(tmp_path, other, owner="two", lease=0.3, clock=RealClock()),
        ):
            said = await here.say()
            await until(lambda: bool(slow.prompts))
            begun = time.monotonic()
            await until(lambda: time.monotonic() - begun > 1.5)
            assert other.prompts == []
            gate.set()
            outcome = await here.outcome(said)
            assert outcome.delivery is not None
            assert outcome.delivery.text == "slow but here"

    asyncio.run(body())


def test_a_turn_that_begins_while_leases_are_renewed_is_not_lost(tmp_path: Path) -> None:
    async def body() -> None:
        gate = asyncio.Event()
        model = ScriptedModel([["one", gate], ["two", gate], ["three"]])
        async with scene(tmp_path, model) as here:
            first = await here.say(spot="a")
            await until(lambda: len(model.prompts) == 1)
            renew = here.store.renew

            async def slowly(*given: object) -> frozenset[int]:
                held = await renew(*given)  # type: ignore[arg-type]
                await here.say(spot="b")
                await until(lambda: len(model.prompts) == 2)
                return held

            here.store.renew = slowly  # type: ignore[method-assign]
            await here.engine._turns.renew()
            gate.set()
            assert (await here.outcome(first)).kind == "reply"
            await until(lambda: not here.engine._turns._running)
            assert len(model.prompts) == 2

    asyncio.run(body())


def test_a_lost_turn_takes_back_what_it_showed(tmp_path: Path) -> None:
    async def body() -> None:
        clock = SetClock()
        slow = ScriptedModel([["a", asyncio.Event()]])
        async with (
            scene(tmp_path, slow, owner="one", everything=False, clock=clock) as here,
            scene(tmp_path, ScriptedModel(), owner="two", clock=clock, channel=Keeping()) as there,
        ):
            said = await here.say()
            events: list[Event] = []
            here.engine.listen(said.conversation, events.append)
            await until(lambda: bool(slow.prompts))
            clock.time += 61_000
            await there.outcome(said)
            await here.engine._turns.renew()
            await until(lambda: not here.engine._turns._running)
            assert Restarted("another process answers") in events

    asyncio.run(body())


def test_the_grace_is_one_for_all_that_runs(tmp_path: Path) -> None:
    class Silent(Keeping):
        async def send(self, delivery: Delivery) -> tuple[str, ...]:
            return await asyncio.Future()

    async def body() -> None:
        model = ScriptedModel([["told"], [asyncio.Event()]])
        async with scene(tmp_path, model, channel=Silent(), grace=0) as here:
            await here.say("one")
            await until(lambda: bool(here.engine.tools.outbox._senders))
            await here.say("two", spot="other")
            await until(lambda: len(model.prompts) == 2)
            learning = asyncio.create_task(asyncio.Event().wait())
            here.engine._turns._learning[99] = learning
            begun = time.monotonic()
            await here.engine.close(0.4)
            assert 0.4 <= time.monotonic() - begun < 0.75
            assert learning.cancelled() or learning.cancelling()

    asyncio.run(body())


def test_a_memory_may_be_given_longer_than_the_rest(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel(), grace=0) as here:
            loop, learnt = asyncio.get_running_loop(), asyncio.Event()
            learning = asyncio.create_task(learnt.wait())
            here.engine._turns._learning[99] = learning
            loop.call_later(0.1, learnt.set)
            await here.engine.close(0, learning=20)
            assert learning.done()
            assert not learning.cancelled()

    asyncio.run(body())


def test_a_dead_process_s_lease_from_the_future_does_not_block(tmp_path: Path) -> None:
    async def body() -> None:
        clock = SetClock()
        clock.time += 7_200_000
        stuck = ScriptedModel([[asyncio.Event()]])
        async with scene(tmp_path, stuck, owner="dead", clock=clock) as here:
            said = await here.say()
            await until(lambda: bool(stuck.prompts))
            here.store.release = _nothing  # type: ignore[method-assign]
            await here.engine.close(0)
        async with scene(tmp_path, ScriptedModel([["back"]]), owner="new") as here:
            outcome = await here.outcome(said)
            assert outcome.delivery is not None
            assert outcome.delivery.text == "back"

    asyncio.run(body())


async def _nothing(*_: object) -> None:
    pass


def test_what_waits_behind_a_new_reads_nothing_from_before(tmp_path: Path) -> None:
    async def body() -> None:
        gate = asyncio.Event()
        model = ScriptedModel([["first", gate], ["ok"]])
        async with scene(tmp_path, model) as here:
            await here.say("one")
            await until(lambda: bool(model.prompts))
            before = await here.say("a secret before")
            await here.engine.command(place(), "bo", "/new", author=ANA, owner=True)
            after = await here.say("hello after")
            gate.set()
            await here.outcome(before)
            await here.outcome(after)
            read = [[line.content for line in prompt.lines[1:]] for prompt in model.prompts]
            assert read == [["one"], ["one", "a secret before"], ["hello after"]]

    asyncio.run(body())


def test_a_bot_of_another_process_is_left_to_it(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            await here.engine._inbox._store.accept(  # as a process with that bot stores it
                _measured("carla"), 1
            )
            mine = await here.say(spot="mine")
            await here.outcome(mine)
            assert await here.store.waiting(here.clock.now(), ["carla"]) == [1]
            assert await here.store.outcome(1, 1) is None

    asyncio.run(body())


def _measured(bot: str) -> object:
    from making import incoming
    from tertulia.values.message import Measured

    return Measured(incoming=incoming(number="x", spot="theirs", bot=bot), tokens=5)


def test_what_could_not_be_sent_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tertulia.engine.host.SEND_AGAIN", 0.01)

    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            here.channel.errors = [OSError("cut off"), OSError("cut off")]
            await here.say()
            await until(lambda: bool(here.channel.sent))
            assert here.channel.sent[0].attempts == 2

    asyncio.run(body())


def test_a_stopped_reply_has_its_cost_and_its_notes(tmp_path: Path) -> None:
    async def body() -> None:
        prices = {"scripted:one": Price(prompt=1.0, completion=1.0)}
        model = ScriptedModel([["so far", asyncio.Event()]], context_window=1024)
        async with scene(tmp_path, model, prices=prices) as here:
            said = await here.say("word " * 3000)
            await until(lambda: bool(here.engine._turns._running and _parts(here)))
            here.engine.stop(said.conversation)
            outcome = await here.outcome(said)
            assert outcome.delivery is not None
            assert outcome.delivery.cost is not None
            assert outcome.delivery.notes

    asyncio.run(body())


def _parts(here: object) -> list[str]:
    (turn,) = here.engine._turns._running.values()  # type: ignore[attr-defined]
    return turn.draft.parts


def test_a_fallback_that_is_too_small_does_not_end_the_chain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tertulia.engine.attempts.FIRST_PAUSE", 0.001)

    async def body() -> None:
        busy = ScriptedModel([[ModelUnavailable("busy")]])
        tiny = ScriptedModel(name="scripted:tiny", context_window=530)
        fine = ScriptedModel([["fine"]], name="scripted:fine")
        async with scene(tmp_path, busy, tiny, fine, persona="") as here:
            assert (await here.talk("word " * 100)).text == "fine"

    asyncio.run(body())


def test_what_was_learned_and_cannot_be_kept_costs_no_reply(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def body() -> None:
        usage = Usage(prompt_tokens=900, completion_tokens=1)
        async with scene(tmp_path, ScriptedModel(usage=lambda _: usage)) as here:

            async def full(*_: object) -> None:
                raise StoreFull("disk full")

            here.store.set_factor = full  # type: ignore[method-assign]
            assert (await here.talk("word " * 150)).text == "ok"
            assert "could not be kept: disk full" in caplog.text

    asyncio.run(body())


def test_a_summary_is_read_wherever_the_talk_has_no_room(tmp_path: Path) -> None:
    class Condensing(ScriptedModel):
        async def stream(self, prompt: Prompt) -> AsyncIterator[Chunk]:
            self.prompts.append(prompt)
            yield Delta("Her name is Ana." if prompt.purpose == "summary" else "ok")
            yield Done(finish_reason="stop")

    async def body() -> None:
        model = Condensing(context_window=1300, reserve=300)
        persona = "Be kind. " * 130
        async with scene(tmp_path, model, summarise=True, persona=persona) as here:
            await here.talk("My name is Ana.")
            for _ in range(30):
                await here.talk("word " * 30)
                await asyncio.gather(*here.engine._turns._learning.values())
                read = "".join(line.content for line in model.prompts[-1].lines)
                replies = [p for p in model.prompts if p.purpose == "reply"]
                whole = "".join(line.content for line in replies[-1].lines)
                assert "Ana" in whole or not _summarised(model), read

    asyncio.run(body())


def _summarised(model: ScriptedModel) -> bool:
    """Whether a summary was there when the last reply was asked for."""
    purposes = [prompt.purpose for prompt in model.prompts]
    last = len(purposes) - 1 - purposes[::-1].index("reply")
    return "summary" in purposes[:last]


def test_one_odd_value_does_not_end_the_writing_of_all(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:

            def wrong(connection: object) -> None:
                connection.exec_driver_sql("SELECT ?", ("\ud800",))  # type: ignore[attr-defined]

            def large(connection: object) -> None:
                connection.exec_driver_sql("SELECT ?", (2**80,))  # type: ignore[attr-defined]

            jobs = [here.store._write(wrong), here.say("fine"), here.store._write(large)]
            told = await asyncio.gather(*jobs, return_exceptions=True)
            assert [isinstance(each, Exception) for each in told] == [True, False, True]
            assert (await here.talk("still there?")).text == "ok"

    asyncio.run(body())


def test_a_busy_database_is_told_to_all_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sqlite3

    monkeypatch.setattr("tertulia.stores.sql.connect.BUSY_SECONDS", 0.3)

    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            other = sqlite3.connect(tmp_path / "tertulia.db", isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            begun = time.monotonic()
            jobs = (here.say(spot=str(n)) for n in range(30))
            told = await asyncio.gather(*jobs, return_exceptions=True)
            waited = time.monotonic() - begun
            other.execute("ROLLBACK")
            other.close()
            assert all(isinstance(each, StoreError) for each in told)
            assert "kept the database" in str(told[0])
            assert waited < 0.3 * 10
            assert (await here.talk()).text == "ok"

    asyncio.run(body())


def test_a_speaker_s_name_counts_as_it_is_sent() -> None:
    (message,) = talk([("user", "hi", "Ana_Maria")])
    assert message.tokens == cost(TOKENIZER, "hi", "Ana_Maria")


@pytest.mark.parametrize(
    "end",
    [
        Done(finish_reason="stop", usage=Usage(prompt_tokens=10**19, completion_tokens=1)),
        Done(finish_reason="stop", usage=Usage(prompt_tokens=-5, completion_tokens=-1)),
        Done(finish_reason="\ud800", usage=None),
    ],
)
def test_what_no_server_can_mean_costs_no_reply(tmp_path: Path, end: Done) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel([["fine", end]])) as here:
            delivery = await here.talk()
            assert (delivery.kind, delivery.text) == ("reply", "fine")
            assert 0 <= delivery.usage.prompt_tokens < 10**6

    asyncio.run(body())


def test_a_reply_that_cannot_be_stored_becomes_a_notice(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def body() -> None:
        async with scene(tmp_path, ScriptedModel()) as here:
            finish = here.store.finish

            async def odd(lease: object, ending: object) -> object:
                if ending.kind == "reply":  # type: ignore[attr-defined]
                    raise OverflowError("too large")
                return await finish(lease, ending)  # type: ignore[arg-type]

            here.store.finish = odd  # type: ignore[method-assign, assignment]
            delivery = await here.talk()
            assert delivery.kind == "notice"
            assert delivery.text.startswith("Something went wrong inside me")
            assert "too large" in caplog.text

    asyncio.run(body())
