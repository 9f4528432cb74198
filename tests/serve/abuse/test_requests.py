"""Where one request ends, and the next begins."""

from __future__ import annotations

import pytest

from abusing import request, statuses, told
from browser.conftest import Served


@pytest.mark.parametrize(
    "headers",
    [
        ("Content-Length: 6", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked", "Content-Length: 6"),
        ("Content-Length: 6", "Content-Length: 7"),
        ("Content-Length: 0", "Transfer-Encoding:\tchunked"),
        ("Content-Length: 0", "Transfer-Encoding: chunked", "Transfer-Encoding: identity"),
        ("Content-Length: 0", "Transfer-Encoding: xchunked"),
        ("Content-Length: 0", "Transfer-Encoding: chunked, gzip"),
        ("Content-Length: 0", "Transfer-Encoding : chunked"),
        ("Content-Length : 6", "Transfer-Encoding: chunked"),
        ("Content-Length: 0", "X: y\nTransfer-Encoding: chunked"),
        ("Content-Length: 0", "X: y\rTransfer-Encoding: chunked"),
        ("Content-Length: 0", " Transfer-Encoding: chunked"),
        ("Content-Length: 0", "Transfer-Encoding: chun\x00ked"),
    ],
)
def test_no_second_request_is_hidden_in_a_first(served: Served, headers: tuple[str, ...]) -> None:
    """A proxy before this server may count otherwise: such a request is the connection's last."""
    hidden = request("GET", "/healthz", "Connection: close")
    body = b"0\r\n\r\n" + hidden
    kind = "Content-Type: application/json"
    answer = told(served, request("POST", "/api/facts/undo", kind, *headers, body=body))
    assert answer.count(b"\r\n\r\nok") == 0, answer
    assert len(statuses(answer)) <= 1


@pytest.mark.parametrize("size", ["-5", "zz", "ffffffffffffffffff", " 5", "0x5"])
def test_a_piece_of_no_sound_size_is_refused(served: Served, size: str) -> None:
    head = request("POST", "/api/messages", "Transfer-Encoding: chunked")
    end = b"\r\nhello\r\n0\r\n\r\n" + request("GET", "/healthz", "Connection: close")
    answer = told(served, head + size.encode() + end, ended=True)
    assert statuses(answer) in ([400], [])


@pytest.mark.parametrize(
    "bytes_",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(300),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /\r\n",
        b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
        b"\x00" * 10_000,
        b"\r\n" * 1_000 + b"GET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"GET /healthz\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\x00\r\n\r\n",
        bytes(range(255, -1, -1)) * 16,
    ],
    ids=[str(n) for n in range(10)],
)
def test_what_is_no_http_is_refused(served: Served, bytes_: bytes) -> None:
    answer = told(served, bytes_, ended=True)
    assert set(statuses(answer)) <= {400, 421, 505}
    assert b"\r\n\r\nok" not in answer


def test_methods_that_are_none(served: Served) -> None:
    for method in ("TRACE", "CONNECT", "TRACK", "DEBUG", "get", "M" * 5000, "PROPFIND", "OPTIONS"):
        asked = request(method, "/api/me", "Connection: close")
        assert statuses(told(served, asked)) in ([400], [403], [405]), method
    answer = told(served, request("TRACE", "/", "X-A: a secret", "Connection: close"))
    assert statuses(answer) == [405]
    assert b"a secret" not in answer
