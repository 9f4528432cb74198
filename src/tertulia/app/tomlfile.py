"""Reads a TOML file, and knows on which line each of its keys stands."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

from tertulia.values.errors import SettingsError

Key = tuple[str | int, ...]
"""Where a value stands: the names of its tables, its place in a list, its own name."""

LARGEST = 250_000
"""Bytes; a larger file is no settings file."""

_WHERE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was read: what a person knows it by, its text and its values."""

    name: str
    text: str
    data: Mapping[str, object]

    def line(self, key: Key) -> int:
        """The line on which the statement begins that first tells of `key`, from 1.

        TOML has one statement a line, save where a text or a list goes on over several. So the
        values of the file's first n lines only grow with n, wherever these can be read at all; and
        the statement begins on the first line from which on, read to its end, they hold the key.
        """
        lines = self.text.split("\n")

        @cache
        def values(count: int) -> object:
            while (found := _parsed("\n".join(lines[:count]) + "\n")) is None:
                # What goes on over several lines ends on one that closes something.
                count = next(n for n in range(count + 1, len(lines) + 1) if _closes(lines[n - 1]))
            return found

        first = bisect_left(range(len(lines)), True, key=lambda count: _has(values(count), key))
        return max(first, 1)


NOTHING = Source("", "", {})
"""The settings of one who has written none."""


def read(path: Path) -> Source:
    """Read a settings file. Raises: `SettingsError`."""
    name = short(path)
    return parse(name, _text(name, read_bytes(path, name, LARGEST)))


def parse(name: str, text: str) -> Source:
    """Read the text of the settings file of that name. Raises: `SettingsError`."""
    try:
        return Source(name, text, _loads(text))
    except RecursionError:
        raise SettingsError(f"{name}: its tables and lists are nested too deeply.") from None
    except ValueError as error:
        raise SettingsError(_not_toml(name, text, str(error))) from None


def read_bytes(path: Path, name: str, largest: int) -> bytes:
    """What a small file holds. Raises: `SettingsError`."""
    try:
        with path.open("rb") as file:
            content = file.read(largest + 1)
    except (OSError, ValueError) as error:  # ValueError: a path that holds a NUL
        why = getattr(error, "strerror", None) or str(error)
        raise SettingsError(f"{name} cannot be read: {why}.") from None
    if len(content) > largest:
        raise SettingsError(
            f"{name} is larger than {largest // 1000} kB, which is too much for it."
        )
    return content


def short(path: Path) -> str:
    """A path as a person would type it: from the working folder on, where it lies in that."""
    try:
        return str(path.relative_to(Path.cwd()))
    except (OSError, ValueError):
        return str(path)


def expanded(path: Path) -> Path:
    """The path with the user's home in place of `~`; as it is where there is no such user."""
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def _text(name: str, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SettingsError(f"{name}, line {line}: this is not UTF-8. Save it as UTF-8.") from None


def _loads(text: str) -> dict[str, object]:
    import tomllib

    return tomllib.loads(text)


def _parsed(text: str) -> dict[str, object] | None:
    try:
        return _loads(text)
    except ValueError:
        return None


def _not_toml(name: str, text: str, said: str) -> str:
    where = _WHERE.search(said)
    what = said[: where.start()] if where else said
    if where is None:
        return f"{name} is not TOML: {what}."
    if where[1] is None:
        return (
            f"{name}, line {len(text.rstrip().splitlines())} (the end): this is not TOML: {what}."
        )
    return f"{name}, line {where[1]}, column {where[2]}: this is not TOML: {what}."


def _closes(line: str) -> bool:
    return any(mark in line for mark in ("]", "}", '"""', "'''"))


def _has(data: object, key: Key) -> bool:
    for part in key:
        if isinstance(part, int):
            if not isinstance(data, list) or len(cast("list[Any]", data)) <= part:
                return False
        elif not isinstance(data, dict) or part not in data:
            return False
        data = cast("Any", data)[part]
    return True
