"""A machine on which nothing is set up: no key, no settings, no local server."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tertulia.app import found
from tertulia.values.bot import ModelSpec


class FoundProvider:
    """A provider that finds what a test says."""

    def __init__(self, rank: int, spec: ModelSpec | None) -> None:
        self.rank = rank
        self._spec = spec

    def found(self) -> ModelSpec | None:
        return self._spec


OFFLINE = FoundProvider(1000, ModelSpec(provider="offline"))


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, with a home and an environment of its own."""
    home, folder = tmp_path / "me", tmp_path / "work"
    home.mkdir()
    folder.mkdir()
    for name in ("TERTULIA_CONFIG", "TERTULIA_DATA", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
    monkeypatch.chdir(folder)
    monkeypatch.setattr(found, "_providers", lambda: iter([OFFLINE]))
    return folder


@pytest.fixture
def at_hand(alone: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets which models are found, the best last, beside `offline`."""

    def find(*specs: ModelSpec | None) -> None:
        providers = [OFFLINE, *(FoundProvider(-i, spec) for i, spec in enumerate(specs))]
        monkeypatch.setattr(found, "_providers", lambda: iter(providers))

    return find
