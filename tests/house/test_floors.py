"""The floors hold: each way of breaking them, planted in a copy of the source, fails the build."""

import ast
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SETTINGS = ROOT / "pyproject.toml"
SOURCE = ROOT / "src" / "tertulia"
LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")

CONTRACTS = {
    contract["id"]: contract
    for contract in tomllib.loads(SETTINGS.read_text())["tool"]["importlinter"]["contracts"]
}
PARTS = (
    "broadcasts",
    "channels",
    "dispatchers",
    "embedders",
    "importers",
    "memories",
    "models",
    "stores",
    "tokenizers",
)
THIRD = ("engine", *PARTS)
ABOVE = {
    "values": ("ports", *THIRD, "app"),
    "ports": (*THIRD, "app"),
    **{folder: (*(other for other in THIRD if other != folder), "app") for folder in THIRD},
}
"""For each folder, those that its files may not import."""

IMPORT = {
    "plain": "import {}\n",
    "in a function": "def late():\n    import {}\n",
    "for the type checker": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import {}\n",
}
"""Ways to write an import, two of which hide it."""

Lint = Callable[[Mapping[str, str]], tuple[set[str], str]]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("floors")
    for file in SOURCE.rglob("*.py"):
        target = folder / "tertulia" / file.relative_to(SOURCE)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)
    return folder


@pytest.fixture(scope="module")
def already(copy: Path) -> set[str]:
    """What the source itself breaks: nothing, or one test says so and not every one."""
    return judge(copy)[0]


@pytest.fixture
def lint(copy: Path) -> Iterator[Lint]:
    """Adds files to the copy, and tells which contracts are broken, and what is said of it."""
    added: list[Path] = []
    changed: dict[Path, str] = {}

    def run(files: Mapping[str, str]) -> tuple[set[str], str]:
        for name, text in files.items():
            file = copy / "tertulia" / name
            if file.exists():
                changed[file] = file.read_text()
            added.extend(path for path in (file.parent, file) if not path.exists())
            file.parent.mkdir(exist_ok=True)
            file.write_text(text)
        return judge(copy)

    yield run
    for path in reversed(added):
        path.rmdir() if path.is_dir() else path.unlink()
    for file, text in changed.items():
        file.write_text(text)


def judge(copy: Path) -> tuple[set[str], str]:
    command = [LINT_IMPORTS, "--no-cache", "--config", SETTINGS]
    environment = os.environ | {"PYTHONPATH": str(copy), "COLUMNS": "400"}
    result = subprocess.run(
        command, cwd=copy, env=environment, capture_output=True, text=True, check=False
    )
    said = result.stdout + result.stderr
    broken = {key for key, rule in CONTRACTS.items() if f"{rule['name']} BROKEN" in said}
    kept = {key for key, rule in CONTRACTS.items() if f"{rule['name']} KEPT" in said}
    assert broken | kept == set(CONTRACTS), said
    assert (result.returncode != 0) == bool(broken), said
    return broken, said


def imports(*modules: str, way: str = "plain") -> str:
    return "".join(IMPORT[way].format(module) for module in modules)


def test_the_source_keeps_every_contract(lint: Lint):
    assert set(CONTRACTS) == {"floors", "parts", "circles", "vendors"}
    broken, said = lint({})
    assert not broken, said


def test_every_folder_is_on_a_floor():
    folders = {file.parent.name for file in SOURCE.glob("*/__init__.py")}
    assert folders == {*ABOVE, "app"}


def test_a_new_folder_needs_a_floor(lint: Lint, already: set[str]):
    broken, said = lint({"managers/__init__.py": ""})
    assert broken == already | {"floors"}
    assert "tertulia.managers" in said


@pytest.mark.parametrize("way", IMPORT)
@pytest.mark.parametrize("folder", ABOVE)
def test_nothing_imports_upward_or_across(lint: Lint, folder: str, way: str):
    """A part that imports the engine or another kind of part is such a case too."""
    targets = {f"{above}/planted_above.py": "" for above in ABOVE[folder]}
    names = [f"tertulia.{above}.planted_above" for above in ABOVE[folder]]
    broken, said = lint({**targets, f"{folder}/planted_below.py": imports(*names, way=way)})
    assert "floors" in broken
    for name in names:
        assert f"tertulia.{folder}.planted_below -> {name} (" in said


