"""How often one may call, how large a body may be, and what every answer tells the browser."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from entering import account, bearer, code, log_in, token
from serving import Hook, Server, serving
from tertulia.app.serve import bodies, limits
from tertulia.app.serve.bodies import TALKS, Bodies
from tertulia.app.serve.headers import SafeHeaders
from tertulia.app.serve.limits import Buckets, address
from tertulia.values.http import LARGEST_TALK


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_is_emptied_and_fills_with_time() -> None:
    clock = Clock()
    buckets = Buckets(60, clock)
    assert [buckets.take("ana") for _ in range(60)] == [0.0] * 60
    assert buckets.take("ana") == pytest.approx(1.0)
    assert buckets.take("bo") == 0
    clock.now = 0.5
    assert buckets.take("ana") == pytest.approx(0.5)
    clock.now = 1.0
    assert buckets.take("ana") == 0
    assert buckets.take("ana") == pytest.approx(1.0)
    clock.now = 1000.0
    assert [buckets.take("ana") for _ in range(60)] == [0.0] * 60
    assert buckets.take("ana") > 0


def test_what_is_given_back_can_be_taken_again() -> None:
    buckets = Buckets(1, Clock())
    assert buckets.take("ana") == 0
    buckets.give_back("ana")
    buckets.give_back("nobody")
    assert buckets.take("ana") == 0
    assert buckets.take("ana") > 0


def test_no_more_callers_are_remembered_than_there_is_room_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "MOST", 3)
    buckets = Buckets(1, Clock())
    for name in ("a", "b", "c", "a", "d"):
        buckets.take(name)
    assert len(buckets._left) == 3
    assert buckets.take("a") > 0, "it called again, and was forgotten all the same"
    assert buckets.take("b") == 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("unknown", "unknown", True),
    ],
)
def test_an_address_is_that_of_one_customer(one: str, other: str, same: bool) -> None:
    assert (address({"client": (one, 1)}) == address({"client": (other, 2)})) is same


def test_who_has_no_address_is_counted_as_one() -> None:
    assert address({}) == ""


@pytest.fixture
def strict(tmp_path: Path) -> Generator[Server]:
    """One that takes six calls a minute of an account."""
    account(tmp_path, "ana")
    account(tmp_path, "bo", "member")
    with serving(tmp_path, calls=6) as running:
        yield running


def test_an_account_that_calls_too_often_is_told_when_to_come_back(
    strict: Server, tmp_path: Path
) -> None:
    ana, bo = token(tmp_path, "ana"), token(tmp_path, "bo")
    with strict.client(headers=bearer(ana)) as client:
        assert [client.get("/api/who").status_code for _ in range(6)] == [200] * 6
        refused = client.get("/api/who")
        assert code(refused) == (429, "too_many")
        assert 1 <= int(refused.headers["retry-after"]) <= 10
        assert client.get("/assets/x.js").status_code == 200
        assert client.get("/").status_code == 200
        assert client.get("/healthz").status_code == 200
        assert client.get("/api/who", headers=bearer(bo)).status_code == 200


def test_on_this_machine_only_absurd_rates_are_refused(tmp_path: Path) -> None:
    with serving(tmp_path, calls=1) as server, server.client() as client:
        assert [client.get("/api/me").status_code for _ in range(50)] == [200] * 50


def test_an_address_that_calls_too_often_is_refused(tmp_path: Path) -> None:
    account(tmp_path, "ana")
    with serving(tmp_path, calls=2, behind_proxy=True) as server, server.client() as client:
        mine = {"X-Forwarded-For": "192.0.2.1, 203.0.113.1"}
        seen = [client.get("/api/who", headers=mine).status_code for _ in range(11)]
        assert seen == [401] * 10 + [429]
        other = {"X-Forwarded-For": "203.0.113.1, 203.0.113.2"}
        assert client.get("/api/who", headers=other).status_code == 401


def test_passwords_cannot_be_guessed_by_the_hundred(strict: Server) -> None:
    with strict.client() as client:
        seen = [log_in(client, "ana", f"guess {n}").status_code for n in range(14)]
        assert seen[:10] == [401] * 10
        assert 429 in seen[10:]
        client.post("/api/login", json={"name": "ana", "password": "guess"})
        late = log_in(client)
        assert code(late) == (429, "too_many")
        assert int(late.headers["retry-after"]) >= 1


def test_a_name_is_not_guessed_at_from_many_addresses(tmp_path: Path) -> None:
    account(tmp_path, "ana")
    with serving(tmp_path, behind_proxy=True) as server, server.client() as client:
        seen = []
        for n in range(14):
            client.headers["X-Forwarded-For"] = f"192.0.2.{n}"
            seen.append(log_in(client, "ana", "guess").status_code)
        assert seen[:10] == [401] * 10
        assert 429 in seen[10:]


def test_who_logs_in_again_and_again_with_the_right_one_is_let_in(strict: Server) -> None:
    for _ in range(12):
        with strict.client() as client:
            assert log_in(client).status_code == 200


def test_messages_over_a_websocket_count_too(strict: Server, tmp_path: Path) -> None:
    headers = bearer(token(tmp_path, "ana"))

    async def body() -> None:
        async with connect(strict.socket, additional_headers=headers, proxy=None) as line:
            for n in range(5):
                await line.send(str(n))
                assert "heard" in str(await line.recv())
            await line.send("one too many")
            with pytest.raises(ConnectionClosed):
                await asyncio.wait_for(line.recv(), 20)

    asyncio.run(body())


# Bodies


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    with serving(tmp_path_factory.mktemp("bodies"), upload=9_000_000) as running:
        yield running


def in_pieces(size: int) -> Generator[bytes]:
    for start in range(0, size, 50_000):
        yield b"x" * min(50_000, size - start)


def test_a_body_of_eight_megabytes_is_taken_and_no_more(server: Server) -> None:
    with server.client() as client:
        for path in ("/api/count", "/api/importance"):
            assert client.post(path, content=b"x" * 8_000_000).json() == {"length": 8_000_000}
            assert code(client.post(path, content=b"x" * 8_000_001)) == (413, "too_large")
            assert client.post(path, content=in_pieces(8_000_000)).json() == {"length": 8_000_000}


def test_what_is_brought_in_may_be_larger(server: Server) -> None:
    with server.client() as client:
        taken = client.post("/api/import", content=b"x" * 9_000_000)
        assert taken.json() == {"length": 9_000_000}
        refused = client.post("/api/import", content=b"x" * 9_000_001)
        assert code(refused) == (413, "too_large")
        assert "9 MB" in refused.text


def test_a_body_that_does_not_tell_its_size_is_counted(server: Server) -> None:
    head = b"POST /api/count HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    piece = b"186a0\r\n" + b"x" * 100_000 + b"\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as line:
        line.sendall(head + piece * 81 + b"0\r\n\r\n")
        told = b"".join(iter(lambda: line.recv(65536), b"")).decode()
    assert told.split()[1] == "413"
    assert "too_large" in told


class Caller:
    """One who sends pieces without end, and a part that reads or answers as a test says."""

    def __init__(self) -> None:
        self.heard: list[Any] = []

    async def receive(self) -> Any:
        return {"type": "http.request", "body": b"x" * 4_000_000, "more_body": True}

    async def send(self, message: Any) -> None:
        self.heard.append(message)

    def call(self, app: Any) -> list[Any]:
        scope = {"type": "http", "path": "/api/x", "method": "POST", "headers": []}
        asyncio.run(Bodies(app, 1)(scope, self.receive, self.send))
        return [one.get("status", one.get("body")) for one in self.heard]


def test_a_talk_has_a_limit_of_its_own() -> None:
    class Deaf(Caller):
        async def receive(self) -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

    async def taken(*_: Any) -> None:
        pass

    for size, heard in ((LARGEST_TALK, 0), (LARGEST_TALK + 1, 2)):
        caller = Deaf()
        headers = [(b"content-length", str(size).encode())]
        scope = {"type": "http", "path": TALKS, "method": "POST", "headers": headers}
        asyncio.run(Bodies(taken, 1)(scope, caller.receive, caller.send))
        assert len(caller.heard) == heard


def test_who_reads_on_after_a_refusal_reads_nothing_and_says_nothing() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen = [(await receive())["type"] for _ in range(4)]
        assert seen == ["http.request", "http.request", "http.disconnect", "http.disconnect"]
        await send({"type": "http.response.start", "status": 200})
        raise RuntimeError("as the caller has gone")

    told = Caller().call(app)
    assert told[0] == 413
    assert len(told) == 2


def test_who_has_answered_already_is_not_answered_for() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 202})
        for _ in range(3):
            await receive()

    assert Caller().call(app) == [202]


def test_what_a_part_breaks_is_not_hidden() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError("by itself")

    with pytest.raises(RuntimeError, match="by itself"):
        Caller().call(app)


def test_who_sends_too_slowly_is_heard_out_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "PATIENCE", 0.01)

    class Slow(Caller):
        async def receive(self) -> Any:
            return await asyncio.Event().wait()

    async def nobody(*_: Any) -> None:
        raise AssertionError

    slow = Slow()
    scope = {"type": "http", "path": "/", "headers": [(b"content-length", b"9999999")]}
    asyncio.run(Bodies(nobody, 1)(scope, slow.receive, slow.send))
    assert slow.heard[0]["status"] == 413


# Headers

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; media-src 'self' blob:; worker-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


NOTHING = "default-src 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize(
    "path", ["/", "/assets/x", "/api/me", "/v1/x", "/healthz", "/api/broken", "/metrics"]
)
def test_every_answer_tells_the_browser_to_run_nothing_else(server: Server, path: str) -> None:
    with server.client() as client:
        headers = client.get(path).headers
    page = path == "/"
    assert headers["content-security-policy"] == (POLICY if page else NOTHING)
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers.get("cross-origin-opener-policy") == ("same-origin" if page else None)
    assert headers.get("permissions-policy") == ("microphone=(self)" if page else None)
    assert "server" not in headers
    assert "access-control-allow-origin" not in headers
    kept = "no-store" if path.startswith(("/api", "/v1")) else None
    assert headers.get("cache-control") == kept


def test_what_the_browser_has_kept_keeps_its_policy() -> None:
    async def unchanged(_scope: Any, _receive: Any, send: Any) -> None:
        headers = [(b"etag", b'"x"')]
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    async def body() -> list[Any]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "path": "/", "scheme": "http"}
        await SafeHeaders(unchanged)(scope, asyncio.Event().wait, send)  # type: ignore[arg-type]
        return sent

    start, _ = asyncio.run(body())
    assert start["headers"] == [(b"etag", b'"x"')]


def test_a_door_may_be_stricter_by_itself(server: Server) -> None:
    with server.client() as client:
        headers = client.get("/api/own").headers
    assert headers.get_list("content-security-policy") == ["sandbox"]


# What breaks


def test_what_nobody_expected_is_told_without_its_cause(server: Server) -> None:
    with server.client() as client:
        answer = client.get("/api/broken?x=canary-of-the-query")
    assert code(answer) == (500, "failed")
    assert "canary" not in answer.text
    assert "Traceback" not in answer.text
    assert len(answer.headers["x-request-id"]) == 16


def test_an_error_of_ours_has_its_status(server: Server) -> None:
    with server.client() as client:
        assert code(client.get("/api/busy")) == (409, "busy")
        full = client.get("/api/full")
        assert code(full) == (503, "store_failed")
        assert "secret" not in full.text


def test_half_an_answer_is_cut_so_that_it_is_seen(server: Server) -> None:
    with server.client() as client, pytest.raises(httpx2.RemoteProtocolError):
        client.get("/api/half")


def test_a_websocket_that_breaks_is_refused_or_closed(server: Server) -> None:
    async def body() -> None:
        async with connect(server.socket, origin=server.url, proxy=None) as line:  # type: ignore[arg-type]
            await line.send("break")
            async with asyncio.timeout(20):
                await line.wait_closed()
            assert line.close_code in (1000, 1006, 1011)
        broken = server.socket.replace("live", "broken")
        with pytest.raises(Exception, match="500"):
            async with connect(broken, origin=server.url, proxy=None):  # type: ignore[arg-type]
                pass

    asyncio.run(body())


def test_what_nobody_owns_is_not_there(tmp_path: Path) -> None:
    with serving(tmp_path, door=Hook({})) as server, server.client() as client:
        assert client.post("/channels/hook/x").json()["caller"]["account"] == "local"
        for path in ("/", "/channels/hooks", "/channels", "/api/nothing"):
            assert code(client.get(path)) == (404, "not_there")
