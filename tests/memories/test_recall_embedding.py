"""Recall with an embedder: found in other words, and never worse off where the server fails."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from likening import Likening, likening
from making import TOKENIZER
from running import SetClock
from talks import Talks, talking
from tertulia.app.compose import Memories
from tertulia.app.settings import settings_of
from tertulia.app.tomlfile import parse
from tertulia.embedders.openai import OpenAIEmbedder
from tertulia.memories.recall import RecallMemory, likeness, nearest
from tertulia.memories.recall.nearest import Kept, Nearest
from tertulia.ports.recall import Vectors
from tertulia.stores.sql.schema import embedding
from tertulia.values.bot import ModelSpec
from tertulia.values.message import Author

Body = Callable[[Talks, RecallMemory, Likening, SetClock], Awaitable[None]]
Run = Callable[[Body], None]


def embedder(url: str, **more: Any) -> OpenAIEmbedder:
    spec = {"provider": "openai", "name": "small", "retries": 0, "timeout": 5.0, **more}
    return OpenAIEmbedder(ModelSpec(base_url=url, **spec))


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def runner(body: Body) -> None:
        with likening() as server:

            async def whole(talks: Talks) -> None:
                clock, made = SetClock(), embedder(server.url)
                memory = RecallMemory(talks.store, TOKENIZER, clock, embedder=made, patience=5)
                try:
                    await body(talks, memory, server, clock)
                finally:
                    await made.close()

            talking(tmp_path / "tertulia.db", whole)

    return runner


async def learn(memory: RecallMemory) -> None:
    await memory.learn(None)  # type: ignore[arg-type] - it looks at no scene


async def found(memory: RecallMemory, talks: Talks, text: str, audience: int = 1) -> list[str]:
    scope = await talks.store.scope(audience)
    return [match.message.text for match, _ in (await memory.find(scope, text)).ranked]


def test_it_is_found_in_other_words(run: Run):
    async def body(talks: Talks, memory: RecallMemory, server: Likening, _: SetClock) -> None:
        for text in ("I took the kitten along", "nice weather", "the garden", "more of it"):
            await talks.say(text)
        plain = RecallMemory(talks.store, TOKENIZER, SetClock())
        await learn(plain)
        assert await found(plain, talks, "which cat?") == []
        assert server.asked == []
        assert await found(memory, talks, "which feline?") == []
        await learn(memory)
        assert (await found(memory, talks, "which feline?"))[0] == "I took the kitten along"
        assert await found(plain, talks, "which feline?") == []

    run(body)


def test_each_message_is_sent_once(run: Run):
    async def body(talks: Talks, memory: RecallMemory, server: Likening, _: SetClock) -> None:
        for at in range(70):
            await talks.say(f"word {at}")
        await talks.say(" \n")
        await learn(memory)
        await learn(memory)
        await talks.say("one more")
        await learn(memory)
        sent = [text for text in server.texts() if text != "."]
        assert sent == [*(f"word {at}" for at in range(70)), "one more"]
        rows = await talks.rows(embedding)
        assert [row.message_id for row in rows] == list(range(1, 73))
        assert {row.model for row in rows} == {"openai:small/64"}
        assert [len(row.vector) for row in rows if row.message_id == 71] == [0]
        assert len(await found(memory, talks, "which zebra?")) == 72 - 1

    run(body)


def test_only_so_many_are_made_behind_one_reply(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(likeness, "TOGETHER", 2)
    monkeypatch.setattr(likeness, "CALLS", 2)

    async def body(talks: Talks, memory: RecallMemory, _s: Likening, _: SetClock) -> None:
        for at in range(7):
            await talks.say(f"word {at}")
        for count in (4, 7, 7):
            await learn(memory)
            assert len(await talks.rows(embedding)) == count

    run(body)


def test_one_at_a_time_learns(run: Run):
    async def body(talks: Talks, memory: RecallMemory, server: Likening, _: SetClock) -> None:
        await talks.say("a word")
        await asyncio.gather(*(learn(memory) for _ in range(5)))
        assert server.texts() == [".", "a word"]

    run(body)


def test_vectors_keep_to_the_audience_rule(run: Run):
    async def body(talks: Talks, memory: RecallMemory, _s: Likening, _: SetClock) -> None:
        await talks.say("my kitten is ill", "a", "ana", present=())
        both = await talks.say("hello", "b", "ana", present=("ben",))
        await talks.say("the feline club", "c", "ben", circle="open")
        last = await talks.say("hi", "c", "eve", circle="open")
        await talks.store.left("library", "local", "open", Author(platform_id="ben", name="b"))
        await talks.say("the kitten spy", "c", "eve", circle="open")
        ben = await talks.say("me", "d", "ben", present=())
        await learn(memory)
        assert await found(memory, talks, "cat?", 1) == ["my kitten is ill", "hello"]
        assert await found(memory, talks, "cat?", both.audience) == ["hello"]
        assert set(await found(memory, talks, "cat?", ben.audience)) == {
            "hello",
            "the feline club",
            "hi",
            "me",
        }
        assert "the kitten spy" in await found(memory, talks, "cat?", last.audience)

    run(body)


def test_what_is_forgotten_is_compared_no_more(run: Run):
    async def body(talks: Talks, memory: RecallMemory, _s: Likening, _: SetClock) -> None:
        said = [await talks.say(text) for text in ("my kitten", "one", "my old feline")]
        await learn(memory)
        assert len(await found(memory, talks, "cat?")) == 3
        await talks.forget("message", said[0].number)
        assert set(await found(memory, talks, "cat?")) == {"one", "my old feline"}
        await talks.say("a new kitten")
        await learn(memory)
        assert set(await found(memory, talks, "cat?")) == {"one", "my old feline", "a new kitten"}

    run(body)


def test_vectors_of_what_was_forgotten_meanwhile_are_refused(run: Run):
    async def body(talks: Talks, _m: RecallMemory, _s: Likening, _: SetClock) -> None:
        said = [await talks.say(text) for text in ("one", "two")]
        missing = await talks.store.unembedded("m", 9)
        made = Vectors(
            generation=missing.generation, numbers=missing.numbers, vectors=(b"\1", b"\2")
        )
        await talks.forget("message", said[0].number)
        assert not await talks.store.add_vectors("m", made)
        assert await talks.rows(embedding) == []
        now = await talks.store.generation()
        odd = Vectors(generation=now, numbers=(1, 2, 99), vectors=(b"\1", b"\2", b"\3"))
        assert await talks.store.add_vectors("m", odd)
        assert await talks.store.add_vectors("m", odd)
        assert [row.message_id for row in await talks.rows(embedding)] == [2]
        gone = Vectors(generation=now, numbers=(1,), vectors=(b"\1",))
        assert await talks.store.add_vectors("m", gone)
        scope = await talks.store.scope(said[1].audience)
        kept = await talks.store.vectors(scope, "m", 0, now, 9)
        assert (kept.numbers, kept.vectors) == ((2,), (b"\2",))
        assert (await talks.store.vectors(scope, "m", 2, now, 9)).numbers == ()
        assert (await talks.store.vectors(scope, "m", 2, now - 1, 9)).numbers == (2,)

    run(body)


def test_forgetting_while_vectors_are_made_makes_them_anew(run: Run):
    async def body(talks: Talks, memory: RecallMemory, server: Likening, _: SetClock) -> None:
        said = [await talks.say(text) for text in ("one kitten", "two")]
        server.waits = threading.Event()
        learning = asyncio.create_task(learn(memory))
        while not server.asked:
            await asyncio.sleep(0.01)
        await talks.forget("message", said[0].number)
        server.waits.set()
        await learning
        assert [row.message_id for row in await talks.rows(embedding)] == [2]

    run(body)


def test_a_server_that_fails_is_left_alone_and_told_of_once(
    run: Run, caplog: pytest.LogCaptureFixture
):
    async def body(talks: Talks, memory: RecallMemory, server: Likening, clock: SetClock) -> None:
        server.status = 500
        await talks.say("my kitten")
        await learn(memory)
        assert len(server.asked) == 1
        assert await found(memory, talks, "which kitten?") == ["my kitten"]
        await learn(memory)
        assert len(server.asked) == 1
        clock.time += likeness.REST
        assert await found(memory, talks, "which kitten?") == ["my kitten"]
        assert len(server.asked) == 2
        clock.time += likeness.TOLD
        await learn(memory)
        server.status = 200
        clock.time += likeness.REST
        await learn(memory)
        assert await found(memory, talks, "which feline?") == ["my kitten"]
        told = [one.getMessage() for one in caplog.records if one.name.endswith("likeness")]
        assert len(told) == 2
        assert all("words alone for now: openai:small: 127.0.0.1" in one for one in told)

    with caplog.at_level(logging.WARNING):
        run(body)


def test_a_question_that_takes_too_long_goes_by_words(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    async def body(talks: Talks) -> None:
        with likening() as server:
            made = embedder(server.url)
            memory = RecallMemory(talks.store, TOKENIZER, SetClock(), embedder=made, patience=0.05)
            await talks.say("my kitten")
            await talks.store.index()
            server.waits = threading.Event()
            assert await found(memory, talks, "which kitten?") == ["my kitten"]
            server.waits.set()
            await made.close()

    talking(tmp_path / "tertulia.db", body)
    assert "no answer within 0.05 seconds" in caplog.text


def test_a_text_that_is_never_taken_is_passed_over(run: Run):
    async def body(talks: Talks, memory: RecallMemory, server: Likening, _: SetClock) -> None:
        for text in ("one kitten", "a curse", "two"):
            await talks.say(text)
        server.refuses = "curse"
        await learn(memory)
        sizes = {row.message_id: len(row.vector) for row in await talks.rows(embedding)}
        assert sizes == {1: 64, 2: 0, 3: 64}
        assert (await found(memory, talks, "feline?"))[0] == "one kitten"

    run(body)


def test_a_server_that_takes_nothing_any_more_marks_nothing(run: Run):
    async def body(talks: Talks, memory: RecallMemory, server: Likening, _: SetClock) -> None:
        await talks.say("a curse")
        server.refuses = "curse"
        original = server.answer

        def answer(asked: Any) -> Any:
            if len(server.asked) > 1:
                server.refuses = ""  # from now on everything
            return original(asked)

        server.answer = answer  # type: ignore[method-assign]
        await learn(memory)
        assert await talks.rows(embedding) == []

    run(body)


def test_with_other_dimensions_all_are_made_anew(run: Run, monkeypatch: pytest.MonkeyPatch):
    async def body(talks: Talks, memory: RecallMemory, server: Likening, clock: SetClock) -> None:
        await talks.say("one kitten")
        await learn(memory)
        server.dimensions = 32
        other = embedder(server.url)
        anew = RecallMemory(talks.store, TOKENIZER, clock, embedder=other, patience=5)
        assert await found(anew, talks, "feline?") == []
        await learn(anew)
        assert await found(anew, talks, "feline?") == ["one kitten"]
        assert {row.model for row in await talks.rows(embedding)} == {
            "openai:small/64",
            "openai:small/32",
        }
        await other.close()

    run(body)


class Zeros:
    """An embedder of somebody's whose vectors say nothing."""

    name = "zeros:one"

    async def embed(self, texts: Any) -> list[bytes]:
        return [bytes(4) for _ in texts]

    async def close(self) -> None: ...


