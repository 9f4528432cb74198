"""A talk in a real terminal, with the real engine behind it."""

from __future__ import annotations

import re
from pathlib import Path

import pexpect
import pytest

from servers import aimock, reply
from told import PROMPT, Start


def test_a_talk_answers_remembers_and_goes_on_later(start: Start) -> None:
    child = start("chat")
    child.expect("using offline")
    child.expect(PROMPT)
    child.send("My name is Ana and I live in Lima." + "\r")
    child.expect("no language model")
    child.expect("Nice to meet you")
    child.send("What is my name?" + "\r")
    child.expect('You told me: "My name is Ana')
    child.send("/memory" + "\r")
    child.expect("4 messages were said")
    child.send("/quit" + "\r")
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 0

    again = start("chat")
    again.expect("4 messages so far, the last: You told me:")
    again.expect(PROMPT)
    again.send("/new" + "\r")
    again.expect("A new window")
    again.send("What is my name?" + "\r")
    again.expect("no language model")
    again.send("\x04")
    again.expect(pexpect.EOF)
    again.wait()
    assert again.exitstatus == 0


def test_another_bot_has_a_usual_conversation_of_its_own(start: Start, tmp_path: Path) -> None:
    start("chat", "-c", "main", "-m", "hi").expect(pexpect.EOF)
    (tmp_path / "tertulia.toml").write_text('[bots.ana]\nmodel = "offline"\n')
    child = start("chat")
    child.expect("ana · conversation 'main-ana'")
    child.expect(PROMPT)
    child.send("\x04")
    child.expect(pexpect.EOF)


def test_ctrl_c_stops_the_reply_and_a_second_one_leaves(start: Start, tmp_path: Path) -> None:
    with aimock([reply(None, "word after word " * 200, latency=40, chunkSize=16)]) as server:
        (tmp_path / "tertulia.toml").write_text(
            f'[bots.bo]\nmodel = {{ provider = "openai", name = "m", base_url = "{server.url}" }}\n'
        )
        child = start("chat", "-c", "long")
        child.expect(PROMPT)
        child.send("go on" + "\r")
        child.expect("word after word")
        child.sendintr()
        child.expect(r"\(stopped\)")
        child.expect(PROMPT)
        child.sendintr()
        child.expect(pexpect.EOF)
        child.wait()
        assert child.exitstatus == 0
    listed = start("chat", "-c", "long", "--export", "long.md")
    listed.expect(pexpect.EOF)
    kept = (tmp_path / "long.md").read_text()
    assert "word after word" in kept
    assert kept.rstrip().endswith("… (stopped)")


@pytest.mark.parametrize(
    "words", [["--help"], ["chat", "--help"], ["init", "-h"], ["doctor", "-h"]]
)
def test_help_fits_one_screen_and_has_an_example(start: Start, words: list[str]) -> None:
    child = start(*words)
    child.expect(pexpect.EOF)
    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", child.before or "")
    assert len(shown.splitlines()) <= 30
    assert "Example" in shown
    assert max(len(line) for line in shown.splitlines()) <= 100
