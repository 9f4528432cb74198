"""Reading and forgetting at a real keyboard, with the real engine behind it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import pexpect
import pytest

Start = Callable[..., "pexpect.spawn[str]"]
PROMPT = r"\[\?2004h"
SECRET = "I keep a zebra called Whiskers."


@pytest.fixture
def start(tmp_path: Path) -> Generator[Start]:
    """Starts `tertulia` in a pseudo-terminal, with a home of its own."""
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
        )
        started.append(child)
        return child

    yield run
    for child in started:
        child.close(force=True)


def ended(child: pexpect.spawn[str], code: int) -> None:
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == code


def nowhere(folder: Path, *words: str) -> None:
    for file in folder.iterdir():
        said = file.read_bytes()
        assert not [word for word in words if word.encode() in said], file


def test_a_person_has_something_forgotten_in_the_talk(start: Start, tmp_path: Path) -> None:
    child = start("chat", "-c", "t")
    child.expect(PROMPT)
    child.send("My name is Ana and I live in Lima.\r")
    child.expect("Nice to meet you")
    child.send(f"{SECRET}\r")
    child.expect_exact("called Whiskers.")
    child.expect(PROMPT)
    child.send("/memory\r")
    child.expect("lives in Lima")
    child.expect("4 messages were said")
    child.send("/forget last\r")
    child.expect(r"This would go: 1 message \(1\.3\)")
    child.expect("/forget last yes does it")
    child.send("/forget last yes\r")
    child.expect(r"Forgotten: 1 message \(1\.3\)")
    child.send("/new blank\r")
    child.expect("A blank window")
    child.send("/memory Lima\r")
    child.expect("I find nothing about 'Lima'")
    child.send("/forget here yes\r")
    child.expect("1 conversation")
    child.send("hello again\r")
    child.expect("no language model")
    child.send("/quit\r")
    ended(child, 0)
    nowhere(tmp_path / "data", "zebra", "Whiskers", "Lima", "Ana")


def test_the_owner_is_asked_before_anything_goes(start: Start, tmp_path: Path) -> None:
    ended(start("chat", "-c", "t", "-m", SECRET), 0)
    asked = start("memory", "forget", "1.1")
    asked.expect(r"This would go: 1 message \(1\.1\)")
    asked.expect_exact("Forget it? [y/N]: ")
    asked.send("n\r")
    ended(asked, 1)
    left = start("memory", "forget", "1.1")
    left.expect_exact("Forget it? [y/N]: ")
    left.sendintr()
    ended(left, 130)
    done = start("memory", "forget", "1.1")
    done.expect_exact("Forget it? [y/N]: ")
    done.send("y\r")
    done.expect(r"Forgotten: 1 message \(1\.1\)")
    ended(done, 0)
    nowhere(tmp_path / "data", "zebra", "Whiskers")
