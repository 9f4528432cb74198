"""The tutorial's MemoryBot: it remembers beyond its window, shows what, and forgets on request."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tertulia import Bot, SettingsError
from tertulia.app.settings import settings_of
from tertulia.app.tomlfile import parse

EXAMPLE = Path(__file__).parents[2] / "examples" / "memory-bot"
SMALL = {"provider": "offline", "context_window": 900, "max_tokens": 200}
CHATTER = "Now something else entirely: the weather was grey, the bus came late. " * 8


def origins(receipt: dict[str, list[dict[str, str]]]) -> list[str]:
    return [item["origin"] for item in receipt["items"]]


def test_name_and_country_are_remembered_when_other_talk_overran_the_window(tmp_path: Path) -> None:
    async def body() -> None:
        async with Bot("m", model=SMALL, data=tmp_path) as bot:
            await bot.reply("My name is Ana.")
            await bot.reply("I live in Peru.")
            for _ in range(12):
                last = await bot.reply(CHATTER)
            assert any(left["origin"] == "window" for left in last.receipt["left_out"])
            name = await bot.reply("What is my name?")
            assert "Ana" in name.text
            where = await bot.reply("Which country do I live in?")
            assert "Peru" in where.text
            assert "facts" in origins(where.receipt)
            store = await bot.command("/memory")
            assert store is not None
            assert "Peru" in store
            buffer = await bot.command("/memory receipt")
            assert buffer is not None
            assert "facts" in buffer

    asyncio.run(body())


@pytest.mark.parametrize("k", [3, 5])
def test_k_is_how_many_exchanges_the_window_holds(tmp_path: Path, k: int) -> None:
    async def body() -> None:
        memory = {"window": {"last": k}}
        async with Bot("m", model="offline", memory=memory, data=tmp_path) as bot:
            for n in range(8):
                reply = await bot.reply(f"This is message {n}.")
            assert origins(reply.receipt).count("window") == 2 * k

    asyncio.run(body())


@pytest.mark.parametrize("k", [0, 2, 1001, "many"])
def test_k_is_from_3_to_1000(k: object) -> None:
    with pytest.raises(SettingsError, match=r"window\.last must be a whole number from 3 to 1000"):
        Bot(model="offline", memory={"window": {"last": k}})


def test_new_keeps_what_is_known_of_the_person_and_blank_keeps_nothing(tmp_path: Path) -> None:
    async def body() -> None:
        async with Bot("m", model="offline", data=tmp_path) as bot:
            await bot.reply("My name is Ana.")
            await bot.command("/new")
            kept = await bot.reply("What is my name?")
            assert "Ana" in kept.text
            assert "window" not in origins(kept.receipt)
            await bot.command("/new blank")
            blank = await bot.reply("What is my name?")
            assert "Ana" not in blank.text
            assert set(origins(blank.receipt)) == {"persona", "message"}
            await bot.reply("My cat is called Tom.")
            assert "Tom" in (await bot.reply("What is my cat called?")).text
            await bot.command("/new")
            after = await bot.reply("What is my cat called?")
            assert "Tom" not in after.text
            elsewhere = await bot.reply("What is my cat called?", conversation="other")
            assert "Tom" not in elsewhere.text

    asyncio.run(body())


def test_clear_all_leaves_nothing(tmp_path: Path) -> None:
    async def body() -> None:
        async with Bot("m", model="offline", data=tmp_path) as bot:
            await bot.reply("My name is Ana.")
            await bot.reply("I like the sea.", conversation="other")
            told = await bot.command("/forget me yes")
            assert told is not None
            asked = await bot.reply("What is my name?")
            assert "Ana" not in asked.text
            assert set(origins(asked.receipt)) == {"persona", "message"}

    asyncio.run(body())
    left = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert b"the sea" not in left


def run_example(data: Path, *typed: str, k: str = "3") -> subprocess.CompletedProcess[str]:
    words = ["--model", "offline", "--data", str(data), "--k", k]
    return subprocess.run(
        [sys.executable, EXAMPLE / "memory_bot.py", *words],
        input="\n".join(typed) + "\n",
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def answers(data: Path, *typed: str) -> list[str]:
    done = run_example(data, *typed, "quit")
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split("You: ")[1:]


def test_the_example_runs(tmp_path: Path) -> None:
    told = answers(
        tmp_path / "d",
        "My name is Ana and I live in Peru.",
        "What is my name?",
        "store",
        "buffer",
        f"save {tmp_path / 'chat.md'}",
        "new",
        f"save {tmp_path / 'empty.md'}",
        "What is my name?",
        "chats",
        "save",
        f"save {tmp_path / 'no' / 'folder.md'}",
    )
    assert "Ana" in told[1]
    assert "Peru" in told[2]
    assert "read" in told[3]
    assert "Peru" in (tmp_path / "chat.md").read_text()
    assert "nothing was said in chat 2" in told[6]
    assert not (tmp_path / "empty.md").exists()
    assert "Ana" not in told[7]
    assert "chat 1\nchat 2" in told[8]
    assert "Say where" in told[9]
    assert "cannot be written" in told[10]


def test_after_a_restart_its_chats_are_there_and_after_clear_they_are_not(tmp_path: Path) -> None:
    answers(tmp_path, "I live in Peru. My brother lives in Bogota.", "new", "I like tea.")
    told = answers(tmp_path, "chats", "new", "hello", "chats", "clear", "chats", "store", "new")
    assert "chat 1\nchat 2\n" in told[0]
    assert "A blank window" in told[1]
    assert "chat 1\nchat 2\nchat 3\n" in told[3]
    assert told[5].strip() == "Bot: chat 1"
    assert "Peru" not in told[6]
    assert "chat 1" in answers(tmp_path, "chats")[0]


def test_the_store_shows_what_was_told_of_others(tmp_path: Path) -> None:
    answers(tmp_path, "My brother lives in Bogota.")
    assert "your brother" in answers(tmp_path, "store")[0]


def test_a_k_that_cannot_be_is_told_in_a_sentence(tmp_path: Path) -> None:
    done = run_example(tmp_path, "quit", k="2")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "whole number from 3 to 1000" in done.stderr


def test_its_settings_are_settings() -> None:
    (block,) = re.findall(r"```toml\n(.+?)```", (EXAMPLE / "README.md").read_text(), re.DOTALL)
    assert tomllib.loads(block)
    bot = settings_of(parse("x", block), None, {}).bots["memory-bot"]
    assert bot.last == 3
