"""CPU of short commands: `tertulia --version` beside `llm --version`, and `tertulia chat -m hi`.

All byte-code is compiled beforehand, on both sides. Commands take turns, run after run.
"""

from __future__ import annotations

import compileall
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from children import cpu_ms, environment, tertulia
from figures import median, rounded
from peers import python_of

import tertulia as package

RUNS = 15
VENDORS = ("openai", "sqlalchemy", "tiktoken", "pydantic", "rich", "prompt_toolkit")
HEAVIEST = 12
PARTS = {
    "python": "pass",
    "import asyncio": "import asyncio",
    "import click": "import click",
    "import sqlalchemy": "import sqlalchemy",
    "token vocabulary": "from tertulia.tokenizers.o200k import O200k; O200k().count('hi')",
    "offline model": "import tertulia.models.offline",
}
"""What `chat -m hi` is made of, each measured alone and without Python's own start."""
IMPORT = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s+([\w.]+)")


def measure(runs: int) -> dict[str, object]:
    """All figures of this file."""
    compileall.compile_dir(Path(package.__file__).parent, quiet=1)
    return _version(runs) | _chat(runs)


def _version(runs: int) -> dict[str, object]:
    ours, theirs = [tertulia(), "--version"], [python_of("peers").with_name("llm"), "--version"]
    bare = [sys.executable, "-c", "pass"]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        home = Path(folder)
        cpu = _in_turns({"tertulia": ours, "llm": theirs, "python": bare}, home, runs)
        loaded = imports(ours, home)
    return {
        "version_ratio_to_llm": rounded(cpu["tertulia"] / cpu["llm"]),
        "version_ms": cpu,
        "version_vendors": [name for name in VENDORS if name in loaded],
    }


def _in_turns(commands: dict[str, Sequence[str | Path]], home: Path, runs: int) -> dict[str, float]:
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for run in range(-2, runs):
        for name, command in commands.items():
            cpu = cpu_ms(command, home)
            if run >= 0:
                taken[name].append(cpu)
    return {name: median(times) for name, times in taken.items()}


def _chat(runs: int) -> dict[str, object]:
    """The first `chat` in a fresh folder makes the tables; the next one there finds them."""
    command = [tertulia(), "chat", "-m", "hi"]
    first: list[float] = []
    later: list[float] = []
    for run in range(-1, runs):
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            home = Path(folder)
            cpu = [cpu_ms(command, home), cpu_ms(command, home)]
            if run >= 0:
                first.append(cpu[0])
                later.append(cpu[1])
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        home = Path(folder)
        weights = {"first": imports(command, home), "later": imports(command, home)}
        parts = {name: [sys.executable, "-c", code] for name, code in PARTS.items()}
        alone = _in_turns(parts, home, runs)
    return {
        "chat_hi_cpu_ms": {"first": median(first), "later": median(later)},
        "chat_hi_imports_ms": {
            name: {part: rounded(us / 1000) for part, us in told.most_common(HEAVIEST)}
            for name, told in weights.items()
        },
        "chat_hi_parts_cpu_ms": {
            name: rounded(cpu - alone["python"]) if name != "python" else cpu
            for name, cpu in alone.items()
        },
    }


def imports(command: Sequence[str | Path], home: Path) -> Counter[str]:
    """Microseconds that a Python command spends on importing, by top-level package."""
    told = subprocess.run(
        [sys.executable, "-X", "importtime", *command],
        cwd=home,
        env=environment(home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=True,
    )
    weights: Counter[str] = Counter()
    for microseconds, module in IMPORT.findall(told.stderr):
        weights[module.partition(".")[0]] += int(microseconds)
    return weights


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]) if sys.argv[1:] else RUNS)))
