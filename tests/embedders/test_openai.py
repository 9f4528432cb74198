"""Vectors from any server that speaks OpenAI's `/embeddings`, and every way in which it fails."""

from __future__ import annotations

import asyncio
import base64
import struct
import subprocess
import sys
from array import array
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopback import free_port
from servers import (
    CLOSE,
    CUT,
    PING,
    RESET,
    STALL,
    STREAM,
    Answer,
    Misbehaving,
    aimock,
    misbehaving,
    response,
)
from tertulia.embedders.openai import OpenAIEmbedder
from tertulia.embedders.openai.vectors import _int8
from tertulia.values.bot import ModelSpec
from tertulia.values.errors import (
    ContextOverflow,
    ModelError,
    ModelNotAllowed,
    ModelRejected,
    ModelUnavailable,
    SettingsError,
)
from tertulia.values.secret import Secret

KEY = "sk-good-0123456789abcdef"
BAD = "sk-bad-fedcba9876543210"


def spec_for(url: str | None, *, key: str | None = KEY, **more: Any) -> ModelSpec:
    secret = Secret(key, "env:TEST_KEY") if key is not None else None
    given = {"provider": "openai", "name": "small", "timeout": 5.0, "retries": 0, **more}
    return ModelSpec(base_url=url, api_key=secret, **given)


async def embed(embedder: OpenAIEmbedder, texts: Sequence[str]) -> list[bytes]:
    try:
        return list(await embedder.embed(texts))
    finally:
        await embedder.close()


def ask(url: str, texts: Sequence[str], **more: Any) -> list[bytes]:
    return asyncio.run(embed(OpenAIEmbedder(spec_for(url, **more)), texts))


def told(*vectors: object, **more: Any) -> Answer:
    """An answer with these vectors."""
    data = [{"object": "embedding", "index": n, "embedding": v} for n, v in enumerate(vectors)]
    return [response(200, {"object": "list", "data": data, "model": "small", **more})]


def refused(status: int, text: str = "no", headers: dict[str, str] | None = None) -> Answer:
    return [response(status, {"error": {"message": text, "code": "x"}}, headers)]


def ask_misbehaving(*answers: Answer, texts: Sequence[str] = ("a",), **more: Any) -> list[bytes]:
    with misbehaving(*answers) as server:
        return ask(server.url, texts, **more)


def fails(kind: type[ModelError], *answers: Answer, **more: Any) -> Any:
    with pytest.raises(ModelError) as caught:
        ask_misbehaving(*answers, **more)
    assert type(caught.value) is kind
    assert "openai:small" in str(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None
    return caught.value


def ints(vector: bytes) -> list[int]:
    return array("b", vector).tolist()


def inputs(server: Misbehaving) -> list[list[str]]:
    return [asked.body["input"] for asked in server.requests]


def test_a_real_server_gives_a_vector_for_each_text():
    with aimock([], keys=KEY) as server:
        texts = [f"text {n}" for n in range(70)]
        found = ask(server.url, [*texts, "text 0"])
        asked = [each["body"]["embeddingInput"].count("text") for each in server.journal()]
    assert asked == [64, 7]
    assert len(set(found)) == 70
    assert found[0] == found[70]
    assert len({len(vector) for vector in found}) == 1
    assert {max(map(abs, ints(vector))) for vector in found} == {127}


def test_a_vector_is_its_direction_in_one_byte_a_dimension():
    (vector,) = ask_misbehaving(told([0.5, -1.0, 0.25, 0]))
    assert ints(vector) == [64, -127, 32, 0]


def test_the_request_is_plain():
    with misbehaving(told([1], [2])) as server:
        ask(server.url, ["a", "¡b!"], options={"dimensions": 1})
    (asked,) = server.requests
    assert (asked.method, asked.path) == ("POST", "/v1/embeddings")
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.body == {
        "model": "small",
        "input": ["a", "¡b!"],
        "encoding_format": "float",
        "dimensions": 1,
    }


def test_no_text_asks_nobody():
    with misbehaving(told([1])) as server:
        assert ask(server.url, []) == []
    assert server.requests == []


def test_texts_are_cut_and_cleaned_and_none_is_empty():
    with misbehaving(told([1], [1], [1])) as server:
        ask(server.url, ["x" * 9000, " ", "a\ud800"])
        ask(server.url, ["x" * 9000, "b", "c"], context_window=512)
        ask(server.url, ["x" * 9000, "b", "c"], context_window=1)
    assert inputs(server) == [
        ["x" * 6000, ".", "a\ufffd"],
        ["x" * 1024, "b", "c"],
        ["x" * 200, "b", "c"],
    ]


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (500, "input is too large to process. increase the physical batch size"),
        (400, "This model's maximum context length is 8192 tokens"),
        (422, "batch size 64 > maximum allowed batch size 32"),
        (413, "any"),
        (400, "the input length exceeds the context length"),
        (413, "`inputs` must have less than 512 tokens. Given: 613"),
    ],
)
def test_what_is_too_much_is_asked_for_in_halves(status: int, text: str):
    no = refused(status, text)
    with misbehaving(no, told([1], [2]), no, told([3]), no, no, told([4])) as server:
        found = ask(server.url, ["a", "b", "c", "x" * 1000], retries=0)
    assert inputs(server) == [
        ["a", "b", "c", "x" * 1000],
        ["a", "b"],
        ["c", "x" * 1000],
        ["c"],
        ["x" * 1000],
        ["x" * 500],
        ["x" * 250],
    ]
    assert len(found) == 4


