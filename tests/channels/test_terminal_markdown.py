"""Streamed markdown comes to the same as the whole at once, and nothing is printed twice."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.screen import Screen
from tertulia.channels.terminal.blocks import Blocks, split
from tertulia.channels.terminal.drawing import Drawing
from tertulia.channels.terminal.page import Page
from tertulia.channels.terminal.rendering import Renderer
from tertulia.channels.terminal.streams import Out, clean

PIECES = [
    *("# ", "## ", "- ", "* ", "1. ", "2. ", "> ", "```", "```py", "~~~", "    ", "  ", "\t"),
    *("| a | b |", "|---|:-:|", "|", "---", "===", "***", "**", "*", "`", "~~", "\\", "<div>"),
    *(
        "[a]",
        "(http://x.y)",
        "[a]: http://x.y",
        "![i](u)",
        "<http://x.y>",
        "&amp;",
        "&#13;",
        "<!--",
    ),
    *("\n", "\n", "\n", "\n\n", "\n\n", " ", "word", "two words", "def f(x):", "\r", "\x1b[31m"),
    *("\x1b]0;title\x07", "日本語", "é", "\x00", "\x9b2J", "a-long-word-that-has-to-be-folded"),
]
MARKDOWN = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


@st.composite
def cut(draw: st.DrawFn) -> list[str]:
    """A text in pieces as a model sends them."""
    text = draw(MARKDOWN)
    places = sorted(draw(st.sets(st.integers(0, len(text)), max_size=12)))
    return [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]


class Sized(Out):
    """An output of the size of its screen."""

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen)
        self._screen = screen

    def size(self):  # type: ignore[no-untyped-def]
        import os

        return os.terminal_size((self._screen.columns, self._screen.height))


@pytest.fixture(autouse=True)
def terminal() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TERM", "xterm-256color")
        patch.delenv("NO_COLOR", raising=False)
        yield


def drawn(screen: Screen) -> Drawing:
    out = Sized(screen)
    return Drawing(out, Page(out), "ana")


def at_once(text: str, columns: int) -> str:
    screen = Screen(columns, 1000)
    drawn(screen).finish(text)
    return screen.text()


def plain(text: str) -> str:
    return re.sub(r"\s", "", text)


@given(cut())
def test_blocks_come_once_and_are_those_of_the_whole(pieces: list[str]) -> None:
    blocks, came = Blocks(), []
    for piece in pieces:
        blocks.add(piece)
        came += blocks.take()
    came += blocks.end()
    assert came == split("".join(pieces))
    assert plain("".join(came)) == plain(clean("".join(pieces)))


@settings(deadline=None, max_examples=60)
@given(cut(), st.integers(8, 90), st.integers(2, 30))
def test_a_streamed_reply_ends_up_as_the_whole_at_once(
    pieces: list[str], columns: int, lines: int
) -> None:
    screen = Screen(columns, lines)
    drawing = drawn(screen)
    drawing.draw()
    for piece in pieces:
        drawing.add(piece)
        drawing.draw()
    drawing.finish("".join(pieces))
    assert screen.text() == at_once("".join(pieces), columns)
    assert not screen.hidden


@settings(deadline=None, max_examples=40)
@given(cut(), st.lists(st.integers(8, 90), min_size=1, max_size=5), st.integers(200, 300))
def test_the_window_may_change_its_width_meanwhile(
    pieces: list[str], widths: list[int], lines: int
) -> None:
    screen = Screen(80, lines)
    drawing = drawn(screen)
    for n, piece in enumerate(pieces):
        drawing.add(piece)
        drawing.draw()
        screen.resize(widths[n % len(widths)])
        drawing.draw()
    drawing.finish("".join(pieces))
    blocks = split("".join(pieces))
    kept = {width: [plain(at_once(block, width)) for block in blocks] for width in {80, *widths}}
    rest = plain(screen.text())
    for one in zip(*kept.values(), strict=True):
        begins = [block for block in one if rest.startswith(block)]
        assert begins, (rest, one)
        rest = rest[len(max(begins, key=len)) :]
    assert not rest


@settings(deadline=None, max_examples=40)
@given(cut(), cut(), st.integers(20, 90))
def test_what_is_stored_replaces_what_was_streamed(
    pieces: list[str], stored: list[str], columns: int
) -> None:
    screen = Screen(columns, 1000)
    screen.write("above\n")
    drawing = drawn(screen)
    for piece in pieces:
        drawing.add(piece)
        drawing.draw()
    drawing.finish("".join(stored))
    assert screen.text() == f"above\n{at_once(''.join(stored), columns)}".rstrip("\n")


@settings(deadline=None, max_examples=60)
@given(MARKDOWN, st.integers(1, 60))
def test_nothing_that_a_terminal_obeys_gets_through(text: str, columns: int) -> None:
    out = Sized(Screen(columns, 10))
    render = Renderer(out)
    for block in split(text):
        for line in render.markdown(block):
            assert not re.search(r"[\x00-\x1f\x7f-\x9f]", re.sub(r"\x1b\[[0-9;]*m", "", line))
    for line in render.styled(text):
        assert not re.search(r"[\x00-\x1f\x7f-\x9f]", re.sub(r"\x1b\[[0-9;]*m", "", line))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<b>x</b>", "<b>x</b>"),
        ("a\nb", "a\nb"),
        ("[a](http://x.y)", "a (http://x.y)"),
        ("![a](http://x.y)", "!a (http://x.y)"),
        ("[a][1]\n\n[1]: http://x.y", "[a][1]\n\n[1]: http://x.y"),
        ("# Big", "Big"),
        ("```py\nx = 1\n\n\n```", "```py\nx = 1\n```"),
        ("    x\n    y", "```\nx\ny\n```"),
        ("```\n" + "x" * 50 + "\n```", "```\n" + "x" * 50 + "\n```"),
        ("- ```\n  " + "x" * 40 + "\n  ```", " • ```\n   " + "x" * 37 + "\n   xxx\n   ```"),
    ],
)
def test_all_that_was_said_can_be_seen(text: str, shown: str) -> None:
    assert at_once(text, 40) == shown


def test_a_tall_block_shows_its_end_while_it_grows_and_all_of_it_once() -> None:
    screen = Screen(20, 6)
    drawing = drawn(screen)
    for n in range(1, 31):
        drawing.add(f"{n}. item\n")
        drawing.draw()
        assert len(screen.text().split("\n")) <= 5
    assert screen.text().endswith("30 item")
    drawing.add("\nend")
    drawing.draw()
    drawing.finish("".join(f"{n}. item\n" for n in range(1, 31)) + "\nend")
    assert screen.text() == "\n".join([*(f" {n:2} item" for n in range(1, 31)), "", "end"])


def test_what_has_left_the_screen_is_said_again_under_a_mark() -> None:
    screen = Screen(20, 6)
    drawing = drawn(screen)
    for n in range(9):
        drawing.add(f"{n}\n\n")
    drawing.draw()
    drawing.finish("other\n\nwords")
    assert screen.text().endswith("(it reads now:)\nother\n\nwords")
    assert screen.text().startswith("0\n\n1\n")
