"""`tertulia doctor` asks the embedder, where there is one."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from likening import likening
from loopback import free_port
from tertulia.app import doctor, plugins
from tertulia.app.doctor import Finding, examine
from tertulia.app.settings import settings_of
from tertulia.app.tomlfile import parse
from tertulia.values.errors import SettingsError

pytestmark = pytest.mark.usefixtures("alone")


def findings(text: str, *, live: bool = True) -> list[Finding]:
    told = settings_of(parse("t.toml", f'[bots.ana]\nmodel = "offline"\n{text}'), None, {})
    found = asyncio.run(examine(told, live=live))
    return [finding for finding in found if finding.subject == "embedder"]


def table(url: str) -> str:
    return f'[embedder]\nprovider = "openai"\nname = "small"\nbase_url = "{url}"\nretries = 0\n'


def test_none_is_not_asked(alone: Path):
    assert findings("") == []


def test_one_that_answers_is_ready():
    with likening() as server:
        (found,) = findings(table(server.url))
    assert (found.state, found.found) == ("ready", "openai:small answers, 64 dimensions")


def test_offline_it_is_not_tried():
    with likening() as server:
        (found,) = findings(table(server.url), live=False)
        assert server.asked == []
    assert (found.state, found.found) == ("none", "openai:small was not tried")


def test_one_that_does_not_answer_is_told():
    (found,) = findings(table(f"http://127.0.0.1:{free_port()}/v1"))
    assert found.state == "missing"
    assert found.found.startswith("openai:small: ")
    assert found.step == "Until it answers, recall goes by words alone."


def test_one_that_takes_too_long_is_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doctor, "_SECONDS", 0.05)

    class Slow:
        name = "openai:small"

        async def embed(self, _: Any) -> Any:
            await asyncio.Event().wait()  # for as long as it is let

        async def close(self) -> None: ...

    real = plugins.load
    monkeypatch.setattr(
        plugins,
        "load",
        lambda kind, name: (lambda _: Slow()) if kind == "embedders" else real(kind, name),
    )
    (found,) = findings(table("http://127.0.0.1:9/v1"))
    assert (found.state, found.found) == ("missing", "openai:small: no answer within 0.05 seconds")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("embedder = 3", "line 1: embedder must be a table, not 3."),
        ("[embedder]", "embedder has no provider. Known: openai; "),
        ('[embedder]\nprovider = "opena"', 'no embedder "opena". Did you mean "openai"?'),
        ('[embedder]\nprovider = "openai"\ndimensions = 0', "must be a whole number of at least 1"),
        ('[embedder]\nprovider = "openai"\npatience = 0', "at least 0.1, not 0."),
        ('[embedder]\nprovider = "openai"\nbase_url = "x"', "must be an address such as"),
        ('[embedder]\nprovider = "openai"\nfallback = "x"', 'has no setting "fallback"'),
        ('[embedder]\nprovider = "openai"\nextra = { patience = 3 }', "is a setting of its own"),
        ('[embedder]\nprovider = "openai"\napi_key = "x"', "embedder.api_key"),
    ],
)
def test_what_is_wrong_in_the_table_is_told(text: str, said: str):
    with pytest.raises(SettingsError) as caught:
        settings_of(parse("t.toml", text), None, {})
    assert said in str(caught.value)
