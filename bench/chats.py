"""Chat servers as processes of their own: ours and its peers', each with a hello-chat."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

from children import environment, tertulia
from peers import python_of

HERE = Path(__file__).parent
HELLO = HERE / "hello"
SECONDS = 60.0


def free_port() -> int:
    """A port of loopback that nobody has."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def command(name: str, port: int) -> list[str | Path]:
    """What starts the hello-chat of that name."""
    if name == "tertulia":
        return [tertulia(), "serve", "--port", str(port)]
    program = python_of("pages").with_name(name)
    if name == "streamlit":
        return [
            *(program, "run", HELLO / "streamlit_hello.py", "--server.headless", "true"),
            *("--server.port", str(port), "--server.address", "127.0.0.1"),
            *("--browser.gatherUsageStats", "false"),
        ]
    return [program, "run", HELLO / "chainlit_hello.py", "--headless", "--port", str(port)]


class Served:
    """A started server; `cold` is the seconds until its page was answered."""

    def __init__(self, words: Sequence[str | Path], port: int, home: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.log = home / "log"
        began = time.monotonic()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                words,
                cwd=home,
                env=environment(home),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        while not self._answers():
            if time.monotonic() - began > SECONDS or self.process.poll() is not None:
                raise SystemExit(f"{words[0]} did not start: {self.log.read_text()[-2000:]}")
            time.sleep(0.005)
        self.cold = time.monotonic() - began

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.url, timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def rss_mb(self) -> float:
        """Resident memory of the process and all its children, in MB."""
        return sum(_rss(pid) for pid in _tree(self.process.pid)) / 1e6

    def close(self) -> None:
        """End it."""
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextlib.contextmanager
def served(name: str, home: Path) -> Iterator[Served]:
    """The hello-chat of that name, with a home of its own."""
    port = free_port()
    made = Served(command(name, port), port, home)
    try:
        yield made
    finally:
        made.close()


@contextlib.contextmanager
def model(pace: float, text: Path | None = None) -> Iterator[str]:
    """`server.py` as a model; gives its `base_url`."""
    words = [sys.executable, HERE / "server.py", str(pace), *([text] if text else [])]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}/v1"
    finally:
        process.communicate(timeout=30)


def _tree(pid: int) -> list[int]:
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        children = (task / "children").read_text().split()
        found += [one for child in children for one in _tree(int(child))]
    return found


def _rss(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0
