"""Text on its way to a terminal: made harmless, and written without failing on a letter."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import suppress
from typing import TextIO

from tertulia.values.errors import NotHere

_SEQUENCES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]?"
)
"""Terminal control sequences (ECMA-48). None crosses the end of a line, so that cleaning a text
line by line, or while it is still growing, comes to the same as cleaning it at once."""

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

_DULL = str.maketrans({"…": "...", "•": "*", "▌": "|", "–": "-", "—": "-", "·": "-"})  # noqa: RUF001


class Closed(NotHere):
    """The output is closed: nobody reads it any more."""


def clean(text: str) -> str:
    """The text without anything that a terminal obeys; lines and tabs stay."""
    return _CONTROLS.sub("", _SEQUENCES.sub("", text))


def one_line(text: str) -> str:
    """The text cleaned, on one line."""
    return " ".join(clean(text).split())


class Out:
    """A text stream that replaces what its encoding lacks. Raises: `Closed`."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._encoding = stream.encoding or "utf-8"
        self.unicode = self._encoding.lower().replace("_", "-").startswith("utf")
        self.tty = stream.isatty()
        self.dumb = os.environ.get("TERM", "").lower() in {"dumb", "unknown"}

    @property
    def stream(self) -> TextIO:
        """The stream itself, for a library that asks it what it can do."""
        return self._stream

    def write(self, text: str) -> None:
        """Write `text` as it is, at once."""
        if not self.unicode:
            text = text.translate(_DULL)
        text = text.encode(self._encoding, "replace").decode(self._encoding)
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError) as error:
            _abandon(self._stream)
            raise Closed("Nobody reads the output any more.") from error

    def tell(self, text: str, *, dim: bool = False) -> None:
        """Write a line that is not the reply itself, cleaned."""
        text = clean(text)
        if dim and self.tty and not self.dumb:
            text = f"\x1b[2m{text}\x1b[0m"
        self.write(f"{text}\n")

    def size(self) -> os.terminal_size:
        """Columns and rows, as they are now."""
        with suppress(OSError, ValueError):
            found = os.get_terminal_size(self._stream.fileno())
            if found.columns and found.lines:
                return found
        return shutil.get_terminal_size()


def _abandon(stream: TextIO) -> None:
    """Send what is still buffered nowhere, or Python complains of it when it exits."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, stream.fileno())
        finally:
            os.close(nowhere)
