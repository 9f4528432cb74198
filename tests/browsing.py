"""`tertulia serve` as a process of its own, and how Chromium is started before it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from loopback import free_port

SECONDS = 20.0
ARGUMENTS = (
    "--no-sandbox",
    "--headless=new",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
)


@dataclass
class Served:
    """A `tertulia serve` of its own, in a folder of its own."""

    folder: Path
    settings: str = ""
    environ: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def run(self, *words: str, text: str = "") -> str:
        """What another `tertulia` command on the same data prints."""
        done = subprocess.run(
            self._command(*words),
            input=text,
            check=False,
            capture_output=True,
            text=True,
            env=self._environ(),
            cwd=self.folder,
            timeout=SECONDS * 2,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self) -> Served:
        """Start, and wait until it is ready."""
        log = (self.folder / "serve.log").open("a")
        self.process = subprocess.Popen(
            self._command("serve", "--port", str(self.port)),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
            env=self._environ(),
            cwd=self.folder,
        )
        log.close()
        until = time.monotonic() + SECONDS
        while not self._ready():
            if time.monotonic() > until or self.process.poll() is not None:
                raise AssertionError((self.folder / "serve.log").read_text())
            time.sleep(0.02)
        return self

    def kill(self) -> None:
        """End it with nothing said."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it as its owner would."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(SECONDS * 2)
            self.process = None

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "tertulia", *words]

    def _environ(self) -> dict[str, str]:
        self.data.mkdir(exist_ok=True)
        if self.settings:
            (self.folder / "tertulia.toml").write_text(self.settings, encoding="utf-8")
        kept = {k: v for k, v in os.environ.items() if k.startswith("COVERAGE_") or k == "PATH"}
        return {
            **kept,
            "HOME": str(self.folder),
            "TERTULIA_DATA": str(self.data),
            "LANG": "C.UTF-8",
            "USER": "ana",
            "LOGNAME": "ana",
            **self.environ,
        }
