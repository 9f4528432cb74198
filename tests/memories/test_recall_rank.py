"""In which order candidates are taken: each feature by itself, on chats of a stranger's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tertulia.memories.recall.days import day
from tertulia.memories.recall.question import Dates, Question, read_question
from tertulia.memories.recall.rank import PAUSE, rank
from tertulia.ports.recall import Found, Match
from tertulia.values.message import Message

NOON = int(datetime(2023, 6, 3, 12, tzinfo=UTC).timestamp() * 1000)
HOUR = 3_600_000
DAY = 24 * HOUR


def match(number: int, text: str = "some words here", speaker: str = "Ana", **more: Any) -> Match:
    held = {name: frozenset(more.pop(name, ())) for name in ("own", "near", "before", "kinds")}
    message = Message(
        conversation=more.pop("conversation", 1),
        seq=number,
        parent=None,
        root=1,
        depth=0,
        path_tokens=0,
        role="user",
        name=None,
        text=text,
        tokens=5,
        said_at=more.pop("at", NOON + number * 1000),
        number=number,
    )
    assert not more
    return Match(message=message, speaker=speaker, **held)


def order(question: Question | str, *matches: Match, **more: Any) -> list[int]:
    asked = read_question(question, ["Ana", "Ben"]) if isinstance(question, str) else question
    found = Found(matches=matches, words=more.pop("words", (1.0, 1.0)), kinds=(1.0,))
    return [one.message.number for one, _ in rank(asked, found, **more)]


def test_no_candidates_have_no_order():
    assert rank(read_question("x"), Found(matches=(), words=(), kinds=())) == []


def test_the_more_and_the_rarer_words_the_better():
    assert order("x", match(1, own=[0]), match(2, own=[0, 1])) == [2, 1]
    assert order("x", match(1, own=[0]), match(2, own=[1]), words=(3.0, 1.0)) == [1, 2]


def test_of_equals_the_newest_comes_first():
    assert order("x", match(1, own=[0]), match(2, own=[0])) == [2, 1]


def test_a_shorter_message_holds_its_words_more():
    assert order("x", match(1, own=[0]), match(2, "word " * 60, own=[0])) == [1, 2]


@pytest.mark.parametrize("held", ["near", "before", "kinds"])
def test_what_is_beside_it_and_of_its_kind_counts(held: str):
    assert order("x", match(1, own=[0], **{held: [0]}), match(2, own=[0])) == [1, 2]


def test_a_message_that_asks_knows_less():
    assert order("x", match(1, "a dog.", own=[0]), match(2, "a dog?", own=[0])) == [1, 2]
    asking = "a dog? [shares a photo: a dog]"
    assert order("x", match(1, "a dog.", own=[0]), match(2, asking, own=[0])) == [1, 2]


def test_the_one_who_is_asked_about_said_it():
    ana, ben = match(1, own=[0]), match(2, speaker="Ben", own=[0])
    assert order("what did Ana buy?", ana, ben) == [1, 2]
    assert order("what did Ben buy?", ana, ben) == [2, 1]
    assert order("what did they buy?", ana, ben) == [2, 1]


def test_a_time_is_told_where_one_is_asked_for():
    told, not_told = (
        match(1, "a dentist yesterday", own=[0]),
        match(2, "a dentist somewhere", own=[0]),
    )
    assert order("when was the dentist?", told, not_told) == [1, 2]
    assert order("who was the dentist?", told, not_told) == [2, 1]


def test_the_named_day_comes_first_then_the_days_near_it_then_the_month_then_the_year():
    days = {"day": 0, "near": 5, "month": 20, "year": 90, "never": 400}
    matches = [match(n, own=[0], at=NOON + d * DAY) for n, d in enumerate(days.values(), 1)]
    # Together they would be each other's sessions; alone only the date tells.
    question = Question(
        words=("x",), kinds=(), speaker=None, when=False, dates=Dates(year=2023, month=6, day=3)
    )
    scores = {
        one.message.number: score
        for one, score in rank(question, Found(matches=tuple(matches), words=(1.0,), kinds=()))
    }
    assert scores[1] > scores[2] > scores[3] > scores[4] == scores[5]
    assert order("what in June?", *matches) == [3, 2, 1, 5, 4]
    assert order("what in 2023?", *matches) == [4, 3, 2, 1, 5]


def test_a_talk_stays_with_its_topic():
    """One of two equal messages stands in a session with other matches."""
    talk = [match(n, own=[0, 1], at=NOON + n * 1000) for n in (1, 2, 3)]
    beside = match(4, own=[0], at=NOON + 5000)
    alone = match(5, own=[0], at=NOON + PAUSE + 10_000)
    elsewhere = match(6, own=[0], at=NOON + 6000, conversation=2)
    ranked = order("x", *talk, beside, alone, elsewhere)
    assert ranked.index(4) < min(ranked.index(5), ranked.index(6))


def test_what_is_like_the_question_counts_though_it_has_none_of_its_words():
    first, second = match(1, own=[0]), match(2)
    assert order("x", first, second) == [1, 2]
    third = match(3)
    assert order("x", first, second, third, like={1: 0.1, 2: 0.9, 3: 0.1})[-1] == 3
    # One without a vector is neither like nor unlike.
    assert order("x", match(1), match(2), match(3), like={1: 0.9, 3: 0.1}) == [1, 2, 3]


@pytest.mark.parametrize("at", [-(2**62), -1, 0, 2**62, 2**63 - 1])
def test_no_moment_is_too_odd(at: int):
    assert day(at).year in range(1970, 10_000)
    assert order("what in June 2023?", match(1, own=[0], at=at)) == [1]
