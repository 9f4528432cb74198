"""Sockets on which nonsense comes."""

from __future__ import annotations

import base64
import contextlib
import socket
import struct

import pytest

from abusing import EVIL, answers_at_once, line, request, statuses, told
from browser.conftest import Served

KEY = base64.b64encode(b"0123456789abcdef").decode()


def handshake(served: Served, *more: str, host: str = "", path: str = "/api/live") -> bytes:
    own = f"127.0.0.1:{served.port}"
    return request(
        *("GET", path, "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"),
        *(f"Sec-WebSocket-Key: {KEY}", *more),
        host=host or own,
    )


@pytest.mark.parametrize(
    ("headers", "host"),
    [
        ((), ""),
        ((f"Origin: {EVIL}",), ""),
        (("Origin: null",), ""),
        ((f"Origin: {EVIL}",), "evil.example"),
        (("Origin: http://localhost:1",), ""),
        (("Origin: http://127.0.0.1", "Sec-Fetch-Site: cross-site"), ""),
    ],
)
def test_another_site_s_page_opens_no_socket(
    served: Served, headers: tuple[str, ...], host: str
) -> None:
    asked = handshake(served, *headers, host=host)
    answer = told(served, asked + request("GET", "/healthz", "Connection: close"))
    assert statuses(answer)[0] == (421 if host else 403)


def frame(opcode: int, payload: bytes, *, masked: bool = True, first: int = 0x80) -> bytes:
    size = len(payload)
    if size < 126:
        length = struct.pack("!B", (masked << 7) | size)
    elif size < 65536:
        length = struct.pack("!BH", (masked << 7) | 126, size)
    else:
        length = struct.pack("!BQ", (masked << 7) | 127, size)
    mask = bytes(4) if masked else b""
    return struct.pack("!B", first | opcode) + length + mask + payload


def closed(of: socket.socket) -> int:
    """What the server's close tells, which is its last frame."""
    heard = bytearray()
    with contextlib.suppress(ConnectionError):
        while (at := heard.rfind(b"\x88")) < 0 or len(heard) < at + 4:
            piece = of.recv(65536)
            assert piece, bytes(heard)
            heard += piece
    return int.from_bytes(heard[at + 2 : at + 4], "big")


TEXT, BINARY, PING = 1, 2, 9
WATCH = b'{"watch": 1, "after": 0}'


@pytest.mark.parametrize(
    ("frames", "codes"),
    [
        (frame(TEXT, WATCH, masked=False), {1002}),
        (frame(3, b"reserved"), {1002}),
        (frame(TEXT, WATCH, first=0xF0), {1002}),
        (frame(PING, b"x" * 126), {1002}),
        (frame(PING, b"x", first=0), {1002}),
        (frame(0, b"a continuation of nothing"), {1002}),
        (frame(TEXT, b"\xff\xfe"), {1007}),
        (frame(TEXT, b"x" * 2_000_000), {1009}),
        (frame(TEXT, b"", first=0) + frame(0, b"x" * 900_000, first=0) * 3, {1009}),
        (struct.pack("!BBQ", 0x81, 0xFF, 2**63 - 1) + bytes(4), {1009, 1002}),
        (frame(8, b"\x00\x01"), {1002}),
        (frame(8, b"\x03\xe8\xff\xff"), {1002, 1007}),
        (frame(TEXT, b"no json"), {1008}),
        (frame(TEXT, b"[" * 900), {1008}),
        (frame(TEXT, b"{" + b" " * 2000 + b"}"), {1008}),
        (frame(TEXT, b'{"watch": "1"}'), {1008}),
        (frame(TEXT, b'{"watch": 1e999}'), {1008}),
        (frame(TEXT, b'{"watch": 99999999999999999999999}'), {1008}),
        (frame(TEXT, b'{"watch": -1, "after": -1}'), {1008}),
        (frame(TEXT, b'{"watch": 1, "unwatch": 1}'), {1008}),
        (frame(TEXT, b'{"watch": 1, "__proto__": {}}'), {1008}),
        (frame(TEXT, b"null"), {1008}),
        (frame(BINARY, WATCH), {1008}),
        (
            b"".join(frame(TEXT, b'{"watch": %d, "after": 0}' % n) for n in range(1, 200)),
            {1008},
        ),
    ],
    ids=[str(n) for n in range(24)],
)
def test_a_socket_on_which_nonsense_comes_is_closed_with_a_reason(
    served: Served, frames: bytes, codes: set[int]
) -> None:
    with line(served) as one:
        one.sendall(handshake(served, f"Origin: {served.url}"))
        assert one.recv(12) == b"HTTP/1.1 101"
        with contextlib.suppress(OSError):
            one.sendall(frames)
        assert closed(one) in codes


def test_pings_without_end_hold_up_nobody(served: Served) -> None:
    with line(served) as one:
        one.sendall(handshake(served, f"Origin: {served.url}"))
        assert one.recv(12) == b"HTTP/1.1 101"
        one.setblocking(False)
        with contextlib.suppress(BlockingIOError, ConnectionError):
            for _ in range(2_000):
                one.send(frame(PING, b"x" * 100))
        answers_at_once(served)


def test_a_handshake_that_is_none_is_refused(served: Served) -> None:
    origin = f"Origin: {served.url}"
    for change in (
        ("Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 99"),
        (f"Sec-WebSocket-Key: {KEY}", "Sec-WebSocket-Key: short"),
        (f"Sec-WebSocket-Key: {KEY}", "X: y"),
        ("GET", "POST"),
    ):
        asked = handshake(served, origin).replace(*(one.encode() for one in change))
        asked += request("GET", "/healthz", "Connection: close")
        assert statuses(told(served, asked))[:1] in ([400], [403], [404], [405], [426])
