"""CPU of a streamed reply of 200 chunks, 200 at once: the whole engine, the bare SDK, and peers.

Each client is a process of its own, warmed up first; then they take turns, round after round. All
talk with the same server, `server.py`, in another process. Only the client's CPU is counted.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from children import environment
from figures import median, rounded
from peers import python_of

HERE = Path(__file__).parent
CALLS = 200
ROUNDS = 5
PACE = 0.04
"""Seconds from one chunk to the next: 25 tokens a second in each stream, 5,000 in all."""
OURS = ("engine", "sdk")


class Child:
    """A process that answers each line on its standard input with one line."""

    def __init__(self, command: Sequence[str | Path], home: Path) -> None:
        self._process = subprocess.Popen(
            command,
            cwd=home,
            env=environment(home),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=(home / "log").open("wb"),
            text=True,
        )
        self._log = home / "log"

    def read(self) -> str:
        """Its next line."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        if not line:
            raise SystemExit(f"A client of the bench ended: {self._log.read_text()[-2000:]}")
        return line

    def ask(self) -> dict[str, float]:
        """Have it measure once."""
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        return json.loads(self.read())

    def close(self) -> None:
        """Let it end."""
        self._process.communicate(timeout=60)


def measure(calls: int, rounds: int, pace: float, names: Sequence[str]) -> dict[str, object]:
    """Milliseconds of CPU a call, the median of all rounds, and the ratios to the SDK's.

    A ratio is the median of the ratios of each round: what else the machine does weighs on all.
    """
    with ExitStack() as stack:
        found = _rounds(stack, calls, rounds, pace, names)
    cpu = {name: [one["cpu_ms"] for one in figures] for name, figures in found.items()}
    ratios = {name: _ratio(of, cpu["sdk"]) for name, of in cpu.items()}
    return {
        "cpu_ratio_to_sdk": ratios.pop("engine"),
        "cpu_ratio_to_sdk_of_peers": {name: ratios[name] for name in names if name not in OURS},
        "cpu_ms_per_call": {name: median(of) for name, of in cpu.items()},
        "seconds_per_round": {
            name: median([one["seconds"] for one in figures]) for name, figures in found.items()
        },
    }


def _rounds(
    stack: ExitStack, calls: int, rounds: int, pace: float, names: Sequence[str]
) -> dict[str, list[dict[str, float]]]:
    server = _start(stack, [sys.executable, HERE / "server.py", str(pace)])
    url = f"http://127.0.0.1:{server.read()}/v1"
    clients: dict[str, Child] = {}
    for name in names:
        command = [_python(name), HERE / "clients.py", name, url, str(calls)]
        clients[name] = _start(stack, command)
        clients[name].read()
    found: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for number in range(rounds):
        for name in [*names[number % len(names) :], *names[: number % len(names)]]:
            found[name].append(clients[name].ask())
    return found


def _start(stack: ExitStack, command: Sequence[str | Path]) -> Child:
    home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
    child = Child(command, home)
    stack.callback(child.close)
    return child


def _python(name: str) -> str | Path:
    if name in OURS:
        return sys.executable
    return python_of("litellm" if name == "litellm" else "peers")


def _ratio(of: Sequence[float], to: Sequence[float]) -> float:
    return rounded(statistics.median(a / b for a, b in zip(of, to, strict=True)))


if __name__ == "__main__":
    calls, rounds, pace = sys.argv[1:4] or (CALLS, ROUNDS, PACE)
    names = sys.argv[4:] or [*OURS, "langchain", "litellm"]
    print(json.dumps(measure(int(calls), int(rounds), float(pace), names)))
