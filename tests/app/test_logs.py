"""Promise 8: the log has the cause, and never a key."""

from __future__ import annotations

import logging
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest

from tertulia.app.logs import hidden, hide, log_to
from tertulia.app.settings import Settings, load
from tertulia.values.bot import BotSpec, ModelSpec, Persona
from tertulia.values.secret import Secret

KEY = "this-is-the-key-of-the-owner"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    spec = ModelSpec(provider="openai", api_key=Secret(KEY, "file:key.txt"))
    other = ModelSpec(provider="groq", api_key=Secret("another-secret", "env:X"))
    bot = BotSpec(
        persona=Persona(name="bo", instructions=""), models=(spec,), choices={"quick": (other,)}
    )
    return replace(load(find=False), data=tmp_path, bots={"bo": bot}, default_bot="bo")


@pytest.fixture(autouse=True)
def _quiet_afterwards() -> Generator[None]:
    logger = logging.getLogger("tertulia")
    yield
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()
    logger.propagate = True
    logger.setLevel(logging.NOTSET)


def logged(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_no_secret_reaches_the_log(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_API_KEY", "from-the-environment-1234")
    monkeypatch.setenv("SHORT_TOKEN", "1")
    log_to(tmp_path / "t.log", settings)
    log = logging.getLogger("tertulia.somewhere")
    log.error("refused: %s and %s", KEY, "another-secret")
    log.warning("Authorization: Bearer abcdef and sk-proj-abcdefghijklmnop")
    log.info("environment: from-the-environment-1234, 1 is a number")
    log.error("it broke", exc_info=ValueError(KEY))
    text = logged(tmp_path / "t.log")
    for secret in (KEY, "another-secret", "abcdef", "sk-proj", "from-the-environment"):
        assert secret not in text
    assert "refused: *** and ***" in text
    assert "ValueError: ***" in text
    assert "1 is a number" in text


def test_a_second_engine_in_one_process_logs_once(tmp_path: Path, settings: Settings) -> None:
    log_to(tmp_path / "a.log", settings)
    log_to(tmp_path / "b.log", settings)
    logging.getLogger("tertulia.x").error("once")
    assert logged(tmp_path / "b.log").count("once") == 1
    assert not (tmp_path / "a.log").exists()


def test_a_log_that_cannot_be_written_is_told_once_and_shows_nothing(
    tmp_path: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "t.log").mkdir()
    log_to(tmp_path / "t.log", settings)
    for _ in range(3):
        logging.getLogger("tertulia.x").error("refused: %s", KEY)
    told = capsys.readouterr().err
    assert told.startswith("tertulia: the log ")
    assert told.count("\n") == 1
    assert KEY not in told


def test_only_the_owner_can_read_it(tmp_path: Path, settings: Settings) -> None:
    log_to(tmp_path / "t.log", settings)
    logging.getLogger("tertulia.x").error("something")
    assert (tmp_path / "t.log").stat().st_mode & 0o777 == 0o600


def test_a_folder_that_cannot_be_made_is_left_to_the_store(
    tmp_path: Path, settings: Settings
) -> None:
    (tmp_path / "file").write_text("")
    log_to(tmp_path / "file" / "t.log", settings)
    assert logging.getLogger("tertulia").handlers == []


def test_a_key_that_is_typed_in_is_hidden_from_then_on(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed, tried = Secret("typed-in-key-1", "the page"), Secret("tried-key-2", "the page")
    log_to(tmp_path / "t.log", settings)
    log = logging.getLogger("tertulia.somewhere")
    hide(typed)
    hide(Secret("short", "the page"))
    with hidden(tried), hidden(typed), hidden(Secret("short", "the page")):
        log.error("one: typed-in-key-1, tried-key-2, short")
    log.error("two: typed-in-key-1, tried-key-2, short")
    monkeypatch.setattr("tertulia.app.logs.MOST_TYPED", 1)
    hide(tried)
    log.error("three: typed-in-key-1, tried-key-2")
    lines = [line.partition(": ")[2] for line in logged(tmp_path / "t.log").splitlines()]
    assert lines == [
        "one: ***, ***, short",
        "two: ***, tried-key-2, short",
        "three: typed-in-key-1, ***",
    ]