def test_vectors_that_say_nothing_are_of_no_use(tmp_path: Path):
    async def body(talks: Talks) -> None:
        memory = RecallMemory(talks.store, TOKENIZER, SetClock(), embedder=Zeros())
        await talks.say("a word")
        await learn(memory)
        assert await found(memory, talks, "any word?") == ["a word"]
        assert [row.vector for row in await talks.rows(embedding)] == [b""]

    talking(tmp_path / "tertulia.db", body)


# --- the comparison itself ---------------------------------------------------------------------

WAYS = [way for way in ("numpy", "plain") if way == "plain" or nearest._numpy() is not None]


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "plain":
        monkeypatch.setattr(nearest, "_numpy", lambda: None)


def kept_of(*vectors: bytes) -> Kept:
    kept = Kept(len(vectors[0]))
    kept.take(
        Vectors(generation=0, numbers=tuple(range(1, len(vectors) + 1)), vectors=vectors), 1000
    )
    return kept


@pytest.mark.usefixtures("way")
def test_likeness_is_that_of_directions():
    kept = kept_of(b"\x7f\x00", b"\x01\x01", b"\x81\x00", b"\x10\x00")
    alike = kept.like(b"\x40\x00", 3)
    assert alike.best == [1, 4, 2]
    assert alike.of([1, 2, 3, 4, 9]) == pytest.approx({1: 1, 2: 0.5**0.5, 3: -1, 4: 1})