def test_a_text_that_is_always_too_much_is_told():
    error = fails(ContextOverflow, refused(413), texts=["x" * 9000])
    assert "this is too much for 127.0.0.1" in str(error)


def test_the_order_is_that_of_the_texts():
    rows = [{"index": 1, "embedding": [0, 1]}, {"index": 0, "embedding": [1, 0]}]
    found = ask_misbehaving([response(200, {"data": rows})], texts=["a", "b"])
    assert [ints(each) for each in found] == [[127, 0], [0, 127]]
    for index in (0, None, 7):
        rows = [{"index": index, "embedding": [0, 1]}, {"index": index, "embedding": [1, 0]}]
        found = ask_misbehaving([response(200, {"data": rows})], texts=["a", "b"])
        assert [ints(each) for each in found] == [[0, 127], [127, 0]]


def test_base64_is_read_too():
    data = base64.b64encode(struct.pack("<3f", 1.0, -0.5, 0.0)).decode()
    (vector,) = ask_misbehaving(told(data))
    assert ints(vector) == [127, -64, 0]


@pytest.mark.parametrize(
    "vector",
    [[], [0, 0.0], [float("nan")], [1e999], [10**400], ["x"], [[1]], None, "", "??", "AAA=", 3, {}],
)
def test_a_vector_of_no_use_is_told(vector: object):
    error = fails(ModelRejected, told([1.0], vector), texts=["a", "b"])
    assert "a vector that is empty, zero or no list of numbers" in str(error)


def test_a_wrong_number_of_vectors_is_told():
    assert "2 vectors for 1 texts" in str(fails(ModelRejected, told([1], [2])))
    assert "0 vectors for 1 texts" in str(fails(ModelRejected, told()))


def test_dimensions_must_agree():
    error = fails(ModelRejected, told([1, 2], [1]), texts=["a", "b"])
    assert "vectors of 1 and of 2 dimensions" in str(error)

    async def twice(embedder: OpenAIEmbedder) -> None:
        await embedder.embed(["a"])
        await embed(embedder, ["b"])

    with misbehaving(told([1]), told([1, 2])) as server, pytest.raises(ModelRejected) as caught:
        asyncio.run(twice(OpenAIEmbedder(spec_for(server.url))))
    assert "vectors of 2 and of 1 dimensions" in str(caught.value)


@pytest.mark.parametrize(
    "body", [b"", b"<html><b>Hi</b></html>", [], {}, {"data": 3}, {"data": [3]}, b"[" * 100_000]
)
def test_an_answer_without_embeddings_is_told(body: object):
    assert "answers with no embeddings" in str(fails(ModelUnavailable, [response(200, body)]))


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_key_is_told_and_never_shown(status: int):
    text = f"Incorrect API key provided: {BAD}. Yours: sk-bad***3210 or sk-bad…, {BAD[:12]}"
    error = str(fails(ModelNotAllowed, refused(status, text), key=BAD))
    assert "refuses the key from env:TEST_KEY" in error
    assert "Put a valid key there." in error
    assert BAD[:9] not in error
    assert "3210" not in error


def test_a_real_server_refuses_a_wrong_key():
    with aimock([], keys=KEY) as server, pytest.raises(ModelNotAllowed) as caught:
        ask(server.url, ["a"], key=BAD)
    assert BAD not in str(caught.value)


def test_a_server_that_wants_a_key_says_so():
    error = str(fails(ModelNotAllowed, refused(401), key=None))
    assert "refuses a request without a key (401" in error
    assert 'Set api_key = "env:NAME" for the embedding model.' in error


@pytest.mark.parametrize(
    ("status", "text"), [(400, "bad"), (404, "no model"), (402, "pay"), (429, "insufficient_quota")]
)
def test_what_will_never_be_taken_is_rejected(status: int, text: str):
    assert f"{status}: " in str(fails(ModelRejected, refused(status, text)))


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503])
def test_what_passes_is_unavailable(status: int):
    error = fails(ModelUnavailable, refused(status, "x" * 999, {"retry-after": "7"}))
    assert error.retry_after == 7
    assert f"cannot answer now ({status}: " in str(error)
    assert len(str(error)) < 500
    later = fails(ModelUnavailable, refused(status, "no", {"retry-after": "tomorrow"}))
    assert later.retry_after is None


