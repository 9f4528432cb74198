"""The `llm` command line, as its users run it: each call a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from channels.api.doors import Door, kept, offered
from servers import aimock, reply

pytestmark = pytest.mark.slow

Run = Callable[..., str]


@pytest.fixture
def door(tmp_path: Path) -> Generator[Door]:
    with offered(tmp_path) as opened:
        yield opened


def llm_at(home: Path, door: Door, token: str = "ana-laptop") -> Run:
    """`llm` with a home of its own, in which our server is one of its models."""
    home.mkdir(exist_ok=True)
    told = "\n".join(
        f"- model_id: {name}\n  model_name: {model}\n  api_base: {door.url}/v1\n"
        "  api_key_name: tertulia\n  vision: true"
        for name, model in (("bot", "tertulia"), ("unkept", "tertulia:stateless"))
    )
    (home / "extra-openai-models.yaml").write_text(told, encoding="utf-8")
    (home / "keys.json").write_text(json.dumps({"tertulia": token}), encoding="utf-8")
    environment = {**os.environ, "LLM_USER_PATH": str(home), "LLM_LOAD_PLUGINS": ""}

    def run(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "llm", *words],
            capture_output=True,
            text=True,
            timeout=60,
            env=environment,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_a_talk_over_several_processes(door: Door, tmp_path: Path) -> None:
    llm = llm_at(tmp_path / "llm", door)
    assert "Ana" in llm("-m", "bot", "My name is Ana.")
    assert "Ana" in llm("-c", "What is my name?")
    assert "Ana" in llm("-c", "--no-stream", "What is my name, again?")
    assert [len(said) for said in kept(door)] == [6]


def test_what_one_process_said_another_recalls(door: Door, tmp_path: Path) -> None:
    llm = llm_at(tmp_path / "llm", door)
    llm("-m", "bot", "I live in Lima.")
    assert "Lima" in llm("-m", "bot", "--no-stream", "Where do I live?")
    assert "Lima" in llm_at(tmp_path / "other", door, "ana-phone")("-m", "bot", "Where do I live?")
    assert "Lima" not in llm_at(tmp_path / "bo", door, "bo-laptop")("-m", "bot", "Where do I live?")
    assert len(kept(door)) == 4


def test_what_is_not_kept(door: Door, tmp_path: Path) -> None:
    llm = llm_at(tmp_path / "llm", door)
    assert "Lima" in llm("-m", "unkept", "-s", "Be short.", "I live in Lima. Where do I live?")
    assert kept(door) == []
    data = tmp_path / "data"
    assert not [f for f in data.rglob("*") if f.is_file() and b"Lima" in f.read_bytes()]


def test_a_model_behind_the_bot(tmp_path: Path) -> None:
    with aimock([reply("tea", "I like *tea*."), reply(None, "So do I.")]) as server:
        toml = (
            f'[bots.tertulia.model]\nprovider = "openai"\nname = "m"\nbase_url = "{server.url}"\n'
        )
        with offered(tmp_path, toml) as door:
            llm = llm_at(tmp_path / "llm", door)
            assert llm("-m", "bot", "tea?") == "I like *tea*.\n"
            assert llm("-c", "What?") == "So do I.\n"
            sent = server.requests()[-1]["messages"]
            assert [one["content"] for one in sent][-3:] == ["tea?", "I like *tea*.", "What?"]


def test_a_failure_is_told_in_plain_words(door: Door, tmp_path: Path) -> None:
    llm = llm_at(tmp_path / "llm", door)
    with pytest.raises(AssertionError, match="Bots answer in plain text"):
        llm("-m", "bot", "-o", "json_object", "1", "hello")
