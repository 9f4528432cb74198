"""What those who run it see: health, metrics, and logs in which no secret stands."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import sqlite3
import time
from collections.abc import Generator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from websockets.asyncio.client import connect

from entering import account, bearer, code, log_in, token
from serving import Process, Server, serving
from tertulia.app.serve import health, lines
from tertulia.app.serve.counts import TURNS, Counts, Spread, Watched
from tertulia.app.serve.requests import Requests
from tertulia.stores.sql.sqlite import SQLiteStore
from tertulia.values.errors import LeaseLost, StoreBusy, StoreFull


@pytest.fixture
def here(tmp_path: Path) -> Generator[Server]:
    with serving(tmp_path) as running:
        yield running


def scraped(server: Server, **headers: str) -> dict[str, dict[tuple[str, ...], float]]:
    """Every sample by its name and the values of its labels, in the order of their names."""
    with server.client() as client:
        answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[
                tuple(value for _, value in sorted(sample.labels.items()))
            ] = sample.value
    return found


def until(true: Any, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come to that in time"
        time.sleep(0.02)


# Metrics


def test_requests_are_counted_by_what_they_are(here: Server) -> None:
    with here.client() as client:
        for path in ("/", "/c/12", "/api/me", "/api/who?x=1", "/v1/models", "/channels/x"):
            client.get(path)
        client.post("/api/count", content=b"a")
        client.get("/api/broken")
        client.request("BREW", "/api/who")
    seen = scraped(here)
    calls = seen["tertulia_http_requests_total"]
    assert calls["page", "GET", "200"] == 2
    assert calls["api", "GET", "200"] == 2
    assert calls["api", "POST", "403"] == 1
    assert calls["api", "GET", "500"] == 1
    assert calls["api", "other", "403"] == 1
    assert calls["v1", "GET", "200"] == 1
    assert calls["channels", "GET", "200"] == 1
    count, buckets = seen["tertulia_http_seconds_count"], seen["tertulia_http_seconds_bucket"]
    assert count[("api",)] == 5
    assert buckets["api", "+Inf"] == 5
    assert buckets["api", "10.0"] == 5
    assert seen["tertulia_http_seconds_sum"][("api",)] > 0
    assert seen["tertulia_info"]
    assert seen["process_resident_memory_bytes"][()] > 1_000_000
    again = scraped(here)["tertulia_http_requests_total"]
    assert again["ops", "GET", "200"] == calls.get(("ops", "GET", "200"), 0) + 1


def test_turns_are_counted_by_their_ending(here: Server) -> None:
    with here.client() as client:
        for n in range(2):
            client.post("/api/say", content=json.dumps({"number": str(n), "text": "hello"}))
            until(lambda n=n: len(here.door.sent) == n + 1)
    seen = scraped(here)
    assert seen["tertulia_turns_total"][("reply",)] == 2
    assert seen["tertulia_turn_seconds_count"][()] == 2
    assert seen["tertulia_turns_running"][()] == 0


def test_open_websockets_are_counted(here: Server) -> None:
    async def body() -> None:
        async with connect(here.socket, origin=here.url, proxy=None) as line:  # type: ignore[arg-type]
            await line.send("x")
            await line.recv()
            seen = await asyncio.to_thread(scraped, here)
            assert seen["tertulia_websockets"][()] == 1

    asyncio.run(body())
    until(lambda: scraped(here)["tertulia_websockets"][()] == 0)
    assert scraped(here)["tertulia_http_requests_total"]["api", "WEBSOCKET", "101"] == 1


def test_errors_of_the_store_are_counted(here: Server) -> None:
    with here.client() as client:
        client.get("/api/full")
    assert scraped(here)["tertulia_store_errors_total"][("StoreFull",)] == 1


def test_metrics_are_for_owners(tmp_path: Path) -> None:
    for name, role in (("ana", "owner"), ("bo", "member")):
        account(tmp_path, name, role)  # type: ignore[arg-type]
    with serving(tmp_path, behind_proxy=True) as server, server.client() as client:
        assert code(client.get("/metrics")) == (401, "log_in")
        assert code(client.get("/metrics", headers=bearer(token(tmp_path, "bo")))) == (
            403,
            "forbidden",
        )
        assert scraped(server, **bearer(token(tmp_path, "ana")))
        log_in(client)
        assert client.get("/metrics").status_code == 200
        assert code(client.post("/metrics")) == (403, "forbidden")


def test_metrics_take_get_alone(here: Server) -> None:
    with here.client() as client:
        assert code(client.post("/metrics")) == (405, "bad_method")
        assert client.head("/metrics").content == b""


class Breaking:
    """A store whose turns meet what a test says."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.held: frozenset[int] = frozenset()

    async def _done(self, *_: object) -> Any:
        if self.error is not None:
            raise self.error

    claim = release = finish = _done

    async def renew(self, *_: object) -> frozenset[int]:
        await self._done()
        return self.held


