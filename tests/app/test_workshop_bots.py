"""Bots described on a screen: made, changed, discarded, and there for everybody who meets them."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tertulia.app.memories import WINDOW
from tertulia.values.bot import ModelSpec
from tertulia.values.errors import NotThere, SettingsError
from workshops import Shop, quiet_afterwards, settings, shop, working

FILE = """
[bots.ana]
persona = "You are Ana."
model = "offline"

[bots.bo]
model = "offline"
choices = ["openai:gpt-5"]
"""


def test_a_bot_made_on_the_page_answers_at_once(tmp_path: Path) -> None:
    async def body(here: Shop) -> None:
        made = await here.workshop.describe(
            "carla", {"persona": {"name": "Carla", "instructions": "Be brief."}, "model": "offline"}
        )
        assert (made.name, made.source, made.model) == ("carla", "page", "offline")
        assert made.given["persona"] == {"name": "Carla", "instructions": "Be brief."}
        assert made.given["memory"][WINDOW] == {}
        assert here.workshop.bot("carla") == made
        assert [bot.name for bot in here.workshop.bots()] == ["ana", "bo", "carla"]
        outcome = await here.talk("My cat is called Tom.", bot="carla")
        assert outcome.delivery is not None
        assert outcome.delivery.kind == "reply"
        assert outcome.delivery.bot == "carla"

    working(tmp_path, body, FILE)


def test_a_change_is_there_at_the_next_turn_and_leaves_what_is_not_given(tmp_path: Path) -> None:
    async def body(here: Shop) -> None:
        await here.workshop.describe("carla", {"persona": "Be brief.", "model": "offline"})
        first = here.engine.tools.bot("carla")
        assert here.engine.tools.bot("carla") is first
        await here.workshop.describe("carla", {"memory": {"window": {"last": 3}}})
        changed = here.engine.tools.bot("carla")
        assert changed.last == 3
        assert changed.memories == ()
        assert changed.persona.instructions == "Be brief."
        await here.workshop.describe("carla", {"overflow": "drop"})
        again = here.workshop.bot("carla").given
        assert sorted(again["memory"]) == ["facts", "recall", "window"]
        await here.workshop.describe("carla", {"memory": None, "persona": None})
        assert sorted(here.workshop.bot("carla").given["memory"]) == [
            "facts",
            "recall",
            "summary",
            "window",
        ]
        assert here.engine.tools.bot("carla").persona.instructions.startswith("You are carla")

    working(tmp_path, body, FILE)


def test_mistakes_change_nothing(tmp_path: Path) -> None:
    async def body(here: Shop) -> None:
        await here.workshop.describe("carla", {"model": "offline"})
        before = here.workshop.bots()
        with pytest.raises(SettingsError, match=r"(?s)model: there is no provider.*persona must"):
            await here.workshop.describe("carla", {"model": "opnai:x", "persona": 7})
        with pytest.raises(SettingsError, match=r"cannot be a bot's name"):
            await here.workshop.describe("car/la", {})
        assert here.workshop.bots() == before

    working(tmp_path, body, FILE)


def test_what_stands_in_the_file_is_changed_there(tmp_path: Path) -> None:
    async def body(here: Shop) -> None:
        ana = here.workshop.bot("ana")
        assert (ana.source, ana.given["persona"]["instructions"]) == ("file", "You are Ana.")
        assert here.workshop.bot("bo").choices == ("openai:gpt-5",)
        for change in (here.workshop.describe("ana", {}), here.workshop.discard("ana")):
            with pytest.raises(
                SettingsError, match=r"ana is described in .*tertulia\.toml: change"
            ):
                await change
        assert here.workshop.bot("ana") == ana

    working(tmp_path, body, FILE)


def test_what_a_program_describes_is_changed_there(tmp_path: Path) -> None:
    async def body(here: Shop) -> None:
        with pytest.raises(SettingsError, match=r"described in the program that runs"):
            await here.workshop.describe("tertulia", {})

    working(tmp_path, body, assumed=frozenset())


def test_the_built_in_bot_can_be_changed_and_brought_back(tmp_path: Path) -> None:
    async def body(here: Shop) -> None:
        before = here.workshop.bot("tertulia")
        assert before.source == "built in"
        with pytest.raises(SettingsError, match=r"is built in: it can be changed"):
            await here.workshop.discard("tertulia")
        changed = await here.workshop.describe("tertulia", {"persona": "Be loud."})
        assert (changed.source, changed.model) == ("page", "offline")
        assert here.engine.tools.bot("tertulia").persona.instructions == "Be loud."
        await here.workshop.discard("tertulia")
        assert here.workshop.bot("tertulia") == before
        assert here.engine.tools.bot("tertulia").persona.instructions != "Be loud."

    working(tmp_path, body)


def test_a_discarded_bot_is_gone_and_its_conversation_stays(tmp_path: Path) -> None:
    async def body(here: Shop) -> None:
        await here.workshop.describe("carla", {"model": "offline"})
        first = await here.talk("hello", bot="carla")
        assert first.delivery is not None
        await here.workshop.discard("carla")
        for gone in ("carla", "nobody"):
            with pytest.raises(NotThere, match=f"There is no bot '{gone}'"):
                here.workshop.bot(gone)
            with pytest.raises(NotThere, match=f"There is no bot '{gone}'"):
                await here.workshop.discard(gone)
        said = await here.talk("are you there?", bot="carla")
        assert said.delivery is not None
        assert said.delivery.kind == "notice"
        assert "There is no bot 'carla'" in said.delivery.text
        assert len(await here.engine.store.transcript(first.delivery.conversation)) == 4

    working(tmp_path, body, FILE)


def test_a_bot_is_there_after_a_restart(tmp_path: Path) -> None:
    async def make(here: Shop) -> None:
        await here.workshop.describe(
            "carla", {"model": "offline", "memory": {"facts": 7, "window": {"last": 40}}}
        )

    async def meet(here: Shop) -> None:
        carla = here.engine.tools.bot("carla")
        assert carla.last == 40
        assert [(each.name, each.share) for each in carla.memories] == [("facts", 0.07)]
        assert here.workshop.bot("carla").given["memory"]["facts"] == {"share": 7.0, "most": 1000}

    working(tmp_path, make, FILE)
    working(tmp_path, meet, FILE)


def test_the_file_goes_before_the_page_and_that_is_logged_once(tmp_path: Path) -> None:
    async def make(here: Shop) -> None:
        await here.workshop.describe("bo", {"persona": "From the page.", "model": "offline"})

    async def meet(here: Shop) -> None:
        await here.engine.bots.refresh()
        assert here.workshop.bot("bo").source == "file"
        assert here.engine.tools.bot("bo").persona.instructions.startswith("You are bo, a kind")

    working(tmp_path, make)
    working(tmp_path, meet, FILE)
    log = (tmp_path / "data" / "tertulia.log").read_text()
    assert log.count("The bot bo is described in") == 1


# Other processes


def test_another_process_sees_what_is_made_changed_and_discarded(tmp_path: Path) -> None:
    async def whole() -> None:
        async with shop(tmp_path, FILE, everything=True) as one, shop(tmp_path, FILE) as other:
            await other.workshop.describe("carla", {"persona": "One.", "model": "offline"})
            # Accepted where the bot is known, answered where it was not.
            left = await other.engine.store.conversation_numbered(await other.begun("t", "carla"))
            assert left is not None
            await _until(one, "carla", "One.")
            await one.workshop.describe("carla", {"persona": "Two."})
            said = await other.talk("hello", bot="carla", spot="u")
            assert said.delivery is not None
            assert other.engine.tools.bot("carla").persona.instructions == "Two."
            await other.workshop.discard("carla")
            await _until(one, "carla", None)

    with quiet_afterwards():
        asyncio.run(whole())


async def _until(here: Shop, name: str, instructions: str | None) -> None:
    """Until the other process's look at what waits has brought it."""
    async with asyncio.timeout(10):
        while True:
            bots = {bot.name: bot for bot in here.workshop.bots()}
            told = bots[name].given["persona"]["instructions"] if name in bots else None
            if told == instructions:
                return
            await asyncio.sleep(0.01)


