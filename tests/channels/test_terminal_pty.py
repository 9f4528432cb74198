"""A talk in a real pseudo-terminal, with a real keyboard's bytes and a real Ctrl-C."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

DEADLINE = 40
CHILD = Path(__file__).with_name("terminal_child.py")
READY = r"\x1b\[\?2004h[^\n]*?>\x08"
"""A prompt begins: bracketed paste on, then its sign."""

Start = Callable[..., "pexpect.spawn[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[pexpect.spawn[str]] = []

    def start(*, columns: int = 80, pace: float = 0.0) -> pexpect.spawn[str]:
        env = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "TERM": "xterm-256color",
            "PROMPT_TOOLKIT_NO_CPR": "1",
            "LC_ALL": "C.UTF-8",
        }
        for name in ("COLUMNS", "LINES", "NO_COLOR"):
            env.pop(name, None)
        command = shlex.join([sys.executable, str(CHILD), str(tmp_path / "history"), str(pace)])
        talk = pexpect.spawn(
            "/bin/sh",
            ["-c", f'trap : INT; {command}; echo "code $?"; stty -a'],
            env=env,
            encoding="utf-8",
            dimensions=(24, columns),
            timeout=DEADLINE,
        )
        talk.delaybeforesend = None
        started.append(talk)
        talk.expect_exact("/help lists what you can do")
        talk.expect(READY)
        return talk

    yield start
    for talk in started:
        talk.close(force=True)


def ended(talk: pexpect.spawn[str], code: int = 0) -> None:
    """It has left, and the terminal is as it was."""
    talk.expect_exact(f"code {code}")
    talk.expect(r"[^-]icanon")
    talk.expect(r"[^-]echo ")
    talk.expect(pexpect.EOF)


def test_typing_several_lines_and_leaving(start: Start) -> None:
    talk = start()
    talk.send("hello\r")
    talk.expect_exact("You said 'hello'")
    talk.send("one\x1b\rtwo\nthree\r")
    talk.expect_exact(r"You said 'one\ntwo\nthree'")
    talk.send("\x1b[200~four\r\nfive\x1b[201~\r")
    talk.expect_exact(r"You said 'four\nfive'")
    talk.send("/quit\r")
    ended(talk)


def test_ctrl_c_stops_the_reply_and_a_second_one_leaves(start: Start) -> None:
    talk = start()
    talk.send("slow\r")
    talk.expect_exact("and then")
    talk.sendintr()
    talk.expect_exact("(stopped)")
    talk.expect(READY)
    talk.sendintr()
    ended(talk)


def test_ctrl_c_twice_at_the_prompt_leaves(start: Start) -> None:
    talk = start()
    talk.send("abc\x03")
    talk.send("\x03")
    talk.expect_exact("(Ctrl-C again, Ctrl-D or /quit leaves)")
    talk.expect(READY)
    talk.send("\x03")
    ended(talk)


def test_ctrl_c_before_the_first_word(start: Start) -> None:
    talk = start()
    talk.send("mute\r")
    talk.expect_exact("ana is thinking …")
    talk.sendintr()
    talk.expect_exact("(stopped)")
    talk.expect(READY)
    talk.sendeof()
    ended(talk)


def test_what_is_typed_during_a_reply_is_not_shown_and_not_lost(start: Start) -> None:
    talk = start()
    talk.send("slow\r")
    talk.expect_exact("and then")
    talk.send("typed\r")
    talk.sendintr()
    talk.expect_exact("(stopped)")
    assert "typed" not in talk.before
    talk.expect_exact("You said 'typed'")
    talk.send("/quit\r")
    ended(talk)


def test_the_window_may_change_its_size(start: Start) -> None:
    talk = start(pace=0.001)
    talk.send("long\r")
    talk.expect_exact("Then the pond")
    talk.setwinsize(20, 40)
    talk.expect(r"item number 40 of a list that is\s")
    talk.expect_exact("taller than the screen")
    talk.expect(READY)
    talk.setwinsize(30, 100)
    talk.send("hello\r")
    talk.expect_exact("You said 'hello'")
    talk.send("/quit\r")
    ended(talk)


def test_the_history_lasts(start: Start) -> None:
    talk = start()
    talk.send("remember\r")
    talk.expect_exact("You said 'remember'")
    talk.send("/quit\r")
    ended(talk)
    talk = start()
    talk.send("\x1b[A\x1b[A\r")
    talk.expect_exact("You said 'remember'")
    talk.send("\x04")
    ended(talk)
