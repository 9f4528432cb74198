"""Every program of `bench/` runs, on a small scale: what it measures is for `make bench` to say."""

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
BENCH = ROOT / "bench"
RESULTS = json.loads((BENCH / "results/engine.json").read_text())
VENDORS = {"openai", "sqlalchemy", "tiktoken", "pydantic", "rich", "prompt_toolkit"}


def measured(program: str, *arguments: str) -> dict[str, Any]:
    command = [sys.executable, BENCH / program, *arguments]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    return json.loads(told.stdout)


def loaded(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module of the bench, which finds those beside it."""
    monkeypatch.syspath_prepend(str(BENCH))
    spec = importlib.util.spec_from_file_location(f"bench_{name}", BENCH / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def locked(file: Path) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==([^ ]+)", file.read_text(), re.MULTILINE))


def test_prompts_are_assembled():
    found = measured("assembly.py", "3", "20", "900")
    assert found["assembly_p95_ms"].keys() == {"20", "900"}
    # Both have the system message and the waiting one; the shorter talk is read whole.
    assert found["assembly_messages_read"]["20"] == 21
    assert found["assembly_messages_read"]["900"] < 901


def test_fsyncs_are_counted_where_the_shim_can_be_compiled():
    found = measured("accepts.py", "512", "32", "1")["accepts"]
    compilers = [name for name in ("cc", "gcc", "clang") if shutil.which(name)]
    if not (compilers and sys.platform.startswith("linux")):
        assert found is None
        return
    assert found["fsyncs"] < 20
    assert found["fsyncs_each_alone"] >= 512
    assert found["fsync_ms"] >= 1


def test_the_engine_streams_every_chunk():
    found = measured("streaming.py", "4", "1", "0.001", "engine", "sdk")
    assert found["cpu_ms_per_call"].keys() == {"engine", "sdk"}
    assert found["cpu_ratio_to_sdk"] > 0


def test_version_imports_no_vendor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    starting = loaded("starting", monkeypatch)
    found = starting.imports([Path(sys.executable).with_name("tertulia"), "--version"], tmp_path)
    assert "tertulia" in found
    assert not VENDORS & found.keys()


def test_the_results_hold_what_the_table_shows(monkeypatch: pytest.MonkeyPatch):
    run = loaded("run", monkeypatch)
    rows = run.table(RESULTS, run.MEASURES).splitlines()
    assert len(rows) == len(run.ROWS) + 1
    assert run.table(RESULTS | {"accepts": None}, ["accepts"]).count(" - ") == 2


def test_a_missed_goal_is_told(monkeypatch: pytest.MonkeyPatch):
    run = loaded("run", monkeypatch)
    assert "MISSED" in run.table(RESULTS | {"cpu_ratio_to_sdk": 1.5}, ["streaming"])


def test_the_peers_are_pinned():
    """`make lock` mends it."""
    assert locked(BENCH / "litellm.txt")["litellm"] not in ("1.82.7", "1.82.8")
    ours = locked(ROOT / "requirements/runtime.txt")
    assert locked(BENCH / "requirements.txt")["openai"] == ours["openai"]
