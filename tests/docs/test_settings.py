"""`docs/settings.md` names every setting and provider that the code knows, and no other.

What the code knows is what it says itself: a setting that it does not know is answered with those
that it does.
"""

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from tertulia.app import tomlfile
from tertulia.app.settings import settings_of
from tertulia.values.errors import SettingsError

TEXT = (Path(__file__).parents[2] / "docs" / "settings.md").read_text()
UNKNOWN = {
    "Top level": "x = 1",
    "A bot: `[bots.NAME]`": "bots.ana.x = 1",
    "The table of a `persona`": "bots.ana.persona.x = 1",
    "A model": "bots.ana.model.x = 1",
    "An embedder: `[embedder]`": "embedder.x = 1",
    'A price: `[prices."PROVIDER:NAME"]`': 'prices."openai:x".x = 1',
    "The engine: `[engine]`": "engine.x = 1",
    "The server: `[serve]`": "serve.x = 1",
}
"""Under each heading stands the table of those that are known beside this unknown setting."""
CHANNEL = "A channel: `[channels.NAME]`"
"""A channel may have any setting; one of them is read by all."""
PROVIDERS = {point.name: point for point in entry_points(group="tertulia.models")}


def rows(text: str, first: str) -> Iterator[tuple[str, list[str]]]:
    """The heading and the cells of each row, in the tables whose first column is called that."""
    heading, inside = "", False
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if not line.startswith("|"):
            heading = line.lstrip("# ") if line.startswith("#") else heading
            inside = False
        elif cells[0].strip() == first:
            inside = True
        elif inside and not line.startswith("|--"):
            yield heading, cells


def documented(text: str = TEXT) -> dict[str, set[str]]:
    """The settings that the rows name, by the headings above them."""
    found: dict[str, set[str]] = {}
    for heading, cells in rows(text, "setting"):
        found.setdefault(heading, set()).update(re.findall(r"`([^`]+)`", cells[0]))
    return found


def mistakes(text: str) -> str:
    """What is wrong in a settings file; empty where nothing is."""
    try:
        settings_of(tomlfile.parse("x.toml", text), None, {})
    except SettingsError as error:
        return str(error)
    return ""


def known(unknown: str) -> set[str]:
    """The settings that the code knows beside one that it does not."""
    told = re.search(r'no setting "x"\. Known: (.+)\.$', mistakes(unknown), re.MULTILINE)
    assert told, mistakes(unknown)
    return set(told[1].split(", "))


def used(text: str = TEXT) -> dict[str, set[str]]:
    """The settings that the examples have, by the headings of their tables."""
    found: dict[str, set[str]] = {heading: set() for heading in UNKNOWN}
    for block in re.findall(r"^```toml\n(.+?)^```", text, re.DOTALL | re.MULTILINE):
        data = tomllib.loads(block)
        bots = data["bots"].values()
        tables = (
            [data],
            bots,
            [bot["persona"] for bot in bots if isinstance(bot["persona"], dict)],
            [bot["model"] for bot in bots if isinstance(bot["model"], dict)],
            [data["embedder"]],
            data["prices"].values(),
            [data["engine"]],
            [data["serve"]],
        )
        for names, several in zip(found.values(), tables, strict=True):
            names.update(name for table in several for name in table)
    return found


@pytest.mark.parametrize("heading", UNKNOWN)
def test_every_setting_is_named_and_no_other(heading: str):
    assert documented()[heading] == known(UNKNOWN[heading])


@pytest.mark.parametrize("heading", UNKNOWN)
def test_every_setting_has_an_example(heading: str):
    assert used()[heading] == known(UNKNOWN[heading])


def test_no_table_of_settings_is_passed_over():
    assert set(documented()) == {*UNKNOWN, CHANNEL}


def test_what_all_channels_have_is_named():
    assert documented()[CHANNEL] == {"bot"}
    assert "channels.web.bot must be" in mistakes("[channels.web]\nbot = 3")
    assert not mistakes("[channels.web]\nx = 3")


def test_every_provider_is_named_with_what_is_usual_there():
    listed = {cells[0].strip("`"): cells[1:] for _, cells in rows(TEXT, "provider")}
    assert set(listed) == set(PROVIDERS)
    for name, cells in listed.items():
        vendor = PROVIDERS[name].load()
        usual = [getattr(vendor, what, None) for what in ("key", "port", "model")]
        told = [re.findall(r"^`([^`]+)`$", cell) for cell in cells]
        assert told == [[] if one is None else [str(one)] for one in usual], name


def test_providers_stand_in_the_order_in_which_they_are_looked_for():
    ranks = [PROVIDERS[cells[0].strip("`")].load().rank for _, cells in rows(TEXT, "provider")]
    assert ranks == sorted(ranks)


def test_a_document_that_is_wrong_is_seen():
    heading = "The engine: `[engine]`"
    lacks = TEXT.replace("| `turns_at_once` |", "| turns at once |")
    more = TEXT.replace("| `turns_at_once` |", "| `turns_at_once`, `turns` |")
    assert documented(lacks)[heading] < known(UNKNOWN[heading]) < documented(more)[heading]