def test_what_goes_wrong_in_turns_is_counted_and_told() -> None:
    async def body() -> None:
        store, counts = Breaking(), Counts()
        Watched(store, counts)  # type: ignore[arg-type]
        for error in (StoreBusy("busy"), StoreFull("full"), LeaseLost("lost"), ValueError("odd")):
            store.error = error
            with pytest.raises(type(error)):
                await store.claim(1, "me", 1, 2)
        assert counts.store_errors == {"StoreBusy": 1, "StoreFull": 1}
        store.error = None
        lease: Any = SimpleNamespace(conversation=SimpleNamespace(id=7))
        counts.running.add(7)
        await store.release(lease)
        assert counts.running == set()
        counts.running |= {1, 2, 3}
        store.held = frozenset({1})
        assert await store.renew("me", [1, 2], 9) == {1}
        assert counts.running == {1, 3}

    asyncio.run(body())


def test_a_spread_knows_how_many_took_how_long() -> None:
    spread = Spread((1.0, 2.0))
    for seconds in (0.5, 1.0, 1.5, 9.0):
        spread.add(seconds)
    assert spread.counts == [2, 1, 1]
    assert spread.total == 12.0
    assert Counts().turn_seconds.bounds == TURNS


# Health


def test_it_lives_and_is_ready(here: Server) -> None:
    with here.client() as client:
        for path in ("/healthz", "/readyz"):
            assert client.get(path).text == "ok"
            assert client.head(path).content == b""
            assert code(client.post(path)) == (405, "bad_method")


def test_everybody_may_ask_how_it_is(tmp_path: Path) -> None:
    account(tmp_path, "ana")
    with serving(tmp_path) as server, server.client() as client:
        for path in ("/healthz", "/readyz"):
            assert client.get(path).text == "ok"


