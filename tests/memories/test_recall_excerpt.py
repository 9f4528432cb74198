"""The passage of a long message that is quoted."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from making import TOKENIZER
from tertulia.memories.recall.excerpt import LONGEST, MARK, READ, excerpt

FILLER = "We talked of the weather and the garden for a while. "


def test_the_passage_with_most_of_the_words_is_quoted():
    text = FILLER * 20 + "My violin teacher is Greta. " + FILLER * 20
    found = excerpt(TOKENIZER, text, ("violin", "teachers"), 60)
    assert "My violin teacher is Greta." in found
    assert found.startswith(MARK)
    assert found.endswith(MARK)
    assert TOKENIZER.count(found) <= 60


@pytest.mark.parametrize("place", [0, 1])
def test_the_beginning_and_the_end_have_one_mark(place: int):
    parts = ["My violin is old. ", FILLER * 40]
    found = excerpt(TOKENIZER, "".join(parts if place == 0 else parts[::-1]), ("violin",), 60)
    assert "My violin is old." in found
    assert found.startswith(MARK) == (place == 1)
    assert found.endswith(MARK) == (place == 0)


def test_forms_of_a_word_are_the_word():
    text = FILLER * 20 + "She bought a boat. " + FILLER * 20
    assert "She bought a boat." in excerpt(TOKENIZER, text, ("buy",), 60)


def test_a_text_without_full_stops_is_cut_between_words():
    text = "word " * 3000 + "violin " + "word " * 3000
    found = excerpt(TOKENIZER, text, ("violin",), 60)
    assert "violin" in found
    assert set(found.split()) == {"word", "violin", MARK}


def test_a_text_without_blanks_is_cut_anywhere():
    text = "雨" * 3000 + "我的小提琴" + "雨" * 3000
    found = excerpt(TOKENIZER, text, ("小提",), 200)
    assert "小提琴" in found
    assert TOKENIZER.count(found) <= 200


def test_nothing_that_is_asked_gives_the_beginning():
    assert excerpt(TOKENIZER, FILLER * 40, (), 60).startswith("We talked")


def test_what_lies_far_behind_is_not_looked_at():
    found = excerpt(TOKENIZER, "a " * READ + "violin", ("violin",), 60)
    assert found.endswith(MARK)
    assert "violin" not in found


texts = st.lists(
    st.one_of(
        st.text(max_size=400), st.sampled_from(["violin. ", "雨" * LONGEST, "a" * 500, "\n"])
    ),
    min_size=1,
    max_size=12,
).map("".join)


@given(texts, st.lists(st.text(max_size=8), max_size=3), st.integers(20, 220))
@example("x" * 1000, ["(", "[a-z"], 20)
@example("\U0001f469\u200d\U0001f469\u200d\U0001f467" * 100, [], 20)
def test_it_is_never_more_than_the_tokens_and_never_empty(text: str, asked: list[str], most: int):
    text = " ".join(text.encode(errors="replace").decode().split())
    found = excerpt(TOKENIZER, text, asked, most)
    assert TOKENIZER.count(found) <= most
    assert bool(found) == bool(text)
    for part in found.split(MARK):
        assert MARK in text or part.strip() in text
