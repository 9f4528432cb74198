"""What was forgotten goes from the log and from the typed history too."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.history import FileHistory

from tertulia.app import cleaning
from tertulia.app.cleaning import FORGOTTEN, clean_up
from tertulia.app.logs import log_to
from tertulia.app.settings import Settings
from tertulia.values.errors import StoreError

SECRET = "my zebra is called Whiskers"


@pytest.fixture
def log(tmp_path: Path) -> Iterator[logging.Logger]:
    logger = logging.getLogger("tertulia")
    before = (list(logger.handlers), logger.level, logger.propagate)
    log_to(tmp_path / "tertulia.log", Settings(path=None, data=tmp_path, bots={}, default_bot="x"))
    yield logging.getLogger("tertulia.test")
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()
    logger.handlers, logger.level, logger.propagate = before


def typed(folder: Path, *texts: str) -> FileHistory:
    history = FileHistory(str(folder / "history"))
    for text in texts:
        history.store_string(text)
    return history


def kept(folder: Path) -> list[str]:
    """The newest first."""
    return list(FileHistory(str(folder / "history")).load_history_strings())


def test_lines_of_the_log_that_repeat_it_are_taken_out(tmp_path: Path, log: logging.Logger) -> None:
    log.warning("the server would not take %r", SECRET)
    log.warning("all is well in conversation 3")
    log.warning("said Whiskers\nand more of it, said whiskers")
    clean_up(tmp_path, [SECRET])
    log.warning("and it goes on")
    text = (tmp_path / "tertulia.log").read_text()
    lines = text.splitlines()
    assert "hiskers" not in text
    assert lines[0].endswith(f" WARNING tertulia.test: {FORGOTTEN}")
    assert lines[1].endswith("all is well in conversation 3")
    assert lines[2].endswith(f": {FORGOTTEN}")
    assert lines[3] == FORGOTTEN
    assert lines[4].endswith("and it goes on")
    assert "\0" not in text
    assert (tmp_path / "tertulia.log").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("joe died", "bad content 'joe died'"),
        ("Joe", "bad content 'joe'"),
        ("joe\ndied", r'{"content": "joe\ndied"}'),
        ("ünal isst", r'{"content": "\u00fcnal isst"}'),
        ("\U0001d49c zebra sings", r'{"content": "\ud835\udc9c zebra sings"}'),
    ],
)
def test_short_and_escaped_texts_go_too(
    tmp_path: Path, log: logging.Logger, text: str, line: str
) -> None:
    log.warning("%s", line)
    log.warning("joey is well")
    clean_up(tmp_path, [text])
    first, second = (tmp_path / "tertulia.log").read_text().splitlines()
    assert first.endswith(f": {FORGOTTEN}")
    assert second.endswith("joey is well")


def test_usual_words_erase_no_other_lines(tmp_path: Path, log: logging.Logger) -> None:
    lines = ["Conversation 3 could not be summarised", "everything was delivered"]
    for line in lines:
        log.warning(line)
    before = (tmp_path / "tertulia.log").read_text()
    clean_up(tmp_path, ["In our conversation I told you everything"])
    assert (tmp_path / "tertulia.log").read_text() == before


def test_older_logs_are_cleaned_too(tmp_path: Path) -> None:
    old = tmp_path / "tertulia.log.2"
    old.write_bytes(b"\xff Whiskers\nrest\xfe\n")
    clean_up(tmp_path, ["It is Whiskers"])
    assert old.read_bytes() == FORGOTTEN.encode() + b"\nrest\xfe\n"


def test_what_another_process_logs_meanwhile_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "tertulia.log"
    path.write_text("said Whiskers\n")
    real = cleaning._without

    def slow(lines: bytes, marks: frozenset[str]) -> bytes:
        if b"Whiskers" in lines and b"late" not in lines:
            with path.open("ab") as other:
                other.write(b"late, and Whiskers\nlate\n")
        return real(lines, marks)

    monkeypatch.setattr(cleaning, "_without", slow)
    clean_up(tmp_path, ["It is Whiskers"])
    assert path.read_text() == f"{FORGOTTEN}\n{FORGOTTEN}\nlate\n"


def test_what_was_typed_goes_from_the_history(tmp_path: Path) -> None:
    history = typed(
        tmp_path,
        "/memory whiskers",
        "hello",
        SECRET,
        f"first\n{SECRET.upper()}\nlast",
        "my  zebra is\ncalled Whiskers",
    )
    clean_up(tmp_path, [SECRET, " "])
    assert kept(tmp_path) == ["hello"]
    history.store_string("and on")
    assert kept(tmp_path) == ["and on", "hello"]
    assert (tmp_path / "history").stat().st_mode & 0o077 == 0 or os.name == "nt"
    assert [file.name for file in tmp_path.iterdir()] == ["history"]


def test_a_word_within_another_is_no_match(tmp_path: Path) -> None:
    typed(tmp_path, "high noon", "say hi", "hi")
    clean_up(tmp_path, ["hi"])
    assert kept(tmp_path) == ["high noon"]


@given(st.lists(st.text(min_size=1).filter(lambda text: "\r" not in text), max_size=5))
def test_what_is_not_forgotten_stays_to_the_byte(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("typed")
    typed(folder, *[text.encode("utf-8", "replace").decode() for text in texts])
    file = folder / "history"
    before = file.read_bytes() if file.exists() else b""
    clean_up(folder, ["\U0001f996 what nobody typed"])
    assert (file.read_bytes() if file.exists() else b"") == before


def test_nothing_to_clean(tmp_path: Path) -> None:
    clean_up(tmp_path, [SECRET])
    clean_up(tmp_path, [])
    clean_up(tmp_path / "nowhere", [SECRET])
    assert not list(tmp_path.iterdir())


def test_a_file_that_cannot_be_cleaned_is_told_and_the_others_are(tmp_path: Path) -> None:
    (tmp_path / "tertulia.log").mkdir()
    (tmp_path / "tertulia.log.1").write_text("Whiskers\n")
    (tmp_path / "tertulia.log.2").write_text("all is well\n")
    typed(tmp_path, SECRET)
    with pytest.raises(StoreError, match=r"forgotten in the database.*tertulia\.log \(Is a dir"):
        clean_up(tmp_path, [SECRET])
    assert "Whiskers" not in (tmp_path / "tertulia.log.1").read_text()
    assert kept(tmp_path) == []


def test_a_history_that_cannot_be_replaced_is_left_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(tmp_path, SECRET)

    def fail(*_: object) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(StoreError, match="No space left"):
        clean_up(tmp_path, [SECRET])
    assert kept(tmp_path) == [SECRET]
    assert [file.name for file in tmp_path.iterdir()] == ["history"]
