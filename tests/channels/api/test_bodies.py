"""Whatever is sent, the answer is one of OpenAI's, and none is a server's error."""

from __future__ import annotations

import base64
import json
import threading
import tracemalloc
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.api.doors import Door, kept, lines, raw, say, scripted
from running import ScriptedModel
from tertulia.channels.api import routes
from tertulia.channels.api.asked import LONGEST, MOST, NAME, Asked, read
from tertulia.channels.api.halves import mended
from tertulia.channels.api.refused import Refused
from tertulia.values.http import LARGEST_TALK

HELLO = lines("hello")
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(40)).decode()


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Generator[Door]:
    with scripted(tmp_path_factory.mktemp("door")) as opened:
        yield opened


def picture(url: str) -> list[dict[str, Any]]:
    return [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}]


def user(*parts: Any) -> list[dict[str, Any]]:
    return [{"role": "user", "content": list(parts)}]


TOOL = {"type": "function", "function": {"name": "f"}}

WRONG: dict[str, tuple[Any, str | None]] = {
    "no messages": ({"messages": []}, "messages"),
    "no user": ({"messages": [{"role": "system", "content": "x"}]}, "messages"),
    "the bot said it last": ({"messages": lines("a", "b")}, "messages"),
    "nothing said": ({"messages": lines("  \n")}, "messages"),
    "no content": ({"messages": [{"role": "user"}]}, "messages"),
    "a tool's result": ({"messages": [{"role": "tool", "content": "x"}, *HELLO]}, "messages[0]"),
    "a role that nobody knows": (
        {"messages": [{"role": "\ud800", "content": "x"}, *HELLO]},
        "messages[0]",
    ),
    "a tool was called": (
        {"messages": [{"role": "assistant", "tool_calls": [TOOL]}, *HELLO]},
        "messages[0]",
    ),
    "a function was called": (
        {"messages": [{"role": "assistant", "function_call": {"name": "f"}}, *HELLO]},
        "messages[0]",
    ),
    "a sound": (
        {"messages": user({"type": "input_audio", "input_audio": {}})},
        "messages[0].content[0]",
    ),
    "a picture elsewhere": (
        {"messages": picture("https://example.com/x.png")},
        "messages[0].content[0]",
    ),
    "a picture on the disk": (
        {"messages": picture("file:///etc/passwd")},
        "messages[0].content[0]",
    ),
    "a drawing": (
        {"messages": picture(f"data:image/svg+xml;base64,{PNG}")},
        "messages[0].content[0]",
    ),
    "no base64": ({"messages": picture("data:image/png;base64,!!")}, "messages[0].content[0]"),
    "no picture": ({"messages": picture("data:image/gif;base64," + PNG)}, "messages[0].content[0]"),
    "a picture without one": (
        {"messages": user({"type": "image_url"})},
        "messages[0].content[0]",
    ),
    "a picture that nobody keeps": (
        {"model": "bo:stateless", "messages": picture("data:image/png;base64," + PNG)},
        "messages",
    ),
    "too long": ({"messages": lines("x" * (LONGEST + 1))}, "messages[0]"),
    "two replies": ({"n": 2}, "n"),
    "no reply": ({"n": 0}, "n"),
    "tools": ({"tools": [TOOL]}, "tools"),
    "tools if need be": ({"tools": [TOOL], "tool_choice": "auto"}, "tools"),
    "functions": ({"functions": [{"name": "f"}]}, "functions"),
    "JSON": ({"response_format": {"type": "json_object"}}, "response_format"),
    "a conversation without a name": ({"metadata": {"conversation": ""}}, "metadata.conversation"),
    "a conversation of blanks": ({"metadata": {"conversation": "  "}}, "metadata.conversation"),
    "a number": ({"metadata": {"conversation": 12}}, "metadata.conversation"),
    "two lines": ({"metadata": {"conversation": "a\nb"}}, "metadata.conversation"),
    "half a character": ({"metadata": {"conversation": "\ud800"}}, "metadata.conversation"),
    "a long name": (
        {"metadata": {"conversation": "x" * (NAME + 1)}},
        "metadata.conversation",
    ),
    "a user of two lines": ({"user": "a\nb"}, "user"),
    "a user with a NUL": ({"safety_identifier": "a\0"}, "safety_identifier"),
    "a model that is a number": ({"model": 1}, "model"),
    "no list": ({"messages": "hello"}, "messages"),
    "no objects": ({"messages": ["hello"]}, "messages[0]"),
    "a content that is a number": (
        {"messages": [{"role": "user", "content": 1}]},
        "messages[0].content",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told(door: Door, name: str) -> None:
    body, param = WRONG[name]
    status, told, _ = raw(door, {"model": "bo", "messages": HELLO, **body})
    assert status == 400, told
    assert told["error"]["type"] == "invalid_request_error"
    assert told["error"]["param"] == param
    assert told["error"]["message"].endswith(".")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"\xff\xfe",
        b'"' + b"x" * 1000 + b'"',
        b"[" * 200_000,
        b"9" * 10_000,
        b'{"model": "bo"}',
        b'{"messages": []}',
    ],
)
def test_what_is_no_request(door: Door, body: bytes) -> None:
    status, told, _ = raw(door, body)
    assert status == 400
    assert told["error"]["type"] == "invalid_request_error"


def test_a_body_of_another_kind_is_not_read(door: Door) -> None:
    body = {"model": "bo", "messages": HELLO}
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        status, told, _ = raw(door, body, headers={"content-type": kind})
        assert (status, told["error"]["code"]) == (400, None)
        assert "application/json" in told["error"]["message"]
    assert raw(door, body, headers={"content-type": "Application/JSON; charset=utf-8"})[0] == 200


