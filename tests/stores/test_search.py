"""The index holds exactly what is there, and a search finds nothing that may not be used."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete

from talks import Straight, Talks, talking
from tertulia.ports.archive import Past
from tertulia.ports.recall import Found
from tertulia.stores.sql import postings, search
from tertulia.stores.sql.recall import LIMIT
from tertulia.stores.sql.schema import keeping
from tertulia.values.audience import EVER, Scope
from tertulia.values.errors import NotThere
from tertulia.values.message import Author, Place

INSTANCES = "CREATE VIRTUAL TABLE temp.v USING fts5vocab(main, message_index, instance)"


@pytest.fixture
def run(tmp_path: Path) -> Any:
    return lambda body: talking(tmp_path / "tertulia.db", body)


def entries(connection: Connection) -> list[Any]:
    """Every word of the index with its message, column and place."""
    connection.exec_driver_sql("DROP TABLE IF EXISTS temp.v")
    connection.exec_driver_sql(INSTANCES)
    rows = connection.exec_driver_sql("SELECT term, doc, col, offset FROM temp.v").all()
    connection.exec_driver_sql("DROP TABLE temp.v")
    return sorted(tuple(row) for row in rows)


def made_anew(connection: Connection) -> None:
    """Take everything out, and all messages in again."""
    connection.exec_driver_sql("INSERT INTO message_index(message_index) VALUES ('delete-all')")
    connection.execute(delete(keeping).where(keeping.c.name == "indexed"))
    while search.take_in(connection):
        pass


async def check_index(talks: Talks) -> None:
    """The index is sound, and that of what is there now."""
    await talks.store.index()
    await talks.write(
        lambda c: (
            c.exec_driver_sql("INSERT INTO message_index(message_index) VALUES ('integrity-check')")
            and None
        )
    )
    kept = await talks.write(entries)
    await talks.write(made_anew)
    assert kept == await talks.write(entries)


TEXTS = (
    "my cat went home",
    "do you like pizza?",
    "猫很可爱",
    "ฉันชอบกินข้าวผัด",
    "the cats are naïve",
    "don't 0000000002cat हि0000000001cat",
    "",
    "😀 🎉",
)
PEOPLE = ("ana", "ben", "eve")

say = st.tuples(
    st.just("say"),
    st.sampled_from("tu"),
    st.sampled_from(TEXTS),
    st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3, unique=True),
)
past = st.tuples(st.just("past"), st.lists(st.sampled_from(TEXTS), min_size=1, max_size=4))
steps = st.lists(
    st.one_of(
        say,
        say,
        past,
        st.tuples(st.just("answer"), st.sampled_from(TEXTS)),
        st.tuples(st.just("take"), st.none()),
        st.tuples(st.just("message"), st.integers(1, 12)),
        st.tuples(st.just("person"), st.integers(1, 3)),
        st.tuples(st.just("conversation"), st.integers(1, 3)),
    ),
    max_size=14,
)


async def do(talks: Talks, step: Any) -> None:
    match step:
        case ("say", spot, text, (author, *others)):
            await talks.say(text, spot, author, present=tuple(others))
        case ("past", texts):
            await take_past(talks, texts)
        case ("answer", text):
            await talks.answer(1, text)
        case ("take", _):
            await talks.write(search.take_in)
        case (kind, number):
            with contextlib.suppress(NotThere):
                await talks.forget(kind, number)


async def take_past(talks: Talks, texts: Sequence[str]) -> None:
    talks.said += 1
    names = [f"past{talks.said}.{at}" for at in range(len(texts))]
    taken = [
        Past(
            id=name,
            parent=names[at - 1] if at else None,
            role="assistant" if at % 2 else "user",
            name=None,
            text=text,
            tokens=5,
            said_at=at,
        )
        for at, (name, text) in enumerate(zip(names, texts, strict=True))
    ]
    author = Author(platform_id="ana", name="ana")
    place = Place(channel="library", account="local", spot="past")
    await talks.store.take_in(place, "bo", author, taken, names[-1], talks.tick())


@settings(max_examples=60)
@given(steps)
@example([("say", "t", TEXTS[0], ["ana"])] * 4 + [("take", None), ("message", 2), ("take", None)])
@example(
    [("say", "t", TEXTS[1], ["ana"]), ("take", None), ("say", "t", "x", ["ana"]), ("message", 2)]
)
def test_the_index_is_that_of_what_is_there(past: list[Any]):
    async def body(talks: Talks) -> None:
        for step in past:
            await do(talks, step)
        await check_index(talks)

    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(search, "CHUNK", 3)
        talking(Path(folder) / "t.db", body, Straight)


def test_nothing_is_left_of_what_is_all_forgotten(run: Any):
    async def body(talks: Talks) -> None:
        for text in TEXTS:
            await talks.say(text)
        await talks.store.index()
        await talks.forget("conversation", 1)
        assert await talks.write(entries) == []

    run(body)


async def scope_of(talks: Talks, *people: str) -> Scope:
    """What may be used where exactly these are."""
    said = await talks.say("x", f"only {people}", people[0], present=people[1:])
    return await talks.store.scope(said.audience)


async def seek(talks: Talks, scope: Scope | None, *words: str, kinds: Any = ()) -> Found:
    await talks.store.index()
    return await talks.store.seek(scope, words, kinds)


def texts(found: Found) -> list[str]:
    return sorted(match.message.text for match in found.matches)


def test_words_that_others_heard_are_lent_to_nobody(run: Any):
    """Ben came later: what was said before him is not found by him, nor by what is beside it."""

    async def body(talks: Talks) -> None:
        await talks.say("the party is on saturday", present=())
        late = await talks.say("hello", present=("ben",))
        await talks.say("a surprise?", present=())
        both, alone = await scope_of(talks, "ana", "ben"), await scope_of(talks, "ana")
        assert late.audience in both.upto
        for word in ("party", "surprise"):
            assert texts(await seek(talks, both, word)) == []
            found = await seek(talks, alone, word)
            assert texts(found) == ["a surprise?", "the party is on saturday"]

    run(body)


def test_neighbours_who_heard_the_same_lend_their_words(run: Any):
    async def body(talks: Talks) -> None:
        said = [await talks.say(text) for text in ("pizza?", "one", "two", "three", "four")]
        here = await talks.store.scope(said[0].audience)
        found = {match.message.text: match for match in (await seek(talks, here, "pizza")).matches}
        assert set(found) == {"pizza?", "one", "two"}
        assert found["pizza?"].own == {0}
        assert found["one"].own == frozenset()
        assert found["one"].near == found["one"].before == {0}
        assert found["two"].near == {0}
        assert found["two"].before == frozenset()

    run(body)


def test_who_left_a_circle_finds_nothing_from_after(run: Any):
    async def body(talks: Talks) -> None:
        ana = Author(platform_id="ana", name="ana")
        await talks.say("hello zebra", author="ana", circle="open")
        last = await talks.say("good bye", author="ben", circle="open")
        await talks.store.left("library", "local", "open", ana)
        await talks.say("the zebra is a spy", author="ben", circle="open")
        mine = await scope_of(talks, "ana")
        assert mine.upto[last.audience] == last.number
        assert texts(await seek(talks, mine, "zebra")) == ["hello zebra"]
        assert texts(await seek(talks, mine, "spy")) == []
        assert texts(await seek(talks, mine, "hello")) == ["hello zebra"]
        here = await talks.store.scope(last.audience)
        assert len((await seek(talks, here, "spy")).matches) == 3

    run(body)


def test_what_comes_after_somebody_left_does_not_show_in_what_is_rare(run: Any):
    async def body(talks: Talks) -> None:
        first = await talks.say("zebra", author="ana", circle="open")
        await talks.say("ben is here", author="ben", circle="open")
        await talks.store.left("library", "local", "open", Author(platform_id="ana", name="a"))
        mine = await scope_of(talks, "ana")
        before = await seek(talks, mine, "zebra")
        for _ in range(5):
            await talks.say("zebra", author="ben", circle="open")
        after = await seek(talks, mine, "zebra")
        assert before.words == after.words
        assert [one.message.text for one in after.matches] == ["zebra"]
        assert first.audience in mine.upto

    run(body)


def test_others_messages_change_nothing_of_what_is_found(run: Any):
    async def body(talks: Talks) -> None:
        await talks.say("zebra and cat", present=())
        mine = await scope_of(talks, "ana")
        before = await seek(talks, mine, "zebra", "cat", kinds=[("cat", "dog")])
        for at in range(20):
            await talks.say("zebra cat dog", f"elsewhere {at}", "ben", present=())
        assert await seek(talks, mine, "zebra", "cat", kinds=[("cat", "dog")]) == before

    run(body)


def test_a_scope_of_nothing_finds_nothing(run: Any):
    async def body(talks: Talks) -> None:
        said = await talks.say("zebra")
        here = await talks.store.scope(said.audience)
        none = replace(here, upto={})
        assert (await seek(talks, none, "zebra", kinds=[("zebra",)])).matches == ()
        assert await talks.store.speakers(none) == {}

    run(body)


def test_the_owners_tools_find_everything_by_its_own_words(run: Any):
    async def body(talks: Talks) -> None:
        await talks.say("zebra", "t", "ana", present=())
        await talks.say("zebras?", "u", "ben", present=())
        await talks.say("yes", "u", "ben", present=())
        found = await seek(talks, None, "zebra", kinds=[("yes", "no")])
        assert texts(found) == ["yes", "zebra", "zebras?"]
        assert {match.message.text: match.before for match in found.matches}["yes"] == {0}
        assert sorted((await talks.store.speakers(None)).values()) == ["ana", "ben"]

    run(body)


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("我的猫很可爱", "猫"),
        ("我的猫很可爱", "很可爱"),
        ("우리 고양이 이름은 나비야", "고양이"),
        ("ฉันชอบกินข้าวผัด", "ข้าวผัด"),
        ("今日は天気がいい", "天気"),
        ("Я люблю кошек", "ЛЮБЛЮ"),
        ("un café naïve", "cafe"),
        ("un cafe", "café"),
        ("cafe\u0301 noir", "café"),
        ("she bought a boat", "buy"),
        ("we buy a boat", "bought"),
        ("the dogs were running", "dog"),
        ("yes I do", "yes"),
        ("हिन्दी बोलो", "हिन्दी"),
        ("it is x86_64", "x86"),
        ("call 0171234567890 now", "0171234567890"),
        ("x" * 100_000, "x" * 100_000),
        ("a " * 50_000 + "needle", "needle"),
    ],
)
def test_words_of_any_script_are_found(run: Any, said: str, asked: str):
    async def body(talks: Talks) -> None:
        there = await talks.say(said)
        await talks.say("something else 别的", "u")
        here = await talks.store.scope(there.audience)
        words = search.taken(asked) if len(asked) > 1 else [asked]
        for scope in (here, None):
            assert there.id in [
                one.message.id for one in (await seek(talks, scope, *words)).matches
            ]

    run(body)


@given(st.lists(st.text(max_size=12), max_size=5), st.lists(st.text(max_size=30), max_size=4))
@example(['"', "*", "a OR b", "NEAR(a b)", "text : cat"], ["NEAR(cat"])
@example(["^cat", "-cat", "'; DROP TABLE message;--", "\0", "(", "{a b}:c"], ["\0cat"])
@settings(max_examples=60)
def test_nothing_asked_or_said_is_an_operator(words: list[str], said: list[str]):
    async def body(talks: Talks) -> None:
        for text in ["a cat", *said]:
            await talks.say(text.encode(errors="replace").decode())
        here = await talks.store.scope(1)
        asked = [word.encode(errors="replace").decode() for word in words]
        for scope in (here, None):
            found = await seek(talks, scope, "cat", *asked, kinds=[asked, ["cat"]])
            assert "a cat" in texts(found)
        await check_index(talks)

    with tempfile.TemporaryDirectory() as folder:
        talking(Path(folder) / "t.db", body, Straight)


def test_no_word_passes_for_another_audiences(run: Any):
    """Where the index's alphabet does not know a letter, it parts the word there."""

    async def body(talks: Talks) -> None:
        here = await talks.store.scope((await talks.say("hello")).audience)
        number = here.here.id
        before = await seek(talks, here, "cat")
        for odd in ("हि", "\U0001e2c0", "\U00010f70", "ﷺ", "é"):
            await talks.say(f"{odd}{number:010}cat {odd} {number:010}cat", "u", "eve", present=())
        assert await seek(talks, here, "cat") == replace(before, words=before.words)
        held = await talks.write(entries)
        assert not [row for row in held if row[0] == f"{number:010}cat" and row[2] != "text"]

    run(body)


