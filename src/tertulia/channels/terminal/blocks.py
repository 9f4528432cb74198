"""Markdown that is still being written, cut into blocks that are finished and one that is not."""

from __future__ import annotations

from collections.abc import Sequence

from markdown_it import MarkdownIt

from tertulia.channels.terminal.streams import clean

TASTE = ("reference", "html_block", "html_inline", "image", "autolink")
"""What is not read as markdown: it would hide something that the model said, or change what was
printed long before."""


def reader() -> MarkdownIt:
    """A parser for what models write: CommonMark, tables, strikethrough, and all text visible."""
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).disable(TASTE)


class Blocks:
    """Takes pieces of any length; gives each finished top-level block once.

    A block is finished once another begins in a whole line: CommonMark never opens a closed one
    again.
    """

    def __init__(self) -> None:
        self._lines = ""
        self._partial = ""
        self._outline = reader()
        self._outline.core.ruler.enableOnly(["normalize", "block"])

    def add(self, piece: str) -> None:
        """The next piece of the text."""
        text = self._partial + piece
        cut = text.rfind("\n") + 1
        self._lines += clean(text[:cut])
        self._partial = text[cut:]

    def rest(self) -> Sequence[str]:
        """What is not finished: one block, as a rule, and the beginning of the next."""
        return [_bare(block) for block in self._cut(self._lines + clean(self._partial))]

    def take(self) -> Sequence[str]:
        """The blocks that were finished since the last time."""
        *finished, rest = self._cut(self._lines) or [""]
        if finished:
            self._lines = rest
        return [_bare(block) for block in finished]

    def end(self) -> Sequence[str]:
        """All that is left, when nothing comes any more."""
        blocks = self.rest()
        self._lines = self._partial = ""
        return blocks

    def _cut(self, text: str) -> list[str]:
        lines = text.split("\n")
        begins = [
            token.map[0]
            for token in self._outline.parse(text)
            if token.level == 0 and token.nesting >= 0 and token.map
        ]
        return [
            "\n".join(lines[begin:end])
            for begin, end in zip(begins, [*begins[1:], None], strict=False)
        ]


def split(text: str) -> Sequence[str]:
    """The top-level blocks of a whole text."""
    blocks = Blocks()
    blocks.add(text)
    return blocks.end()


def _bare(block: str) -> str:
    """Without the empty lines behind it."""
    lines = block.split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    return "\n".join(lines)
