"""Promise 7, by the byte: what was forgotten is nowhere in the database and its log.

Everything that is written here has a word of its own, which is looked for in the files.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from talks import Straight, Talks, talking
from tertulia.stores.sql import schema
from tertulia.stores.sql.forget import scrubbing
from tertulia.stores.sql.forget import tables as forgetting
from tertulia.stores.sql.sqlite import SQLiteStore
from tertulia.values.attachment import Attachment
from tertulia.values.errors import NotThere, StoreFull
from tertulia.values.forgetting import Forgotten, Target
from tertulia.values.message import Message

CANARY = "quixzanary42"


async def write_everywhere(talks: Talks) -> dict[str, Message]:
    """The canary by every path that the store has, all of it fed by one message."""
    spot = f"room of {CANARY}"
    picture = Attachment(name=f"{CANARY}.png", media_type="image/png", content=CANARY.encode() * 99)
    said = await talks.say(
        f"I am {CANARY}, and I said so",
        spot=spot,
        author=CANARY,
        name=CANARY,
        number=f"p{CANARY}",
        attachments=(picture,),
    )
    reply = await talks.answer(1, f"Hello {CANARY}", notes=(f"cut {CANARY}",), cause=f"{CANARY}?")
    assert reply is not None
    await talks.store.set_title(1, f"About {CANARY}")
    assert await talks.store.ask_again(1, reply.seq, go_on=False)
    await talks.answer(1, f"Hello again, {CANARY}")
    assert await talks.store.ask_again(1, reply.seq, go_on=True)
    failed = await talks.answer(1, "Sorry", kind="notice", cause=f"400 {CANARY}", receipt=None)
    assert failed is not None
    written = await talks.store.write_fact("bo", 1, CANARY, f"is {CANARY}, I wrote", talks.tick())
    assert written.sources == ()
    (ready, *_) = await talks.store.deliveries("library", 1)
    await talks.store.unsent(ready.id, f"500: {CANARY}", final=False)
    first = await talks.learn(f"is called {CANARY}", [said], about=said.author)
    await talks.edit(first, f"is called {CANARY} the First")
    await talks.undo()
    await talks.summarise(f"They spoke of {CANARY}.", [said, reply])
    await talks.embed(said, CANARY.encode() * 20)
    await talks.say("hello", spot="elsewhere", author="ben")
    shown = [("facts", "f1"), ("summary", "s1"), ("recall", said.id)]
    quote = await talks.answer(2, f"Somebody called {CANARY} was here", shown)
    assert quote is not None
    await talks.say("what?", spot="elsewhere", author="ben")
    await talks.answer(2, f"{CANARY} is not known", kind="notice", cause=f"400 {CANARY}")
    await talks.say(f"{CANARY} waits", spot=spot, author=CANARY, name=CANARY)
    await talks.claim(1)
    await talks.store.index()
    for number in range(40):
        await talks.say(f"nothing of interest {number} " * number, spot="elsewhere", author="ben")
    return {"said": said, "reply": reply}


def found(content: bytes) -> bool:
    """Without its first letters: the index keeps those of neighbouring words once."""
    return CANARY.encode()[2:] in content.lower()


@pytest.mark.parametrize("kind", ["person", "conversation", "bot"])
def test_nothing_is_left_of_whoever_is_forgotten(tmp_path: Path, kind: Any) -> None:
    async def body(talks: Talks) -> None:
        await write_everywhere(talks)
        assert found(await talks.bytes_of())
        number = {"bot": (), "person": (1,), "conversation": (1,)}[kind]
        gone = await talks.forget(kind, *number, bot="bo" if kind == "bot" else None)
        assert gone.conversations == ((1, 2) if kind == "bot" else (1,))
        assert gone.cleaned
        if kind == "conversation":  # what somebody is called is theirs: it is forgotten with them
            await talks.forget("person", 1)
        assert not found(await talks.bytes_of())
        assert await talks.store.scrub()

    talking(tmp_path / "t.db", body)


def test_nothing_is_left_of_a_message(tmp_path: Path) -> None:
    async def body(talks: Talks) -> None:
        said = await talks.say(f"{CANARY} is my word")
        await talks.answer(1, f"Your word is {CANARY}", notes=(f"cut {CANARY}",))
        first = await talks.learn(f"has the word {CANARY}", [said])
        await talks.edit(first, f"has the word {CANARY} no more")
        await talks.summarise(f"They spoke of {CANARY}.", [said])
        await talks.embed(said, CANARY.encode() * 20)
        await talks.store.index()
        await talks.forget("message", said.number, replies="quoting")
        assert not found(await talks.bytes_of())
        assert await talks.texts() == ["(forgotten)"]

    talking(tmp_path / "t.db", body)


def test_a_reader_that_holds_the_log_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "TRIES", 2)

    async def body(talks: Talks) -> None:
        said = await talks.say(f"{CANARY} is my word")
        reader = sqlite3.connect(talks.store.path, isolation_level=None)
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM message").fetchone() == (1,)
        gone = await talks.forget("message", said.number)
        assert not gone.cleaned
        assert found(await talks.bytes_of())
        assert not await talks.store.scrub()
        reader.execute("COMMIT")
        reader.close()
        assert await talks.store.scrub()
        assert not found(await talks.bytes_of())
        kept = {row.name for row in await talks.rows(schema.keeping)}
        assert "scrub" not in kept

    talking(tmp_path / "t.db", body)


def test_what_is_forgotten_meanwhile_is_not_taken_for_cleaned(tmp_path: Path) -> None:
    async def body(talks: Talks) -> None:
        said = await talks.say("one")
        await talks.forget("message", said.number)
        await talks.write(lambda c: c.exec_driver_sql("INSERT INTO keeping VALUES ('scrub', '1')"))
        await talks.write(lambda c: scrubbing.clean(c, "0"))
        assert await talks.store._read(scrubbing.left) == "1"
        await talks.write(lambda c: scrubbing.clean(c, "1"))
        assert await talks.store._read(scrubbing.left) is None

    talking(tmp_path / "t.db", body)


def test_on_a_full_disk_it_is_forgotten_and_cleaned_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_path: Path) -> None:
        raise StoreFull("The disk is full.")

    async def body(talks: Talks) -> None:
        said = await talks.say(f"{CANARY} is my word")
        with monkeypatch.context() as patch:
            patch.setattr(scrubbing, "rewrite", full)
            assert not (await talks.forget("message", said.number)).cleaned
            with pytest.raises(StoreFull):
                await talks.store.scrub()
        assert await talks.store.scrub()
        assert not found(await talks.bytes_of())

    talking(tmp_path / "t.db", body)


@pytest.mark.parametrize("seed", [0, 1])
def test_rows_that_moved_between_pages_leave_no_copies(tmp_path: Path, seed: int) -> None:
    """`secure_delete` alone does not see to that: with seed 1 it left one."""
    chance = random.Random(seed)

    async def body(talks: Talks) -> None:
        there: list[Message] = []
        for begun in range(0, 144, 12):
            for number in range(begun, begun + 12):
                filler = "y" * chance.choice([5, 50, 200, 900, 2900])
                there.append(await talks.say(f"moved{number:04}zz {filler}", f"s{number % 3}"))
            gone = chance.sample(there, 9)
            there = [one for one in there if one not in gone]
            await talks.forget("message", *(one.number for one in gone), replies="quoting")
        content = await talks.bytes_of()
        numbers = {int(one.text[5:9]) for one in there}
        left = {n for n in range(144) if f"moved{n:04}zz".encode() in content}
        assert left == numbers

    talking(tmp_path / "t.db", body, Straight)


def test_a_large_index_keeps_no_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than is merged at once: what is taken out is only marked until its part is merged."""
    monkeypatch.setattr(scrubbing, "PAGES", 1)

    async def body(talks: Talks) -> None:
        said = await talks.say(f"{CANARY} is my word")
        await talks.store.index()
        for number in range(300):
            some = " ".join(f"{number}x{word}" for word in range(300))
            await talks.say(some, f"s{number}")
        await talks.store.index()
        await talks.forget("message", said.number)
        assert not found(await talks.bytes_of())

    talking(tmp_path / "t.db", body, Straight)


