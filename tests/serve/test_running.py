"""How it starts and how it stops: cleanly, with every promise kept."""

from __future__ import annotations

import asyncio
import signal
import socket
import sqlite3
import sys
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import connect

from entering import account, stored
from servers import Aimock, aimock, reply
from serving import Hook, Little, Process, serving, settings_in
from tertulia.app import me as whoever
from tertulia.app.accounts.uniting import unite_owner
from tertulia.app.serve import doors, server
from tertulia.app.serve.listening import listen, told
from tertulia.ports.store import Store
from tertulia.values.errors import SettingsError, TertuliaError
from tertulia.values.message import Author, Place

SLOW = "Slowly, slowly, one word after the other, until at last the whole of it is said. " * 2


@pytest.fixture
def model() -> Generator[Aimock]:
    """A model server that answers «one» within a second or two, «long» in half a minute."""
    with aimock(
        [
            reply("one", SLOW, latency=60, chunkSize=10),
            reply("long", SLOW * 5, latency=250, chunkSize=8),
        ]
    ) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path, model: Aimock) -> Path:
    (tmp_path / "tertulia.toml").write_text(
        "[bots.bo]\n"
        f'model = {{ provider = "openai", name = "gpt-5-mini", base_url = "{model.url}" }}\n'
        'memory = ["window"]\n'
        "[engine]\nlease_seconds = 5\n"
    )
    return tmp_path


