"""`tertulia doctor`: what is ready, what is missing, and what to do about it."""

import asyncio
import json
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tertulia.app import doctor, plugins
from tertulia.app.cli import commands
from tertulia.app.doctor import Finding, report
from tertulia.stores.sql.sqlite import SQLiteStore
from tertulia.values.bot import ModelSpec
from tertulia.values.check import Check
from tertulia.values.errors import ModelNotAllowed, PartMissing, SettingsError, TertuliaError

pytestmark = pytest.mark.usefixtures("alone")

FILE = Path("tertulia.toml")
DATA = Path("talks")
DATABASE = DATA / "tertulia.db"

Replace = Callable[[str, str, Any], None]


@pytest.fixture(autouse=True)
def data(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERTULIA_DATA", str(alone / DATA))
    DATA.mkdir()


@pytest.fixture
def replace(monkeypatch: pytest.MonkeyPatch) -> Replace:
    """Puts another part, or an error, in the place of a part."""
    real = plugins.load
    replaced: dict[tuple[str, str], Any] = {}

    def load(kind: str, name: str) -> Any:
        part = replaced.get((kind, name))
        if isinstance(part, Exception):
            raise part
        return real(kind, name) if part is None else part

    monkeypatch.setattr(plugins, "load", load)
    return lambda kind, name, part: replaced.__setitem__((kind, name), part)


class OneProvider:
    """A provider whose models say what a test tells them to."""

    def __init__(self, checks: Mapping[str | None, Check | Exception | float]) -> None:
        self._checks = checks
        self.opened: list[ModelSpec] = []
        self.closed = 0

    def open(self, spec: ModelSpec) -> Any:
        self.opened.append(spec)
        told = self._checks[spec.name]
        if isinstance(told, Exception):
            raise told

        async def check() -> Check:
            if isinstance(told, float):
                await asyncio.sleep(told)
            assert isinstance(told, Check)
            return told

        async def close() -> None:
            self.closed += 1

        return SimpleNamespace(name=f"openai:{spec.name}", check=check, close=close)


def ready(found: str = "answers") -> Check:
    return Check(subject="?", ready=True, found=found)


def run(*words: str) -> Result:
    result = CliRunner().invoke(commands, ["doctor", *words], standalone_mode=False)
    if result.exception and not isinstance(result.exception, SettingsError):
        raise result.exception
    return result


def findings(*words: str) -> dict[str, dict[str, Any]]:
    return {row["subject"]: row for row in json.loads(run("--json", *words).output)["findings"]}


def store(path: Path) -> None:
    async def make() -> None:
        made = SQLiteStore(path)
        await made.open()
        await made.close()

    asyncio.run(make())


def test_a_fresh_machine_is_ready(alone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=12_300_000_000))
    result = run("--offline")
    assert result.return_value == 0
    assert result.output == (
        "\N{EN DASH} settings      no file: all runs on defaults\n"
        f"                `tertulia init` writes tertulia.toml here, or "
        f"{tmp_path}/me/config/tertulia/tertulia.toml.\n"
        f"✓ data          {alone}/talks (12.3 GB free)\n"
        "\N{EN DASH} database      tertulia.db is not there yet: the first message makes it\n"
        "✓ tokens        o200k_base, the vocabulary whole\n"
        "\N{EN DASH} bot tertulia  offline was not tried\n"
        "\n"
        "No model is named, no key is set and no local server answers: using offline, which is no "
        "language model. `tertulia init` helps to connect one.\n"
        "All that the settings ask for is ready.\n"
    )
    assert not DATABASE.exists()


def test_the_settings_that_are_read():
    FILE.write_text('[bots.ana]\nmodel = "offline"\n[bots.bo]\nmodel = "offline"')
    assert findings("--offline")["settings"]["found"] == "tertulia.toml (bots: ana, bo)"
    FILE.write_text('[bots.ana]\nmodel = "offline"')
    assert findings("--offline")["settings"] == {
        "subject": "settings",
        "state": "ready",
        "found": "tertulia.toml (bot: ana)",
        "step": None,
    }


def test_settings_that_are_wrong_are_no_finding():
    FILE.write_text("bot = 3")
    result = run("--json")
    assert isinstance(result.exception, SettingsError)
    assert result.output == ""


def test_every_model_of_every_bot_is_tried(replace: Replace):
    provider = OneProvider(
        {
            "good": ready("answers in 0.2 s"),
            "named": ready("openai:named answers"),
            "refused": Check(
                subject="?", ready=False, found="the key is refused", step="Set it anew."
            ),
            "no-key": ModelNotAllowed("There is no key."),
            "odd": ZeroDivisionError(),
        }
    )
    replace("models", "openai", provider)
    FILE.write_text(
        "[bots.ana]\nchoices = ['openai:named', 'openai:good']\n"
        "model = { provider = 'openai', name = 'good', fallback = ['openai:refused'] }\n"
        "[bots.bo]\nmodel = { provider = 'openai', name = 'no-key', fallback = ['openai:odd'] }"
    )
    result = run()
    assert result.return_value == 1
    assert result.output.splitlines()[4:] == [
        "✓ bot ana   openai:good: answers in 0.2 s",
        "✗ bot ana   openai:refused: the key is refused",
        "            Set it anew.",
        "✓ bot ana   openai:named answers",
        "✗ bot bo    openai:no-key: There is no key.",
        "✗ bot bo    openai:odd: ZeroDivisionError",
        "",
        "3 things are missing.",
    ]
    assert provider.closed == 3