SPOTS = ("spot0zz", "spot1zz", "spot2zz")
PEOPLE = ("name0zz", "name1zz", "name2zz")
HOME = "I live in Lima"
numbers = st.integers(0, 99)
step = st.one_of(
    st.tuples(st.just("say"), numbers, numbers, numbers),
    st.tuples(st.just("say"), numbers, numbers, numbers),
    st.tuples(st.just("answer"), numbers, numbers, numbers),
    st.tuples(st.just("answer"), numbers, numbers, numbers),
    st.tuples(st.sampled_from(["notice", "silence", "learn", "repeat"]), numbers, numbers, numbers),
    st.tuples(st.sampled_from(["edit", "undo", "summarise", "new"]), numbers, numbers, numbers),
    st.tuples(st.sampled_from(["claim", "index", "embed", "sent"]), numbers, numbers, numbers),
    st.tuples(st.sampled_from(["bring", "title", "write"]), numbers, numbers, numbers),
    st.tuples(st.sampled_from(["again", "again", "switch", "edit"]), numbers, numbers, numbers),
)
kinds = st.sampled_from(["message", "message", "message", "fact", "person", "conversation", "bot"])
oblivion = st.tuples(st.just("forget"), kinds, numbers, st.sampled_from(["all", "quoting"]))
histories = st.lists(
    st.tuples(st.lists(step, min_size=1, max_size=10), numbers, oblivion), min_size=1, max_size=2
)


