"""What servers tell, in their own words, and what is made of it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from openai_calls import KEY
from tertulia.models.openai.endpoint import Endpoint
from tertulia.models.openai.failures import Refused, read, refusal, retry_after
from tertulia.values.errors import (
    ContextOverflow,
    ModelError,
    ModelNotAllowed,
    ModelUnavailable,
)
from tertulia.values.secret import Secret

AT = Endpoint(
    name="openai:m",
    model="m",
    base_url="https://user:word@example.org:8443/v1?x=1",
    key=Secret(KEY, "env:TEST_KEY"),
    key_step="Set it.",
    start_step="Start it.",
)


def told(status: int, message: Any, **more: Any) -> ModelError:
    body = json.dumps({"error": {"message": message, **more}})
    return refusal(AT, Refused(status, {}, body))


@pytest.mark.parametrize(
    ("text", "size", "tokens"),
    [
        # vLLM, DeepSeek
        (
            (
                "This model's maximum context length is 4096 tokens. However, you requested 5000 "
                "tokens (4500 in the messages, 500 in the completion). Please reduce the length."
            ),
            4096,
            4500,
        ),
        (
            (
                "'max_tokens' or 'max_completion_tokens' is too large: 5000. This model's maximum "
                "context length is 4096 tokens and your request has 100 input tokens "
                "(5000 > 4096-100)."
            ),
            4096,
            100,
        ),
        (
            "The decoder prompt (length 5000) is longer than the maximum model length of 4096.",
            4096,
            5000,
        ),
        # llama.cpp, llama-cpp-python
        ("request (5000 tokens) exceeds the available context size (4096 tokens)", 4096, 5000),
        ("the request exceeds the available context size. try increasing it", None, None),
        ("Requested tokens (2285) exceed context window of 2048", 2048, 2285),
        # Ollama, LM Studio
        ("prompt too long; exceeded max context length by 123 tokens", None, None),
        (
            (
                "Trying to keep the first 5000 tokens when context the overflows. However, the "
                "model is loaded with context length of only 4096 tokens, which is not enough"
            ),
            4096,
            None,
        ),
        # Gemini, Mistral, xAI, Together, OpenRouter, Anthropic, OpenAI's GPT-5
        (
            (
                "The input token count (1,200,000) exceeds the maximum number of tokens allowed "
                "(1,048,576)."
            ),
            1048576,
            1200000,
        ),
        (
            (
                "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 "
                "maximum context length"
            ),
            32768,
            40000,
        ),
        (
            "This model's maximum prompt length is 131072 but the request contains 200000 tokens.",
            131072,
            200000,
        ),
        (
            (
                "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 8193. "
                "Given: 9000 `inputs` tokens and 512 `max_new_tokens`"
            ),
            8193,
            9000,
        ),
        (
            (
                "This endpoint's maximum context length is 131072 tokens. However, you requested "
                "about 140000 tokens (139000 of text input, 1000 in the output)."
            ),
            131072,
            139000,
        ),
        ("prompt is too long: 210000 tokens > 200000 maximum", 200000, 210000),
        (
            (
                "Input tokens exceed the configured limit of 272000 tokens. Your messages "
                "resulted in 300000 tokens."
            ),
            272000,
            300000,
        ),
        ("This model's maximum context length is 10 tokens; you requested 11 tokens", 10, 11),
    ],
)
def test_the_usual_texts_of_an_overflow(text: str, size: int | None, tokens: int | None) -> None:
    error = told(400, text)
    assert isinstance(error, ContextOverflow)
    assert (error.window, error.prompt_tokens) == (size, tokens)


def test_an_overflow_by_code_or_by_status() -> None:
    numbers = {"n_ctx": 4096, "n_prompt_tokens": 5000}
    error = told(500, "no", type="exceed_context_size_error", **numbers)
    assert isinstance(error, ContextOverflow)
    assert (error.window, error.prompt_tokens) == (4096, 5000)
    assert isinstance(told(413, "Payload too large"), ContextOverflow)
    assert isinstance(told(429, "maximum context length"), ModelUnavailable)


@pytest.mark.parametrize(
    "body",
    [
        '[{"error": {"message": "API key not valid. Please pass a valid API key."}}]',
        '{"code": "400", "error": "Incorrect API key provided: sk-***."}',
        '{"detail": "Invalid API key"}',
    ],
)
def test_a_bad_key_that_is_told_with_400(body: str) -> None:
    assert isinstance(refusal(AT, Refused(400, {}, body)), ModelNotAllowed)


@pytest.mark.parametrize("body", ["", "[]", "7", "<html><b>Bad\n gateway</b></html>", "{}"])
def test_a_body_of_any_shape_is_borne(body: str) -> None:
    assert isinstance(refusal(AT, Refused(502, {}, body)), ModelUnavailable)
    assert read(Refused(502, {}, body)).codes == frozenset()


@pytest.mark.parametrize(
    "shown",
    [
        KEY,
        f"Bearer {KEY}.",
        f'{{"key":"{KEY}"}}',
        f"{KEY[:8]}***********{KEY[-4:]}",
        f"{KEY[:5]}...{KEY[-4:]}",
        f"x{KEY[4:14]}y",
    ],
)
def test_no_key_is_repeated_in_any_form(shown: str) -> None:
    error = told(401, f"Incorrect API key provided: {shown} (see the docs)")
    assert "Incorrect API key provided" in str(error)
    assert "(see the docs)" in str(error)
    assert not any(KEY[i : i + 5] in str(error) for i in range(len(KEY) - 4))
    assert "***" in str(error)


def test_a_short_key_is_hidden_too() -> None:
    at = replace(AT, key=Secret("abc", "env:K"))
    assert at.clean("the key abc, or abcd, is bad") == "the key ***, or ***, is bad"
    assert replace(AT, key=None).clean("abc\n ***") == "abc ***"


def test_a_url_is_shown_without_what_is_secret_in_it() -> None:
    assert (AT.host, AT.address) == ("example.org:8443", "https://example.org:8443/v1")


def test_a_server_s_words_are_cut() -> None:
    assert len(AT.clean("word " * 999)) == 300


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"Retry-After": "-3"}, 0.0),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "7", "Retry-After-Ms": "1500"}, 1.5),
        (
            {
                "Retry-After": "Wed, 21 Oct 2026 07:28:30 GMT",
                "Date": "Wed, 21 Oct 2026 07:28:00 GMT",
            },
            30.0,
        ),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:30 GMT"}, 0.0),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:30 -0000"}, 0.0),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds
