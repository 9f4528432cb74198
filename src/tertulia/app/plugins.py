"""Finds a part by (kind, name) through entry points; a built-in takes the same road as any other.

The group of a kind is `tertulia.KIND`: `tertulia.models`, `tertulia.stores`, `tertulia.channels` …
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from tertulia.app.nearest import nearest
from tertulia.values.errors import PartMissing

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

_GROUP = "tertulia."
_OURS = "tertulia"
_ONE = {"models": "model provider", "memories": "memory"}


def load(kind: str, name: str) -> Any:
    """The part itself: imports its module, and no other.

    Raises: `PartMissing` where no part has that name, or its module cannot be imported.
    """
    part = _parts(kind).get(name)
    if part is None:
        raise PartMissing(_unknown(kind, name))
    try:
        return part.load()
    except Exception as error:  # noqa: BLE001 - somebody else's module may raise anything
        failed = error
    raise PartMissing(_broken(kind, part, failed)) from failed


def names(kind: str) -> tuple[str, ...]:
    """The parts of a kind that are installed, in order of the alphabet; imports none."""
    return tuple(sorted(_parts(kind)))


def _parts(kind: str) -> dict[str, EntryPoint]:
    return _installed().get(kind, {})


@cache
def _installed() -> dict[str, dict[str, EntryPoint]]:
    """Every part of every kind: metadata is scanned once a process."""
    from importlib.metadata import distributions

    every = [
        part
        for package in distributions()
        for part in package.entry_points
        if part.group.startswith(_GROUP)
    ]
    found: dict[str, dict[str, EntryPoint]] = {}
    # The first to have a name keeps it, ours before all others.
    for part in sorted(every, key=lambda part: _top(part) != _OURS):
        found.setdefault(part.group.removeprefix(_GROUP), {}).setdefault(part.name, part)
    return found


def _package(part: EntryPoint) -> str:
    return part.dist.name if part.dist else _top(part)


def _top(part: EntryPoint) -> str:
    return part.module.partition(".")[0]


def _one(kind: str) -> str:
    return _ONE.get(kind, kind.removesuffix("s"))


def _unknown(kind: str, name: str) -> str:
    known = names(kind)
    close = nearest(name, known)
    meant = f' Did you mean "{close}"?' if close else ""
    listed = f" Installed: {', '.join(known)}." if known else " None is installed."
    return f'There is no {_one(kind)} "{name}".{meant}{listed}'


def _broken(kind: str, part: EntryPoint, error: Exception) -> str:
    missing = (getattr(error, "name", None) or "").partition(".")[0]
    if isinstance(error, ModuleNotFoundError) and missing not in ("", _top(part)):
        return (
            f'The {_one(kind)} "{part.name}" needs the package "{missing}", which is not '
            f"installed: {_install(part, missing)}"
        )
    return (
        f'The {_one(kind)} "{part.name}" of the package {_package(part)} cannot be loaded '
        f"({type(error).__name__}: {error}). Install it again: "
        f"pip install --force-reinstall {_package(part)}"
    )


def _install(part: EntryPoint, missing: str) -> str:
    """The command that brings what a part misses: by the extra of its name, where there is one."""
    extras = (part.dist.metadata.get_all("Provides-Extra") if part.dist else None) or []
    if part.name in extras:
        return f'pip install "{_package(part)}[{part.name}]"'
    return f"pip install {missing}"
