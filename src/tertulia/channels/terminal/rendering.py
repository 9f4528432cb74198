"""Markdown and styled text as lines for a terminal of any width."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from markdown_it.token import Token
from rich import markdown
from rich.console import Console, ConsoleOptions, JustifyMethod, RenderableType, RenderResult
from rich.segment import Segment, Segments
from rich.syntax import Syntax
from rich.text import Text
from rich.theme import Theme

from tertulia.channels.terminal.blocks import reader
from tertulia.channels.terminal.streams import Out, clean

DIM = "dim"
_THEME = Theme({"markdown.code": "bold cyan", "markdown.block_quote": "italic"})
"""No background: what is dark on one terminal is light on another."""

NOTICE = "cyan"
"""The engine's own voice."""


class _Heading(markdown.Heading):
    """At the left, as in a chat."""

    LEVEL_ALIGN: ClassVar[dict[str, JustifyMethod]] = dict.fromkeys(
        markdown.Heading.LEVEL_ALIGN, "left"
    )


class _Code(markdown.CodeBlock):
    """Between its fences, in the terminal's own colours, and never wrapped: it is for copying.

    Within a list or a quotation it is wrapped, or it would be cut.
    """

    def __init__(self, lexer_name: str, theme: str, width: int | None = None) -> None:
        super().__init__(lexer_name, theme)
        self._width = width

    @classmethod
    def create(cls, markdown: markdown.Markdown, token: Token) -> _Code:
        """Made for each code block."""
        width = markdown.width if isinstance(markdown, _Markdown) else None
        return cls(token.info.partition(" ")[0], markdown.code_theme, width)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        code = str(self.text).removesuffix("\n")
        syntax = Syntax(
            code, self.lexer_name or "text", theme=self.theme, background_color="default"
        )
        shown = syntax.highlight(code)
        shown.rstrip()
        if options.max_width == self._width:
            shown.no_wrap, shown.overflow = True, "ignore"
        else:
            shown.no_wrap, shown.overflow = False, "fold"
        yield Text(f"```{self.lexer_name}", DIM)
        yield shown
        yield Text("```", DIM)


class _Markdown(markdown.Markdown):
    """Rich's, with our reading of the text: line breaks stay, and links show where they lead."""

    elements: ClassVar[dict[str, type[markdown.MarkdownElement]]] = {
        **markdown.Markdown.elements,
        "heading_open": _Heading,
        "fence": _Code,
        "code_block": _Code,
    }

    def __init__(self, source: str, width: int) -> None:
        super().__init__("", code_theme="ansi_dark", hyperlinks=False)
        self.width = width
        self.parsed = reader().parse(source)
        for token in self.parsed:
            for child in token.children or ():
                if child.type == "softbreak":
                    child.type = "hardbreak"


class Renderer:
    """Turns text into lines for `out`."""

    def __init__(self, out: Out) -> None:
        self._out = out
        self._console = Console(file=out.stream, highlight=False, theme=_THEME)

    def markdown(self, source: str) -> Sequence[str]:
        """One block of markdown, cleaned already, without empty lines around it."""
        width = self._out.size().columns
        return self._lines(_Markdown(source, width), width)

    def styled(self, text: str, style: str = "") -> Sequence[str]:
        """Text as it stands, cleaned here, wrapped at words."""
        return self._lines(Text(clean(text), style), self._out.size().columns)

    def _lines(self, renderable: RenderableType, width: int) -> Sequence[str]:
        options = self._console.options.update(width=width)
        segments = self._console.render(renderable, options)
        lines = [list(_trimmed(line)) for line in Segment.split_lines(segments)]
        while lines and not lines[-1]:
            lines.pop()
        while lines and not lines[0]:
            lines.pop(0)
        return [self._written(line) for line in lines]

    def _written(self, line: list[Segment]) -> str:
        with self._console.capture() as written:
            self._console.print(Segments(line), soft_wrap=True, end="")
        return written.get()


def _trimmed(line: Iterable[Segment]) -> list[Segment]:
    """Without the spaces that fill a line up to its end."""
    kept = list(line)
    while kept and not kept[-1].text.rstrip():
        kept.pop()
    if kept:
        text, style, _ = kept[-1]
        kept[-1] = Segment(text.rstrip(), style)
    return kept
