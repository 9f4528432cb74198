"""Very long messages and answers cost what their length costs, and no more."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fact_talk import message
from making import TOKENIZER
from tertulia.memories.facts.asking import ask
from tertulia.memories.facts.claims import MOST, Claim, read
from tertulia.memories.facts.judging import Heard, judge
from tertulia.memories.facts.junk import (
    READ,
    confirms,
    is_order,
    is_question,
    is_secret,
    refusal,
    told,
    told_by_bot,
)
from tertulia.memories.facts.turning import parts
from tertulia.memories.facts.words import forms, meaning, occurs, one_line, telling, words
from tertulia.values.fact import Unread

LONG = 100_000
BRICKS = [
    "a", "a ", " ", "?", '"', "'", "1 ", "1-", "a1-", "_", "-", "\n", ". ", "...", "`", "```",
    "```a", "{", "[", "and ", "always ", "please ", "please always ", "no ", "not a, ", "\u00bf",
    "<a", "sk-", "a\u2019", "\u4f60", "but ", "yes ", "I live in Lima and ",
]  # fmt: skip


@pytest.mark.timeout(20)
@pytest.mark.parametrize("brick", BRICKS)
def test_a_long_text_without_an_end_is_read_at_once(brick: str) -> None:
    text = brick * (LONG // len(brick))
    for end in ("", "x?"):
        for each in (told, told_by_bot, is_secret, is_order, is_question, confirms, words, telling):
            each(text + end)
        for each in (meaning, parts, read):
            each(text + end)
        one_line(text + end, LONG)
        assert refusal(text, text + end) is not None


@pytest.mark.timeout(20)
def test_many_claims_of_many_long_messages_are_judged_at_once() -> None:
    text = " ".join(f"abcde{number}" for number in range(20_000))
    messages = tuple(message(seq, text) for seq in range(1, 49))
    numbered = dict(enumerate(messages, 1))
    unread = Unread(audience=1, messages=messages, before=messages, upto=48)
    heard = Heard(unread=unread, numbered=numbered, speakers={1: "Ana"}, believed=(), bot="bo")
    claims = [
        Claim(
            subject=f"abcde{number}",
            about=None,
            slot=None,
            statement=" ".join(f"abcde{number}x{n}" for n in range(14)),
            sources=tuple(range(1, 49)),
        )
        for number in range(MOST)
    ]
    judge(claims, heard)


def test_of_one_message_the_beginning_is_read() -> None:
    text = f"I live in Lima.{' x' * READ} I like tea."
    assert "Lima" in told(text)
    assert "tea" not in told(text)
    said = message(1, text)
    unread = Unread(audience=1, messages=(said,), before=(), upto=1)
    asked = ask(unread, (), 100_000, TOKENIZER)
    assert asked is not None
    assert len(json.loads(asked.prompt.lines[1].content)["text"]) == READ


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("I live in Lima, do you know it?", "I live in Lima,"),
        ("Do you know Lima?", ""),
        ('I said: "do you?")  ', "I said:"),
        ("I live in Lima \u2014 and you??", "I live in Lima \u2014"),
        ("is it? no", " no"),
        ("I like tea", "I like tea"),
    ],
)
def test_what_is_asked_is_taken_from_the_end(text: str, left: str) -> None:
    assert told(text) == left


def _same(word: str, other: str) -> bool:
    """As it is to be: the same word, or one with another ending."""
    short, long = sorted((word, other), key=len)
    if word == other or short.isdigit() or long.isdigit() or len(long) - len(short) > 3:
        return word == other
    common = next((n for n, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), None)
    common = len(short) if common is None else common
    return long == f"{short}s" or common >= max(4, len(long) - 3)


@given(
    st.text(alphabet="abs", min_size=1, max_size=9), st.text(alphabet="abs", min_size=1, max_size=9)
)
def test_forms_are_compared_as_words_are(word: str, other: str) -> None:
    assert occurs(word, forms([other])) is _same(word, other)
