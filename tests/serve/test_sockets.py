"""A WebSocket or a stream is for whoever may come in, and only as long as they may."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from entering import account, bearer, code, log_in, stored, token
from serving import Server, serving
from tertulia.app.serve import access
from tertulia.stores.sql.sqlite import SQLiteStore
from tertulia.values.errors import StoreBusy


def shake(server: Server, headers: dict[str, str], origin: str | None) -> Any:
    """What a WebSocket tells of its caller, or the status with which it is refused."""

    async def body() -> Any:
        try:
            async with connect(
                server.socket, additional_headers=headers, origin=origin, proxy=None
            ) as line:
                await line.send("hello")
                return json.loads(await line.recv())["caller"]
        except InvalidStatus as refused:
            return refused.response.status_code

    return asyncio.run(body())


def cookies_of(client: httpx2.Client) -> dict[str, str]:
    return {"Cookie": "; ".join(f"{key}={value}" for key, value in client.cookies.items())}


def test_a_websocket_needs_the_server_s_own_origin(here: Server) -> None:
    assert shake(here, {}, here.url)["account"] == "local"
    assert shake(here, {}, None) == 403
    assert shake(here, bearer("any"), None)["account"] == "local"
    for foreign in ("http://evil.example", "null", "http://localhost:3000", "https" + here.url[4:]):
        assert shake(here, {}, foreign) == 403
        assert shake(here, bearer("any"), foreign) == 403


def test_a_websocket_asks_for_a_login_too(guarded: Server, tmp_path: Path) -> None:
    assert shake(guarded, {}, guarded.url) == 401
    assert shake(guarded, bearer("wrong"), None) == 401
    assert shake(guarded, bearer(token(tmp_path, "bo")), None)["token"] == "phone"
    with guarded.client() as client:
        log_in(client)
        assert shake(guarded, cookies_of(client), guarded.url)["account"] == "ana"
        assert shake(guarded, cookies_of(client), "http://evil.example") == 403


def test_who_logs_out_is_cut_off_at_once_and_nobody_else(guarded: Server) -> None:
    async def body() -> None:
        with guarded.client() as one, guarded.client() as other:
            proofs = [log_in(client).json()["csrf"] for client in (one, other)]
            lines = [
                connect(
                    guarded.socket,
                    additional_headers=cookies_of(client),
                    origin=guarded.url,  # type: ignore[arg-type]
                    proxy=None,
                )
                for client in (one, other)
            ]
            async with lines[0] as gone, lines[1] as stays:
                headers = {"X-CSRF-Token": proofs[0]}
                assert one.post("/api/logout", headers=headers).status_code == 204
                async with asyncio.timeout(20):
                    await gone.wait_closed()
                assert gone.close_code == 1008
                await stays.send("still here")
                assert "still here" in str(await stays.recv())

    asyncio.run(body())


@pytest.fixture
def watchful(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Server]:
    """One that looks all the time whether those who are there may still be."""
    monkeypatch.setattr(access, "LOOK_AGAIN", 0.05)
    account(tmp_path, "ana")
    account(tmp_path, "bo", "member")
    with serving(tmp_path) as running:
        yield running


def remove(folder: Path, name: str) -> None:
    with stored(folder) as run:
        run(lambda store: store.remove_account(name))


def test_who_is_removed_is_cut_off_before_long(watchful: Server, tmp_path: Path) -> None:
    headers = bearer(token(tmp_path, "bo"))

    async def body() -> None:
        async with connect(watchful.socket, additional_headers=headers, proxy=None) as line:
            await asyncio.to_thread(remove, tmp_path, "bo")
            async with asyncio.timeout(60):
                await line.wait_closed()
            assert line.close_code == 1008

    asyncio.run(body())


def test_streams_end_and_answers_are_not_given_for_who_is_removed(
    watchful: Server, tmp_path: Path
) -> None:
    headers = bearer(token(tmp_path, "bo"))

    async def body() -> None:
        async with httpx2.AsyncClient(
            base_url=watchful.url, trust_env=False, headers=headers, timeout=60
        ) as client:
            waiting = asyncio.create_task(client.get("/api/waits"))
            async with client.stream("GET", "/api/stream") as stream:
                pieces = stream.aiter_lines()
                assert await anext(pieces) == "begun"
                await asyncio.to_thread(remove, tmp_path, "bo")
                assert [piece async for piece in pieces] == []
            assert code(await waiting) == (401, "log_in")

    asyncio.run(body())


def test_who_became_less_than_an_owner_is_cut_off_too(watchful: Server, tmp_path: Path) -> None:
    account(tmp_path, "eva")
    headers = bearer(token(tmp_path, "eva"))

    def demote() -> None:
        with stored(tmp_path) as run:
            run(lambda store: store.change_account("eva", role="member"))

    async def body() -> None:
        async with connect(watchful.socket, additional_headers=headers, proxy=None) as line:
            await asyncio.to_thread(demote)
            async with asyncio.timeout(60):
                await line.wait_closed()

    asyncio.run(body())


def test_a_store_that_fails_while_it_looks_ends_nothing(
    watchful: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = bearer(token(tmp_path, "bo"))
    failed = threading.Event()

    async def failing(*_: object) -> None:
        failed.set()
        raise StoreBusy("busy")

    async def body() -> None:
        async with connect(watchful.socket, additional_headers=headers, proxy=None) as line:
            with monkeypatch.context() as patch:
                patch.setattr(SQLiteStore, "let_in", failing)
                assert await asyncio.to_thread(failed.wait, 20)
            await line.send("still here")
            assert "still here" in str(await line.recv())

    asyncio.run(body())