def test_what_is_everywhere_is_bounded(run: Any, monkeypatch: pytest.MonkeyPatch):
    """Of a word that is everywhere the newest are looked at, and it does not hide a rare one."""
    monkeypatch.setattr(postings, "CAP", 10)

    async def body(talks: Talks) -> None:
        rare = await talks.say("rare word")
        for at in range(30):
            await talks.say(f"word {at}")
        here = await talks.store.scope(rare.audience)
        found = await seek(talks, here, "word")
        assert len(found.matches) >= 11
        assert "word 29" in texts(found)
        assert "word 5" not in texts(found)
        both = await seek(talks, here, "word", "rare", "nowhere")
        assert "rare word" in texts(both)
        only = await seek(talks, here, "nowhere", "word")
        assert "word 29" in texts(only)

    run(body)


def test_what_is_beside_is_bounded_too(run: Any, monkeypatch: pytest.MonkeyPatch):
    """The rarer word's neighbours are found, those of the other are too many then."""
    monkeypatch.setattr(postings, "CAP", 10)

    async def body(talks: Talks) -> None:
        for at in range(50):
            word = {5: "zebra", 15: "zebra", 25: "cat", 35: "cat", 45: "cat"}.get(at, "hm")
            said = await talks.say(f"{word} {at}")
        here = await talks.store.scope(said.audience)
        found = await seek(talks, here, "cat", "zebra")
        beside = {one.message.text for one in found.matches if one.near}
        assert beside == {f"hm {at + step}" for at in (5, 15) for step in (-2, -1, 1, 2)}
        assert {one.message.text for one in found.matches if 0 in one.own} == {
            "cat 25",
            "cat 35",
            "cat 45",
        }

    run(body)


