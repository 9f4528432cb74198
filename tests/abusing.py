"""What nobody means well by, byte by byte."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Generator
from contextlib import contextmanager

import httpx2

from browsing import SECONDS, Served

SOON = 5.0
"""Seconds in which others are answered, on a machine that has much to do."""

CANARY = "canary-of-a-file-beside"
EVIL = "http://evil.example"


def client(served: Served, **more: str) -> httpx2.Client:
    return httpx2.Client(
        base_url=served.url, headers=more, trust_env=False, timeout=SECONDS, follow_redirects=False
    )


def answers_at_once(served: Served) -> None:
    begun = time.monotonic()
    with client(served) as other:
        assert other.get("/api/me").status_code == 200
        assert other.get("/healthz").text == "ok"
    assert time.monotonic() - begun < SOON


@contextmanager
def line(served: Served) -> Generator[socket.socket]:
    with socket.create_connection(("127.0.0.1", served.port), timeout=SECONDS) as made:
        yield made


def rest(of: socket.socket) -> bytes:
    """What comes until the server hangs up; a reset is that too."""
    told = bytearray()
    with contextlib.suppress(ConnectionError):
        while piece := of.recv(65536):
            told += piece
    return bytes(told)


def told(served: Served, request: bytes, *, ended: bool = False) -> bytes:
    """All that is answered until the server hangs up; `ended` tells it that nothing more comes."""
    with line(served) as one:
        with contextlib.suppress(OSError):
            one.sendall(request)
            if ended:
                one.shutdown(socket.SHUT_WR)
        return rest(one)


def statuses(answer: bytes) -> list[int]:
    return [int(part[:3]) for part in answer.split(b"HTTP/1.1 ")[1:]]


def request(
    method: str, path: str, *headers: str, body: bytes = b"", host: str = "localhost"
) -> bytes:
    head = "\r\n".join([f"{method} {path} HTTP/1.1", f"Host: {host}", *headers, "", ""])
    return head.encode("latin-1") + body
