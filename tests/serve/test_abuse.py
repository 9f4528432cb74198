"""What nobody means well by: whatever is sent, others are answered at once."""

from __future__ import annotations

import base64
import contextlib
import gzip
import json
import socket
import struct
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from urllib.parse import quote

import httpx2
import pytest

from browser.conftest import SECONDS, Served

SOON = 5.0
"""Seconds in which others are answered, on a machine that has much to do."""

CANARY = "canary-of-a-file-beside"
EVIL = "http://evil.example"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Generator[Served]:
    folder = tmp_path_factory.mktemp("abuse")
    made = Served(folder, f'[bots.tertulia]\npersona = "{CANARY}"\nmodel = "offline"\n').start()
    yield made
    made.stop()
    log = (folder / "serve.log").read_text().splitlines()
    wrong = [one for one in log if '"level": "error"' in one]
    assert not wrong, wrong[0]


@pytest.fixture(autouse=True)
def _stays_up(served: Served) -> Generator[None]:
    yield
    assert served.process is not None
    assert served.process.poll() is None
    answers_at_once(served)


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


# Many, slow and idle


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


# More than is taken


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


# Where one request ends, and the next begins


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


# Files that are none of the page's

CLIMBS = (
    "..",
    "%2e%2e",
    "%2E%2e",
    "..%2f..",
    "..%5c..",
    "..\\..",
    "%252e%252e",
    "%c0%ae%c0%ae",
    "..%00",
    "....//",
    "..;",
    "%u002e%u002e",
    "%uff0e%uff0e",
    "./.",
    "~",
    "//",
    "file:",
)
ENDS = (
    "app.py",
    "tertulia.toml",
    "data/tertulia.db",
    "etc/passwd",
    "licenses.md%00.js",
    "index.html.br",
)


def test_nothing_outside_the_page_s_folder_is_sent(served: Served) -> None:
    paths = [
        f"{begin}/{'/'.join([climb] * depth)}/{end}"
        for begin in ("/assets", "/c")
        for climb in CLIMBS
        for depth in (1, 6)
        for end in ENDS
    ]
    paths += [f"/{quote(str(served.folder / 'tertulia.toml'), safe='')}", "/%2fetc%2fpasswd"]
    with line(served) as one:
        wire = one.makefile("rb")
        for path in paths:
            one.sendall(request("GET", path.encode().decode("latin-1")))
            status, body = answer_of(wire)
            assert status in (200, 404), path
            assert b"root:" not in body, path
            assert CANARY.encode() not in body, path
            assert b"SQLite format" not in body, path
            if status == 200:
                assert b'<div id="page">' in body, path


def answer_of(wire: Iterable[bytes]) -> tuple[int, bytes]:
    """The next answer of a connection that stays open."""
    lines = iter(wire)
    status = int(next(lines).split()[1])
    length = 0
    while (head := next(lines)) != b"\r\n":
        name, _, value = head.partition(b":")
        length = int(value) if name.lower() == b"content-length" else length
    return status, wire.read(length)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "title",
    [
        "a\r\nSet-Cookie: tertulia_login=x",
        "a\nX-Injected: 1\n\n<script>alert(1)</script>",
        'a"; filename="evil.exe',
        "../../etc/passwd",
        "\u2028\u202egpj.exe",
        "a\u0085b\u000bc\u000cd",
        "%0d%0aX-Injected:%201",
        "..",
        "CON",
    ],
)
def test_a_title_stays_the_name_of_a_file(served: Served, title: str) -> None:
    with client(served) as one:
        said = {"id": f"t{abs(hash(title))}", "text": "hello", "conversation": "titles"}
        number = one.post("/api/messages", json=said).json()["conversation"]
        path = f"/api/conversations/{number}"
        assert one.patch(path, json={"title": title}).status_code == 200
        for form in ("md", "json", "html", "txt"):
            answer = one.get(f"{path}/export", params={"form": form})
            assert answer.status_code == 200
            assert "x-injected" not in answer.headers
            assert "set-cookie" not in answer.headers
            (named,) = answer.headers.get_list("content-disposition")
            assert named.isascii()
            assert named.isprintable()
            plain = named.partition('filename="')[2].partition('"')[0]
            assert plain.endswith(f".{form}")
            assert not set('/\\:;%"') & set(plain)
            assert named.count('"') == 2


# Another site's page


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": EVIL},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "file://"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Cookie": "tertulia_session=x"},
    ],
    ids=str,
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/messages"),
        ("POST", "/api/forget"),
        ("POST", "/api/import?name=x"),
        ("PUT", "/api/bots/evil"),
        ("DELETE", "/api/bots/tertulia"),
        ("PATCH", "/api/conversations/1"),
        ("POST", "/v1/chat/completions"),
    ],
)
def test_another_site_s_page_changes_nothing(
    served: Served, method: str, path: str, headers: dict[str, str]
) -> None:
    for kind in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
        with client(served, **headers, **{"Content-Type": kind}) as one:
            answer = one.request(method, path, content=b'{"what": "me", "sure": true}')
            assert answer.status_code == 403
            assert "access-control-allow-origin" not in answer.headers


def test_another_site_s_page_is_not_asked_before_either(served: Served) -> None:
    asks = {"Origin": EVIL, "Access-Control-Request-Method": "PUT"}
    with client(served, **asks) as one:
        answer = one.options("/api/bots/evil")
        assert answer.status_code in (403, 405)
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_nothing_is_drawn_into_another_site_s_page(served: Served) -> None:
    drawn = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    with client(served, **drawn) as one:
        for path in ("/api/me", "/api/conversations", "/api/bots", "/v1/models", "/metrics"):
            assert one.get(path).status_code == 403


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.", "0", "[::]"]
)
def test_a_name_that_was_bent_to_point_here_is_refused(served: Served, host: str) -> None:
    for path in ("/", "/api/me", "/assets/x.js", "/v1/models", "/healthz"):
        answer = told(served, request("GET", path, "Connection: close", host=host))
        assert statuses(answer) == [421]
    absolute = request("GET", f"http://{host}/api/me", "Connection: close", host="localhost")
    assert statuses(told(served, absolute))[0] in (400, 404, 421, 200)


# Sockets

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


def test_what_was_sent_is_told_nowhere_as_it_is(served: Served) -> None:
    """No answer gives back, as a page, what a request said."""
    mark = "<script>alert(1)</script>"
    with client(served) as one:
        answers = [
            one.get(f"/api/{quote(mark)}"),
            one.get("/api/search", params={"q": "x", mark: mark}),
            one.get(f"/api/vendors/{quote(mark, safe='')}/models"),
            one.get(f"/v1/models/{quote(mark, safe='')}"),
            one.get(f"/assets/{quote(mark)}"),
            one.post("/api/messages", json={"id": mark, "text": mark, "conversation": mark}),
        ]
    for answer in answers:
        assert 400 <= answer.status_code < 500
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["x-content-type-options"] == "nosniff"
        json.loads(answer.text)
