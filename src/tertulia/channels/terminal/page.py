"""A terminal as a page: lines printed for good, and below them a few that are drawn anew."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from rich.cells import chop_cells

from tertulia.channels.terminal.streams import Out

_STYLES = re.compile(r"\x1b\[[0-9;]*m")
_HIDE, _SHOW = "\x1b[?25l", "\x1b[?25h"


class Page:
    """Knows how many rows each line takes, also after the window has become narrower.

    Where the terminal cannot move its cursor, only what is for good is written.
    """

    def __init__(self, out: Out) -> None:
        self._out = out
        self._live: Sequence[str] = ()
        self.moves = out.tty and not out.dumb

    def size(self) -> os.terminal_size:
        """Columns and rows, as they are now."""
        return self._out.size()

    def put(self, lines: Sequence[str]) -> None:
        """Print lines for good, above those that are drawn anew."""
        self.update(lines, self._live)

    def update(self, lines: Sequence[str], live: Sequence[str]) -> None:
        """Print `lines` for good, and draw `live` below them in place of what was there."""
        said = "".join(f"{line}\n" for line in lines)
        if not self.moves:
            if said:
                self._out.write(said)
            return
        kept = self._newest(live)
        if said or kept or self._live:
            show = _HIDE if kept else _SHOW if self._live else ""
            self._out.write(self._erased(0) + show + said + "\n".join(kept))
        self._live = kept

    def take_back(self, lines: Sequence[str]) -> bool:
        """Erase these, the last lines printed, and what is below.

        False where some have left the screen already: they cannot be erased.
        """
        if not self.moves:
            return not lines
        rows = self._rows(lines)
        whole = rows + max(self._rows(self._live) - 1, 0) < self.size().lines
        self._out.write(self._erased(rows) + (_SHOW if self._live else ""))
        self._live = ()
        return whole

    def _erased(self, more: int) -> str:
        """Goes up over the live lines and `more` rows, as far as the screen reaches, and erases."""
        if not self._live and not more:
            return ""
        up = min(more + max(self._rows(self._live) - 1, 0), self.size().lines - 1)
        return "\r" + (f"\x1b[{up}A" if up else "") + "\x1b[J"

    def _newest(self, lines: Sequence[str]) -> Sequence[str]:
        """As many of the last lines as the screen holds."""
        kept = len(lines)
        left = self.size().lines - 1
        while kept and (left := left - self._rows(lines[kept - 1 : kept])) >= 0:
            kept -= 1
        return lines[kept:]

    def _rows(self, lines: Sequence[str]) -> int:
        width = self.size().columns
        return sum(max(1, len(chop_cells(_STYLES.sub("", line), width))) for line in lines)
