"""SIGKILL at each named failpoint, then a new start: promises 1, 2 and 3."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tertulia.values.failpoints import FAILPOINTS

sys.path.insert(0, str(Path(__file__).parent))
from history import broken_promises

TESTS = Path(__file__).parent.parent
SAID = [
    ("a", "1", "My name is Ana."),
    ("a", "2", "I live in Lima."),
    ("b", "3", "My name is Bo."),
    ("a", "2", "I live in Lima."),
    ("a", "4", "What is my name?"),
    ("b", "5", "Where do I live?"),
    ("b", "3", "My name is Bo."),
    ("a", "6", "Thank you."),
]
"""Two of them are delivered twice."""


def work(folder: Path, point: str = "-", hit: int = 1) -> int:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "TERTULIA_DATA": str(folder / "data"),
        "PYTHONPATH": str(TESTS),
    }
    for name in ("COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG", "COVERAGE_FILE"):
        if name in os.environ:
            environment[name] = os.environ[name]
    program = [sys.executable, str(TESTS / "faults" / "worker.py"), str(folder), point, str(hit)]
    done = subprocess.run(
        program,
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode


def lines(folder: Path, name: str) -> list[list[str]]:
    file = folder / name
    return [line.split() for line in file.read_text().splitlines()] if file.exists() else []


def acknowledged(folder: Path) -> list[tuple[str, str]]:
    return [(line[0], line[1]) for line in lines(folder, "accepted.txt")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    text = "".join(f"{spot} {number} {said}\n" for spot, number, said in SAID)
    (tmp_path / "incoming.txt").write_text(text)
    (tmp_path / "tertulia.toml").write_text(
        '[bots.bo]\nmodel = "offline"\n[engine]\nlease_seconds = 1\n'
    )
    return tmp_path


@pytest.mark.parametrize("hit", [1, 3])
@pytest.mark.parametrize("point", FAILPOINTS)
def test_killed_anywhere_nothing_is_lost_doubled_or_out_of_order(
    folder: Path, point: str, hit: int
) -> None:
    assert work(folder, point, hit) == -signal.SIGKILL, f"{point} was not reached {hit} times"
    told = acknowledged(folder)
    # Between showing a reply and noting that it was shown lies the one gap: told, never hidden.
    gap = nonces(folder) & unsent(folder)
    assert work(folder) == 0
    assert broken_promises(folder / "data" / "tertulia.db", told) == []
    shown = Counter(line[2] for line in lines(folder, "sent.txt"))
    assert {nonce for nonce, times in shown.items() if times > 1} == gap
    assert max(shown.values()) <= 2
    assert gap or point != "delivery.sent"


def nonces(folder: Path) -> set[str]:
    """The deliveries that the platform was shown."""
    return {line[2] for line in lines(folder, "sent.txt")}


def unsent(folder: Path) -> set[str]:
    """The deliveries that the database holds to be sent still."""
    database = folder / "data" / "tertulia.db"
    if not database.exists():
        return set()
    connection = sqlite3.connect(database)
    rows = connection.execute("SELECT nonce FROM delivery WHERE state <> 'sent'").fetchall()
    connection.close()
    return {nonce for (nonce,) in rows}


def test_killed_again_and_again(folder: Path) -> None:
    told: list[tuple[str, str]] = []
    for point in FAILPOINTS:
        work(folder, point, 1)
        told = acknowledged(folder)
    assert work(folder) == 0
    assert broken_promises(folder / "data" / "tertulia.db", told) == []


def test_the_checker_sees_what_is_broken(folder: Path) -> None:
    """Taken apart by hand, each promise is seen to be broken."""
    assert work(folder) == 0
    database, told = folder / "data" / "tertulia.db", acknowledged(folder)
    assert broken_promises(database, told) == []
    assert broken_promises(database, [*told, ("a", "99")])
    assert broken_promises(database, list(reversed(told)))
    damages = [
        "DELETE FROM outcome WHERE seq = 1",
        "UPDATE turn SET message_seq = 1 WHERE id = (SELECT max(id) FROM turn)",
        "UPDATE delivery SET state = 'ready' WHERE id = 1",
        (
            "UPDATE outcome SET turn_id = (SELECT max(turn_id) FROM outcome o"
            " WHERE o.conversation_id = outcome.conversation_id)"
            " WHERE seq = 1 AND conversation_id = 1"
        ),
    ]
    for damage in damages:
        connection = sqlite3.connect(database, isolation_level=None)
        connection.execute("BEGIN")
        connection.execute(damage)
        connection.execute("COMMIT")
        assert broken_promises(database, told), damage
        connection.close()
