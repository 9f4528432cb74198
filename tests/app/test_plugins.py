"""Parts are found by kind and name, and only the one that is asked for is imported."""

import logging
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tertulia.app import found, plugins
from tertulia.broadcasts.local import LocalBroadcast
from tertulia.values.errors import PartMissing, SettingsError

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Puts a package with entry points and modules on the path."""

    def put(
        name: str, points: str, modules: Mapping[str, str] | None = None, metadata: str = ""
    ) -> None:
        site = tmp_path / name
        folder = site / f"{name}-1.0.dist-info"
        folder.mkdir(parents=True)
        (folder / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{metadata}"
        )
        (folder / "entry_points.txt").write_text(points)
        for module, text in (modules or {}).items():
            (site / f"{module}.py").write_text(text)
        monkeypatch.syspath_prepend(site)
        plugins._installed.cache_clear()

    yield put
    plugins._installed.cache_clear()


def test_a_built_in_takes_the_same_road_as_any_other():
    assert plugins.load("broadcasts", "local") is LocalBroadcast
    assert "sqlite" in plugins.names("stores")
    assert list(plugins.names("models")) == sorted(plugins.names("models"))


def test_a_part_of_another_package_is_found(install: Install):
    install(
        "guest",
        "[tertulia.models]\nguest = guest_model:provider\n",
        {"guest_model": "provider = 7"},
    )
    assert "guest" in plugins.names("models")
    assert plugins.load("models", "guest") == 7


def test_no_other_package_takes_the_name_of_a_built_in(install: Install):
    install("thief", "[tertulia.broadcasts]\nlocal = thief_part:Thief\n")
    assert plugins.load("broadcasts", "local") is LocalBroadcast


def test_only_the_part_that_is_asked_for_is_imported(install: Install):
    points = "[tertulia.models]\none = part_one:x\ntwo = part_two:x\n"
    install("pair", points, {"part_one": "x = 1", "part_two": "x = 2"})
    plugins.load("models", "one")
    assert "part_one" in sys.modules
    assert "part_two" not in sys.modules


def test_metadata_is_scanned_once(monkeypatch: pytest.MonkeyPatch):
    plugins.names("models")
    monkeypatch.setattr("importlib.metadata.distributions", lambda: pytest.fail("scanned again"))
    assert plugins.names("stores")
    plugins.load("broadcasts", "local")


@pytest.mark.parametrize(
    ("kind", "name", "sentence"),
    [
        ("stores", "sqlte", 'There is no store "sqlte". Did you mean "sqlite"? Installed: sqlite.'),
        ("stores", "x", 'There is no store "x". Installed: sqlite.'),
        ("memories", "sumary", 'There is no memory "sumary". Did you mean "summary"?'),
        ("models", "opnai", 'There is no model provider "opnai". Did you mean "openai"?'),
        ("gadgets", "x", 'There is no gadget "x". None is installed.'),
    ],
)
def test_an_unknown_name_is_told_with_the_nearest(kind: str, name: str, sentence: str):
    with pytest.raises(PartMissing) as told:
        plugins.load(kind, name)
    assert str(told.value).startswith(sentence)
    assert isinstance(told.value, SettingsError)


@pytest.mark.parametrize(
    ("module", "metadata", "sentence"),
    [
        (
            "import no_such_vendor.sub",
            "",
            (
                'The model provider "guest" needs the package "no_such_vendor", which is not '
                "installed: pip install no_such_vendor"
            ),
        ),
        (
            "import no_such_vendor",
            "Provides-Extra: guest\n",
            (
                'The model provider "guest" needs the package "no_such_vendor", which is not '
                'installed: pip install "guests[guest]"'
            ),
        ),
        (
            "raise RuntimeError('no luck')",
            "",
            (
                'The model provider "guest" of the package guests cannot be loaded (RuntimeError: '
                "no luck). Install it again: pip install --force-reinstall guests"
            ),
        ),
        (
            "other = 1",
            "",
            (
                'The model provider "guest" of the package guests cannot be loaded '
                "(AttributeError: module 'guest_broken' has no attribute 'provider'). "
                "Install it again: pip install --force-reinstall guests"
            ),
        ),
        (
            "import guest_broken.gone",
            "",
            (
                'The model provider "guest" of the package guests cannot be loaded '
                "(ModuleNotFoundError: No module named 'guest_broken.gone'; 'guest_broken' is not "
                "a package). Install it again: pip install --force-reinstall guests"
            ),
        ),
    ],
)
def test_a_part_that_cannot_be_imported_says_what_to_install(
    install: Install, module: str, metadata: str, sentence: str
):
    points = "[tertulia.models]\nguest = guest_broken:provider\n"
    install("guests", points, {"guest_broken": module}, metadata)
    try:
        with pytest.raises(PartMissing) as told:
            plugins.load("models", "guest")
    finally:
        sys.modules.pop("guest_broken", None)
    assert str(told.value) == sentence


def test_a_part_without_a_package_is_named_by_its_module():
    from importlib.metadata import EntryPoint

    part = EntryPoint(name="x", value="lost.part:x", group="tertulia.models")
    assert "of the package lost cannot" in plugins._broken("models", part, ValueError("oh"))
    missing = ModuleNotFoundError("oh", name="gone")
    assert plugins._broken("models", part, missing).endswith("pip install gone")


def test_a_broken_provider_does_not_keep_others_from_being_found(
    install: Install, caplog: pytest.LogCaptureFixture
):
    points = "[tertulia.models]\nguest = guest_part:provider\n"
    install("guests", points, {"guest_part": "raise RuntimeError('no luck')"})
    with caplog.at_level(logging.WARNING):
        assert plugins.load("models", "openai") in list(found._providers())
    assert "no luck" in caplog.text


def test_looking_for_parts_and_settings_loads_nothing_heavy():
    code = (
        "import sys; before = set(sys.modules)\n"
        "import tertulia.app.settings, tertulia.app.init, tertulia.app.doctor\n"
        "heavy = {'pydantic', 'rich', 'sqlalchemy', 'platformdirs', 'tomllib', 'openai', 'difflib',"
        " 'importlib.metadata', 'sqlite3', 'tiktoken'}\n"
        "print(sorted(heavy & (sys.modules.keys() - before)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
