"""A reply drawn while it is being said: finished blocks for good, the last one anew each time."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence

from tertulia.channels.terminal.blocks import Blocks, split
from tertulia.channels.terminal.page import Page
from tertulia.channels.terminal.rendering import DIM, Renderer
from tertulia.channels.terminal.streams import Out, one_line
from tertulia.channels.terminal.words import AGAIN, CORRECTED

_WHEEL = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_DULL_WHEEL = "|/-\\"
_PER_SECOND = 10
_FENCE = re.compile(r" {0,3}(?:```|~~~)")
_TABLE = re.compile(r"[|: -]*-[|: -]*")


class Drawing:
    """One reply on a page. `who` is thinking until the first piece comes."""

    def __init__(self, out: Out, page: Page, who: str) -> None:
        self._page = page
        self._render = Renderer(out)
        self._wheel = _WHEEL if out.unicode else _DULL_WHEEL
        self._who = one_line(who)
        self._blocks = Blocks()
        self._printed: list[tuple[str, Sequence[str]]] = []
        self._beyond = 0
        self._void = False
        self._begun = False
        self._drawn: object = None

    def add(self, text: str) -> None:
        """The next piece."""
        if self._void:
            self._void = False
            self._page.put(self._render.styled(AGAIN, DIM))
        self._begun = self._begun or bool(text)
        self._blocks.add(text)
        self._drawn = None

    def again(self) -> None:
        """What was added is void."""
        if self._begun:
            self.withdraw()
            self._void = True

    def draw(self) -> None:
        """Bring the page up to date, where anything has changed."""
        state = (self._spoke(), self._page.size())
        if state != self._drawn:
            self._drawn = state
            self._page.update(self._print(self._blocks.take()), self._live())

    def finish(self, text: str) -> None:
        """Show the reply as it is stored, whatever was drawn before."""
        blocks = split(text)
        same = 0
        for block, (printed, _) in zip(blocks, self._printed, strict=False):
            if block != printed:
                break
            same += 1
        mark: Sequence[str] = ()
        if not self._erase(same):
            mark = self._render.styled(CORRECTED, DIM)
        self._page.update([*mark, *self._print(blocks[same:])], ())
        self._blocks = Blocks()

    def withdraw(self) -> None:
        """Erase what was drawn, as far as it can still be reached."""
        self._erase(0)
        self._page.update((), ())
        self._blocks = Blocks()
        self._begun = False
        self._drawn = None

    def stay(self) -> None:
        """Nothing more comes: what was drawn stays as it is."""
        self._page.update(self._print(self._blocks.end()), ())

    def leave(self) -> None:
        """Let what was printed stand out of reach: something else comes below it."""
        self._page.update((), ())
        self._beyond = len(self._printed)
        self._drawn = None

    def _erase(self, first: int) -> bool:
        """Take back what was printed from this block on; False where some of it stays."""
        lines = [line for _, lines in self._printed[max(first, self._beyond) :] for line in lines]
        reached = first >= min(self._beyond, len(self._printed))
        del self._printed[first:]
        self._beyond = min(self._beyond, first)
        return (not lines or self._page.take_back(lines)) and reached

    def _print(self, blocks: Sequence[str]) -> Sequence[str]:
        """The lines of these blocks, which are printed from now on."""
        new: list[str] = []
        for block in blocks:
            lines = self._spaced(self._render.markdown(block), above=self._something_above())
            self._printed.append((block, lines))
            new += lines
        return new

    def _something_above(self) -> bool:
        return any(lines for _, lines in self._printed)

    def _spaced(self, lines: Sequence[str], *, above: bool) -> Sequence[str]:
        """With an empty line before it, where something stands above."""
        return ["", *lines] if above and lines else lines

    def _live(self) -> Sequence[str]:
        if not self._begun:
            return [self._thinking()]
        shown: list[str] = []
        for block in self._blocks.rest():
            lines = self._render.markdown(self._end_of(block))
            shown += self._spaced(lines, above=bool(shown) or self._something_above())
        return shown

    def _end_of(self, block: str) -> str:
        """Of a long block only what the screen can hold, so that drawing it stays cheap."""
        lines = block.split("\n")
        head = _head(lines)
        most = 3 * self._page.size().lines
        return "\n".join([*lines[:head], *lines[head:][-most:]])

    def _spoke(self) -> int:
        """Which spoke of the wheel is lit while nothing has been said."""
        return 0 if self._begun else int(time.monotonic() * _PER_SECOND)

    def _thinking(self) -> str:
        wheel = self._wheel[self._spoke() % len(self._wheel)]
        return self._render.styled(f"{wheel} {self._who} is thinking …", DIM)[0]


def _head(lines: Sequence[str]) -> int:
    """How many lines of a block tell what the rest is: a fence, or the head of a table."""
    if _FENCE.match(lines[0]):
        return 1
    return 2 if len(lines) > 1 and _TABLE.fullmatch(lines[1]) else 0