@pytest.mark.parametrize("status", [429, 500])
def test_what_passes_is_tried_again(status: int):
    busy = refused(status, "busy", {"retry-after-ms": "1"})
    assert len(ask_misbehaving(busy, busy, told([1]), retries=2)) == 1
    fails(ModelUnavailable, busy, busy, told([1]), retries=1)


HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 999\r\n\r\n{"


@pytest.mark.parametrize("answer", [[CLOSE], [RESET], [HEAD, CUT], [HEAD, RESET]])
def test_a_cut_is_unavailable(answer: Answer):
    assert "broke off" in str(fails(ModelUnavailable, answer))


@pytest.mark.parametrize("answer", [[STALL], [HEAD, STALL]])
def test_silence_is_unavailable(answer: Answer):
    said = str(fails(ModelUnavailable, answer, timeout=0.2))
    assert "said nothing for 0.2 seconds" in said


def test_a_server_that_only_drips_is_left():
    error = fails(ModelUnavailable, [STREAM, PING], timeout=0.3)
    assert "took over 0.6 seconds" in str(error)


def test_nobody_there_is_unavailable():
    with pytest.raises(ModelUnavailable, match="nothing answers at"):
        ask(f"http://127.0.0.1:{free_port()}/v1", ["a"])


def test_one_embedder_may_be_used_in_one_loop_after_another():
    with misbehaving(told([1])) as server:
        embedder = OpenAIEmbedder(spec_for(server.url))
        assert asyncio.run(embed(embedder, ["a"])) == asyncio.run(embed(embedder, ["a"]))
        assert server.connections == 2
        asyncio.run(twice_at_once(embedder))
        asyncio.run(embedder.close())
    assert server.connections <= 4


async def twice_at_once(embedder: OpenAIEmbedder) -> None:
    await asyncio.gather(embedder.embed(["a"]), embedder.embed(["b"]))
    await embedder.close()
    await embedder.close()


def test_the_key_of_the_environment_is_openais_alone(monkeypatch: pytest.MonkeyPatch):
    for name, value in {
        "OPENAI_API_KEY": BAD,
        "OPENAI_ORG_ID": "org-1",
        "OPENAI_PROJECT_ID": "project-1",
        "OPENAI_CUSTOM_HEADERS": "X-Mine: 1\nnonsense",
    }.items():
        monkeypatch.setenv(name, value)
    with misbehaving(told([1])) as server:
        ask(server.url, ["a"], key=None)
        ask(server.url, ["a"])
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        asyncio.run(embed(OpenAIEmbedder(spec_for(None, key=None, name=None)), ["a"]))
    first, second, third = (asked.headers for asked in server.requests)
    assert first["authorization"] == "Bearer none"
    assert second["authorization"] == f"Bearer {KEY}"
    for headers in (first, second):
        assert not {"openai-organization", "openai-project", "x-mine"} & headers.keys()
    assert third["authorization"] == f"Bearer {BAD}"
    assert third["openai-organization"] == "org-1"


def test_its_name_is_public(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert OpenAIEmbedder(spec_for(None, name=None)).name == "openai:text-embedding-3-small"
    assert OpenAIEmbedder(spec_for("http://u:p@h.test/v1")).name == "openai:small"


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (spec_for(None, key=None), "There is no key for embeddings. Set OPENAI_API_KEY, or"),
        (spec_for(None, key=" "), "There is no key"),
        (spec_for(None, key="a b"), "The key from env:TEST_KEY holds characters"),
        (spec_for("http://x.test", name=None), "No embedding model of openai is named"),
        (spec_for("ftp://x.test"), "is no web address"),
        (spec_for("http://x.test:0"), "is no web address"),
        (spec_for("http://[x"), "is no web address"),
    ],
)
def test_wrong_settings_are_told_before_anything_is_asked(spec: ModelSpec, said: str):
    with pytest.raises(SettingsError) as caught:
        OpenAIEmbedder(spec)
    assert said in str(caught.value)


def test_a_password_in_the_address_is_not_shown():
    with misbehaving(refused(500)) as server:
        url = server.url.replace("127.0.0.1", "user:hidden@127.0.0.1")
        with pytest.raises(ModelUnavailable) as caught:
            ask(url, ["a"])
    assert "hidden" not in str(caught.value)


def test_the_sdk_is_loaded_with_the_first_call_alone():
    code = (
        "import sys, tertulia.embedders.openai as o; from tertulia.values.bot import ModelSpec\n"
        "o.OpenAIEmbedder(ModelSpec(provider='openai', name='m', base_url='http://x.test'))\n"
        "sys.exit('openai' in sys.modules or 'httpx2' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_every_direction_fits_in_bytes(components: list[float]):
    vector = _int8(components)
    if not any(components):
        assert vector is None
        return
    assert vector is not None
    found = ints(vector)
    assert max(map(abs, found)) == 127
    longest = max(map(abs, components))
    for each, number in zip(components, found, strict=True):
        assert abs(each / longest - number / 127) <= 0.5 / 127 + 1e-9
