"""Who may come in: this machine's own person, who logs in, and who brings a token."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from entering import PASSWORD, account, bearer, code, log_in, stored, token
from serving import Process, Server, serving, settings_in
from tertulia.app.accounts import passwords
from tertulia.app.serve import access
from tertulia.stores.sql.sqlite import SQLiteStore
from tertulia.values.errors import SettingsError, StoreBusy


def own(server: Server, client: httpx2.Client) -> dict[str, str]:
    """The headers of a page that changes something."""
    csrf = client.get("/api/me").json()["csrf"]
    return {"Origin": server.url, "Sec-Fetch-Site": "same-origin", "X-CSRF-Token": csrf}


@pytest.fixture
def here(tmp_path: Path) -> Generator[Server]:
    """A server on this machine, without accounts."""
    with serving(tmp_path) as running:
        yield running


@pytest.fixture
def guarded(tmp_path: Path) -> Generator[Server]:
    """One where ana is an owner and bo a member."""
    account(tmp_path, "ana")
    account(tmp_path, "bo", "member")
    with serving(tmp_path) as running:
        yield running


# On this machine, without accounts


def test_whoever_is_on_this_machine_is_the_owner(
    here: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with here.client() as client:
        me = client.get("/api/me").json()
    assert (me["account"], me["owner"], me["login"]) == ("local", True, False)
    assert me["upload"] == 256_000_000
    assert me["default_bot"] == "tertulia"
    assert me["name"]


def test_a_program_needs_no_proof_and_its_key_is_ignored(here: Server) -> None:
    for headers in ({}, bearer("sk-whatever")):
        answer = httpx2.post(here.url + "/api/count", content=b"abc", headers=headers)
        assert answer.json() == {"length": 3}
        assert "set-cookie" not in answer.headers


def test_a_browser_has_a_session_cookie_and_proves_what_it_changes(here: Server) -> None:
    with here.client() as client:
        page = client.get("/", headers={"Accept": "text/html,*/*"})
        first = page.headers["set-cookie"]
        for part in ("HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=2592000"):
            assert part in first
        assert "Secure" not in first
        proof = own(here, client)
        assert client.post("/api/count", content=b"abc", headers=proof).json() == {"length": 3}


@pytest.mark.parametrize(
    "change",
    [
        {"X-CSRF-Token": ""},
        {"X-CSRF-Token": "0" * 64},
        {"X-CSRF-Token": "é"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:3000"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_what_a_browser_changes_without_proof_is_refused(
    here: Server, change: dict[str, str]
) -> None:
    with here.client() as client:
        proof: dict[str, Any] = own(here, client) | change
        proof = {key: value.encode("utf-8") for key, value in proof.items()}
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            assert code(client.request(method, "/api/count", headers=proof)) == (403, "forbidden")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Mode": "no-cors"},
        {"Cookie": "other=1"},
        {"Cookie": "tertulia_session=" + "a" * 43},
        bearer("x") | {"Origin": "http://evil.example"},
    ],
)
def test_a_foreign_page_changes_nothing(here: Server, headers: dict[str, str]) -> None:
    """What a form or a script of another site can send, with no cookie of ours."""
    answer = httpx2.post(here.url + "/api/count", content=b"text=hello", headers=headers)
    assert code(answer) == (403, "forbidden")


def test_another_browser_s_proof_is_no_proof(here: Server) -> None:
    with here.client() as one, here.client() as other:
        proof = own(here, one)
        own(here, other)
        assert code(other.post("/api/count", headers=proof)) == (403, "forbidden")


def test_a_foreign_page_draws_nothing_in_but_a_link_may_be_followed(here: Server) -> None:
    drawn = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    with here.client() as client:
        assert code(client.get("/api/who", headers=drawn)) == (403, "forbidden")
        assert client.get("/api/who", headers=link).status_code == 200
        assert client.get("/", headers=drawn).status_code == 200


def test_each_browser_has_a_session_of_its_own_that_tells_nothing(here: Server) -> None:
    with here.client() as one, here.client() as other:
        sessions = []
        for client in (one, one, other):
            client.get("/api/me")
            sessions.append(client.get("/api/who").json()["caller"]["session"])
            assert client.cookies["tertulia_session"] not in sessions[-1]
        assert sessions[0] == sessions[1] != sessions[2]


def test_the_proof_is_good_over_a_restart(tmp_path: Path) -> None:
    with serving(tmp_path) as server, server.client() as client:
        cookies, proof = dict(client.cookies), own(server, client)
        cookies = dict(client.cookies)
    with serving(tmp_path) as server, server.client(cookies=cookies) as client:
        proof["Origin"] = server.url
        assert client.post("/api/count", content=b"a", headers=proof).json() == {"length": 1}


@pytest.mark.parametrize("name", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "Via"])
def test_what_a_proxy_brings_is_not_this_machine_s_own(here: Server, name: str) -> None:
    with here.client(headers={name: "203.0.113.9"}) as client:
        refused = client.get("/api/me")
        assert code(refused) == (403, "forbidden")
        assert "behind_proxy" in refused.text
        assert client.get("/").json()["caller"] is None


def test_from_the_first_account_on_one_has_to_log_in(here: Server, tmp_path: Path) -> None:
    with here.client() as client:
        assert client.get("/api/who").status_code == 200
        account(tmp_path, "ana")
        deadline = time.monotonic() + 20  # another process's account is seen within a second
        while client.get("/api/who").status_code == 200:
            assert time.monotonic() < deadline
        assert code(client.get("/api/who")) == (401, "log_in")


# Where there are accounts


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


# Tokens


def test_a_token_lets_a_program_in_as_its_account(guarded: Server, tmp_path: Path) -> None:
    made = token(tmp_path, "bo")
    with guarded.client(headers=bearer(made)) as client:
        caller = client.get("/api/who").json()["caller"]
        assert (caller["account"], caller["owner"], caller["token"]) == ("bo", False, "phone")
        me = client.get("/api/me")
        assert me.json()["csrf"] == ""
        assert "set-cookie" not in me.headers
        assert client.post("/api/count", content=b"a").json() == {"length": 1}
        assert client.post("/api/logout").status_code == 204
        assert client.get("/api/who").status_code == 200


def test_a_wrong_token_is_refused_even_beside_a_login(guarded: Server) -> None:
    with guarded.client() as client:
        log_in(client)
        for wrong in ("x", "tt_" + "a" * 43, PASSWORD):
            assert code(client.get("/api/who", headers=bearer(wrong))) == (401, "log_in")
        basic = {"Authorization": "Basic YW5hOmE="}
        assert client.get("/api/who", headers=basic).status_code == 200
        assert client.post("/hook", headers=bearer("a platform's")).json()["caller"] is None


def test_a_token_s_session_is_none_of_a_browser_s(guarded: Server, tmp_path: Path) -> None:
    made = [token(tmp_path, "ana", label) for label in ("one", "two")]
    with guarded.client() as client:
        log_in(client)
        told = [client.get("/api/who")]
        told += [client.get("/api/who", headers=bearer(one)) for one in made]
    assert len({one.json()["caller"]["session"] for one in told}) == 3


# WebSockets


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


# Where others come


def test_it_refuses_to_start_where_everybody_would_be_the_owner(tmp_path: Path) -> None:
    for spec in (
        {"host": "0.0.0.0"},
        {"behind_proxy": True},
        {"hosts": ("chat.example.org",)},
    ):
        with (
            pytest.raises(SettingsError, match="tertulia user add NAME --owner"),
            serving(tmp_path, **spec),
        ):
            pass


@pytest.mark.slow
def test_the_command_refuses_with_a_sentence(tmp_path: Path) -> None:
    with Process(tmp_path, "--host", "0.0.0.0", "--port", "0") as process:
        exit_code, out, err = process.end()
    assert exit_code == 2
    assert out == ""
    assert err == (
        "tertulia: Others can reach 0.0.0.0, and there are no accounts: everybody would be the "
        "owner. Make the first account, then start again: tertulia user add NAME --owner\n"
    )


def test_on_every_address_it_asks_for_a_login(tmp_path: Path) -> None:
    account(tmp_path, "ana")
    with serving(tmp_path, host="0.0.0.0") as server, server.client() as client:
        assert code(client.get("/api/me")) == (401, "log_in")
        assert log_in(client).status_code == 200


def test_where_all_accounts_are_gone_nobody_is_the_owner(tmp_path: Path) -> None:
    account(tmp_path, "ana")
    with serving(tmp_path, behind_proxy=True) as server, server.client() as client:
        log_in(client)
        with stored(tmp_path) as run:
            run(lambda store: store.remove_account("ana"))
        for _ in range(3):
            assert client.get("/api/who").status_code in (401, 403)


def test_behind_a_proxy_its_word_is_believed(tmp_path: Path) -> None:
    account(tmp_path, "ana")
    hosts = ("chat.example.org",)
    headers = {
        "Host": "chat.example.org",
        "X-Forwarded-For": "198.51.100.1, 203.0.113.9",
        "X-Forwarded-Proto": "https",
        "Origin": "https://chat.example.org",
    }
    with serving(tmp_path, behind_proxy=True, hosts=hosts) as server, server.client() as client:
        answer = client.post(
            "/api/login", json={"name": "ana", "password": PASSWORD}, headers=headers
        )
        assert answer.status_code == 200
        assert all("; Secure" in one for one in answer.headers.get_list("set-cookie"))
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        plain = headers | {"X-Forwarded-Proto": "http"}
        assert code(client.post("/api/login", json={}, headers=plain)) == (403, "forbidden")


def test_without_a_proxy_nobody_s_word_is_believed(guarded: Server) -> None:
    headers = {"X-Forwarded-Proto": "https", "Origin": "https" + guarded.url[4:]}
    with guarded.client(headers=headers) as client:
        assert code(log_in(client)) == (403, "forbidden")
        assert "strict-transport-security" not in client.get("/").headers


# What is kept


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
