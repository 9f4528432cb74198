"""Many, slow, idle, and more than is taken."""

from __future__ import annotations

import contextlib
import gzip
import socket

import pytest

from abusing import answers_at_once, client, line, request, rest, statuses, told
from browser.conftest import Served


def test_two_hundred_who_say_nothing(served: Served) -> None:
    with contextlib.ExitStack() as held:
        for _ in range(200):
            held.enter_context(line(served))
        answers_at_once(served)


def test_those_who_never_finish(served: Served) -> None:
    """In the midst of a line, of the headers, of a body, of a piece of one, of a handshake."""
    begun = [
        b"GET /api/m",
        b"GET /api/me HTTP/1.1\r\nHost: localhost\r\nX-A: ",
        request("POST", "/api/messages", "Content-Type: application/json", "Content-Length: 999")
        + b"{",
        request("POST", "/api/import?name=x", "Content-Length: 99999") + b"[",
        request("POST", "/api/messages", "Transfer-Encoding: chunked") + b"5\r\n{",
        request("POST", "/api/login", "Content-Type: application/json", "Content-Length: 9"),
        request("POST", "/v1/chat/completions", "Content-Length: 999") + b"{",
    ]
    with contextlib.ExitStack() as held:
        for at in range(70):
            held.enter_context(line(served)).sendall(begun[at % len(begun)])
        answers_at_once(served)


def test_those_who_read_nothing(served: Served) -> None:
    with contextlib.ExitStack() as held:
        for _ in range(20):
            one = held.enter_context(line(served))
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
            one.sendall(request("GET", "/assets/../licenses.md") + request("GET", "/api/bots") * 20)
        answers_at_once(served)


def test_a_thousand_calls_in_one_breath(served: Served) -> None:
    calls = request("GET", "/healthz") * 999 + request("GET", "/healthz", "Connection: close")
    assert set(statuses(told(served, calls))) <= {200, 429}


def test_headers_without_end(served: Served) -> None:
    for more in (
        b"X-A: " + b"a" * 1_000_000,
        b"\r\n".join(b"X-%d: a" % n for n in range(20_000)),
        b"Cookie: " + b"a=b; " * 50_000,
    ):
        head = b"GET /api/me HTTP/1.1\r\nHost: localhost\r\n"
        assert statuses(told(served, head + more + b"\r\n\r\n")) in ([400], [431], [])
    path = b"/" + b"a" * 1_000_000
    assert statuses(told(served, b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n")) in ([400], [])


@pytest.mark.parametrize("path", ["/api/messages", "/v1/chat/completions", "/api/import?name=x"])
def test_a_body_that_is_told_to_be_too_large_is_refused_before_it_comes(
    served: Served, path: str
) -> None:
    with line(served) as one:
        one.sendall(request("POST", path, "Content-Length: 99999999999999"))
        one.sendall(b"x" * 16_000_000)  # so much of it is heard out
        assert statuses(rest(one)) == [413]


@pytest.mark.parametrize(
    "length", ["9" * 5000, "-1", "+5", "0x5", "5, 6", "1e3", "5 5", "abc", "", "\uff19"]
)
def test_a_length_that_is_none_is_refused(served: Served, length: str) -> None:
    head = f"POST /api/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n"
    assert statuses(told(served, head.encode() + b"12345")) == [400]


def test_what_is_packed_is_not_unpacked(served: Served) -> None:
    bomb = gzip.compress(b" " * 50_000_000 + b"{}")
    for coding in ("gzip", "deflate", "br", "zstd", "gzip, gzip"):
        headers = {"Content-Encoding": coding, "Content-Type": "application/json"}
        with client(served, **headers) as one:
            for path in ("/api/messages", "/api/login", "/v1/chat/completions"):
                assert one.post(path, content=bomb).status_code in (400, 415)
            assert one.post("/api/import?name=x.json", content=bomb).status_code in (400, 415, 422)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 500_000,
        b'{"a":' * 100_000,
        b'{"id": "a", "text": ' + b"9" * 100_000 + b"}",
        b'{"id": 1e999999999, "text": "x", "conversation": "c"}',
        b'{"id": "a", "text": "\\ud800", "conversation": "\\udfff"}',
        b'{"id": "a", "text": "\xff\xfe", "conversation": "c"}',
        b'{"id": "a", "text": "\xed\xa0\x80", "conversation": "c"}',
        b"\xef\xbb\xbf{}",
        "{}".encode("utf-16"),
        b"",
        b"null",
        b"NaN",
        b'{"id": "a", "id": "b", "text": {}, "__proto__": {}}',
    ],
)
@pytest.mark.parametrize(
    "path", ["/api/messages", "/api/facts", "/api/login", "/v1/chat/completions"]
)
def test_a_body_that_is_no_sound_json_is_refused(served: Served, path: str, body: bytes) -> None:
    with client(served, **{"Content-Type": "application/json"}) as one:
        assert one.post(path, content=body).status_code == 400
