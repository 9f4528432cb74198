"""Where parts meet: bots of the settings, picked models, fallbacks that cannot be opened."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tertulia.app.compose import running
from tertulia.app.settings import load
from tertulia.engine.host import Engine
from tertulia.memories.summary import SummaryMemory
from tertulia.values.errors import SettingsError

TOML = """
[bots.ana]
model = { provider = "offline", fallback = ["openai:gpt-5-mini"] }
choices = { quick = "offline" }
memory = ["window", "summary"]

[bots.bo]
model = "openai:gpt-5-mini"
"""


def with_engine(folder: Path, body: Callable[[Engine], Awaitable[None]]) -> None:
    (folder / "tertulia.toml").write_text(TOML)
    environ = {"TERTULIA_DATA": str(folder / "data")}

    async def whole() -> None:
        settings = load(folder / "tertulia.toml", environ)
        async with running(settings, {}, everything=False) as engine:
            await body(engine)

    asyncio.run(whole())


def test_a_bot_is_made_once_with_its_models_and_memories(tmp_path: Path) -> None:
    async def body(engine: Engine) -> None:
        ana = engine.tools.bot("ana")
        assert ana is engine.tools.bot("ana")
        assert [type(each.memory) for each in ana.memories] == [SummaryMemory]
        assert ana.choices == ("quick",)
        assert ana.models(None, None)[0] is ana.models(None, None)[0]
        assert [model.name for model in ana.models("quick", None)] == ["offline"]
        assert ana.models("offline", None, owners_pick=True) == ana.models(
            "offline", None, owners_pick=True
        )

    with_engine(tmp_path, body)


def test_a_fallback_without_a_key_is_left_out_and_logged(tmp_path: Path) -> None:
    async def body(engine: Engine) -> None:
        assert [model.name for model in engine.tools.bot("ana").models(None, None)] == ["offline"]
        with pytest.raises(SettingsError, match=r"There is no key for openai"):
            engine.tools.bot("bo").models(None, None)

    with_engine(tmp_path, body)
    log = (tmp_path / "data" / "tertulia.log").read_text()
    assert "A fallback model cannot be used: There is no key for openai" in log


def test_a_bot_that_is_gone_and_a_model_that_is_none_are_told(tmp_path: Path) -> None:
    async def body(engine: Engine) -> None:
        with pytest.raises(SettingsError, match=r"no bot 'carla' in the settings any more"):
            engine.tools.bot("carla")
        with pytest.raises(SettingsError, match=r'Did you mean "offline"'):
            engine.tools.bot("ana").models("ofline", None, owners_pick=True)

    with_engine(tmp_path, body)
