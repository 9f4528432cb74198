"""A bot that was made on the page is there for every command."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tertulia import Bot
from told import Run
from workshops import quiet_afterwards, shop

CARLA = {"persona": "You are Carla.", "model": "offline", "memory": ["window"]}


def make(folder: Path, name: str = "carla", given: Mapping[str, Any] = CARLA) -> None:
    """What a page does in another process, with the data in `data`."""

    async def whole() -> None:
        async with shop(folder) as here:
            await here.workshop.describe(name, given)

    with quiet_afterwards():
        asyncio.run(whole())


def test_chat_talks_with_it(run: Run, alone: Path) -> None:
    make(alone)
    told = run("chat", "-b", "carla", "-c", "t", "-m", "hello", "--json").json
    assert (told["bot"], told["model"]) == ("carla", "offline")
    assert "No model is named" not in run("chat", "-b", "carla", "-m", "hello").err
    refused = run("chat", "-c", "t", "-m", "hello")
    assert refused.code == 2
    assert "is with carla, not with tertulia. Add --bot carla, or give" in refused.err


def test_chat_can_give_it_another_model_for_this_time(run: Run, alone: Path) -> None:
    make(alone, given={**CARLA, "model": "openai:gpt-5"})
    told = run("chat", "-b", "carla", "-m", "hello", "--model", "offline", "--json").json
    assert told["model"] == "offline"
    assert "There is no key for openai" in run("chat", "-b", "carla", "-m", "hello").err


def test_an_unknown_name_is_told_with_all_that_there_are(run: Run, alone: Path) -> None:
    nobody = run("chat", "-b", "carla", "-m", "hello")
    assert nobody.code == 2
    assert "There is no bot 'carla'. Known: tertulia." in nobody.err
    assert not (alone / "data").exists()
    make(alone)
    close = run("chat", "-b", "carl", "-m", "hello")
    assert close.code == 2
    assert "There is no bot 'carl'. Did you mean \"carla\"?" in close.err


def test_a_changed_built_in_bot_is_changed_everywhere(run: Run, alone: Path) -> None:
    assert "You are talking with tertulia." in run("chat", "-m", "/help").out
    make(alone, "tertulia", {"persona": {"name": "Otto", "instructions": "Be loud."}})
    assert "You are talking with Otto." in run("chat", "-m", "/help").out


def test_an_import_can_be_its_past(run: Run, alone: Path) -> None:
    make(alone)
    run("chat", "-b", "carla", "-c", "t", "-m", "I keep a zebra.")
    run("chat", "-b", "carla", "-c", "t", "--export", "t.json")
    assert run("memory", "import", "t.json", "-b", "carla", "--json").json["conversations"] == 1
    refused = run("memory", "import", "t.json", "-b", "dora")
    assert refused.code == 2
    assert "There is no bot 'dora'. Known: carla, tertulia." in refused.err


def test_a_program_talks_with_it_by_its_name(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(alone)
    monkeypatch.setenv("TERTULIA_DATA", str(alone / "data"))

    async def whole() -> None:
        async with Bot("carla") as bot, Bot("dora") as other, Bot("carla", persona="Hi.") as own:
            specs = [one._engine.bots.described.spec(one.name) for one in (bot, other, own)]
            told = [spec.persona.instructions for spec in specs]
            assert told[0] == "You are Carla."
            assert told[1].startswith("You are dora, a kind")
            assert told[2] == "Hi."
            await bot.reply("hello")
            async with shop(alone) as page:
                await page.workshop.describe("carla", {"persona": "You are new."})
            await bot.reply("hello again")
            again = bot._engine.bots.described.spec("carla")
            assert again.persona.instructions == "You are new."

    with quiet_afterwards():
        asyncio.run(whole())