@pytest.mark.usefixtures("way")
def test_it_goes_on_with_what_is_new_and_begins_again_after_forgetting():
    kept = kept_of(b"\x01\x00", b"\x00\x01")
    assert kept.like(b"\x01\x00", 1).best == [1]
    kept.take(Vectors(generation=0, numbers=(7,), vectors=(b"\x05\x00",)), 2)
    assert kept.numbers == [2, 7]
    assert kept.like(b"\x01\x00", 9).best == [7, 2]
    kept.take(Vectors(generation=1, numbers=(2,), vectors=(b"\x00\x01",)), 2)
    assert kept.numbers == [2]
    assert kept.like(b"\x00\x01", 9).of([2, 7]) == pytest.approx({2: 1.0})
    kept.take(Vectors(generation=2, numbers=(), vectors=()), 2)
    assert kept.like(b"\x00\x01", 9).best == []


vector = st.binary(min_size=3, max_size=3).filter(any)


@given(st.lists(vector, min_size=1, max_size=30), vector)
def test_both_ways_agree(vectors: list[bytes], question: bytes):
    kept = kept_of(*vectors)
    plain = nearest._plainly(kept, question, 5)
    if "numpy" in WAYS:
        quick = nearest._by_numpy(kept, question, 5)
        assert list(quick.values) == pytest.approx(list(plain.values), abs=1e-5)
    assert len(plain.best) == min(5, len(vectors))


