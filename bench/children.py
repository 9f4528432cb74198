"""The processes that are measured: where and how they run, so that all run alike."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH")
"""Nothing else is passed on: no key of a vendor, no setting of Python or of somebody's own."""


def environment(home: Path) -> dict[str, str]:
    """The environment variables of a child that finds no settings and writes only in `home`."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return kept | {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "share"),
        "TERTULIA_DATA": str(home / "data"),
        "LLM_USER_PATH": str(home / "llm"),
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # it looks for prices on the network otherwise
        "BENCH_KEY": "bench",
    }


def cpu_ms(command: Sequence[str | Path], home: Path) -> float:
    """Run a command; the milliseconds of CPU, user and system, that it took."""
    child = subprocess.Popen(
        command,
        cwd=home,
        env=environment(home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert child.stderr is not None
    told = child.stderr.read()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    child.stderr.close()
    if child.returncode:
        raise SystemExit(f"{command} failed: {told.decode(errors='replace')}")
    return (used.ru_utime + used.ru_stime) * 1000


def tertulia() -> Path:
    """The command as it was installed beside this Python."""
    return Path(sys.executable).with_name("tertulia")
