"""`tertulia chat -m /WORD`: a command is obeyed and not remembered; two slashes say it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tertulia.app import cli

pytestmark = pytest.mark.usefixtures("alone")

Run = Callable[..., str]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("TERTULIA_DATA", "data")

    def runner(*words: str, stdin: str | None = None) -> str:
        if stdin is not None:
            monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        code = cli.guarded(lambda: cli.commands.main(list(words), standalone_mode=False))
        assert code == 0
        return capsys.readouterr().out

    return runner


def messages(run: Run) -> list[int]:
    """How many messages each conversation has."""
    listed: list[dict[str, Any]] = json.loads(run("chat", "--list", "--json"))
    return [one["messages"] for one in listed]


def test_a_command_is_obeyed_and_not_remembered(run: Run) -> None:
    run("chat", "-c", "t", "-m", "I keep a zebra.")
    assert "zebra" in run("chat", "-c", "t", "-m", "/memory zebra")
    told = json.loads(run("chat", "-c", "t", "-m", " /memory zebra ", "--json"))
    assert told["command"] == "/memory zebra"
    assert "I keep a zebra." in told["answer"]
    assert messages(run) == [2]
    assert "Forgotten" in run("chat", "-c", "t", stdin="/forget last yes\n")
    assert "zebra" not in run("chat", "-c", "t", "-m", "/memory")


def test_what_is_no_command_is_said(run: Run) -> None:
    run("chat", "-c", "t", "-m", "/unheard of")
    run("chat", "-c", "t", "-m", "//memory zebra")
    run("chat", "-c", "t", stdin="/help\nme with this\n")
    assert messages(run) == [6]
    run("chat", "-c", "t", "--export", "t.json")
    kept = json.loads(Path("t.json").read_text(encoding="utf-8"))["messages"]
    texts = [one["text"] for one in kept if one["role"] == "user"]
    assert texts == ["/unheard of", "/memory zebra", "/help\nme with this\n"]