def test_plain_python_looks_at_the_newest(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(nearest, "PLAIN", 2)
    kept = kept_of(b"\x01", b"\x02", b"\x03")
    assert nearest._plainly(kept, b"\x01", 9).numbers == [2, 3]


def test_the_bound_of_bytes_holds_for_all_scopes_together(tmp_path: Path):
    async def body(talks: Talks) -> None:
        for spot in "abc":
            for at in range(4):
                await talks.say(f"word {at}", spot, spot, present=())
        missing = await talks.store.unembedded("m", 99)
        made = Vectors(generation=0, numbers=missing.numbers, vectors=(b"\x01\x01",) * 12)
        assert await talks.store.add_vectors("m", made)
        scopes = [await talks.store.scope(number) for number in (1, 2, 3)]
        small = Nearest(talks.store, 6)
        for scope, numbers in zip(scopes, ([2, 3, 4], [6, 7, 8], [10, 11, 12]), strict=True):
            assert (await small.kept(scope, "m", 2)).numbers == numbers
        assert small._bytes() <= 6
        both = Nearest(talks.store, 16)
        for scope in (*scopes, scopes[1]):
            await both.kept(scope, "m", 2)
        assert [key[1][0][0] for key in both._kept] == [3, 2]

    talking(tmp_path / "tertulia.db", body)


# --- how it is joined --------------------------------------------------------------------------


def settings(url: str, **more: object) -> Any:
    told = {"provider": "openai", "name": "small", "base_url": url, **more}
    lines = [
        f'{name} = "{value}"' if isinstance(value, str) else f"{name} = {value}"
        for name, value in told.items()
    ]
    return settings_of(parse("t.toml", "[embedder]\n" + "\n".join(lines)), None, {})


def test_the_settings_make_it_and_its_end_closes_it(tmp_path: Path):
    async def body(talks: Talks) -> None:
        with likening() as server:
            memories = Memories(settings(server.url, dimensions=8), talks.store, TOKENIZER)
            memory = memories.memory("recall")
            assert memory is memories.memory("recall")
            await talks.say("my kitten")
            await learn(memory)
            assert await found(memory, talks, "feline?") == ["my kitten"]
            await memories.close()

    talking(tmp_path / "tertulia.db", body)


def test_without_the_table_there_is_none(tmp_path: Path):
    nothing = settings_of(parse("t.toml", ""), None, {})
    assert nothing.embedder is None

    async def body(talks: Talks) -> None:
        memories = Memories(nothing, talks.store, TOKENIZER)
        assert memories.memory("recall")._likeness is None
        await memories.close()

    talking(tmp_path / "tertulia.db", body)


def test_without_an_embedder_numpy_is_not_imported():
    program = (
        "import sys, tertulia.memories.recall, tertulia.app.compose\n"
        "assert 'numpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