def test_a_body_that_is_too_large(door: Door) -> None:
    status, told, _ = raw(door, b'{"x": "' + b"x" * LARGEST_TALK + b'"}')
    assert (status, told["error"]["code"]) == (413, "too_large")


def test_a_large_body_holds_up_nobody(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    reading, go, told = threading.Event(), threading.Event(), []

    def slow(content: bytes, bots: Sequence[str]) -> Asked:
        if len(content) <= 150:
            return read(content, bots)
        told.append(len(content))
        reading.set()
        assert go.wait(20)
        return read(content, bots)

    monkeypatch.setattr(routes, "read", slow)
    monkeypatch.setattr(routes, "LARGE", 150)
    large = {"model": "bo:stateless", "messages": lines("x" * 200)}
    with ThreadPoolExecutor(3) as callers:
        waiting = [callers.submit(raw, door, large) for _ in range(2)]
        assert reading.wait(20)
        assert raw(door, {"model": "bo:stateless", "messages": HELLO}, key="bo-laptop")[0] == 200
        assert len(told) == 1
        go.set()
        assert [one.result(20)[0] for one in waiting] == [200, 200]
    assert len(told) == 2


def test_of_fields_that_nobody_reads_nothing_is_made() -> None:
    nested = b"[" + b"[]," * 300_000 + b"[]]"
    body = b'{"model":"bo","messages":[{"role":"user","content":"x"}],"zz":%b,"tool_choice":%b}'
    tracemalloc.start()
    try:
        assert read(body % (nested, nested), ["bo"]).new.text == "x"
        assert tracemalloc.get_traced_memory()[1] < 3 * len(nested)
    finally:
        tracemalloc.stop()


def test_more_messages_than_any_talk_has_are_refused() -> None:
    body = json.dumps({"model": "bo", "messages": lines("x") * (MOST + 1)}).encode()
    with pytest.raises(Refused, match="at most 50000 messages"):
        read(body, ["bo"])


@given(st.text(alphabet=st.sampled_from('\\u\ud83d\udbff\ude00\udc00x"0'), max_size=12))
def test_halves_of_characters_are_mended(text: str) -> None:
    whole = json.loads(mended(json.dumps(text).encode()))
    assert whole == text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@pytest.mark.parametrize(
    "more",
    [
        {"n": 1, "temperature": 2, "max_tokens": 5, "stop": ["x"], "store": True, "seed": 1},
        {"tools": [], "functions": [], "tool_choice": "auto"},
        {"tools": [TOOL], "tool_choice": "none"},
        {"functions": [{}], "function_call": "none"},
        {"response_format": {"type": "text"}},
        {"metadata": {"other": 1}, "user": "", "stream": None, "stream_options": None},
        {"nobody": {"knows": ["this"]}, "logprobs": None, "service_tier": "auto"},
        {"messages": [{"role": "developer", "content": "x"}, *HELLO]},
        {"messages": [{"role": "assistant", "content": None, "refusal": "no"}, *HELLO]},
        {"messages": user({"type": "text", "text": "hi"}, {"type": "refusal", "refusal": "no"})},
        {"messages": [{"role": "user", "content": [], "name": "x"}, *HELLO]},
        {"messages": [{"role": "user", "content": "lone \ud83d, \0"}]},
        {"user": "Zo\u00eb \U0001f600", "metadata": {"conversation": "\U0001f600 / %2f;"}},
    ],
)
def test_what_is_taken(door: Door, more: dict[str, Any]) -> None:
    status, told, _ = raw(door, {"model": "bo", "messages": HELLO, **more})
    assert status == 200, told
    assert told["choices"][0]["message"]["content"] == "ok"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)
MESSAGE = st.fixed_dictionaries(
    {},
    optional={
        "role": st.sampled_from(["user", "assistant", "system", "tool", ""]) | JSON,
        "content": st.text(max_size=20)
        | st.sampled_from(["/help", "/forget me", "/export json", "/new"])
        | st.lists(st.fixed_dictionaries({"type": st.just("text"), "text": JSON}), max_size=2)
        | JSON,
        "tool_calls": JSON,
    },
)
BODY = st.fixed_dictionaries(
    {"model": st.sampled_from(["bo", "bo:stateless", "x"]) | JSON},
    optional={
        "messages": st.lists(MESSAGE, max_size=4) | JSON,
        "stream": st.booleans() | JSON,
        "stream_options": st.fixed_dictionaries({"include_usage": JSON}) | JSON,
        "metadata": st.fixed_dictionaries({"conversation": JSON}) | JSON,
        "user": JSON,
        "n": JSON,
        "tools": JSON,
        "response_format": JSON,
    },
)


@given(body=BODY)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_is_sent_no_server_breaks(door: Door, body: dict[str, Any]) -> None:
    told = dict(body)
    if told.get("stream") is True:
        told["stream"] = False
    status, answer, _ = raw(door, json.dumps(told).encode())
    assert status in (200, 400, 404), answer
    assert ("choices" in answer) == (status == 200)


@pytest.mark.slow
def test_a_talk_of_ten_thousand_messages(tmp_path: Path) -> None:
    model = ScriptedModel([["one"], ["two"], ["three"]])
    talk = [f"message {n}" for n in range(10_001)]
    with scripted(tmp_path, model) as door:
        client = door.client()
        assert say(client, *talk) == "one"
        assert say(client, *talk, "one", "more") == "two"
    with scripted(tmp_path, model) as door:
        assert say(door.client(), *talk, "one", "more", "two", "again") == "three"
        assert [len(said) for said in kept(door)] == [10_006]
