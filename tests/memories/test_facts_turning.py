"""A claim may not turn round what was said, nor end what it has nothing to do with."""

from __future__ import annotations

from typing import Any

import pytest

from fact_talk import claim as told_claim
from fact_talk import message, reply
from tertulia.memories.facts.claims import MOST, Claim, read
from tertulia.memories.facts.judging import Heard, judge, why_not
from tertulia.memories.facts.turning import parts
from tertulia.values.fact import Fact, Learned, Unread

NAMES = {1: "Ana", 2: "Leo"}


def heard(*said: str, by: tuple[int, ...] = (), believed: tuple[Fact, ...] = ()) -> Heard:
    authors = by or (1,) * len(said)
    messages = tuple(
        message(seq, text, author=author, name=NAMES[author])
        for seq, (text, author) in enumerate(zip(said, authors, strict=True), 1)
    )
    unread = Unread(audience=1, messages=messages, before=(), upto=len(said))
    numbered = dict(enumerate(messages, 1))
    return Heard(unread=unread, numbered=numbered, speakers=NAMES, believed=believed, bot="bo")


def claim(statement: str, *sources: int, **more: Any) -> Claim:
    values: dict[str, Any] = {"subject": "Ana", "about": "Ana", "slot": None}
    return Claim(statement=statement, sources=sources or (1,), **{**values, **more})


def believed(statement: str, number: int = 7, slot: str | None = None) -> Fact:
    return Fact(
        id=number,
        audience=1,
        subject="Ana",
        about=1,
        slot=slot,
        statement=statement,
        origin="said",
        sources=("1.1",),
        valid_from=1,
        valid_to=None,
        recorded_at=1,
        closed_at=None,
        superseded_by=None,
    )


def learned(the_claim: Claim, to: Heard) -> Learned:
    (change,) = judge([the_claim], to)
    assert isinstance(change, Learned)
    return change


TURNED = [
    ("I do not live in Lima", "lives in Lima"),
    ("I don\u2019t live in Lima any more", "lives in Lima"),
    ("I hate Ben and love tea", "loves Ben"),
    ("I love tea and hate Ben", "loves Ben"),
    ("I love Ben and tea", "hates tea"),
    ("I live in Lima", "does not live in Lima"),
    ("I live in Lima, not in Cusco", "lives in Cusco"),
    ("I never eat meat", "eats meat"),
    ("I no longer work at Acme", "works at Acme"),
    ("I used to smoke", "smokes"),
    ("I don't like tea, coffee or cake", "likes cake"),
    ("I am not a doctor but a nurse", "is a doctor"),
    ("No, I don't live in Lima", "lives in Lima"),
    ("Nunca vivo en Lima", "vive en Lima"),
    ("Odio el té y el café", "le gusta el café"),
]
STANDING = [
    ("I do not live in Lima", "does not live in Lima"),
    ("I do not live in Lima", "no longer lives in Lima"),
    ("I hate Ben and love tea", "loves tea"),
    ("I hate Ben and love tea", "does not like Ben"),
    ("I hate Ben and tea", "hates tea"),
    ("I don't hate tea", "likes tea"),
    ("I can't stand tea", "dislikes tea"),
    ("I live in Lima, not in Cusco", "lives in Lima"),
    ("I don't eat meat but I drink milk", "drinks milk"),
    ("I am not a doctor but a nurse", "is a nurse"),
    ("No, I live in Lima", "lives in Lima"),
    ("no i live in Lima", "lives in Lima"),
    ("I have no children", "has no children"),
    ("I don't like tea, I like coffee", "likes coffee"),
    ("I used to live in Lima", "used to live in Lima"),
    ("No me gusta el té", "no le gusta el té"),
]


@pytest.mark.parametrize(("said", "statement"), TURNED)
def test_the_opposite_of_what_was_said_is_no_fact(said: str, statement: str) -> None:
    assert why_not(claim(statement), heard(said)) == "not told in its sources"


@pytest.mark.parametrize(("said", "statement"), STANDING)
def test_what_was_denied_may_be_kept_as_denied(said: str, statement: str) -> None:
    assert why_not(claim(statement), heard(said)) is None


def test_another_persons_message_closes_nothing_of_what_one_told() -> None:
    home = believed("lives in Lima", slot="home")
    to = heard("I like Quito", "Ana lives in Quito now, near Jill", by=(1, 2), believed=(home,))
    made = learned(claim("lives in Quito near Jill", 1, 2, slot="home", replaces=(7,)), to)
    assert (made.slot, made.closes, made.sources) == (None, (), (1, 2))


def test_where_ones_own_words_say_it_all_another_persons_are_not_needed() -> None:
    home = believed("lives in Lima", slot="home")
    to = heard("I live in Quito", "Ana lives in Quito!", by=(1, 2), believed=(home,))
    made = learned(claim("lives in Quito", 1, 2, slot="home"), to)
    assert (made.slot, made.closes, made.sources) == ("home", (7,), (1,))


@pytest.mark.parametrize(
    ("old", "new", "closes"),
    [
        ("is allergic to peanuts", "likes tea", ()),
        ("likes tea", "does not like tea", (7,)),
        ("loves green tea", "hates tea", (7,)),
        ("is allergic to peanuts", "is not allergic to peanuts", (7,)),
    ],
)
def test_only_a_fact_of_the_same_thing_is_replaced(
    old: str, new: str, closes: tuple[int, ...]
) -> None:
    said = f"I {new}".replace("does not like", "do not like").replace("is not", "am not")
    to = heard(said, believed=(believed(old),))
    assert learned(claim(new, replaces=(7,)), to).closes == closes


def test_the_words_of_a_text_by_what_becomes_of_them() -> None:
    said, denied = parts("I like tea. I don't like milk, sugar or honey; but cake")
    assert {"tea", "cake"} <= said
    assert {"milk", "sugar", "honey"} <= denied
    assert not said & {"milk", "sugar", "honey"}


def test_of_an_answer_so_many_claims_are_looked_at() -> None:
    found = read(reply(*(told_claim("likes tea", *range(1, 200)) for _ in range(MOST + 9))))
    assert found is not None
    assert len(found) == MOST
    assert len(found[0].sources) == MOST