@dataclass
class History:
    """A random past, in which each thing has a word of its own."""

    talks: Talks
    made: int = 0
    words: dict[str, str] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    brought: dict[str, str] = field(default_factory=dict)

    def word(self) -> str:
        self.made += 1
        return f"word{blake2b(bytes([self.made]), digest_size=5).hexdigest()}x"

    async def said(self, role: str | None = None) -> list[Any]:
        rows = await self.talks.rows(schema.message)
        return [row for row in rows if role in (None, row.role)]

    async def pick(self, table: Any, number: int) -> Any:
        rows = await self.talks.rows(table)
        return rows[number % len(rows)] if rows else None

    async def do(self, what: str, a: int, b: int, c: int) -> None:
        await getattr(self, what)(a, b, c)

    async def begin(self, a: int) -> None:
        """So that there is something to forget, with what was derived from it."""
        await self.say(a, a // 2, 1)
        if a % 2:
            await self.learn(a, a, a // 2)
        await self.answer(a, a, a)
        if a % 3:
            await self.summarise(a, a, a)

    async def bring(self, a: int, b: int, c: int) -> None:
        """An import that is named after what it begins with, and whose replies repeat all."""
        words = [self.word() for _ in range(1 + a % 3)]
        texts = [text for word in words for text in (word, f"{word} and {words[0]}, I see")]
        name, who = f"past{self.made}", PEOPLE[b % 3]
        await self.talks.take_in(texts[: 1 + c % 6], words[0], name=name, author=who)

    async def say(self, a: int, b: int, c: int) -> None:
        spot, who = SPOTS[a % 3], PEOPLE[b % 3]
        text = HOME if c % 5 == 0 else f"{self.word()} " + "filler " * (c % 40 * 4)
        present = (who,) if c % 4 == 1 else None
        more: dict[str, Any] = {"unanswered": "not addressed"} if c % 7 == 3 else {}
        if b % 4 == 0:
            word = self.word()
            content = f"{word} ".encode() * (1 + c)
            more["attachments"] = (Attachment(name=word, media_type="a/b", content=content),)
        if b % 3 == 1:
            more["instead_of"] = 1 + c % 8
        said = await self.talks.say(text, spot, who, name=who, present=present, **more)
        for one in more.get("attachments", ()):
            self.brought[said.id] = one.name

    async def answer(self, a: int, b: int, c: int) -> None:
        """A reply that repeats every word that it was shown."""
        talk = await self.pick(schema.conversation, a)
        lease = await self.talks.claim(talk.id) if talk else None
        if lease is None:
            return
        shown: list[tuple[str, str]] = []
        said, fact = await self.pick(schema.message, b), await self.pick(schema.fact, c)
        summary = await self.pick(schema.summary, b)
        shown += [("recall", f"{said.conversation_id}.{said.seq}")] if said and b % 2 else []
        shown += [("facts", f"f{fact.id}")] if fact and c % 2 else []
        shown += [("summary", f"s{summary.id}")] if summary and b % 3 else []
        receipt = await self.talks.receipt(lease, shown)
        words = await self._words_of({item["id"] for item in receipt["items"]})
        text = " ".join(words) + " is what I see" if c % 3 else "ok"
        await self.talks.finish(lease, text, notes=tuple(words[:1]), receipt=receipt)

    async def _words_of(self, shown: set[str]) -> list[str]:
        texts = {f"{m.conversation_id}.{m.seq}": m.text for m in await self.said()}
        texts |= {f"f{f.id}": f.statement for f in await self.talks.rows(schema.fact)}
        texts |= {f"s{s.id}": s.text for s in await self.talks.rows(schema.summary)}
        words = {word for name in shown for word in texts.get(name, "").split()}
        return sorted(word for word in words if word.startswith("word"))

    async def notice(self, a: int, b: int, c: int) -> None:
        talk = await self.pick(schema.conversation, a)
        lease = await self.talks.claim(talk.id) if talk else None
        if lease is not None:
            cause = lease.waiting[-1].text.split()[0]
            receipt = await self.talks.receipt(lease, ()) if b % 2 else None
            await self.talks.finish(
                lease, f"No: {cause}", kind="notice", cause=cause, receipt=receipt
            )

    async def silence(self, a: int, b: int, c: int) -> None:
        talk = await self.pick(schema.conversation, a)
        if talk:
            await self.talks.answer(talk.id, None, cause="stopped")

    async def learn(self, a: int, b: int, c: int) -> None:
        said = await self.said("user")
        if not said:
            return
        one = said[a % len(said)]
        source = await self.talks.message(one.conversation_id, one.seq)
        held = await self.pick(schema.fact, b)
        closes = (held.id,) if held and held.closed_at is None and b % 2 else ()
        home = one.text == HOME
        statement = "lives in Lima" if home else one.text.split()[0] + " was said"
        about = one.identity_id if c % 2 else None
        await self.talks.learn(statement, [source], about=about, closes=closes)

    async def repeat(self, a: int, b: int, c: int) -> None:
        said, held = await self.pick(schema.message, a), await self.pick(schema.fact, b)
        if said and held and said.role != "notice":
            source = await self.talks.message(said.conversation_id, said.seq)
            await self.talks.repeat(held.id, source)

    async def edit(self, a: int, b: int, c: int) -> None:
        held = await self.pick(schema.fact, a)
        if held and held.closed_at is None:
            await self.talks.edit(held.id, f"{self.word()} was written")

    async def undo(self, a: int, b: int, c: int) -> None:
        await self.talks.undo()

    async def summarise(self, a: int, b: int, c: int) -> None:
        said = [m for m in await self.said() if m.role != "notice"]
        if not said:
            return
        last = said[a % len(said)]
        found = await self.talks.store.stretch(
            last.conversation_id, None, last.seq, last.audience_id
        )
        words = await self._words_of({one.id for one in found})
        await self.talks.summarise(" ".join([*words, "in short"]), found)

    async def new(self, a: int, b: int, c: int) -> None:
        talk = await self.pick(schema.conversation, a)
        if talk:
            await self.talks.store.set_head(talk.id, None, "blank" if b % 2 else None)

    async def title(self, a: int, b: int, c: int) -> None:
        """Made of a word that was said, here or elsewhere."""
        talk, said = await self.pick(schema.conversation, a), await self.pick(schema.message, b)
        if talk and said:
            await self.talks.store.set_title(talk.id, f"On {said.text.split()[0]}")

    async def write(self, a: int, b: int, c: int) -> None:
        who = await self.pick(schema.identity, a)
        if who:
            text = f"{self.word()} was written"
            await self.talks.store.write_fact("bo", who.id, who.name, text, self.talks.tick())

    async def again(self, a: int, b: int, c: int) -> None:
        """A reply or notice is made anew, sooner or later, or is not."""
        told = [one for one in await self.said() if one.role != "user"]
        if told:
            one = told[a % len(told)]
            with contextlib.suppress(NotThere):
                await self.talks.store.ask_again(one.conversation_id, one.seq, go_on=bool(b % 2))
            if c % 3:
                await (self.answer if c % 2 else self.notice)(a, b, c)

    async def switch(self, a: int, b: int, c: int) -> None:
        said = [one for one in await self.said() if one.role != "notice"]
        if said:
            one = said[a % len(said)]
            await self.talks.store.switch(one.conversation_id, one.seq)

    async def claim(self, a: int, b: int, c: int) -> None:
        talk = await self.pick(schema.conversation, a)
        if talk:
            await self.talks.claim(talk.id)

    async def index(self, a: int, b: int, c: int) -> None:
        await self.talks.store.index()

    async def embed(self, a: int, b: int, c: int) -> None:
        said = await self.pick(schema.message, a)
        if said and not await self.talks.rows(schema.embedding):
            source = await self.talks.message(said.conversation_id, said.seq)
            await self.talks.embed(source, said.text.encode() * 2)

    async def sent(self, a: int, b: int, c: int) -> None:
        ready = await self.talks.store.deliveries("library", None)
        if ready:
            await self.talks.store.sent(ready[0].id, ["p"], self.talks.tick())

    async def forget(self, kind: Any, number: int, replies: Any) -> None:
        if kind == "fact" and not await self.talks.rows(schema.fact):
            kind = "message"
        tables = {"message": schema.message, "fact": schema.fact, "person": schema.identity}
        table = tables.get(kind, schema.conversation)
        row = await self.pick(table, number)
        before = {(m.conversation_id, m.seq): m for m in await self.said()}
        target = (row.id,) if kind != "bot" else ()
        done = await self.talks.forget(
            kind, *target, bot="bo" if kind == "bot" else None, replies=replies
        )
        await self._look(kind, row, before, done)

    async def _look(self, kind: str, row: Any, before: dict[Any, Any], done: Forgotten) -> None:
        for text in done.texts:
            self.gone |= {word for word in text.split() if word.startswith("word")}
        self.gone |= {self.brought[name] for name in done.messages if name in self.brought}
        # Of a fact that is forgotten the messages stay, and what they say.
        there = {word for m in await self.said() for word in m.text.split()}
        there |= {word for f in await self.talks.rows(schema.fact) for word in f.statement.split()}
        named = {"person": "name", "conversation": "spot"}.get(kind)
        gone = (self.gone - there) | ({getattr(row, named)} if named else set())
        content = await self.talks.bytes_of()
        # The index keeps the first letters of neighbouring words once: of a word the end counts.
        assert not [word for word in gone if word.removeprefix("word")[2:].encode() in content]
        left = {(m.conversation_id, m.seq): m for m in await self.said()}
        changed = {
            f"{a}.{b}"
            for (a, b), m in before.items()
            if m.text != getattr(left.get((a, b)), "text", None)
        }
        assert changed == {*done.messages, *done.redacted}
        await self.talks.check()

    async def go_on(self) -> None:
        """Every conversation still works, and everything in it gets its outcome."""
        for spot, who in zip(SPOTS, PEOPLE, strict=True):
            said = await self.talks.say("still here?", spot, who)
            while await self.talks.answer(said.conversation, "yes") is not None:
                pass
            assert await self.talks.store.outcome(said.conversation, said.seq) is not None
        talks = [talk.id for talk in await self.talks.store.conversations(None)]
        for which in talks:
            while await self.talks.answer(which, "yes") is not None:
                pass
        covered = {(row.conversation_id, row.seq) for row in await self.talks.rows(schema.outcome)}
        assert covered == {(m.conversation_id, m.seq) for m in await self.said("user")}


@pytest.fixture(scope="module")
def empty() -> Iterator[Path]:
    """A folder in memory where there is one, with a database that has its tables."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        path = Path(folder) / "empty.db"

        async def make() -> None:
            store = SQLiteStore(path)
            await store.open()
            await store.close()

        asyncio.run(make())
        yield path


@pytest.mark.slow
@pytest.mark.parametrize("part", range(8))
@settings(
    max_examples=125,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(past=histories)
def test_whatever_was_said_is_forgotten_to_the_last_byte(
    empty: Path, part: int, past: list[Any]
) -> None:
    folder = empty.parent / "one"
    folder.mkdir()
    try:
        shutil.copy(empty, folder / "t.db")

        async def body(talks: Talks) -> None:
            history = History(talks)
            for steps, first, (_, kind, number, replies) in past:
                await history.begin(first)
                for what in steps:
                    await history.do(*what)
                await history.forget(kind, number, replies)
            await history.go_on()

        talking(folder / "t.db", body, Straight)
    finally:
        shutil.rmtree(folder)


def test_the_dry_run_writes_nothing(tmp_path: Path) -> None:
    async def body(talks: Talks) -> None:
        await write_everywhere(talks)
        before = [await talks.rows(table) for table in schema.metadata.sorted_tables]
        await talks.store.would_forget(Target(kind="person", numbers=(1,)), "all")
        assert [await talks.rows(table) for table in schema.metadata.sorted_tables] == before

    talking(tmp_path / "t.db", body)
