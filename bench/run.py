"""`make bench`: measures, prints one table and writes `bench/results/engine.json`.

bench/run.py                    # everything, written
bench/run.py accepts assembly   # only these, printed and not written
"""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from figures import rounded
from peers import python_of, versions

HERE = Path(__file__).parent
RESULTS = HERE / "results/engine.json"
MEASURES = ("assembly", "recall", "accepts", "streaming", "starting", "page", "live")
"""Each is a program of this folder that prints one JSON object."""

Figures = dict[str, Any]

ROWS = [
    # measure, what the table calls it, where it stands in the figures, goal
    ("streaming", "CPU of a reply: the engine to openai", "cpu_ratio_to_sdk", "<= 1.4"),
    ("streaming", "  ms a call: the engine", "cpu_ms_per_call engine", ""),
    ("streaming", "  ms a call: openai", "cpu_ms_per_call sdk", ""),
    ("streaming", "  ms a call: langchain-openai", "cpu_ms_per_call langchain", ""),
    ("streaming", "  ms a call: litellm", "cpu_ms_per_call litellm", ""),
    ("assembly", "a prompt of 100,000 messages to one of 1,000", "assembly_ratio", "<= 2"),
    ("assembly", "  ms at p95: of 100,000", "assembly_p95_ms 100000", "<= 5"),
    ("assembly", "  ms at p95: of 1,000", "assembly_p95_ms 1000", "<= 5"),
    ("assembly", "  with all memories: of 100,000", "assembly_all_p95_ms 100000", "<= 15"),
    ("recall", "recall of 1,000,000, ms at p95: all of them", "recall_p95_ms all", "<= 100"),
    ("recall", "  within a scope of 10,000", "recall_p95_ms scope", "<= 10"),
    ("accepts", "10,000 accepts, 256 at once: fsyncs", "accepts fsyncs", "<= 500"),
    ("accepts", "  seconds of one commit each to theirs", "accepts ratio", ">= 20"),
    ("starting", "tertulia --version to llm --version", "version_ratio_to_llm", "<= 0.25"),
    ("starting", "  vendors that it imports", "version_vendors", "<= 0"),
    ("starting", "CPU ms of tertulia chat -m hi: the first", "chat_hi_cpu_ms first", "<= 600"),
    ("starting", "  the later ones", "chat_hi_cpu_ms later", "<= 600"),
    ("page", "the page: KB of its first load", "page_body_kb tertulia", "<= 60"),
    ("page", "  with headers, to Streamlit's", "page_kb_ratio_to_streamlit", "<= 0.25"),
    ("page", "  to Chainlit's", "page_kb_ratio_to_chainlit", "<= 0.25"),
    ("page", "  its first paint to Streamlit's", "page_paint_ms_ratio_to_streamlit", "<= 0.25"),
    ("page", "  to Chainlit's", "page_paint_ms_ratio_to_chainlit", "<= 0.25"),
    ("page", "  seconds of its server's cold start", "page_cold_s tertulia", "<= 0.6"),
    ("page", "  MB of its server before a turn", "page_rss_idle_mb tertulia", "<= 90"),
    ("page", "  MB of its server after one", "page_rss_turn_mb tertulia", "<= 170"),
    ("page", "  ms of script for a reply of 16 KB", "page_script_ms_16kb", "<= 100"),
    ("page", "  the first in a tab, with what is loaded for it", "page_script_ms_16kb_first", ""),
    ("page", "  5,000 messages opened to 50", "page_open_ratio", "<= 1.5"),
    ("page", "  frames without a message while scrolling", "page_scroll blank", "<= 0"),
    ("live", "2,000 live conversations: MB that they add", "live_added_mb", "<= 100"),
    ("live", "  all of them streaming at once", "live_streaming_added_mb", ""),
]


def main(names: list[str]) -> None:
    """Measure, print, write; what is not named stays in the results as it was measured last."""
    figures: Figures = {"machine": machine()}
    for name in names or MEASURES:
        print(f"Measuring {name} ...", file=sys.stderr)
        figures |= _run(HERE / f"{name}.py")
    print(table(figures, names or MEASURES))
    before: Figures = json.loads(RESULTS.read_text()) if names else {}
    figures = before | figures | {"peers": _peers()}
    RESULTS.write_text(json.dumps(figures, indent=2) + "\n")


def _run(program: Path) -> Figures:
    passed_on = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, program]
    told = subprocess.run(command, env=passed_on, stdout=subprocess.PIPE, check=False)
    if told.returncode:
        raise SystemExit(f"{program.name} could not measure; nothing was written.")
    return json.loads(told.stdout)


def table(figures: Figures, names: Sequence[str]) -> str:
    """The figures, each with its goal; one that is missed is told, and nothing fails."""
    lines = [f"{'':<48}{'measured':>10}  goal"]
    for measure, label, where, goal in ROWS:
        if measure in names:
            value = _at(figures, where)
            told = "-" if value is None else f"{value:.4g}"
            lines.append(f"{label:<48}{told:>10}  {goal}{_missed(value, goal)}".rstrip())
    return "\n".join(lines)


def _at(figures: Figures, where: str) -> float | None:
    found: Any = figures
    for key in where.split():
        found = None if found is None else found[key]
    return len(found) if isinstance(found, list) else found


def _missed(value: float | None, goal: str) -> str:
    if value is None or not goal:
        return ""
    comparison, limit = goal.split()
    met = value <= float(limit) if comparison == "<=" else value >= float(limit)
    return "" if met else "  MISSED"


def machine() -> Figures:
    """What is measured on: `calibration_ms` is a fixed piece of Python, to compare machines by."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "load_before": rounded(os.getloadavg()[0]),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "calibration_ms": _calibration(),
    }


def _calibration() -> float:
    best = float("inf")
    for _ in range(7):
        began = time.process_time()
        sum(number * number % 7 for number in range(1_000_000))
        best = min(best, time.process_time() - began)
    return rounded(best * 1000)


def _peers() -> dict[str, str]:
    ours = versions(Path(sys.executable), "openai", "sqlalchemy")
    shared = versions(python_of("peers"), "langchain-openai", "llm")
    alone = versions(python_of("litellm"), "litellm", "openai")
    alone["openai, for litellm"] = alone.pop("openai")
    pages = versions(python_of("pages"), "chainlit", "streamlit")
    return ours | shared | alone | pages


if __name__ == "__main__":
    main(sys.argv[1:])