def test_a_model_that_says_nothing(replace: Replace, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doctor, "_SECONDS", 0.01)
    provider = OneProvider({"slow": 30.0})
    replace("models", "openai", provider)
    FILE.write_text("[bots.ana]\nmodel = 'openai:slow'")
    assert findings()["bot ana"] == {
        "subject": "bot ana",
        "state": "missing",
        "found": "openai:slow: no answer within 0.01 seconds",
        "step": None,
    }
    assert provider.closed == 1


def test_the_model_in_the_package_is_ready():
    FILE.write_text("[bots.ana]\nmodel = 'offline'")
    assert run().return_value == 0
    assert findings()["bot ana"]["found"].startswith("offline: ")


def test_offline_tries_nothing(replace: Replace):
    provider = OneProvider({})
    replace("models", "openai", provider)
    FILE.write_text("[bots.ana]\nmodel = 'openai:x'")
    assert run("--offline").return_value == 0
    assert provider.opened == []


def test_a_database_that_is_sound():
    store(DATABASE)
    found = findings("--offline")["database"]
    assert found["state"] == "ready"
    assert found["found"].startswith("tertulia.db is sound: 0 conversations, tables at 0004")
    assert found["found"].endswith(f", SQLite {sqlite3.sqlite_version}")


def test_a_database_that_is_none():
    DATABASE.write_text("no database at all, only words " * 100)
    result = run("--offline")
    assert result.return_value == 1
    assert f"✗ database      {DATABASE.absolute()} is not a database." in result.output
    assert result.output.endswith("One thing is missing.\n")


def test_a_damage_that_opening_does_not_show():
    store(DATABASE)
    connection = sqlite3.connect(DATABASE)
    page = connection.execute(
        "SELECT rootpage FROM sqlite_schema WHERE type = 'table' AND name = 'delivery'"
    ).fetchone()[0]
    size = connection.execute("PRAGMA page_size").fetchone()[0]
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    with DATABASE.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\x07" * size)
    found = findings("--offline")["database"]
    assert found["state"] == "missing"
    assert found["found"].startswith(f"{DATABASE.absolute()} is damaged (")
    assert found["found"].endswith("Keep a copy of it, and restore a backup.")


def test_a_database_that_cannot_be_checked(monkeypatch: pytest.MonkeyPatch):
    store(DATABASE)
    real, asked = sqlite3.connect, []

    def connect(target: Any, *rest: Any, **options: Any) -> sqlite3.Connection:
        asked.extend([target] if options.get("uri") else [])
        if len(asked) == 2:  # the store has looked at it first
            raise sqlite3.OperationalError("unable to open database file")
        return real(target, *rest, **options)

    monkeypatch.setattr(sqlite3, "connect", connect)
    assert findings("--offline")["database"]["found"] == (
        f"{DATABASE.absolute()} cannot be checked: unable to open database file."
    )


def test_a_data_folder_that_is_still_to_be_made(alone: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TERTULIA_DATA", "not/yet")
    assert findings("--offline")["data"]["state"] == "ready"
    assert not (alone / "not").exists()


def test_a_data_folder_that_is_none(alone: Path, monkeypatch: pytest.MonkeyPatch):
    FILE.touch()
    monkeypatch.setenv("TERTULIA_DATA", str(FILE))
    assert findings("--offline")["data"] == {
        "subject": "data",
        "state": "missing",
        "found": f"{alone}/tertulia.toml cannot be written: Not a directory",
        "step": "Make it writable for you, or set TERTULIA_DATA to another folder.",
    }


def test_a_disk_that_is_nearly_full(alone: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=40_000_000))
    assert findings("--offline")["data"] == {
        "subject": "data",
        "state": "missing",
        "found": f"{alone}/talks (0.0 GB free)",
        "step": "Free some space, or set TERTULIA_DATA to a folder on another disk.",
    }


def test_a_vocabulary_that_is_damaged(replace: Replace):
    def broken() -> Any:
        raise TertuliaError("the file is damaged.")

    replace("tokenizers", "o200k", broken)
    assert findings("--offline")["tokens"] == {
        "subject": "tokens",
        "state": "missing",
        "found": "the vocabulary cannot be used: the file is damaged.",
        "step": "Install Tertulia again.",
    }


def test_channels_are_installed_or_not(replace: Replace):
    replace("channels", "discord", object())
    replace("channels", "web", PartMissing('There is no channel "web".'))
    FILE.write_text("[channels.discord]\n[channels.web]\n")
    found = findings("--offline")
    assert (found["channel discord"]["state"], found["channel discord"]["found"]) == (
        "ready",
        "installed",
    )
    assert (found["channel web"]["state"], found["channel web"]["found"]) == (
        "missing",
        'There is no channel "web".',
    )


def test_a_program_can_read_it():
    told = json.loads(run("--json", "--offline").output)
    assert told["ready"] is True
    assert set(told) == {"ready", "version", "findings"}
    assert {row["state"] for row in told["findings"]} <= {"ready", "missing", "none"}


def test_the_marks_are_plain_where_the_terminal_is():
    rows = [
        Finding(subject="a", state="ready", found="fine"),
        Finding(subject="bot ñ", state="missing", found="one\ntwo", step="three\nfour"),
        Finding(subject="c", state="none", found="…"),
    ]
    assert report(rows, None, "ascii") == [
        "+ a      fine",
        "x bot ?  one",
        "         two",
        "         three",
        "         four",
        "- c      ?",
        "",
        "One thing is missing.",
    ]
    assert report(rows, "So it is.", "UTF-8")[1] == "✗ bot ñ  one"
    assert report(rows, "So it is.", "utf8")[-2] == "So it is."
