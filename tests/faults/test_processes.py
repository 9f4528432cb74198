"""Several processes on one SQLite file: `chat` beside `chat` beside one that answers everything."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack
from pathlib import Path

import pytest

from servers import Aimock, aimock, reply

sys.path.insert(0, str(Path(__file__).parent))
from history import broken_promises

TESTS = Path(__file__).parent.parent
SLOW = "Slowly, slowly, one word after the other, until at last the whole of it is said. " * 3


@pytest.fixture
def server() -> Generator[Aimock]:
    """A model server that answers «one» slowly and all else at once."""
    with aimock(
        [
            reply("one", SLOW, latency=60, chunkSize=10),
            reply("for ever", SLOW * 20, latency=100, chunkSize=4),
            reply("two", "Second."),
            reply("three", "Third."),
        ]
    ) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path, server: Aimock) -> Path:
    (tmp_path / "tertulia.toml").write_text(
        "[bots.bo]\n"
        f'model = {{ provider = "openai", name = "gpt-5-mini", base_url = "{server.url}" }}\n'
        "[engine]\nlease_seconds = 5\n"
    )
    (tmp_path / "incoming.txt").write_text("")
    return tmp_path


class Processes(ExitStack):
    """Starts processes, and ends those that are left by their pid."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        kept = {k: v for k, v in os.environ.items() if k.startswith("COVERAGE_")}
        self.environment = kept | {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "TERTULIA_DATA": str(folder / "data"),
            "PYTHONPATH": str(TESTS),
        }

    def start(self, *program: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, *program],
            env=self.environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.callback(self._end, process)
        return process

    def chat(self, text: str) -> subprocess.Popen[str]:
        return self.start("-m", "tertulia", "chat", "-c", "t", "-m", text)

    @staticmethod
    def _end(process: subprocess.Popen[str]) -> None:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=20)


def query(folder: Path, sql: str) -> list[tuple[object, ...]]:
    database = folder / "data" / "tertulia.db"
    if not database.exists():
        return []
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        return connection.execute(sql).fetchall()
    except sqlite3.OperationalError:
        return []
    finally:
        connection.close()


def until(true: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come to that in time"
        time.sleep(0.02)


def in_a_turn(folder: Path) -> Callable[[], bool]:
    held = "SELECT 1 FROM conversation WHERE lease_owner IS NOT NULL AND epoch = 1"
    return lambda: bool(query(folder, held))


def freeze(process: subprocess.Popen[str], folder: Path) -> None:
    """Stop it, but not in the midst of a write: a file that is locked is locked for all."""
    for _ in range(50):
        process.send_signal(signal.SIGSTOP)
        connection = sqlite3.connect(
            folder / "data" / "tertulia.db", timeout=0.2, isolation_level=None
        )
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
        except sqlite3.OperationalError:
            process.send_signal(signal.SIGCONT)
        else:
            return
        finally:
            connection.close()
    raise AssertionError("it was always in the midst of a write")


def replies(folder: Path) -> list[str]:
    sql = "SELECT text FROM message WHERE role = 'assistant' ORDER BY seq"
    return [str(row[0]) for row in query(folder, sql)]


def acknowledged(folder: Path) -> list[tuple[str, str]]:
    sql = "SELECT 't', platform_id FROM message WHERE role = 'user' ORDER BY id"
    return [(str(spot), str(number)) for spot, number in query(folder, sql)]


def test_a_second_chat_waits_for_the_first_one_s_turn(folder: Path) -> None:
    with Processes(folder) as processes:
        first = processes.chat("one")
        until(in_a_turn(folder))
        second = processes.chat("two")
        said = [process.communicate(timeout=60) for process in (first, second)]
    assert said[0][0] == SLOW + "\n"
    assert said[1][0] == "Second.\n"
    assert replies(folder) == [SLOW, "Second."]
    assert broken_promises(folder / "data" / "tertulia.db", acknowledged(folder)) == []


def test_three_chats_and_one_that_answers_everything_answer_once(folder: Path) -> None:
    with Processes(folder) as processes:
        first = processes.chat("one")
        until(in_a_turn(folder))
        serving = processes.start(str(TESTS / "faults" / "serving.py"))
        others = [processes.chat("two"), processes.chat("three")]
        out = [process.communicate(timeout=60)[0] for process in (first, *others)]
        serving.send_signal(signal.SIGTERM)
        serving.communicate(timeout=30)
    assert out[0] == SLOW + "\n"
    assert all(text in {"Second.\n", "Third.\n"} for text in out[1:])
    assert broken_promises(folder / "data" / "tertulia.db", acknowledged(folder)) == []


def test_the_first_killed_in_its_turn_the_second_answers_both(folder: Path) -> None:
    with Processes(folder) as processes:
        first = processes.chat("for ever")
        until(in_a_turn(folder))
        second = processes.chat("two")
        until(lambda: len(acknowledged(folder)) == 2)
        first.kill()
        out, _ = second.communicate(timeout=60)
    assert out == "Second.\n"
    assert replies(folder) == ["Second."]
    covered = query(folder, "SELECT seq, kind FROM outcome ORDER BY seq")
    assert covered == [(1, "reply"), (2, "reply")]
    assert broken_promises(folder / "data" / "tertulia.db", acknowledged(folder)) == []


def test_the_late_reply_of_a_frozen_one_is_refused(folder: Path) -> None:
    with Processes(folder) as processes:
        first = processes.chat("for ever")
        until(in_a_turn(folder))
        freeze(first, folder)
        try:
            second = processes.chat("two")
            out, _ = second.communicate(timeout=60)
        finally:
            first.send_signal(signal.SIGCONT)
        late, _ = first.communicate(timeout=60)
    assert out == "Second.\n"
    assert replies(folder) == ["Second."], "the late reply was stored"
    assert late == "Second.\n", "the first did not show the reply that covers its message"
    assert broken_promises(folder / "data" / "tertulia.db", acknowledged(folder)) == []
