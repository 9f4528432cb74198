"""Reads settings one by one, and gathers a plain sentence for each that is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any, Generic, TypeVar, cast

from tertulia.app.nearest import did_you_mean
from tertulia.app.tomlfile import Key, Source
from tertulia.values.errors import SettingsError

T = TypeVar("T")
D = TypeVar("D")

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST = 40
_MOST = 20
_SECRETIVE = re.compile(
    r"\b(?:sk|pk|rk|gsk|xai|hf|ghp|nvapi)[-_]\S{6,}|\bAIza\S{6,}|\bBearer\s"
    r"|(?=\S*\d)[A-Za-z0-9_+/=-]{24,}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """What a value may be: in words, and how it is read (None: it is something else)."""

    words: str
    read: Callable[[object], T | None]


@dataclass(frozen=True, slots=True)
class Problems:
    """What is wrong in a file, or in what a program or a command line says in its place."""

    source: Source
    found: list[tuple[Key, str]] = field(default_factory=list[tuple[Key, str]])

    def tell(self) -> None:
        """Raise all that was found, each on its line, as one `SettingsError`."""
        if not self.found:
            return
        told = sorted((self.source.line(key), sentence) for key, sentence in self.found[:_MOST])
        lines = [self._where(line) + sentence for line, sentence in told]
        if len(self.found) > _MOST:
            lines.append(f"… and {len(self.found) - _MOST} more.")
        raise SettingsError("\n".join(lines))

    def _where(self, line: int) -> str:
        return f"{self.source.name}, line {line}: " if self.source.name else ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One place in the file: its value (None where there is none), and where it stands."""

    value: object
    key: Key
    problems: Problems

    def get(self, name: str) -> Entry:
        """The entry of that name in this table."""
        table = cast("dict[str, object]", self.value if isinstance(self.value, dict) else {})
        return Entry(table.get(name), (*self.key, name), self.problems)

    def table(self) -> dict[str, object]:
        """A copy of this table; empty where there is none, or something else, which is noted."""
        value = self.value
        if isinstance(value, dict):
            return dict(cast("dict[str, object]", value))
        if value is not None:
            self.wrong("a table")
        return {}

    def each(self) -> Iterator[tuple[str, Entry]]:
        """The entries of this table by their names."""
        return ((name, self.get(name)) for name in self.table())

    def all(self) -> Iterator[Entry]:
        """The entries of this list."""
        values = cast("list[object]", self.value if isinstance(self.value, list) else [])
        return (Entry(value, (*self.key, i), self.problems) for i, value in enumerate(values))

    def knows(self, names: Collection[str], *, instead: Mapping[str, str] | None = None) -> None:
        """Note every key of this table that is not among `names`.

        `instead` has a sentence for keys that somebody may look for here.
        """
        for name, entry in self.each():
            if name not in names:
                hint = f" {instead[name]}" if instead and name in instead else ""
                where = f"{self.named} has" if self.key else "there is"
                known = hint or did_you_mean(name, names)
                entry.note(f"{where} no setting {_quoted(name)}.{known}")

    def texts(self, words: str) -> list[tuple[str, Entry]]:
        """The texts of this list, each with its place, without those that are wrong."""
        if self.value is not None and not isinstance(self.value, list):
            self.wrong(words)
        return [(text, item) for item in self.all() if (text := item.read(TEXT, ""))]

    def read(self, kind: Kind[T], default: D) -> T | D:
        """The value, or `default` where there is none, or a wrong one, which is noted."""
        if self.value is None:
            return default
        found = kind.read(self.value)
        if found is None:
            self.wrong(kind.words)
            return default
        return found

    def wrong(self, words: str) -> None:
        """Note that the value is not what it must be."""
        self.note(f"{self.named} must be {words}, not {shown(self.value)}.")

    def note(self, sentence: str) -> None:
        """Note what is wrong here."""
        if (self.key, sentence) not in self.problems.found:
            self.problems.found.append((self.key, sentence))

    @property
    def named(self) -> str:
        """Its name as a person would write it, such as `bots.ana.model`."""
        first, *rest = self.key or ("the file",)
        parts = [f"[{part}]" if isinstance(part, int) else f".{_bare(part)}" for part in rest]
        return _bare(str(first)) + "".join(parts)


def _bare(name: str) -> str:
    return name if _BARE.fullmatch(name) else _quoted(name)


def _quoted(text: str) -> str:
    cut = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return json.dumps(cut, ensure_ascii=False)


def shown(value: object) -> str:
    """A value as the file has it, short; one that may be a secret is not shown."""
    if isinstance(value, str):
        return "a text that may be a secret" if secretive(value) else _quoted(value)
    if isinstance(value, bool):
        return str(value).lower()
    for kind, words in ((list, "a list"), (dict, "a table"), ((date, time), "a date or time")):
        if isinstance(value, cast("Any", kind)):
            return words
    return str(value)


def secretive(text: str) -> bool:
    """Whether a text looks like a key or a token, so that no message may repeat it."""
    return _SECRETIVE.search(text) is not None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() and "\0" not in value else None


def number(words: str, least: float | None = None) -> Kind[float]:
    """A number; of at least `least`."""

    def read(value: object) -> float | None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return value if abs(value) < 1e300 and (least is None or value >= least) else None

    return Kind(words, read)


def whole(least: int | None = None) -> Kind[int]:
    """A whole number; of at least `least`."""

    def read(value: object) -> int | None:
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 2**63:
            return None
        return value if least is None or value >= least else None

    return Kind("a whole number" + (f" of at least {least}" if least is not None else ""), read)


def one_of(*words: T) -> Kind[T]:
    """One of these words."""

    def read(value: object) -> T | None:
        return next((word for word in words if word == value), None)

    return Kind(" or ".join(f'"{word}"' for word in words), read)


TEXT = Kind("a text", _text)
