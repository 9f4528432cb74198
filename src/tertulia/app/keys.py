"""Reads secrets from where the settings say they are: the environment, or a file of their own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tertulia.app.entry import Entry, secretive
from tertulia.app.nearest import nearest
from tertulia.app.tomlfile import expanded, read_bytes, short
from tertulia.values.errors import SettingsError
from tertulia.values.secret import Secret

LARGEST = 64_000

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HOW = (
    'Put it into an environment variable and write "env:NAME", '
    'or into a file of its own and write "file:PATH".'
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What settings may refer to: the environment, and files from the settings' own folder on."""

    environ: Mapping[str, str]
    folder: Path

    def path(self, text: str) -> Path:
        """A path as it is written in the settings; `~` is the user's home."""
        return self.folder / expanded(Path(text))


def secret(entry: Entry, around: Surroundings) -> Secret | None:
    """The secret that an entry names as `env:NAME` or `file:PATH`; what is wrong is noted."""
    if entry.value is None or isinstance(entry.value, Secret):
        return entry.value
    text = entry.value if isinstance(entry.value, str) else ""
    where, _, name = text.partition(":")
    if where not in _READERS or not name.strip():
        entry.note(f"{entry.named} is no place to read a key from, and may be a key itself. {_HOW}")
        return None
    try:
        value = _READERS[where](name.strip(), around)
    except SettingsError as error:
        entry.note(f"{entry.named}: {error}")
        return None
    return Secret(value, f"{where}:{name.strip()}")


def _from_environment(name: str, around: Surroundings) -> str:
    if not _VARIABLE.fullmatch(name) or (name not in around.environ and secretive(name)):
        raise SettingsError(
            f"what stands behind env: is no variable's name, and may be a key itself. {_HOW}"
        )
    if name not in around.environ:
        close = nearest(name, around.environ)
        meant = f" Did you mean {close}?" if close else " Set it, or correct its name."
        raise SettingsError(f"the environment variable {name} is not set.{meant}")
    return _usable(around.environ[name], f"the environment variable {name}")


def _from_file(name: str, around: Surroundings) -> str:
    path = around.path(name)
    what = "the file that it names" if secretive(name) else f"the file {short(path)}"
    content = read_bytes(path, what, LARGEST)
    return _usable(content.decode("utf-8-sig", errors="replace"), what)


def _usable(text: str, what: str) -> str:
    value = text.strip()
    if not value:
        raise SettingsError(f"{what} is empty.")
    if not (value.isascii() and value.isprintable()):
        raise SettingsError(
            f"{what} must hold one line of plain letters and digits: the key alone."
        )
    return value


_READERS = {"env": _from_environment, "file": _from_file}
