"""The public `Bot`: in a program, streamed, and without asyncio."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from servers import aimock, failure, reply
from tertulia import (
    Bot,
    ModelError,
    Reply,
    Restarted,
    SettingsError,
    Spoken,
    Stopped,
)


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TERTULIA_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("TERTULIA_CONFIG", raising=False)


def test_it_remembers_from_one_call_to_the_next() -> None:
    async def first() -> None:
        async with Bot(model="offline") as bot:
            await bot.reply("My name is Ana.", conversation="x")

    async def second() -> Reply:
        async with Bot(model="offline") as bot:
            return await bot.reply("What is my name?", conversation="x")

    asyncio.run(first())
    answer = asyncio.run(second())
    assert "Ana" in str(answer)
    assert (answer.conversation, answer.model, answer.message) == ("x", "offline", "1.4")
    assert answer.usage.prompt_tokens == answer.receipt["prompt_tokens"]


def test_one_bot_over_two_event_loops() -> None:
    bot = Bot(model="offline")
    asyncio.run(bot.reply("My name is Ana."))
    assert "Ana" in asyncio.run(bot.reply("What is my name?")).text
    asyncio.run(bot.close())


def test_two_bots_never_share_a_transcript() -> None:
    async def body() -> None:
        async with Bot("ana", model="offline") as ana, Bot("bo", model="offline") as bo:
            await ana.reply("My name is Carla.")
            assert "Carla" not in (await bo.reply("What is my name?")).text
            assert "Carla" in (await ana.reply("What is my name?")).text

    asyncio.run(body())


def test_without_asyncio() -> None:
    bot = Bot(model="offline")
    bot.reply_sync("My name is Ana.")
    assert "Ana" in bot.reply_sync("What is my name?").text
    bot.close_sync()
    bot.close_sync()


def test_a_stream_gives_the_pieces_then_the_reply() -> None:
    async def body() -> None:
        async with Bot(model="offline", persona="You are Bo, a gardener.") as bot:
            events = [event async for event in bot.stream("Who are you?")]
            *pieces, last = events
            assert isinstance(last, Reply)
            assert "".join(piece.text for piece in pieces if isinstance(piece, Spoken)) == last.text
            assert "gardener" in last.text

    asyncio.run(body())


def test_many_at_once_in_one_conversation_each_get_the_reply_that_covers_theirs() -> None:
    async def body() -> None:
        async with Bot(model="offline") as bot:
            replies = await asyncio.gather(*(bot.reply(f"I like {n}.") for n in range(10)))
            assert len({each.message for each in replies}) < 10
            found = await bot.export(form="json")
            assert found.count('"role": "user"') == 10

    asyncio.run(body())


def test_commands_and_exports() -> None:
    async def body() -> None:
        async with Bot(model="offline") as bot:
            assert await bot.command("hello") is None
            await bot.reply("My name is Ana.")
            assert "2 messages" in str(await bot.command("/memory"))
            assert "My name is Ana." in await bot.export()
            with pytest.raises(SettingsError, match="no conversation 'y'"):
                await bot.export(conversation="y")
            assert not await bot.stop()
            assert not await bot.stop(conversation="y")

    asyncio.run(body())


def test_arguments_that_are_wrong_are_told_plainly() -> None:
    with pytest.raises(SettingsError, match='Did you mean "openai"'):
        Bot(model="openia:gpt")
    with pytest.raises(SettingsError, match=r'no memory "recal"\. Did you mean "recall"'):
        Bot(model="offline", memory=["recal", "window"])
    with pytest.raises(SettingsError, match="does not exist"):
        Bot(settings="/nonexistent/tertulia.toml")
    with pytest.raises(SettingsError, match="the message is empty"):
        asyncio.run(Bot(model="offline").reply(" \n"))


def test_a_failed_model_raises_and_loses_nothing() -> None:
    with aimock([failure("busy", 400, "no such thing"), reply(None, "Fine.")]) as server:
        model = {"provider": "openai", "name": "gpt-5-mini", "base_url": server.url}

        async def body() -> None:
            async with Bot(model=model) as bot:
                with pytest.raises(ModelError, match="Your message is kept"):
                    await bot.reply("busy")
                assert (await bot.reply("again")).text == "Fine."

        asyncio.run(body())
        said = [message["content"] for message in server.requests()[-1]["messages"]]
        assert said[1:] == ["busy", "again"]


def test_a_stopped_reply_keeps_what_was_said() -> None:
    with aimock([reply("slow", "one two three " * 40, latency=30, chunkSize=10)]) as server:
        model = {"provider": "openai", "name": "gpt-5-mini", "base_url": server.url}

        async def body() -> None:
            async with Bot(model=model) as bot:
                events: list[Spoken | Restarted | Reply] = []
                async for event in bot.stream("slow"):
                    events.append(event)
                    if len(events) == 3:
                        assert await bot.stop()
                last = events[-1]
                assert isinstance(last, Reply)
                assert last.finish_reason == "stopped"
                assert last.text
                assert last.text != "one two three " * 40

        asyncio.run(body())


def test_stopped_before_a_word_raises() -> None:
    with aimock([reply("slow", "x", latency=20_000)]) as server:
        model = {"provider": "openai", "name": "gpt-5-mini", "base_url": server.url}

        async def body() -> None:
            async with Bot(model=model) as bot:
                waiting = asyncio.create_task(bot.reply("slow"))
                async with asyncio.timeout(20):
                    while not await bot.stop():
                        await asyncio.sleep(0.01)
                with pytest.raises(Stopped, match="stopped"):
                    await waiting

        asyncio.run(body())


def test_public_names_are_these_and_no_others() -> None:
    import tertulia

    assert tertulia.__all__ == [
        "Bot",
        "ModelError",
        "Reply",
        "Restarted",
        "SettingsError",
        "Spoken",
        "Stopped",
        "StoreError",
        "TertuliaError",
        "__version__",
    ]
    assert all(getattr(tertulia, name) for name in tertulia.__all__)
    with pytest.raises(AttributeError, match=r"no attribute 'Nothing'"):
        _ = tertulia.Nothing