def test_what_waits_for_a_bot_of_another_process_is_answered(tmp_path: Path) -> None:
    async def whole() -> None:
        async with shop(tmp_path, FILE) as other:
            await other.workshop.describe("carla", {"model": "offline"})
            await other.engine._parts.dispatcher.close(0)
            accepted = await other.say("hello", bot="carla")
            async with shop(tmp_path, FILE, everything=True) as one:
                outcome = await one.outcome(accepted)
        assert outcome.kind == "reply"

    with quiet_afterwards():
        asyncio.run(whole())


# Descriptions that time has made wrong


def spoil(folder: Path, given: str) -> None:
    with sqlite3.connect(folder / "data" / "tertulia.db") as database:
        database.execute("UPDATE bot SET given = ? WHERE name = 'carla'", (given,))
    database.close()


def test_a_bot_that_cannot_be_read_any_more_is_told_and_can_be_mended(tmp_path: Path) -> None:
    async def make(here: Shop) -> None:
        await here.workshop.describe("carla", {"persona": "Be brief.", "model": "offline"})

    async def meet(here: Shop) -> None:
        carla = here.workshop.bot("carla")
        assert (carla.source, carla.model) == ("page", "")
        assert carla.given["persona"]["instructions"]
        assert carla.given["model"] == {"provider": "gone"}
        said = await here.talk("hello", bot="carla")
        assert said.delivery is not None
        assert "cannot be used as it is: model.provider: there is no" in said.delivery.text
        await here.workshop.describe("carla", {"model": "offline"})
        assert here.workshop.bot("carla").model == "offline"
        await here.workshop.discard("carla")

    working(tmp_path, make, FILE)
    spoil(tmp_path, '{"model": {"provider": "gone"}}')
    working(tmp_path, meet, FILE)
    assert "carla, made on the page, cannot be used" in (
        tmp_path / "data" / "tertulia.log"
    ).read_text(encoding="utf-8")


