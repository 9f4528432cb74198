"""What gives a text away, and what still says it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertulia.values.quoting import gives_away, rare_traces, repeats, still_says, traces

LIMA = "I moved to Lima last spring, to a house at 42 Calle Tarata."


@pytest.mark.parametrize(
    "said",
    [
        "So you live in lima now?",  # a name, whatever its capitals
        "Number 42 it is.",  # a word with a digit
        "They moved to a farm: a house at the lake.",  # three words in a row
        "LIMA!",
        "Tarata’s market is near.",  # noqa: RUF001 - a typographic apostrophe
    ][:4],
)
def test_it_is_repeated(said: str) -> None:
    assert repeats(said, LIMA)


@pytest.mark.parametrize(
    "said", ["", "Good morning!", "I like the spring.", "Moved by that, I am."]
)
def test_it_is_not_repeated(said: str) -> None:
    assert not repeats(said, LIMA)


@pytest.mark.parametrize(
    ("forgotten", "said", "told"),
    [
        ("the accountant", "your accountant called", True),  # eight letters
        ("Then I'm off", "I'm here", False),  # "I" has its capital anywhere
        ("no. Yes. Hello", "yes, hello", False),  # a capital that opens a sentence
        ("NASA", "nasa", True),  # capitals within a word
        ("at 5", "5 of them", False),  # a single sign is too little
        ("at 55", "55 of them", True),
        ("a b c", "x a b c y", True),
        ("a b", "a b", True),  # a short text as a whole
        ("a b", "a c b", False),
        ("joe died", "Bad content 'JOE died'", True),
        ("joe died", "joe has died", False),
        ("joe", "joey", False),
        ("ok?", "Is that OK", True),
        ("?!", "", False),
        ("わたしは東京", "きみは東京", True),  # three signs in a row
        ("わたし", "あなた", False),
        ("Ünal isst", "isst ünal gern", False),
        ("isst Ünal", "u\u0308nal", True),  # however it is composed
        ("don't you know", "DON'T YOU KNOW!", True),
    ],
)
def test_what_tells(forgotten: str, said: str, told: bool) -> None:
    assert repeats(said, forgotten) is told


@pytest.mark.parametrize(
    ("forgotten", "line", "told"),
    [
        ("I told you everything about it", "everything is well", False),
        ("our conversation was long", "Conversation 3 could not be summarised", False),
        ("our conversation was long", "took 'our conversation was'", True),
        ("everything", "everything is well", True),  # it is all of what was said
        ("the quixzanary sings", "refused: quixzanary", True),  # unusual
        ("it is at Lima", "refused: lima", True),
        ("at 42", "refused: 42", True),
    ],
)
def test_what_tells_in_a_log(forgotten: str, line: str, told: bool) -> None:
    assert gives_away(line, rare_traces([forgotten])) is told
    assert gives_away("everything", traces(["I told you everything"]))


@given(st.text())
def test_three_words_give_themselves_away(text: str) -> None:
    marks = traces([text, f"one two {text} three"])
    assert gives_away("one two " + text + " three", marks)


@pytest.mark.parametrize(
    ("statement", "sources", "kept"),
    [
        ("lives in Lima", ["I live in Lima"], True),
        ("lives in Lima", ["I live in Quito", "Lima is far"], True),  # both are sources of it
        ("lives in Lima", ["I live in Quito"], False),
        ("lives in Lima", [], False),
        ("is called Ana", ["my name is Ana"], True),
        ("is hers", ["is hers"], False),  # says nothing
        ("Ana's dog is Rex", ["Ana has the dog Rex"], True),
        ("likes e", ["she liked e"], True),
    ],
)
def test_what_still_says_it(statement: str, sources: list[str], kept: bool) -> None:
    assert still_says(statement, sources) is kept
