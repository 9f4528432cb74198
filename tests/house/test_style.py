"""The habits of the house that no linter holds: sizes, names, reasons, and what is in the files."""

import ast
import importlib.metadata
import math
import re
import subprocess
import tokenize
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "tertulia"
FILES = sorted(SOURCE.rglob("*.py"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())

MOST_LINES = 400
MOST_LINES_OF_NINE_FUNCTIONS_IN_TEN = 25
NAMES_THAT_SAY_NOTHING = {"core", "utils", "util", "common", "helpers", "helper", "manager"}
BROAD = {"Exception", "BaseException"}
REASON = re.compile(r"#( noqa: BLE001)?\W+(?!noqa)\w+\W+\w+")
"""At least two words, behind the linter's mark where it asks for one."""
ADDRESS_OF_AN_INDEX = re.compile(r"https?://[^ ]+/simple\b")
PLACE_ON_A_MACHINE = re.compile(r"(?<![\w.])/(root|home)/")


def short(file: Path) -> str:
    return str(file.relative_to(SOURCE))


def length(file: Path) -> int:
    return len(file.read_text().splitlines())


def functions(file: Path) -> Iterator[tuple[int, str]]:
    """Each function with its number of lines."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            yield lines, f"{short(file)}:{node.lineno} {node.name}"


def broad_handlers(file: Path) -> Iterator[int]:
    """The lines of the handlers that catch everything."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ExceptHandler):
            kinds = ast.walk(node.type) if node.type else [ast.Name("BaseException")]
            if BROAD & {kind.id for kind in kinds if isinstance(kind, ast.Name)}:
                yield node.lineno


def comments(file: Path) -> dict[int, str]:
    """Each comment of a file, by its line."""
    with tokenize.open(file) as text:
        tokens = tokenize.generate_tokens(text.readline)
        return {t.start[0]: t.string for t in tokens if t.type == tokenize.COMMENT}


def test_a_file_can_be_read_at_one_sitting():
    assert not {short(file): length(file) for file in FILES if length(file) > MOST_LINES}


def test_nine_functions_in_ten_fit_in_a_glance(record_testsuite_property):
    found = sorted(function for file in FILES for function in functions(file))
    ninetieth, _ = found[math.ceil(len(found) * 0.9) - 1]
    longest, name = found[-1]
    largest = max(FILES, key=length)
    report = (
        f"{len(found)} functions, the 90th percentile {ninetieth} lines, "
        f"the longest {longest} ({name}); "
        f"{len(FILES)} files, the largest {length(largest)} lines ({short(largest)})"
    )
    print(report)  # noqa: T201 - `pytest -rP` shows it
    record_testsuite_property("sizes", report)
    assert ninetieth <= MOST_LINES_OF_NINE_FUNCTIONS_IN_TEN, report


def test_a_module_is_named_for_what_it_does():
    words = {short(file): set(re.split(r"[/_.]", short(file))) for file in FILES}
    assert not [name for name, said in words.items() if said & NAMES_THAT_SAY_NOTHING]


def test_a_module_opens_with_a_sentence():
    opening = {short(file): ast.get_docstring(ast.parse(file.read_text())) for file in FILES}
    assert not [name for name, said in opening.items() if not re.match(r"[A-Z`]", said or "")]


def test_everything_is_caught_only_for_a_reason():
    without = [
        f"{short(file)}:{line}"
        for file in FILES
        for line in broad_handlers(file)
        if not REASON.match(comments(file).get(line, ""))
    ]
    assert not without


def test_what_counts_as_a_reason(tmp_path: Path):
    file = tmp_path / "sample.py"
    file.write_text(
        "try:\n    pass\n"
        "except ValueError:\n    pass\n"
        "except (OSError, Exception):  # noqa: BLE001\n    pass\n"
        "except BaseException:  # noqa: BLE001 - a plug-in may raise anything\n    pass\n"
        "except Exception:  # a plug-in may raise anything, and it is logged\n    pass\n"
        "except:\n    pass\n"
    )
    assert list(broad_handlers(file)) == [5, 7, 9, 11]
    assert [line for line, text in comments(file).items() if REASON.match(text)] == [7, 9]


ENTRY_POINTS = [
    importlib.metadata.EntryPoint(name=name, value=value, group=group)
    for group, points in {
        "console_scripts": PROJECT["project"]["scripts"],
        **PROJECT["project"]["entry-points"],
    }.items()
    for name, value in points.items()
]


@pytest.mark.parametrize("point", ENTRY_POINTS, ids=lambda p: f"{p.group}:{p.name}")
def test_an_entry_point_leads_somewhere(point: importlib.metadata.EntryPoint):
    assert point.load() is not None


def test_what_is_installed_is_what_is_written():
    """An environment older than `pyproject.toml` would hide a part; `make setup` mends it."""
    installed = importlib.metadata.distribution("tertulia").entry_points
    assert {(p.group, p.name, p.value) for p in installed} == {
        (p.group, p.name, p.value) for p in ENTRY_POINTS
    }


def requirements() -> Iterator[str]:
    project = PROJECT["project"]
    yield from project["dependencies"]
    for extra in project.get("optional-dependencies", {}).values():
        yield from extra


def locked(file: Path) -> dict[str, str]:
    """Each package of a lock file with its version."""
    pins = re.findall(r"^([A-Za-z0-9._-]+)==([^ ]+)", file.read_text(), re.MULTILINE)
    return {canonicalize_name(name): version for name, version in pins}


@pytest.mark.parametrize("lock", ["runtime", "dev"])
def test_the_locks_are_not_behind(lock: str):
    """`make lock` mends it."""
    pins = locked(ROOT / "requirements" / f"{lock}.txt")
    wanted = [*requirements(), *(PROJECT["dependency-groups"]["dev"] if lock == "dev" else [])]
    for requirement in map(Requirement, wanted):
        name = canonicalize_name(requirement.name)
        if name != "tertulia":
            assert requirement.specifier.contains(pins[name], prereleases=True), requirement


def test_the_locks_agree():
    everything = locked(ROOT / "requirements" / "dev.txt")
    for lock in ("runtime", "bootstrap"):
        assert locked(ROOT / "requirements" / f"{lock}.txt").items() <= everything.items()


def committed() -> list[Path]:
    """Every text that is in the repository, or would be with the next commit."""
    command = [
        "git",
        "-c",
        "safe.directory=*",
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
        "-z",
    ]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    files = [ROOT / name for name in listed.split("\0") if name]
    return [file for file in files if file.is_file() and b"\0" not in file.read_bytes()[:8192]]


@pytest.mark.parametrize(
    "pattern", [ADDRESS_OF_AN_INDEX, PLACE_ON_A_MACHINE], ids=["index", "place"]
)
def test_nothing_committed_tells_of_one_machine(pattern: re.Pattern[str]):
    found = [
        f"{file.relative_to(ROOT)}:{number}"
        for file in committed()
        for number, line in enumerate(file.read_text(errors="replace").splitlines(), 1)
        if pattern.search(line)
    ]
    assert not found


def test_the_test_servers_lock_names_no_host():
    assert "resolved" not in (ROOT / "tests" / "node" / "package-lock.json").read_text()