@pytest.mark.parametrize("folder", ["values", "ports", *THIRD])
def test_nothing_inside_imports_the_public_names(lint: Lint, folder: str):
    names = {"__init__.py": imports("tertulia.app.planted_door"), "app/planted_door.py": ""}
    broken, said = lint({**names, f"{folder}/planted.py": imports("tertulia")})
    assert "floors" in broken, said


@pytest.mark.parametrize("way", IMPORT)
@pytest.mark.parametrize("folder", PARTS)
def test_no_part_imports_another_of_its_folder(
    lint: Lint, already: set[str], folder: str, way: str
):
    files = {
        f"{folder}/planted_one.py": imports(f"tertulia.{folder}.planted_two.inner", way=way),
        f"{folder}/planted_two/__init__.py": "",
        f"{folder}/planted_two/inner.py": "",
    }
    broken, said = lint(files)
    assert broken == already | {"parts"}
    assert f"tertulia.{folder}.planted_one -> tertulia.{folder}.planted_two.inner (" in said


@pytest.mark.parametrize("folder", PARTS)
def test_a_part_that_is_a_folder_may_import_its_own_files(
    lint: Lint, already: set[str], folder: str
):
    files = {
        f"{folder}/planted/__init__.py": imports(f"tertulia.{folder}.planted.inner"),
        f"{folder}/planted/inner.py": "",
    }
    broken, said = lint(files)
    assert broken == already, said


@pytest.mark.parametrize("way", IMPORT)
@pytest.mark.parametrize("folder", ["values", "ports", "engine", "app"])
def test_no_circle_of_two(lint: Lint, already: set[str], folder: str, way: str):
    one, two = f"tertulia.{folder}.planted_one", f"tertulia.{folder}.planted_two"
    files = {
        f"{folder}/planted_one.py": imports(two),
        f"{folder}/planted_two.py": imports(one, way=way),
    }
    broken, said = lint(files)
    assert broken == already | {"circles"}
    assert "planted_one" in said
    assert "planted_two" in said


def test_no_circle_of_three_inside_one_part(lint: Lint, already: set[str]):
    part = "tertulia.stores.planted"
    files = {
        "stores/planted/__init__.py": "",
        "stores/planted/one.py": imports(f"{part}.two"),
        "stores/planted/two.py": imports(f"{part}.three"),
        "stores/planted/three.py": imports(f"{part}.one", way="for the type checker"),
    }
    broken, _ = lint(files)
    assert broken == already | {"circles"}


@pytest.mark.parametrize("way", IMPORT)
@pytest.mark.parametrize("folder", ["values", "ports", "engine"])
def test_the_engine_and_below_know_no_vendor(lint: Lint, already: set[str], folder: str, way: str):
    vendors = CONTRACTS["vendors"]["forbidden_modules"]
    assert {"openai", "sqlalchemy", "sqlite3"} <= set(vendors)
    broken, said = lint({f"{folder}/planted.py": imports(*vendors, way=way)})
    assert broken == already | {"vendors"}
    for vendor in vendors:
        assert f"tertulia.{folder}.planted -> {vendor} (" in said


def test_nobody_comes_in_by_the_front_door():
    """`tertulia/__init__.py` hands names out; a file inside that asks it for one makes a circle."""
    inside = {path.stem for path in SOURCE.iterdir()}
    circles = {
        f"{file.relative_to(SOURCE)}: {name}"
        for file in SOURCE.glob("*/**/*.py")
        for module, name in _names(file)
        if module == "tertulia" and name not in inside
    }
    assert not circles


def test_the_engine_and_below_need_only_the_standard_library():
    """A list of vendors never names them all; this one does."""
    strange = {
        f"{file.relative_to(SOURCE)}: {module}"
        for folder in ("values", "ports", "engine")
        for file in (SOURCE / folder).rglob("*.py")
        for module, _ in _names(file)
        if module.partition(".")[0] not in {"", "tertulia", *sys.stdlib_module_names}
    }
    assert not strange


def _names(file: Path) -> Iterator[tuple[str, str]]:
    """What a file imports: each module, and the name that is taken from it where one is."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "" if node.level else node.module or ""
            yield from ((module, alias.name) for alias in node.names)
