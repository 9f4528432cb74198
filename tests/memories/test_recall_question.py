"""What a question is read as: its words, kinds, speaker and dates."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertulia.memories.recall.question import (
    MOST,
    MOST_KINDS,
    MOST_NAMED,
    READ,
    Dates,
    read_question,
)
from tertulia.memories.recall.vocabulary import KINDS


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("What did you say about the red bicycle?", ("say", "red", "bicycle")),
        ("¿Cuándo fue mi cita con el dentista?", ("cita", "dentista")),
        ("Wo ist mein Fahrrad?", ("fahrrad",)),
        ("когда была встреча", ("встреча",)),
        ("我的猫", ("我的", "的猫")),
        ("猫", ("猫",)),
        ("x86_64", ("x86", "64")),
        ("who bought the boats", ("buy", "boats")),
        ("and you?", ()),
        ("ok 😀 …", ("ok",)),
        ("", ()),
    ],
)
def test_its_words_are_those_that_tell_what_it_is_about(text: str, words: tuple[str, ...]):
    assert read_question(text).words == words


def test_names_of_those_who_talked_are_no_words_but_the_speaker():
    question = read_question("What pizza did Ana Lucía order?", ["Ana Lucía", "Ben"])
    assert question.words == ("pizza", "order")
    assert question.speaker == "Ana Lucía"
    assert read_question("What did Ana and Ben order?", ["Ana", "Ben"]).speaker is None
    assert read_question("What did Eve order?", ["Ana", "Ben"]).words == ("eve", "order")


def test_who_asks_about_themselves_is_the_speaker():
    for text in ("what is my dog called?", "¿cómo se llama mi perro?", "我的 狗"):
        assert read_question(text, ["Ana", "Ben"], "Ana").speaker == "Ana"
    assert read_question("what is the dog called?", ["Ana", "Ben"], "Ana").speaker is None
    assert read_question("what did Ben tell me?", ["Ana", "Ben"], "Ana").speaker == "Ben"


def test_in_a_large_company_names_are_words():
    names = ["pizza", *(f"n{at}" for at in range(MOST_NAMED))]
    assert read_question("who likes pizza?", names).words == ("likes", "pizza")
    assert read_question("who likes pizza?", names[:3]).words == ("likes",)


def test_nothing_but_a_name_or_a_day_is_looked_for_all_the_same():
    assert "ana" in read_question("What about Ana?", ["Ana", "Ben"]).words
    assert read_question("What was it on 3 June 2023?").words != ()
    assert read_question("When was that?").words != ()
    assert read_question("What was that?").words == ()


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("what was on 3 June, 2023?", Dates(year=2023, month=6, day=3)),
        ("what was on June 3rd", Dates(month=6, day=3)),
        ("qué pasó el 3 de junio de 2023", Dates(year=2023, month=6, day=3)),
        ("was geschah am 3. Juni 2023", Dates(year=2023, month=6, day=3)),
        ("on 2023-06-03", Dates(year=2023, month=6, day=3)),
        ("in 1999", Dates(year=1999)),
        ("in May", Dates(month=5)),
        ("May I ask?", Dates()),
        ("what do I march for", Dates()),
        ("march 2021", Dates(year=2021, month=3)),
        ("call 12345678", Dates()),
        ("the 20 of them", Dates()),
    ],
)
def test_dates_are_read(text: str, dates: Dates):
    assert read_question(text).dates == dates


def test_the_words_of_a_date_are_no_topic():
    assert read_question("which concert on 3 June 2023?").words == ("concert",)
    assert read_question("which concert in 2023?").words == ("concert", "2023")


@pytest.mark.parametrize("text", ["when was it", "Since when?", "¿cuándo fue?", "когда?", "いつ"])
def test_it_is_seen_to_ask_for_a_time(text: str):
    assert read_question(text).when


def test_it_asks_for_kinds_by_their_plurals_too():
    assert read_question("do you have pets?").kinds == (KINDS["pet"],)
    assert read_question("what hobbies and dishes?").kinds == (KINDS["hobby"], KINDS["dish"])
    assert read_question("what addresses are there?").kinds == ()


def test_a_long_message_stays_a_short_question():
    kinds = " ".join(KINDS)
    words = " ".join(f"word{'x' * (at % 40)}{at}" for at in range(10_000))
    question = read_question(f"{kinds} {words} {kinds} needle" + " and" * 100_000)
    assert len(question.words) == MOST
    assert len(question.kinds) == MOST_KINDS
    both = read_question("start " + "and " * READ + "finish")
    assert both.words == ("start", "finish")


@given(st.text(max_size=300), st.lists(st.text(max_size=12), max_size=4), st.text(max_size=5))
def test_any_text_is_read(text: str, names: list[str], asker: str):
    question = read_question(text, names, asker)
    assert len(question.words) <= MOST
    assert all(question.words)
