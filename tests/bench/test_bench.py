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
    assert found["assembly_all_p95_ms"].keys() == {"20", "900"}
    assert {"facts", "summary", "recall", "window"} < found["assembly_all_items"].keys()


def test_messages_are_recalled():
    found = measured("recall.py", "5", "3", "60")
    assert found["recall_messages"] == 180
    assert found["recall_p95_ms"].keys() == found["recall_p50_ms"].keys() == {"scope", "all"}


def test_the_evidence_of_questions_is_counted(tmp_path: Path):
    """On a file made up here, in the form of LoCoMo's."""
    said = {
        "speaker_a": "Ann",
        "speaker_b": "Bo",
        "session_1_date_time": "1:56 pm on 8 May, 2023",
        "session_1": [
            {"speaker": "Ann", "dia_id": "D1:1", "text": "I bought a red boat."},
            {"speaker": "Bo", "dia_id": "D1:2", "text": "Look!", "blip_caption": "a zebra"},
        ],
        "session_2_date_time": "2:00 pm on 9 May, 2023",
        "session_2": [{"speaker": "Bo", "dia_id": "D2:1", "text": "Nice weather."}],
    }
    asked = [
        {"question": "What boat did Ann buy?", "evidence": ["D1:1"], "category": 4},
        {"question": "Which zebra?", "evidence": ["D1:2; D9:9"], "category": 1},
        {"question": "Who is a plumber?", "evidence": ["D2:1"], "category": 1},
        {"question": "Without evidence?", "evidence": [], "category": 5},
    ]
    file = tmp_path / "talks.json"
    file.write_text(json.dumps([{"conversation": said, "qa": asked}]))
    found = measured("locomo.py", "--data", str(file), "--json")
    assert found["questions"] == 3
    assert found["recall@5"] == found["budget@500"] == pytest.approx(66.7)
    assert found["by_category"]["single-hop"]["recall@10"] == 100
    assert found["by_category"]["multi-hop"]["budget@4000"] == 50
    assert {f"budget@{most}" for most in (500, 1000, 2000, 4000)} < found.keys()


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
