"""`tertulia serve` as a process, and OpenAI's own library before it."""

from __future__ import annotations

import signal
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest

from channels.api.doors import lines, say
from entering import account, token
from servers import Aimock, aimock, reply
from serving import Process

pytestmark = pytest.mark.slow

BOT = "tertulia"
LONG = "".join(f"word{n} " for n in range(200))


@pytest.fixture
def slow() -> Generator[Aimock]:
    with aimock([reply("slow", LONG, latency=10, chunkSize=8), reply(None, "Fine.")]) as it:
        yield it


@contextmanager
def up(folder: Path) -> Generator[tuple[Process, str]]:
    with Process(folder, "--port", "0", door=False) as process:
        yield process, process.url()


def client(url: str, key: str = "any", **more: Any) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{url}/v1", api_key=key, **{"max_retries": 0, **more})


def behind(folder: Path, server: Aimock) -> None:
    (folder / "tertulia.toml").write_text(
        f'[bots.{BOT}.model]\nprovider = "openai"\nname = "m"\nbase_url = "{server.url}"\n'
    )


def stored(folder: Path) -> list[str]:
    with closing(sqlite3.connect(folder / "data" / "tertulia.db")) as db:
        return [row[0] for row in db.execute("SELECT text FROM message ORDER BY id")]


def test_a_second_start_recalls_what_the_first_was_told(tmp_path: Path) -> None:
    with up(tmp_path) as (_, url), client(url) as first:
        assert [one.id for one in first.models.list()] == [BOT, f"{BOT}:stateless"]
        talk = ["I live in Lima.", say(first, "I live in Lima.", model=BOT)]
    with up(tmp_path) as (_, url), client(url) as second:
        assert "Lima" in say(second, "Where do I live?", model=BOT)
        assert "Lima" in say(second, *talk, "Where do I live?", model=BOT)
    assert len(stored(tmp_path)) == 6


def test_who_has_no_token_is_not_let_in(tmp_path: Path) -> None:
    for name, role in (("ana", "owner"), ("bo", "member")):
        account(tmp_path, name, role)  # type: ignore[arg-type]
    keys = [token(tmp_path, "ana"), token(tmp_path, "ana", "laptop"), token(tmp_path, "bo")]
    with up(tmp_path) as (_, url):
        with client(url) as stranger, pytest.raises(openai.AuthenticationError):
            say(stranger, "hello", model=BOT)
        with (
            client(url, keys[0]) as phone,
            client(url, keys[1]) as laptop,
            client(url, keys[2]) as bo,
        ):
            more = {"metadata": {"conversation": "x"}}
            said = say(phone, "I live in Lima.", model=BOT, **more)
            assert "Lima" in say(laptop, "Where do I live?", model=BOT, **more)
            assert "Lima" not in say(bo, "Where do I live?", model=BOT, **more)
            assert "Lima" not in say(bo, "Where do I live?", model=BOT)
            assert "Lima" in say(phone, "I live in Lima.", said, "Where do I live?", model=BOT)
    with closing(sqlite3.connect(tmp_path / "data" / "tertulia.db")) as db:
        spots = db.execute("SELECT account, spot FROM conversation ORDER BY id").fetchall()
    assert spots[:3] == [
        ("ana", f"phone/{BOT}/x"),
        ("ana", f"laptop/{BOT}/x"),
        ("bo", f"phone/{BOT}/x"),
    ]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_server_that_ends_in_the_midst_of_a_reply(
    tmp_path: Path, slow: Aimock, number: signal.Signals
) -> None:
    behind(tmp_path, slow)
    sent: Any = lines("slow, please")
    with up(tmp_path) as (process, url), client(url) as first:
        stream = iter(first.chat.completions.create(model=BOT, messages=sent, stream=True))
        for _ in range(90):
            next(stream)
        process.signal(number)
        with pytest.raises((openai.APIError, httpx2.HTTPError)) as broken:
            list(stream)
        if number is signal.SIGTERM:
            assert getattr(broken.value, "code", None) == "stopping"
        process.end()
    with up(tmp_path) as (_, url), client(url, timeout=60) as second:
        # The same is sent again, as libraries do: it is answered once.
        again = {"x-stainless-retry-count": "1"}
        assert say(second, "slow, please", model=BOT, extra_headers=again) == LONG
        assert say(second, "slow, please", LONG, "more", model=BOT) == "Fine."
    assert stored(tmp_path) == ["slow, please", LONG, "more", "Fine."]


def test_what_a_client_left_is_there_after_the_end(tmp_path: Path, slow: Aimock) -> None:
    behind(tmp_path, slow)
    sent: Any = lines("slow, please")
    with up(tmp_path) as (process, url), client(url) as first:
        stream = first.chat.completions.create(model=BOT, messages=sent, stream=True)
        assert [chunk for chunk, _ in zip(stream, range(5), strict=False)]
        stream.close()
        process.signal(signal.SIGTERM)
        assert process.end()[0] == 0
    # It was finished before the end.
    assert stored(tmp_path) == ["slow, please", LONG]
