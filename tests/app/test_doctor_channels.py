"""`tertulia doctor` asks the channels, and tries the model that talks on them."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from app.conftest import Run
from discords import Discord as Server
from discords import discord_server
from servers import misbehaving, response
from tertulia.app import doctor, plugins
from tertulia.values.check import Check

FILE = Path("tertulia.toml")


@pytest.fixture
def server(alone: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Server]:
    """A Discord, and settings with a bot on it."""
    with discord_server() as d:
        monkeypatch.setenv("DISCORD_BOT_TOKEN", d.token)
        settings(d)
        yield d


def settings(server: Server, more: str = "", model: str = '"offline"') -> None:
    FILE.write_text(
        f"[bots.ana]\nmodel = {model}\n"
        f'[channels.discord]\ntoken = "env:DISCORD_BOT_TOKEN"\napi_url = "{server.api_url}"\n{more}'
    )


def rows(told: str) -> list[dict[str, Any]]:
    return [row for row in json.loads(told)["findings"] if row["subject"] == "channel discord"]


def test_all_is_ready(server: Server, run: Run) -> None:
    server.channel(server.guild("home"))
    told = run("doctor")
    assert told.code == 0
    assert "✓ channel discord  it is bo, on 1 server: home\n" in told.out
    assert not server.gateway.identified


def test_what_is_missing_is_told_with_the_next_step(server: Server, run: Run) -> None:
    server.permissions(server.channel(server.guild("home"), "quiet"), send_messages=False)
    server.disallow_intents()
    told = run("doctor")
    assert told.code == 1
    assert "✗ channel discord  in #quiet of home it lacks Send Messages\n" in told.out
    assert "Message Content Intent is off\n" in told.out
    assert told.out.endswith("2 things are missing.\n")
    assert server.token not in told.out + told.err


def test_a_public_bot_makes_nothing_missing(server: Server, run: Run) -> None:
    server.guild("home")
    server.public()
    told = run("doctor", "--json")
    assert told.code == 0
    assert json.loads(told.out)["ready"]
    assert [row["state"] for row in rows(told.out)] == ["ready", "none"]
    assert (
        "\N{EN DASH} channel discord  Public Bot is on: anybody can invite it\n"
        in run("doctor").out
    )


def test_as_a_person_runs_it_who_has_not_invited_the_bot(server: Server) -> None:
    here = {name: os.environ[name] for name in ("PATH", "HOME", "DISCORD_BOT_TOKEN")}
    kept = {name: told for name, told in os.environ.items() if name.startswith("COVERAGE_")}
    paths = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, "-m", "tertulia", "doctor"],
        env=here | kept | {"PYTHONPATH": paths, "TERTULIA_DATA": "data", "LANG": "C.UTF-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert "✗ channel discord  it is bo, and on no server: it was not invited yet\n" in done.stdout
    assert (
        f"Open https://discord.com/oauth2/authorize?client_id={server.application}"
        "&scope=bot+applications.commands&permissions=274878008320 and choose your server.\n"
    ) in done.stdout


def test_a_refused_token_is_never_printed(server: Server, run: Run) -> None:
    server.refuse_token()
    told = run("doctor")
    assert told.code == 1
    assert "✗ channel discord  Discord refuses the token\n" in told.out
    assert "Reset Token" in told.out
    assert server.token not in told.out + told.err


def test_offline_it_is_not_asked(server: Server, run: Run) -> None:
    told = run("doctor", "--offline", "--json")
    (row,) = rows(told.out)
    assert (row["state"], row["found"]) == ("none", "installed, and not tried")
    assert told.code == 0
    assert not server.requests


@pytest.mark.parametrize("words", [(), ("--offline",)])
def test_a_table_that_is_wrong_is_told_with_its_sentence(
    server: Server, run: Run, words: tuple[str, ...]
) -> None:
    settings(server, 'answer = "sometimes"')
    told = run("doctor", "--json", *words)
    (row,) = rows(told.out)
    assert row["state"] == "missing"
    assert row["found"].startswith("[channels.discord] is not right: ")
    assert told.code == 1
    assert not server.requests


def test_without_discord_py_it_says_how_to_install_it(
    server: Server, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "tertulia.channels.discord.client", raising=False)
    monkeypatch.setitem(sys.modules, "discord", None)
    told = run("doctor")
    assert told.code == 1
    assert 'pip install "tertulia[discord]"\n' in told.out


def test_the_model_of_the_channels_bot_is_tried_live(
    server: Server, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.guild("home")
    monkeypatch.setenv("GROQ_API_KEY", "no-good")
    refused = response(401, {"error": {"message": "Incorrect API key provided"}})
    with misbehaving(*[[refused]] * 4) as models:
        settings(
            server,
            f'bot = "bo"\n[bots.bo.model]\nprovider = "openai"\nname = "small"\n'
            f'base_url = "{models.url}"\napi_key = "env:GROQ_API_KEY"\n',
        )
        told = run("doctor", "--json")
        assert models.asked
    found = {row["subject"]: row for row in json.loads(told.out)["findings"]}
    assert found["bot ana"]["state"] == "ready"
    assert found["bot bo"]["state"] == "missing"
    assert "key" in found["bot bo"]["found"]
    assert "no-good" not in told.out
    assert found["channel discord"]["state"] == "ready"
    assert told.code == 1


async def forever() -> list[Check]:
    return await asyncio.Event().wait()  # type: ignore[return-value]


async def broken() -> list[Check]:
    raise ZeroDivisionError


async def nothing() -> list[Check]:
    return []


@pytest.mark.parametrize(
    ("check", "state", "found"),
    [
        (forever, "missing", "no answer within 0.05 seconds"),
        (broken, "missing", "ZeroDivisionError"),
        (nothing, "ready", "installed"),
    ],
    ids=["forever", "broken", "nothing"],
)
def test_a_part_of_somebody_elses(
    server: Server,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    check: Callable[[], Any],
    state: str,
    found: str,
) -> None:
    class Part:
        name = "discord"

        def __init__(self, table: object) -> None:
            self.check = check

    Part.check = check  # type: ignore[attr-defined]
    real = plugins.load
    monkeypatch.setattr(
        plugins, "load", lambda kind, name: Part if kind == "channels" else real(kind, name)
    )
    monkeypatch.setattr(doctor, "_SECONDS", 0.05)
    (row,) = rows(run("doctor", "--json").out)
    assert (row["state"], row["found"]) == (state, found)
