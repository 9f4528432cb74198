"""Whoever has an account logs in, and out."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from entering import PASSWORD, account, bearer, code, log_in, stored, token
from serving import Server, serving, settings_in
from tertulia.app.accounts import passwords


@pytest.mark.parametrize("path", ["/api/me", "/api/who", "/v1/models", "/metrics", "/elsewhere"])
def test_who_is_not_logged_in_sees_only_the_page(guarded: Server, path: str) -> None:
    with guarded.client() as client:
        assert code(client.get(path)) == (401, "log_in")
        assert code(client.post(path)) == (401, "log_in")
        assert client.get("/").json()["caller"] is None
        assert client.get("/assets/x.js").json()["caller"] is None
        assert client.post("/hook").json()["caller"] is None


def test_who_logs_in_is_who_they_are(guarded: Server) -> None:
    with guarded.client() as client:
        answer = log_in(client)
        assert answer.status_code == 200
        me = answer.json()
        assert (me["account"], me["name"], me["owner"], me["login"]) == ("ana", "ana", True, True)
        assert client.get("/api/me").json() == me
        assert client.get("/").json()["caller"]["account"] == "ana"
        told = {"X-CSRF-Token": me["csrf"], "Origin": guarded.url}
        assert client.post("/api/count", content=b"a", headers=told).status_code == 200
    with guarded.client() as client:
        assert not log_in(client, "bo").json()["owner"]


def test_the_login_s_cookie_is_for_this_server_alone(guarded: Server) -> None:
    with guarded.client() as client:
        cookies = log_in(client).headers.get_list("set-cookie")
        cookies += client.get("/api/me").headers.get_list("set-cookie")
    assert len(cookies) == 4
    for cookie in cookies:
        for part in ("HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=2592000"):
            assert part in cookie


def test_the_cookie_alone_changes_nothing(guarded: Server) -> None:
    with guarded.client() as client:
        log_in(client)
        assert code(client.post("/api/count")) == (403, "forbidden")
        assert code(client.post("/api/logout")) == (403, "forbidden")
        assert client.post("/hook").json()["caller"] is None


def test_a_login_outlives_the_server(tmp_path: Path) -> None:
    account(tmp_path, "ana")
    with serving(tmp_path) as server, server.client() as client:
        log_in(client)
        cookies = dict(client.cookies)
    with serving(tmp_path) as server, server.client(cookies=cookies) as client:
        assert client.get("/api/me").json()["account"] == "ana"


def test_who_logs_out_is_out_on_every_road(guarded: Server) -> None:
    with guarded.client() as client:
        proof = {"X-CSRF-Token": log_in(client).json()["csrf"], "Origin": guarded.url}
        kept = dict(client.cookies)
        answer = client.post("/api/logout", headers=proof)
        assert answer.status_code == 204
        assert answer.content == b""
        assert all("Max-Age=0" in one for one in answer.headers.get_list("set-cookie"))
        assert not dict(client.cookies)
    with guarded.client(cookies=kept) as client:
        assert code(client.get("/api/me")) == (401, "log_in")


def test_who_logs_in_anew_has_another_session(guarded: Server) -> None:
    """What the one before typed into this browser is not for the next."""
    with guarded.client() as client:
        seen = set()
        for name in ("ana", "bo"):
            log_in(client, name)
            seen.add(client.get("/api/who").json()["caller"]["session"])
    assert len(seen) == 2


@pytest.mark.parametrize(
    ("name", "password"),
    [("ana", "wrong"), ("ana", ""), ("nobody", PASSWORD), ("Ana", PASSWORD), ("ana\0", PASSWORD)],
)
def test_a_wrong_name_or_password_is_told_alike(guarded: Server, name: str, password: str) -> None:
    with guarded.client() as client:
        answer = log_in(client, name, password)
        assert code(answer) == (401, "log_in")
        assert answer.json()["error"]["message"] == "The name or the password is wrong."
        assert "set-cookie" not in answer.headers


def test_an_account_without_a_password_cannot_log_in(tmp_path: Path) -> None:
    account(tmp_path, "ana", password=None)
    with serving(tmp_path) as server, server.client() as client:
        for password in ("", "None", PASSWORD):
            assert code(log_in(client, "ana", password)) == (401, "log_in")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{}", "application/json"),
        (b"[]", "application/json"),
        (b"", "application/json"),
        (b"\xff", "application/json"),
        (b'{"name": 1, "password": "x"}', "application/json"),
        (b'{"name": "ana", "password": null}', "application/json"),
        (b'{"name": "ana", "password": "x"}', "text/plain"),
        (b'{"name": "ana", "password": "x"}', ""),
        (b'{"name": "ana", "password": "' + b"x" * 20_000 + b'"}', "application/json"),
    ],
)
def test_an_odd_login_is_refused(guarded: Server, body: bytes, kind: str) -> None:
    answer = httpx2.post(
        guarded.url + "/api/login", content=body, headers={"Content-Type": kind} if kind else {}
    )
    assert code(answer) == (400, "bad_request")


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_a_foreign_page_logs_nobody_in(guarded: Server, headers: dict[str, str]) -> None:
    with guarded.client(headers=headers) as client:
        assert code(log_in(client)) == (403, "forbidden")


@pytest.mark.parametrize("path", ["/api/me", "/api/login", "/metrics"])
def test_no_websocket_is_where_none_is(here: Server, path: str) -> None:
    async def body() -> None:
        url = here.socket.replace("/api/live", path)
        with pytest.raises(InvalidStatus) as refused:
            async with connect(url, origin=here.url, proxy=None):  # type: ignore[arg-type]
                pass
        assert refused.value.response.status_code in (404, 405)

    asyncio.run(body())


def test_other_methods_are_told_which_are_taken(guarded: Server, tmp_path: Path) -> None:
    with guarded.client(headers=bearer(token(tmp_path, "ana"))) as client:
        for method, path, allow in (
            ("POST", "/api/me", "GET"),
            ("GET", "/api/login", "POST"),
            ("GET", "/api/logout", "POST"),
        ):
            answer = client.request(method, path)
            assert code(answer) == (405, "bad_method")
            assert answer.headers["allow"] == allow


def test_a_hash_of_weaker_kind_is_made_anew(tmp_path: Path) -> None:
    from argon2 import PasswordHasher

    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    account(tmp_path, "ana", password=weak)
    with serving(tmp_path) as server, server.client() as client:
        assert log_in(client).status_code == 200
        assert client.get("/api/me").json()["account"] == "ana"
    with stored(tmp_path) as run:
        kept = run(lambda store: store.account("ana")).password
    assert kept != weak
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert passwords.fits(kept, PASSWORD)


def test_no_password_token_or_cookie_stands_in_the_data(tmp_path: Path) -> None:
    account(tmp_path, "ana")
    made = token(tmp_path, "ana")
    with serving(tmp_path) as server, server.client() as client:
        log_in(client)
        httpx2.get(server.url + "/api/who", headers=bearer(made))
        secrets = [PASSWORD, made, made[3:], *dict(client.cookies).values()]
        csrf = client.get("/api/me").json()["csrf"]
    found = b"".join(one.read_bytes() for one in (tmp_path / "data").iterdir() if one.is_file())
    assert b"$argon2id$" in found
    for secret in (*secrets, csrf):
        assert secret.encode() not in found
    with stored(tmp_path) as run:
        assert settings_in(tmp_path).data == tmp_path / "data"
        assert run(lambda store: store.tokens())[0].used_at is not None
