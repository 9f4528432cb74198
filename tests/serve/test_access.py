"""Who may come in: this machine's own person, and who brings a token."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import httpx2
import pytest

from entering import PASSWORD, account, bearer, code, log_in, stored, token
from serving import Process, Server, serving
from tertulia.values.errors import SettingsError


def own(server: Server, client: httpx2.Client) -> dict[str, str]:
    """The headers of a page that changes something."""
    csrf = client.get("/api/me").json()["csrf"]
    return {"Origin": server.url, "Sec-Fetch-Site": "same-origin", "X-CSRF-Token": csrf}


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