def test_it_is_not_ready_while_another_keeps_the_database(
    here: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "PATIENCE", 0.05)
    monkeypatch.setattr(health, "HOLDS", -1.0)
    other = sqlite3.connect(here.settings.data / "tertulia.db", isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        with here.client() as client:
            answer = client.get("/readyz")
            assert code(answer) == (503, "store_failed")
            assert answer.json()["error"]["message"] == "The database does not answer."
            assert client.get("/healthz").text == "ok"
            other.execute("ROLLBACK")
            until(lambda: client.get("/readyz").status_code == 200)
    finally:
        other.close()


def test_why_it_is_not_ready_tells_no_path(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(SQLiteStore):
        async def renew(self, *_: object) -> frozenset[int]:
            raise StoreFull("The disk that holds /secret/place is full.")

    async def body() -> None:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        async def nobody(*_: Any) -> None:
            raise AssertionError

        full = health.Health(nobody, Full(Path("x")), asyncio.Event())
        scope = {"type": "http", "path": "/readyz", "method": "GET", "headers": []}
        for _ in range(2):
            await full(scope, nobody, send)
        assert sent[0]["status"] == sent[2]["status"] == 503
        assert json.loads(sent[1]["body"])["error"]["message"] == "The disk is full."

    asyncio.run(body())


# Logs

CANARIES = {
    "header": "canary-in-a-header",
    "cookie": "canary-in-a-cookie",
    "query": "canary-in-the-query",
    "body": "canary-in-the-body",
    "token": "tt_canary-in-a-token-0123456789",
    "password": "canary-in-a-password",
}


def test_a_process_logs_requests_as_json_and_no_secret(tmp_path: Path) -> None:
    account(tmp_path, "ana")
    good = token(tmp_path, "ana")
    with Process(tmp_path, "--port", "0") as process:
        url = process.url()
        import httpx2

        with httpx2.Client(base_url=url, trust_env=False) as client:
            secret = {
                "X-Canary": CANARIES["header"],
                "Cookie": f"tertulia_login={CANARIES['cookie']}; x={CANARIES['cookie']}",
            }
            query = {"q": CANARIES["query"]}
            client.get("/api/who", headers=secret | bearer(CANARIES["token"]), params=query)
            client.get("/api/who", headers=secret | bearer(good), params=query)
            client.get("/api/broken", headers=bearer(good), params={"x": "expected"})
            client.post("/api/count", headers=bearer(good), content=CANARIES["body"])
            client.get("/" + CANARIES["token"])
            log_in(client, "ana", CANARIES["password"])
        process.process.terminate()
        exit_code, out, err = process.end()
    assert exit_code == 0
    assert out == ""
    log = (tmp_path / "data" / "tertulia.log").read_text()
    for canary in (*CANARIES.values(), good):
        assert canary not in err
        assert canary not in log
    told = [json.loads(line) for line in err.splitlines()]
    for one in told:
        assert {"time", "level", "logger", "message"} <= set(one)
        assert one["time"].endswith("+00:00")
    requests = [one for one in told if one["logger"] == "tertulia.requests"]
    assert [(one["method"], one["path"], one["status"], one["account"]) for one in requests] == [
        ("GET", "/api/who", 401, None),
        ("GET", "/api/who", 200, "ana"),
        ("GET", "/api/broken", 500, "ana"),
        ("POST", "/api/count", 200, "ana"),
        ("GET", "/***", 401, None),
        ("POST", "/api/login", 401, None),
    ]
    assert all(one["ms"] >= 0 and len(one["id"]) == 16 for one in requests)
    (odd,) = [one for one in told if one["level"] == "error"]
    assert "ValueError" in odd["error"]
    assert requests[2]["id"] in odd["message"]
    assert requests[2]["id"] in log
    assert "tertulia.requests" not in log


@pytest.fixture
def quiet() -> Generator[None]:
    loggers = [logging.getLogger(name) for name in ("", "tertulia", "tertulia.requests")]
    before = [(list(one.handlers), one.level, one.propagate, one.disabled) for one in loggers]
    yield
    for one, (handlers, level, propagate, disabled) in zip(loggers, before, strict=True):
        one.handlers[:] = handlers
        one.level, one.propagate, one.disabled = level, propagate, disabled


def test_a_person_is_told_of_warnings_alone_in_short(quiet: None) -> None:
    told = io.StringIO()
    lines.tell(told, as_json=False)
    log = logging.getLogger("tertulia.x")
    log.setLevel(logging.INFO)
    log.info("nothing much")
    log.warning("look at this: Bearer abcdef")
    log.error("it broke", exc_info=ValueError("inside"))
    logging.getLogger("some.library").warning("a library's")
    logging.getLogger("uvicorn.error").error("ASGI callable returned without completing handshake.")
    logging.getLogger("tertulia.requests").info("GET /")
    assert told.getvalue().splitlines() == [
        "tertulia: look at this: Bearer ***",
        "tertulia: it broke (tertulia.log has the cause)",
        "tertulia: a library's",
    ]


def test_a_call_that_a_part_leaves_unanswered_is_told(caplog: pytest.LogCaptureFixture) -> None:
    async def nobody(*_: Any) -> None:
        pass

    scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    asyncio.run(Requests(nobody, Counts())(scope, nobody, nobody))
    assert "was left without an answer" in caplog.text


def test_json_hides_a_key_that_stands_in_odd_signs(
    quiet: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = io.StringIO()
    lines.tell(told, as_json=True)
    logging.getLogger("some.library").warning("é\nsk-aaaaaaaaaaaaaaaa\n")
    (line,) = told.getvalue().splitlines()
    assert json.loads(line)["message"] == "é\n***\n"
