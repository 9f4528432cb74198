"""A `Bot` at the edges of its life: tasks, threads, loops, closing, ends of programs."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Generator
from pathlib import Path

import pytest

from servers import Aimock, aimock, reply
from tertulia import Bot, SettingsError, Stopped


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TERTULIA_DATA", str(tmp_path / "data"))


@pytest.fixture
def slow() -> Generator[Aimock]:
    with aimock([reply("slow", "x" * 400, latency=200, chunkSize=2), reply(None, "Fine.")]) as it:
        yield it


def model(server: Aimock) -> dict[str, object]:
    return {"provider": "openai", "name": "m", "base_url": server.url}


def test_the_one_line_of_the_readme_leaves_nothing_behind(tmp_path: Path) -> None:
    program = (
        "import asyncio\nfrom tertulia import Bot\n"
        "async def main():\n"
        "    reply = await Bot(model='offline').reply('hello', conversation='x')\n"
        "    print(bool(reply.text))\n"
        "asyncio.run(main())\n"
    )
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", program],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.stdout, done.stderr, done.returncode) == ("True\n", "", 0)


def test_many_first_uses_at_once_open_one_engine() -> None:
    async def body() -> None:
        async with Bot(model="offline") as bot:
            before = threading.active_count()
            names = [f"c{n}" for n in range(10)]
            await asyncio.gather(*(bot.reply("hi", conversation=name) for name in names))
            writers = [t for t in threading.enumerate() if t.name == "tertulia-writer"]
            assert len(writers) == 1
            assert threading.active_count() <= before + 6
        await asyncio.gather(*(Bot(model="offline").reply("hi") for _ in range(1)))

    asyncio.run(body())


def test_another_thread_is_told_plainly_and_harms_nothing() -> None:
    async def body() -> None:
        async with Bot(model="offline") as bot:
            await bot.reply("My name is Ana.")

            def elsewhere() -> str:
                with pytest.raises(SettingsError, match=r"in use in another event loop") as told:
                    asyncio.run(bot.reply("hi"))
                return str(told.value)

            assert "Make one for each" in await asyncio.to_thread(elsewhere)
            assert "Ana" in (await bot.reply("What is my name?")).text

    asyncio.run(body())


def test_closing_ends_the_wait_and_the_next_start_answers(slow: Aimock) -> None:
    async def body() -> None:
        bot = Bot(model=model(slow))
        engine = await bot._started()
        first = asyncio.create_task(bot.reply("slow"))
        async with asyncio.timeout(20):
            while not engine._turns._running:
                await asyncio.sleep(0.01)
        second = asyncio.create_task(bot.reply("and this"))
        while len(engine._following._followers) < 2:
            await asyncio.sleep(0.01)
        engine.close, close = _shortly(engine.close), None  # type: ignore[method-assign]
        await bot.close()
        for waiting in (first, second):
            with pytest.raises(Stopped, match=r"closed before it replied"):
                await asyncio.wait_for(waiting, 5)
        assert close is None
        assert (await bot.reply("again")).text == "Fine."
        await bot.close()

    asyncio.run(body())


def _shortly(close: object) -> object:
    async def shortly(*, learning: float) -> None:
        await close(0.05, learning=learning)  # type: ignore[operator]

    return shortly


def test_a_close_that_is_cancelled_leaves_a_bot_that_can_go_on(slow: Aimock) -> None:
    async def body() -> None:
        bot = Bot(model=model(slow))
        waiting = asyncio.create_task(bot.reply("slow"))
        engine = await bot._started()
        async with asyncio.timeout(20):
            while not engine._turns._running:
                await asyncio.sleep(0.01)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(bot.close(), 0.1)
        with pytest.raises(Stopped):
            await asyncio.wait_for(waiting, 5)
        assert (await bot.reply("again", conversation="other")).text == "Fine."
        await bot.close()

    asyncio.run(body())


def test_a_reply_with_a_split_surrogate_ends_nothing() -> None:
    from servers import CLOSE, DONE, STREAM, misbehaving

    halves = [
        b'data: {"choices": [{"index": 0, "delta": {"content": "\\ud83d"}}]}\n\n',
        b'data: {"choices": [{"index": 0, "delta": {"content": "\\ude00"}}]}\n\n',
        b'data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}\n\n',
    ]
    with misbehaving([STREAM, *halves, DONE, CLOSE]) as server:

        async def body() -> None:
            spec = {"provider": "openai", "name": "m", "base_url": server.url}
            async with Bot(model=spec) as bot:
                assert (await asyncio.wait_for(bot.reply("hi"), 20)).text == "\U0001f600"
                assert (await asyncio.wait_for(bot.reply("hi"), 20)).text == "\U0001f600"
                name = "odd\udce9"
                await asyncio.wait_for(bot.reply("hi", conversation=name), 20)

        asyncio.run(body())


def test_several_threads_take_turns_at_the_sync_door() -> None:
    bot = Bot(model="offline")
    replies: list[str] = []

    def say(number: int) -> None:
        replies.append(bot.reply_sync("hi", conversation=f"c{number}").text)

    threads = [threading.Thread(target=say, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    bot.close_sync()
    assert len(replies) == 4
