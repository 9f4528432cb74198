"""Counting without the network, from the vocabulary in the package."""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from making import TOKENIZER
from tertulia.tokenizers import o200k
from tertulia.tokenizers.o200k import SHA256, VOCABULARY, O200k
from tertulia.values.errors import TertuliaError


def test_it_is_the_encoding_that_tiktoken_describes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(VOCABULARY.parent))
    from tiktoken_ext import openai_public

    theirs = openai_public.o200k_base()
    ours = o200k._load_encoding()
    assert hashlib.sha256(VOCABULARY.read_bytes()).hexdigest() == SHA256
    assert ours._pat_str == theirs["pat_str"]
    assert ours._mergeable_ranks == theirs["mergeable_ranks"]
    assert ours._special_tokens == theirs["special_tokens"]


def test_counting_opens_no_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    program = textwrap.dedent("""
        import socket
        def refuse(*_, **__):
            raise AssertionError("the network was used")
        socket.socket = socket.create_connection = socket.getaddrinfo = refuse
        from tertulia.tokenizers.o200k import O200k
        print(O200k().count("hello world <|endoftext|>"))
    """)
    for cache in (None, "", "/nonexistent"):
        environment = {k: v for k, v in os.environ.items() if k != "TIKTOKEN_CACHE_DIR"}
        if cache is not None:
            environment["TIKTOKEN_CACHE_DIR"] = cache
        said = subprocess.run(
            [sys.executable, "-c", program],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert said.stdout == "9\n", said.stderr
    assert O200k().count("hello world") == 2


def test_a_damaged_vocabulary_is_told_and_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    damaged = tmp_path / VOCABULARY.name
    damaged.write_bytes(b"x")
    monkeypatch.setattr(o200k, "VOCABULARY", damaged)
    with pytest.raises(TertuliaError, match=r"is damaged. Install Tertulia again"):
        O200k().count("hello")
    assert damaged.read_bytes() == b"x"


@given(st.text(), st.integers(-2, 40))
def test_ends_are_ends_and_within_the_count(text: str, tokens: int) -> None:
    head, tail = TOKENIZER.head(text, tokens), TOKENIZER.tail(text, tokens)
    assert text.startswith(head)
    assert text.endswith(tail)
    assert max(TOKENIZER.count(head), TOKENIZER.count(tail)) <= max(tokens, 0)
    if TOKENIZER.count(text) <= tokens:
        assert head == tail == text


def test_cutting_within_a_character_drops_it_whole() -> None:
    text = "👩‍👩‍👧" * 20
    for tokens in range(20):
        assert text.startswith(TOKENIZER.head(text, tokens))
        assert text.endswith(TOKENIZER.tail(text, tokens))


def test_a_million_blanks_are_counted() -> None:
    blanks = " " * 1_200_000
    assert TOKENIZER.count(blanks) < 20_000
    assert TOKENIZER.head(blanks, 10)
    assert TOKENIZER.tail(blanks, 10)
