"""Reading and forgetting at a real keyboard, with the real engine behind it."""

from __future__ import annotations

from pathlib import Path

import pexpect

from told import PROMPT, Start

SECRET = "I keep a zebra called Whiskers."


def ended(child: pexpect.spawn[str], code: int) -> None:
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == code


def interrupted(child: pexpect.spawn[str]) -> None:
    """Press Ctrl-C, and again where it came between the question and Python's look for a key."""
    for _ in range(10):
        child.sendintr()
        if child.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=3) == 0:
            return


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
    interrupted(left)
    ended(left, 130)
    done = start("memory", "forget", "1.1")
    done.expect_exact("Forget it? [y/N]: ")
    done.send("y\r")
    done.expect(r"Forgotten: 1 message \(1\.1\)")
    ended(done, 0)
    nowhere(tmp_path / "data", "zebra", "Whiskers")
