"""A machine on which nothing is set up: no key, no settings, no local server."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import pexpect
import pytest

from tertulia.app import cli, found
from tertulia.values.bot import ModelSpec
from told import Run, Start, Told


class FoundProvider:
    """A provider that finds what a test says."""

    def __init__(self, rank: int, spec: ModelSpec | None) -> None:
        self.rank = rank
        self._spec = spec

    def found(self) -> ModelSpec | None:
        return self._spec


OFFLINE = FoundProvider(1000, ModelSpec(provider="offline"))


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, with a home and an environment of its own."""
    home, folder = tmp_path / "me", tmp_path / "work"
    home.mkdir()
    folder.mkdir()
    for name in ("TERTULIA_CONFIG", "TERTULIA_DATA", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
    monkeypatch.chdir(folder)
    monkeypatch.setattr(found, "_providers", lambda: iter([OFFLINE]))
    return folder


@pytest.fixture
def at_hand(alone: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets which models are found, the best last, beside `offline`."""

    def find(*specs: ModelSpec | None) -> None:
        providers = [OFFLINE, *(FoundProvider(-i, spec) for i, spec in enumerate(specs))]
        monkeypatch.setattr(found, "_providers", lambda: iter(providers))

    return find


@pytest.fixture
def run(alone: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command of Ana's, whose data is in the folder `data`."""
    monkeypatch.setenv("TERTULIA_DATA", "data")
    monkeypatch.setenv("USER", "ana")
    monkeypatch.setenv("LOGNAME", "ana")

    def runner(*words: str) -> Told:
        code = cli.guarded(lambda: cli.commands.main(list(words), standalone_mode=False))
        told = capsys.readouterr()
        return Told(code, told.out, told.err)

    return runner


@pytest.fixture
def start(tmp_path: Path) -> Generator[Start]:
    """Starts `tertulia` in a pseudo-terminal of 110 columns, with a home of its own."""
    started: list[pexpect.spawn[str]] = []

    def run(*words: str) -> pexpect.spawn[str]:
        kept = {k: v for k, v in os.environ.items() if k.startswith("COVERAGE_")}
        environment = kept | {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "TERTULIA_DATA": str(tmp_path / "data"),
            "LANG": "C.UTF-8",
            "TERM": "xterm",
            "PROMPT_TOOLKIT_NO_CPR": "1",
        }
        child = pexpect.spawn(
            sys.executable,
            ["-m", "tertulia", *words],
            env=environment,
            cwd=str(tmp_path),
            encoding="utf-8",
            dimensions=(40, 110),
            timeout=30,
            # Whoever runs the tests in the background may have Ctrl-C ignored: a person has not.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        started.append(child)
        return child

    yield run
    for child in started:
        child.close(force=True)
