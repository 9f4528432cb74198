"""Only calls that name this server reach it: a name that is bent to point here does not."""

from __future__ import annotations

import socket
from collections.abc import Generator
from pathlib import Path

import pytest

from serving import Server, serving
from tertulia.app.serve.site import Site, site
from tertulia.app.servespec import ServeSpec


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    with serving(tmp_path_factory.mktemp("hosts")) as running:
        yield running


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:1", "localhost", "LOCALHOST:8777", "[::1]", "[::1]:80"]
)
def test_this_machine_s_own_names_are_known(server: Server, host: str) -> None:
    with server.client(headers={"Host": host}) as client:
        assert client.get("/api/me").status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "evil.example:8777",
        "[::2]",
        "0.0.0.0",
        "127.0.0.2",
        "",
        "localhost@evil.example",
        "localhost,evil.example",
    ],
)
@pytest.mark.parametrize("path", ["/", "/api/me", "/v1/models", "/healthz", "/metrics"])
def test_any_other_name_is_refused(server: Server, host: str, path: str) -> None:
    with server.client(headers={"Host": host}) as client:
        answer = client.get(path)
    assert answer.status_code == 421
    assert answer.json()["error"]["code"] == "wrong_host"


def raw(server: Server, request: str) -> str:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as line:
        line.sendall(request.encode())
        line.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: line.recv(65536), b"")).decode()


def test_two_names_or_none_are_refused(server: Server) -> None:
    two = "GET /api/me HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n"
    assert raw(server, two).split()[1] in ("400", "421")
    assert raw(server, "GET /api/me HTTP/1.0\r\n\r\n").split()[1] == "421"


def test_a_websocket_is_refused_too(server: Server) -> None:
    handshake = (
        "GET /api/live HTTP/1.1\r\nHost: evil.example\r\nOrigin: http://evil.example\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    assert raw(server, handshake).split()[1] == "421"


def known(spec: ServeSpec, address: str) -> Site:
    return site(spec, address)


def test_on_another_address_that_one_is_known_and_those_that_are_told() -> None:
    there = known(ServeSpec(host="box.lan", hosts=("chat.example.org",)), "192.168.1.5")
    assert there.exposed
    for host in ("192.168.1.5:8777", "box.lan:8777", "chat.example.org", "localhost:8777"):
        assert there.knows(host, "192.168.1.5")
    assert not there.knows("evil.example", "192.168.1.5")


def test_on_every_address_the_one_that_was_reached_is_known() -> None:
    there = known(ServeSpec(host="0.0.0.0"), "0.0.0.0")
    assert there.knows("192.168.1.5:8777", "192.168.1.5")
    assert not there.knows("192.168.1.6:8777", "192.168.1.5")
    assert there.knows("[fe80::1]:8777", "fe80::1")
    assert not there.knows("192.168.1.5", None)


def test_a_proxy_or_a_name_tells_that_others_come() -> None:
    assert not known(ServeSpec(), "127.0.0.1").exposed
    assert not known(ServeSpec(), "::1").exposed
    assert known(ServeSpec(behind_proxy=True), "127.0.0.1").exposed
    assert known(ServeSpec(hosts=("x.example",)), "127.0.0.1").exposed
    assert known(ServeSpec(), "fe80::1%eth0").exposed


def test_on_loopback_no_other_address_is_known_though_it_was_reached() -> None:
    assert not known(ServeSpec(), "127.0.0.1").knows("10.0.0.1", "10.0.0.1")


def test_one_that_is_bound_elsewhere_sentences_its_address(tmp_path: Path) -> None:
    assert known(ServeSpec(), "10.0.0.1").reach == "10.0.0.1"
    assert known(ServeSpec(behind_proxy=True), "127.0.0.1").reach == "this server"
