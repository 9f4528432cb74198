"""Finds the files of an export, and reads the conversations in one of them piece by piece."""

from __future__ import annotations

import codecs
import json
import re
import zlib
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from lzma import LZMAError
from pathlib import Path
from typing import IO
from zipfile import BadZipFile, ZipFile

from tertulia.values.errors import Malformed

_NAME = re.compile(r"conversations(?:-(\d+))?\.json", re.IGNORECASE)
"""A large export has its conversations in `conversations-000.json` and those that follow."""

_ZIP = b"PK\x03\x04"
_HEAD = 1 << 18
_PIECE = 1 << 20
_MOST = 32_000_000
"""The most characters of one conversation: it is held whole, several times over."""

_UNPACKED = 512_000_000
"""The most bytes that a zip may unpack to: a few megabytes can be made to hold any number."""

_BLANK = re.compile(r"[ \t\r\n]*")
_BEGINS = re.compile(r'\s*(?:\[\s*)?\{.*"mapping"\s*:', re.DOTALL)
_DECODER = json.JSONDecoder()
_UNREADABLE = (BadZipFile, zlib.error, LZMAError, EOFError, NotImplementedError, RuntimeError)
"""What a damaged zip raises; `RuntimeError` where it asks for a password."""


def known(path: Path) -> bool:
    """Whether it begins as ChatGPT's export does; a damaged zip of it counts, to be told so."""
    try:
        with closing(opened(path)) as found:
            _, file = next(found)
            head = file.read(_HEAD)
    except (Malformed, OSError, *_UNREADABLE):
        return _is_damaged_zip(path)
    text = head.decode(json.detect_encoding(head), "replace")
    return bool(_BEGINS.match(text)) or ("".join(text.split()) == "[]" and _has_name(path))


def _has_name(path: Path) -> bool:
    return path.is_dir() or path.suffix.lower() == ".zip" or bool(_NAME.fullmatch(path.name))


def _is_damaged_zip(path: Path) -> bool:
    """Whether it is a zip whose list of files cannot be read, or lists what we look for."""
    try:
        with ZipFile(path) as archive:
            return bool(_ordered(archive.namelist()))
    except _UNREADABLE:
        return True
    except (OSError, ValueError):  # not there, no file, or a name that no file can have
        return False


def opened(path: Path) -> Generator[tuple[str, IO[bytes]]]:
    """Each file of conversations, open, with its name for people. Raises: `Malformed`."""
    if path.is_dir():
        yield from _of_folder(path)
        return
    with _readable(str(path)):
        file = path.open("rb")
    with file:
        with _readable(str(path)):
            zipped = file.read(4) == _ZIP
            file.seek(0)
        if zipped:
            yield from _of_zip(path, file)
        else:
            yield str(path), file


def _of_folder(folder: Path) -> Iterator[tuple[str, IO[bytes]]]:
    within = (*folder.glob("*.json"), *folder.glob("*/*.json"))
    names = _ordered(str(file.relative_to(folder)) for file in within if file.is_file())
    for name in _some(names, str(folder)):
        with _readable(str(folder / name)):
            file = (folder / name).open("rb")
        with file:
            yield str(folder / name), file


def _of_zip(path: Path, file: IO[bytes]) -> Iterator[tuple[str, IO[bytes]]]:
    with _readable(str(path)):
        archive = ZipFile(file)
    with archive:
        names = _some(_ordered(archive.namelist()), str(path))
        _check_size(archive, names, str(path))
        for name in names:
            where = f"{name} in {path}"
            with _readable(where):
                member = archive.open(name)
            with member:
                yield where, member


def _check_size(archive: ZipFile, names: list[str], where: str) -> None:
    """What a zip tells of its files holds: no more of one is ever unpacked."""
    size = sum(archive.getinfo(name).file_size for name in names)
    if size > _UNPACKED:
        raise Malformed(
            f"The conversations in {where} unpack to {size // 1_000_000:,} MB, and at most "
            f"{_UNPACKED // 1_000_000:,} MB are taken out of a zip. Unpack it, and import its "
            "files."
        )


