"""`/export`: the conversation on the page, or in a file."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tertulia.ports.channel import Host
from tertulia.values.errors import SettingsError
from tertulia.values.message import Place

FORMS = {
    ".md": "md",
    ".markdown": "md",
    ".json": "json",
    ".html": "html",
    ".htm": "html",
    ".txt": "txt",
}
"""What a file's name says of its form."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What `/export` comes to on the page: a text to keep as it is, or a sentence."""

    text: str
    sentence: bool = True


async def export(
    host: Host, place: Place, words: str, confirm: Callable[[str], Awaitable[bool]]
) -> Shown:
    """Do what `/export` and the words behind it say; `confirm` asks before a file is overwritten.

    Raises: `SettingsError` where there is nothing to export, or the file cannot be written.
    """
    form = words or "md"
    if form in FORMS.values():
        return Shown(await host.export(place, form), sentence=False)
    form = FORMS.get(Path(words).suffix.lower())
    if form is None:
        raise SettingsError(
            f"The name {words!r} says no form: end it with .md, .json, .html or .txt, "
            "as in /export talk.md."
        )
    text = await host.export(place, form)
    if _taken(words) and not await confirm(f"{words} exists. Overwrite it?"):
        return Shown("Nothing was written.")
    _write(words, text)
    return Shown(f"Written to {words}.")


def _taken(name: str) -> bool:
    with suppress(OSError):
        return _path(name).exists()
    return False


def _path(name: str) -> Path:
    try:
        return Path(name).expanduser()
    except RuntimeError:  # ~somebody who has no home here
        return Path(name)


def _write(name: str, text: str) -> None:
    path = _path(name)
    try:
        path.write_text(text, encoding="utf-8", errors="replace")
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}.") from error
