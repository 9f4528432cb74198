"""Takes what was forgotten out of what lies beside the database: the log, and what was typed."""

from __future__ import annotations

import logging
import os
import re
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tertulia.values.errors import StoreError
from tertulia.values.quoting import gives_away, rare_traces, traces

LOG, HISTORY = "tertulia.log", "history"
"""Their names within the data folder; older logs have a number behind."""

FORGOTTEN = "(forgotten)"
_HEAD = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ [A-Z]+ [\w.]+: ")
"""What stands before the words of a line in the log."""

_BLANK = re.compile(r"\\[nrt]")
_UNICODE = re.compile(r"\\u([0-9a-fA-F]{4})")


def clean_up(data: Path, texts: Sequence[str]) -> None:
    """Clean the log and the typed history in the folder `data` of these texts.

    Raises: `StoreError` where a file cannot be cleaned; the others are.
    """
    said = [text for text in texts if text.strip()]
    if not said:
        return
    failed: list[str] = []
    for path, clean in _files(data, said):
        try:
            clean(path)
        except OSError as error:
            failed.append(f"{path} ({error.strerror or error})")
    if failed:
        raise StoreError(
            "It is forgotten in the database, but not in what lies beside it: "
            f"{', '.join(failed)} could not be cleaned. Remove it, or clean it by hand."
        )


def _files(data: Path, said: Sequence[str]) -> Iterator[tuple[Path, Callable[[Path], None]]]:
    marks, rare = traces(said), rare_traces(said)
    for path in sorted(data.glob(f"{LOG}*")):
        yield path, lambda path: _clean_log(path, rare)
    typed = data / HISTORY
    if typed.exists():
        yield typed, lambda path: _clean_history(path, said, marks)


def _clean_log(path: Path, marks: frozenset[str]) -> None:
    """In place: whoever logs has the file open, and goes on at its end."""
    with _nobody_logs(), path.open("r+b") as file:
        before = file.read()
        after = _without(before, marks)
        if after == before:
            return
        # Another process may have logged meanwhile.
        after += _without(file.read(), marks)
        file.seek(0)
        file.write(after)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())


def _without(lines: bytes, marks: frozenset[str]) -> bytes:
    text = lines.decode("utf-8", "surrogateescape")
    return "".join(_line(line, marks) for line in text.splitlines(keepends=True)).encode(
        "utf-8", "surrogateescape"
    )


def _line(line: str, marks: frozenset[str]) -> str:
    head = _HEAD.match(line)
    start = head.end() if head is not None else 0
    said = line[start:]
    if not gives_away(said, marks) and not gives_away(_unescaped(said), marks):
        return line
    return f"{line[:start]}{FORGOTTEN}\n"


def _unescaped(line: str) -> str:
    """A line as it reads without the signs that JSON and Python put in place of others."""
    if "\\" not in line:
        return line
    pairs = _UNICODE.sub(lambda found: chr(int(found[1], 16)), _BLANK.sub(" ", line))
    return pairs.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@contextmanager
def _nobody_logs() -> Generator[None]:
    """Hold back the log of this process."""
    handlers = list(logging.getLogger("tertulia").handlers)
    for handler in handlers:
        handler.acquire()
    try:
        yield
    finally:
        for handler in reversed(handlers):
            handler.release()


def _clean_history(path: Path, said: Iterable[str], marks: frozenset[str]) -> None:
    """In one step: a talk opens the file anew for each line that is typed."""
    path = path.resolve()
    before = path.read_bytes().decode("utf-8", "surrogateescape")
    tells = _telling(said, marks)
    after = "".join(entry for entry in _entries(before) if not tells(_typed(entry)))
    if after == before:
        return
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(number, "wb") as file:
            file.write(after.encode("utf-8", "surrogateescape"))
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def _entries(text: str) -> Iterator[str]:
    """What was typed, entry by entry: lines with their date before, then those of the text."""
    entry: list[str] = []
    for line in text.split("\n"):
        if entry and entry[-1].startswith("+") and not line.startswith("+"):
            yield "".join(entry)
            entry = []
        entry.append(f"{line}\n")
    # What is behind the last line feed is no line: the one that was added goes again.
    yield "".join(entry)[:-1]


def _typed(entry: str) -> str:
    return "\n".join(line[1:] for line in entry.split("\n") if line.startswith("+"))


def _telling(said: Iterable[str], marks: frozenset[str]) -> Callable[[str], bool]:
    """Whether what was typed is, or has in it, something that was said; capitals do not matter.

    Of a command, which looks for it or corrects it, a word that gives it away is enough.
    """
    texts = {" ".join(text.split()).casefold() for text in said}
    whole = "|".join(re.escape(text) for text in sorted(texts, key=len, reverse=True))
    found = re.compile(rf"(?<!\w)(?:{whole})(?!\w)")

    def tells(typed: str) -> bool:
        if typed.startswith("/") and gives_away(typed, marks):
            return True
        return found.search(" ".join(typed.split()).casefold()) is not None

    return tells