def query(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(f"file:{folder / 'data' / 'tertulia.db'}?mode=ro", uri=True)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def until(true: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come to that in time"
        time.sleep(0.02)


def say(url: str, text: str, number: str = "1") -> None:
    body = {"number": number, "text": text}
    answer = httpx2.post(url + "/api/say", json=body, trust_env=False)
    assert answer.status_code == 200


def in_a_turn(folder: Path) -> bool:
    return bool(query(folder, "SELECT 1 FROM conversation WHERE lease_owner IS NOT NULL"))


def replies(folder: Path) -> list[str]:
    return [row[0] for row in query(folder, "SELECT text FROM message WHERE role = 'assistant'")]


# Starting


@pytest.mark.slow
def test_it_tells_its_address_and_ends_on_a_signal(tmp_path: Path) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        with Process(tmp_path, "--port", "0") as process:
            url = process.url()
            assert httpx2.get(url + "/readyz", trust_env=False).text == "ok"
            process.signal(number)
            exit_code, out, _ = process.end()
        assert (exit_code, out) == (0, "")


@pytest.mark.parametrize("host", [(), ("--host", "localhost")])
def test_a_port_that_is_taken_is_told_with_the_next_step(
    tmp_path: Path, host: tuple[str, ...]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with Process(tmp_path, *host, "--port", str(port), door=False) as process:
            exit_code, out, err = process.end()
    assert (exit_code, out) == (1, "")
    assert err == (
        f"tertulia: The port {port} is taken, perhaps by a Tertulia that runs already. "
        f"Take another: {' '.join(('tertulia serve', *host))} --port {port + 1}\n"
    )
    assert not (tmp_path / "data").exists()


def test_an_address_that_is_none_of_this_machine_is_told() -> None:
    for host in ("no-such-host.invalid", "203.0.113.9", "a b", "x" * 300):
        with pytest.raises(SettingsError, match="is no address of this machine"):
            listen(host, 0)


def test_what_else_keeps_it_from_a_port_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing(socket.socket):
        errno = 13

        def bind(self, address: Any) -> None:
            raise OSError(self.errno, "No way")

    monkeypatch.setattr(socket, "socket", Refusing)
    with pytest.raises(TertuliaError, match="may not be used by you"):
        listen("127.0.0.1", 80)
    Refusing.errno = 99
    with pytest.raises(SettingsError, match="is no address of this machine"):
        listen("127.0.0.1", 80)
    Refusing.errno = 5
    with pytest.raises(TertuliaError, match="port 80 cannot be used: No way"):
        listen("127.0.0.1", 80)


def test_the_address_that_is_told_can_be_opened() -> None:
    for host, there in (("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::", "[::1]")):
        with listen(host, 0) as sock:
            assert told(sock) == f"http://{there}:{sock.getsockname()[1]}"


def test_what_is_written_is_sent_at_once() -> None:
    """Else the second part of an answer waits 40 ms for the caller's word on the first."""

    async def body() -> int:
        heard = asyncio.get_running_loop().create_future()

        async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            own: socket.socket = writer.get_extra_info("socket")
            heard.set_result(own.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        with listen("127.0.0.1", 0) as sock:
            async with await asyncio.start_server(answer, sock=sock):
                _, writer = await asyncio.open_connection(*sock.getsockname())
                told = await heard
                writer.close()
        return told

    assert asyncio.run(body())


def test_only_what_is_served_is_loaded(tmp_path: Path) -> None:
    """A quick start: what only some people need is imported when they do."""
    program = (
        "import asyncio, sys, threading\n"
        "from pathlib import Path\n"
        "from serving import serving\n"
        "with serving(Path(sys.argv[1])) as server, server.client() as client:\n"
        "    heavy = 'openai tiktoken alembic argon2 prometheus_client'.split()\n"
        "    loaded = [name for name in heavy if name in sys.modules]\n"
        "    assert client.get('/readyz').text == 'ok'\n"
        "print(loaded)\n"
    )
    import subprocess

    here = {"PYTHONPATH": str(Path(__file__).parent.parent), "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        env=here,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == "[]\n", done.stderr


def test_the_doors_are_the_page_the_one_for_programs_and_those_in_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    parts: dict[str, Any] = {"web": Little, "api": Little, "hook": Hook, "other": Hook}
    parts |= {"terminal": object}
    monkeypatch.setattr(doors.plugins, "names", lambda _: tuple(sorted(parts)))
    monkeypatch.setattr(doors.plugins, "load", lambda _, name: parts[name])
    table: dict[str, object] = {"bot": "bo", "secret": "env:X"}
    settings = replace(settings_in(tmp_path), channels={"hook": table, "terminal": {}})
    found = doors.open_doors(settings)
    assert set(found) == {"web", "api", "hook"}
    assert isinstance(found["hook"], Hook)
    assert found["hook"].table == table
    assert doors.bot_of(settings, "hook") == "bo"
    assert doors.bot_of(settings, "web") == settings.default_bot


def test_a_store_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "tertulia.db").write_text("this is no database, and long enough to see")
    with pytest.raises(TertuliaError, match="is not a database"), serving(tmp_path):
        pass


# One person


async def people(store: Store) -> list[set[tuple[str, str, str]]]:
    return [
        {(one.channel, one.account, one.platform_id) for one in person.identities}
        for person in await store.people()
    ]


def test_the_terminal_and_the_page_are_one_person(tmp_path: Path) -> None:
    name = whoever.me().platform_id
    for _ in range(2):
        with serving(tmp_path):
            pass
    with stored(tmp_path) as run:
        assert run(people) == [{("terminal", "local", name), ("web", "local", "local")}]


def test_with_accounts_nobody_is_made_one(tmp_path: Path) -> None:
    account(tmp_path, "ana")
    with serving(tmp_path):
        pass
    with stored(tmp_path) as run:
        assert run(people) == []


def test_the_first_owner_goes_on_as_who_used_the_page(tmp_path: Path) -> None:
    async def body(store: Store) -> None:
        await unite_owner(store, "ana", 1)
        assert await people(store) == []
        page = Place(channel="web", account="local", spot="x")
        await store.meet(page, Author(platform_id="local", name="me"))
        await unite_owner(store, "ana", 1)
        assert await people(store) == [{("web", "local", "local"), ("web", "ana", "ana")}]

    with stored(tmp_path) as run:
        run(body)


def test_somebody_without_a_name_is_you(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise OSError

    monkeypatch.setattr(whoever.getpass, "getuser", nobody)
    assert whoever.me() == Author(platform_id="you", name="you")


# Stopping


def test_streams_and_websockets_are_told_that_it_ends(tmp_path: Path) -> None:
    async def body() -> None:
        url, origin = running.socket, running.url
        async with connect(url, origin=origin, proxy=None) as line:  # type: ignore[arg-type]
            await line.send("x")
            await line.recv()
            async with (
                httpx2.AsyncClient(trust_env=False) as client,
                client.stream("GET", running.url + "/api/stream") as stream,
            ):
                pieces = stream.aiter_lines()
                assert await anext(pieces) == "begun"
                running.stop()
                async with asyncio.timeout(20):
                    assert await anext(pieces) == "ending"
                    assert await line.recv() == "ending"
                    await line.wait_closed()

    with serving(tmp_path) as running:
        asyncio.run(body())


def test_while_it_ends_it_is_not_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "WORD", 1.0)
    with serving(tmp_path) as running, running.client() as client:
        assert client.get("/readyz").status_code == 200
        running.stop()
        until(lambda: client.get("/readyz").status_code == 503)
        assert "about to stop" in client.get("/readyz").text


@pytest.mark.slow
def test_a_turn_that_runs_is_finished_before_it_ends(folder: Path) -> None:
    with Process(folder, "--port", "0") as process:
        say(process.url(), "one")
        until(lambda: in_a_turn(folder))
        process.signal(signal.SIGTERM)
        assert process.end()[0] == 0
    assert replies(folder) == [SLOW]
    assert query(folder, "SELECT seq, kind FROM outcome") == [(1, "reply")]


@pytest.mark.slow
def test_a_turn_that_takes_too_long_is_answered_at_the_next_start(
    folder: Path, model: Aimock
) -> None:
    with Process(folder, "--port", "0") as process:
        say(process.url(), "long")
        until(lambda: in_a_turn(folder))
        begun = time.monotonic()
        process.signal(signal.SIGTERM)
        assert process.end()[0] == 0
        assert time.monotonic() - begun < 20
    assert replies(folder) == []
    assert query(folder, "SELECT count(*) FROM outcome") == [(0,)]
    with Process(folder, "--port", "0") as process:
        url = process.url()
        until(lambda: replies(folder))
        say(url, "long")  # the same message again: it is answered once
        process.signal(signal.SIGTERM)
        assert process.end()[0] == 0
    assert replies(folder) == [SLOW * 5]
    assert query(folder, "SELECT seq, kind FROM outcome") == [(1, "reply")]


@pytest.mark.slow
def test_a_second_signal_ends_it_at_once(folder: Path) -> None:
    with Process(folder, "--port", "0") as process:
        say(process.url(), "long")
        until(lambda: in_a_turn(folder))
        begun = time.monotonic()
        process.signal(signal.SIGINT)
        deadline = time.monotonic() + 5
        while process.process.poll() is None and time.monotonic() < deadline:
            process.signal(signal.SIGINT)
            time.sleep(0.05)
        exit_code, _, _ = process.end()
        assert time.monotonic() - begun < 5
    assert exit_code == -signal.SIGINT
    assert replies(folder) == []
    assert query(folder, "SELECT text FROM message") == [("long",)]