def _ordered(names: Iterator[str] | list[str]) -> list[str]:
    """Those with conversations, in the order of their numbers."""
    found = {name: _NAME.fullmatch(re.split(r"[/\\]", name)[-1]) for name in names}
    numbers = {name: int(match[1] or -1) for name, match in found.items() if match}
    return sorted(numbers, key=lambda name: (numbers[name], name))


def _some(names: list[str], where: str) -> list[str]:
    if names:
        return names
    raise Malformed(
        f"{where} holds no conversations.json. Name the zip that ChatGPT sends, the folder that "
        "it was unpacked to, or the file itself."
    )


@contextmanager
def _readable(where: str) -> Generator[None]:
    """What reading bytes may raise, as `Malformed`."""
    try:
        yield
    except OSError as error:
        wrong = f"{where} cannot be read ({error.strerror or error})."
    except UnicodeDecodeError as error:
        wrong = f"{where} is no text in {error.encoding}: it is damaged, or of another kind."
    except _UNREADABLE as error:
        wrong = f"{where} is damaged, or locked ({error}). Download the export again."
    except ValueError as error:  # a name that no file can have
        wrong = f"{where} cannot be read ({error})."
    else:
        return
    raise Malformed(wrong)


def values(where: str, file: IO[bytes]) -> Iterator[object]:
    """What a file lists, one after another, or the one thing in it. Raises: `Malformed`."""
    with _readable(where):
        text = _Text(where, file)
    listed = text.next() == "["
    text.skip(listed)
    while not (listed and text.next() == "]"):
        yield text.value()
        if not listed:
            break
        if text.next() not in (",", "]"):
            raise text.broken("a comma is missing")
        text.skip(text.next() == ",")
    text.skip(listed)
    if text.next():
        raise text.broken("something follows its end")


class _Text:
    """A JSON text of which no more is in memory than the value that is being read."""

    def __init__(self, where: str, file: IO[bytes]) -> None:
        encoding = json.detect_encoding(file.read(4))
        file.seek(0)
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._file = file
        self._where = where
        self._text, self._at, self._before, self._count = "", 0, 0, 1

    def next(self) -> str:
        """The next character that is no blank; none at the end."""
        while True:
            blank = _BLANK.match(self._text, self._at)
            self._at = blank.end() if blank else self._at
            if self._at < len(self._text) or not self._more():
                return self._text[self._at : self._at + 1]

    def skip(self, there: bool) -> None:
        """Go on by one character, where it is there."""
        self._at += there

    def value(self) -> object:
        """The next value, for which as much is read as it needs."""
        while True:
            try:
                value, self._at = _DECODER.raw_decode(self._text, self._at)
            except RecursionError:
                raise self.broken("it is nested too deeply") from None
            except ValueError as error:
                failed = error
            else:
                self._count += 1
                return value
            if not self._more():
                raise self._wrong(failed)

    def broken(self, why: str, at: int | None = None) -> Malformed:
        """The error of a text that is no JSON."""
        place = self._before + (self._at if at is None else at) + 1
        return Malformed(
            f"{self._where} is no sound JSON: {why} (conversation {self._count}, character "
            f"{place}). Download the export again, or unpack it again."
        )

    def _wrong(self, error: ValueError) -> Malformed:
        if not isinstance(error, json.JSONDecodeError):  # a number of too many digits
            return self.broken(str(error))
        cut = error.pos >= len(self._text.rstrip()) or error.msg.startswith("Unterminated")
        if cut and len(self._text) - self._at >= _MOST:
            return Malformed(
                f"{self._where}, conversation {self._count}: it is longer than {_MOST:,} "
                "characters, and cannot be taken in. Take it out of the file."
            )
        return self.broken("it breaks off" if cut else error.msg, error.pos)

    def _more(self) -> bool:
        """Read on; twice as much each time, so that a long value is not tried too often."""
        left = len(self._text) - self._at
        if left >= _MOST:
            return False
        with _readable(self._where):
            data = self._file.read(min(max(_PIECE, left), _MOST))
            piece = self._decoder.decode(data, final=not data)
        if not data:
            return False
        self._before += self._at
        self._text, self._at = self._text[self._at :] + piece, 0
        return True
