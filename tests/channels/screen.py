"""A terminal that keeps all that scrolled away, and wraps its lines anew when it changes width."""

from __future__ import annotations

import asyncio
import io
import re

from rich.cells import chop_cells

_TOKENS = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])|(\r)|(\n)|([^\x1b\r\n]+)")


class Tty(io.StringIO):
    """Text that goes to a terminal: its size is in COLUMNS and LINES."""

    def isatty(self) -> bool:
        return True


class Screen(Tty):
    """Knows what the page uses: up, erase downwards, hide and show; anything else is an error."""

    def __init__(self, columns: int, lines: int) -> None:
        super().__init__()
        self.columns = columns
        self.height = lines
        self.lines = [""]
        self.row = 0  # of the last line, which the cursor is on
        self.hidden = False
        self.when: tuple[str, asyncio.Event] | None = None
        """An event to be set once this text can be seen."""

    def write(self, text: str) -> int:
        at = 0
        for found in _TOKENS.finditer(text):
            assert found.start() == at, repr(text[at : found.start()])
            at = found.end()
            self._token(*found.groups())
        assert at == len(text), repr(text[at:])
        if self.when is not None and self.when[0] in self.text():
            self.when[1].set()
        return super().write(text)

    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.lines).rstrip("\n")

    def _token(self, numbers: str, command: str, back: str, new: str, text: str) -> None:
        if text:
            self._begin_row()
            self.lines[-1] += text
            self.row = self._rows(self.lines[-1]) - 1
        elif new:
            assert self.row == self._rows(self.lines[-1]) - 1
            self.lines.append("")
            self.row = 0
        elif back:
            self._at_begin = True
        elif command == "A":
            self._up(int(numbers))
        elif command == "J":
            self._begin_row()
        elif command in "lh" and numbers == "?25":
            self.hidden = command == "l"
        else:
            assert command == "m", (numbers, command)

    _at_begin = False
    """Whether the cursor is at the begin of its row, with something behind it."""

    def _begin_row(self) -> None:
        """What stands behind a cursor that went back is erased, in the product always first."""
        if self._at_begin:
            rows = chop_cells(self.lines[-1], self.columns)
            self.lines[-1] = "".join(rows[: self.row])
            self._at_begin = False

    def _up(self, rows: int) -> None:
        assert self._at_begin
        assert rows < self.height, "above the top of the screen"
        for _ in range(rows):
            if self.row == 0:
                self.lines.pop()
                self.row = self._rows(self.lines[-1]) - 1
            else:
                self.row -= 1

    def _rows(self, line: str) -> int:
        return max(1, len(chop_cells(line, self.columns)))

    def resize(self, columns: int) -> None:
        self.columns = columns
        self.row = self._rows(self.lines[-1]) - 1