def test_two_bounds_are_read_as_one(run: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(postings, "CAP", 2)

    async def body(talks: Talks) -> None:
        for at in range(4):
            await talks.say(f"zebra {at}", author="ana", circle="open")
        await talks.store.left("library", "local", "open", Author(platform_id="ana", name="a"))
        for at in range(4, 6):
            await talks.say(f"zebra {at}", "mine", "ana", present=())
        mine = await scope_of(talks, "ana")
        assert len(set(mine.upto.values())) == 2
        found = await seek(talks, mine, "zebra")
        own = [one.message.text for one in found.matches if one.own]
        assert sorted(own) == ["zebra 3", "zebra 4", "zebra 5"]

    run(body)


def test_only_so_many_are_found(run: Any):
    async def body(talks: Talks) -> None:
        for at in range(LIMIT + 20):
            said = await talks.say(f"word {at}")
        here = await talks.store.scope(said.audience)
        assert len((await seek(talks, here, "word")).matches) == LIMIT

    run(body)


def test_a_person_of_many_groups_is_answered(run: Any):
    """A search over hundreds of audiences: no expression is too deep, kinds are cut."""

    async def body(talks: Talks) -> None:
        for at in range(300):
            await talks.say(f"group {at} zebra", f"g{at}", "ana", present=(f"p{at}",))
        mine = await scope_of(talks, "ana")
        assert len(mine.upto) == 301
        assert set(mine.upto.values()) == {EVER}
        found = await seek(talks, mine, "zebra", kinds=[("zebra", "group", *["x"] * 50)])
        assert len(found.matches) == LIMIT
        assert {one.kinds for one in found.matches} == {frozenset({0})}

    run(body)


def test_a_part_of_what_waits_can_be_taken_in(run: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(search, "CHUNK", 2)

    async def body(talks: Talks) -> None:
        for at in range(7):
            await talks.say(f"word {at}")
        assert await talks.store.index(1) == 2
        assert await talks.store.index(3) == 4
        assert await talks.store.index() == 1
        assert await talks.store.index() == 0
        await check_index(talks)

    run(body)


def test_notices_are_not_found(run: Any):
    async def body(talks: Talks) -> None:
        said = await talks.say("zebra?")
        await talks.answer(1, "the zebra failed", kind="notice")
        here = await talks.store.scope(said.audience)
        assert texts(await seek(talks, here, "zebra")) == ["zebra?"]

    run(body)


def test_the_bot_speaks_by_its_name(run: Any):
    async def body(talks: Talks) -> None:
        said = await talks.say("hello", name="Anita")
        await talks.answer(1, "a zebra")
        here = await talks.store.scope(said.audience)
        found = (await seek(talks, here, "zebra", "hello")).matches
        assert {one.message.text: one.speaker for one in found} == {
            "hello": "Anita",
            "a zebra": "bo",
        }

    run(body)