# Models that are not named, or named for this time


def test_a_bot_without_a_model_has_the_one_that_is_at_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []

    def first() -> ModelSpec:
        looked.append(1)
        return ModelSpec(provider="offline")

    monkeypatch.setattr("tertulia.app.workshop.described.first_at_hand", first)

    async def body(here: Shop) -> None:
        for name in ("carla", "dora"):
            made = await here.workshop.describe(name, {"persona": "Hi."})
            assert made.model == "offline"
        assert looked == [1]
        rows = await here.engine.store.described_bots()
        assert rows["carla"] == {"persona": {"name": "carla", "instructions": "Hi."}}

    working(tmp_path, body, FILE)


def test_a_model_of_the_command_line_goes_before_what_is_described(tmp_path: Path) -> None:
    async def make(here: Shop) -> None:
        await here.workshop.describe("carla", {"model": "openai:gpt-5", "persona": "Hi."})

    async def meet(here: Shop) -> None:
        assert here.engine.bots.described.spec("carla").models[0].provider == "offline"
        said = await here.talk("hello", bot="carla")
        assert said.delivery is not None
        assert said.delivery.model == "offline"

    working(tmp_path, make, FILE)
    this_time = (ModelSpec(provider="offline"),)
    working(tmp_path, meet, FILE, instead={"carla": this_time, "ana": this_time})


def test_a_bot_without_any_model_says_so(tmp_path: Path) -> None:
    told = settings(tmp_path, FILE)
    bots = {"ana": replace(told.bots["ana"], models=()), "bo": told.bots["bo"]}

    async def body(here: Shop) -> None:
        with pytest.raises(SettingsError, match=r"No model is set up for this bot"):
            here.engine.tools.bot("ana").models(None, None)
        assert here.workshop.bot("ana").model == ""
        assert here.workshop.bot("bo").model == "offline"

    working(tmp_path, body, FILE, bots=bots)


# The models behind them


def test_models_of_one_kind_are_shared_and_others_closed(tmp_path: Path) -> None:
    async def body(here: Shop) -> None:
        def model(name: str) -> Any:
            return here.engine.tools.bot(name).models(None, None)[0]

        table = {"provider": "openai", "name": "x", "base_url": "http://127.0.0.1:9/v1"}
        await here.workshop.describe("carla", {"model": table})
        await here.workshop.describe("dora", {"model": {**table, "timeout": 60}})
        assert model("carla") is model("dora")
        assert here.workshop.bot("carla").model == "openai:x"
        left = model("carla")
        await here.workshop.discard("carla")
        assert model("dora") is left
        await here.workshop.describe("dora", {"model": {**table, "temperature": 0}})
        assert model("dora") is not left
        await asyncio.gather(*here.engine._models._closing)
        assert left._model is None

    working(tmp_path, body, FILE)
