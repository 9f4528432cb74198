"""How a reply in Markdown is cut into messages that Discord takes and that can be read one by one.

Discord counts characters as Python does, in code points, and trims what is blank at both ends.

A cut is decided from the shortest beginning of what is left that no longer fits into a message,
and from nothing behind it: of what comes after the limit it sees one character at most. So what
was cut stays cut while a reply grows. Only the last message may still change.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, replace
from itertools import groupby
from typing import cast

import regex

LIMIT = 2000
TICKS = 64  # more backticks than this are an ornament, not a fence
REACH = 160  # the line that closes a fence is never longer
BLOCK, LINE, WEAK, SENTENCE, WORD, POOR = range(1, 7)  # how good a place to cut is

_SPACE = re.compile(r"\s*+")
# in Chinese and Japanese no blank stands behind a full stop or a comma
_GAP = re.compile(
    r"\s++|(?<=[\u3002\uff01\uff1f])(?=[^\s\u3002\uff01\uff1f\u300d\u300f\u201d\u2019\uff09\u3011])"
    r"|(?<=[\u300d\u300f\uff0c\u3001\uff1b])(?=\S)"
)
_OPENS = re.compile(r"((?:[ \t]*+(?:>|(?:[-*+]|\d{1,9}[.)])(?=[ \t])))*+[ \t]*+)(`{3,})([^`\n]*)")
_CLOSES = re.compile(r"[ \t\r]*+(`*+)[ \t\r]*+")
_HEADING = re.compile(r"[ \t>]*+(?:(?:-#|#{1,6})[ \t]|(?:\*\*[^*\n]++\*\*|__[^_\n]++__):?\s*+$)")
_RULED = re.compile(r"[ \t]*+\|?[ \t]*+:?-[-:| \t]*+\|[-:| \t]*+\r?")
_STARTS = re.compile(r"(?:-#|#{1,6}|>{1,3}|[-*+]|\d{1,9}[.)])(?:\s|$)|```|>$|#+$")
_BARE = re.compile(r"[ \t>]*+(?:(?:[-*+]|-#|#{1,6}|\d{1,9}[.)])(?:[ \t]++\[[ xX]\])?)?")
_ENDS = re.compile(
    r"(?:(?:[^\W\d][^\W\d]|\d|[\W_])[.!?\u2026]+|[\u3002\uff01\uff1f])"
    r"[\"')\]*_\u00bb\u201d\u2019\u300d\u300f\uff09`|~]{0,8}$"
)
_GRAPHEME = regex.compile(r"\X")
_LEFT = re.compile(r"<[@#:athi/][^\s<>]{0,200}$")
_TOKENS = re.compile(
    r"""\\[^\w\s]
    | (?P<whole> <(?:[@#][!&]?\d++|a?:\w++:\d++|t:-?\d++(?::\w)?|id:\w++|/[^<>\n:]++:\d++)>
        | <?https?://[^\s<>]++>?
        | !?\[(?:[^\[\]\n]|\[[^\[\]\n]*+\])*+\]\((?:[^()\s]|\([^()\s]*+\))*+(?:\s"[^"\n]*+")?\) )
    | (?P<ticks>`++) | (?P<open>\[) | (?P<close>\](?!\())
    | (?P<mark>\*{1,3}|_{1,3}|~~|\|\||\$\$) """,
    re.VERBOSE,
)

_Ranked = list[tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One message of a reply.

    Of `text`, which is sent, the first `before` characters and the last `after` are no part of the
    reply: a fence or quote opened again, a fence closed. `skipped` is what the reply has before it
    and `trailing` after it that is not sent: blanks, the end of a fence that is closed already.
    """

    text: str
    before: int
    after: int
    skipped: str = ""
    trailing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fence:
    """An open fence, and how it is opened again in another message."""

    depth: int  # how many quotes it stands in
    ticks: int
    lead: str
    info: str

    @property
    def opening(self) -> str:
        return f"{self.lead}{'`' * self.ticks}{self.info}\n"

    @property
    def closing(self) -> str:
        return f"\n{self.lead}{'`' * self.ticks}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A line, with the quote mark that an earlier message may have of it, and the open fences."""

    start: int
    end: int
    text: str
    before: _Fence | None
    after: _Fence | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a part begins: the fence that is open there, and the quote it goes on in."""

    at: int = 0
    fence: _Fence | None = None
    quote: str = ""


def split(text: str, limit: int = LIMIT) -> list[Part]:
    """The messages that say `text`, each of at most `limit` characters.

    It is cut, in the latter half of a message where it can be, between blocks, items, rows, lines;
    after a sentence; between words; between graphemes. A heading stays with what follows it; code,
    links, marks of Discord and emphasis stay whole, where there is another place. An open fence is
    closed, and opened again in the next message: without its language where that takes more than an
    eighth of the limit, or its indentation where its lines take more than half. A fence that leaves
    no room stays plain text. Only a grapheme that no message has room for is cut.

    Raises:
        ValueError: `limit` is under 20.
    """
    if limit < 20:
        raise ValueError("a message of Discord has room for 20 characters at least")
    end = len(text.rstrip())
    end += 0 < end < len(text) and not _whole(text, end)
    parts: list[Part] = []
    done, place = 0, _Place()
    while (start := _begin(text, end, place, limit)).at < end:
        part, place = _part(text, end, start, limit)
        parts.append(replace(part, skipped=text[done : start.at]))
        done = place.at
    if parts:
        parts[-1] = replace(parts[-1], trailing=text[done:])
    return parts


def joined(parts: list[Part]) -> str:
    """The reply that `parts` were cut from (nothing for a reply of blanks, which has no parts)."""
    own = (part.text[part.before : len(part.text) - part.after] for part in parts)
    return "".join(p.skipped + said + p.trailing for p, said in zip(parts, own, strict=True))


def _begin(text: str, end: int, place: _Place, limit: int) -> _Place:
    """The place, behind what is blank, where the next part begins."""
    behind = min(cast("re.Match[str]", _SPACE.match(text, place.at)).end(), end)
    newline = text.rfind("\n", place.at, behind)
    fresh = newline >= 0 or place.at == 0
    at = newline + 1 if fresh and behind - newline - 1 <= limit // 8 else behind
    if place.at < at < end and not _whole(text, at):
        at -= 1
    place = replace(place, at=at, quote="" if fresh else place.quote)
    return _unfenced(text, end, place, limit) if fresh and place.fence and at < end else place


def _unfenced(text: str, end: int, place: _Place, limit: int) -> _Place:
    """The place behind the line that closes a fence, where it stands right there."""
    fence = cast("_Fence", place.fence)
    stop = text.find("\n", place.at, end)
    line = text[place.at : stop if stop >= 0 else end]
    inside = _inside(line, fence.depth)
    closes = _CLOSES.fullmatch(inside or "")
    if stop < 0 and (closes if inside else line.count(">") <= fence.depth and not line.strip("> ")):
        return replace(place, at=end)
    if closes and len(closes[1]) >= fence.ticks:
        return _begin(text, end, _Place(at=stop), limit)
    return _Place(at=place.at) if inside is None else place


def _part(text: str, end: int, start: _Place, limit: int) -> tuple[Part, _Place]:
    """The part that begins at `start`, and where it ends."""
    before = (start.fence.opening if start.fence else "") + start.quote
    room = limit - len(before)
    window = text[start.at : min(end, start.at + room + 1)]
    lines = _lines(window, start, limit)
    size = _overflow(lines, room, limit)
    if size is not None:
        window = window[:size]
        lines = _lines(window, start, limit)
    cut = len(window) if size is None else _cut(window, lines)
    line = _line_at(lines, cut)
    piece = line.text[: len(line.text) - (line.end - cut)]
    fence = _after(piece, line.before, limit)
    whole = line.end < len(window) - 1 and not window[cut : line.end].strip()
    closing = _closing(piece, line.before, limit, whole=whole)
    quote = "> " * fence.depth if fence else "> " if piece.lstrip(" ").startswith("> ") else ""
    part = Part(text=before + window[:cut] + closing, before=len(before), after=len(closing))
    return part, _Place(at=start.at + cut, fence=fence, quote=quote)


def _opened(line: str, limit: int) -> _Fence | None:
    """The fence that `line` opens. On Discord only backticks do, at any indentation."""
    found = _OPENS.fullmatch(line)
    if found is None:
        return None
    prefix, ticks, info = found[1], len(found[2]), found[3].strip()
    depth = prefix.count(">")
    least = 2 * ticks + 6 * depth + 2
    if ticks > TICKS or least + 4 > limit or 2 * depth > TICKS:
        return None
    lead = re.sub(r"[^>\s]", " ", prefix)
    if len(lead) > TICKS or 2 * (ticks + len(lead) + depth) + 2 > limit // 2:
        lead = "> " * depth
    return _Fence(depth=depth, ticks=ticks, lead=lead, info=info if len(info) <= limit // 8 else "")


def _inside(line: str, depth: int) -> str | None:
    """What `line` says within so many quotes; nothing where it stands outside them."""
    found = re.match(rf"(?:[ \t]*+>){{{depth}}}", line)
    return line[found.end() :] if found else None


def _after(line: str, fence: _Fence | None, limit: int) -> _Fence | None:
    """The fence that is open after `line`."""
    inside = _inside(line, fence.depth) if fence else None
    if fence is None or inside is None:
        return _opened(line, limit)
    closes = _CLOSES.fullmatch(inside)
    return None if closes and len(closes[1]) >= fence.ticks else fence


def _closing(line: str, fence: _Fence | None, limit: int, *, whole: bool = False) -> str:
    """What closes the fence behind `line`, completed where it begins to if not `whole`."""
    after = _after(line, fence, limit)
    if after is None or after is not fence or whole:
        return after.closing if after else ""
    inside = cast("str", _inside(line, after.depth))
    begun = len(inside) - len(inside.rstrip("`"))
    if begun and not inside[:-begun].strip(" \t\r"):
        return "`" * (after.ticks - begun)
    if after.depth and not inside.strip():
        return " " + "`" * after.ticks
    return after.closing


def _lines(window: str, start: _Place, limit: int) -> list[_Line]:
    lines: list[_Line] = []
    at, fence = 0, start.fence
    for said in window.split("\n"):
        text = said if at else start.quote + said
        after = _after(text, fence, limit)
        lines.append(_Line(start=at, end=at + len(said), text=text, before=fence, after=after))
        at, fence = at + len(said) + 1, after
    return lines


def _overflow(lines: list[_Line], room: int, limit: int) -> int | None:
    """The size of the shortest beginning that does not fit, with its fence closed."""
    for line in lines:
        if line.before is None and "```" not in line.text:
            continue
        size = line.end - line.start
        for length in range(max(0, room - line.start - REACH), size + 1):
            piece = line.text[: len(line.text) - size + length]
            closing = len(_closing(piece, line.before, limit))
            if line.before is not None and not piece.strip():  # it closes behind the line above
                closing = len(line.before.closing) - 1 - length
            if line.start + length + max(0, closing) > room:
                return line.start + length
    return room + 1 if lines[-1].end > room else None


def _line_at(lines: list[_Line], at: int) -> _Line:
    """The line that the character before `at` stands in."""
    return lines[bisect_left(lines, at, key=lambda line: line.end)]


def _cut(window: str, lines: list[_Line]) -> int:
    """Where a message ends. All of `window` but its last character would fit into it."""
    held, filled = _held(window, lines), len(window) - len(window.lstrip())
    half, eighth = len(window) // 2, len(window) // 8
    late = _places(window, lines, held, max(half, filled + 1))
    return (
        _best(late, WORD)
        or _between(window, held, max(half, filled + 1))
        or _best(_places(window, lines, held, max(eighth, filled + 1)), WORD)
        or _best(late, POOR)
        or _between(window, bytearray(len(window) + 1), filled + 1)
        or len(window) - 1
    )


def _best(places: _Ranked, worst: int) -> int | None:
    """The last of the best places; none where all are worse than `worst`."""
    return max(((-rank, at) for rank, at in places if rank <= worst), default=(0, None))[1]


def _between(window: str, held: bytearray, least: int) -> int | None:
    """The last place between two graphemes, from `least` on, at which nothing is held together."""
    starts = (found.start() for found in _GRAPHEME.finditer(window))
    free = (at for at in starts if at >= least and not held[at] and not window[at - 1].isspace())
    return max(free, default=None)


def _whole(text: str, at: int) -> bool:
    """Whether no grapheme goes over `at`, where one of the sides is a blank or a full stop."""
    sides = text[at - 1 : at + 1]
    return (sides.isascii() and sides != "\r\n") or _GRAPHEME.fullmatch(sides) is None


def _places(window: str, lines: list[_Line], held: bytearray, least: int) -> _Ranked:
    """Where `window` can be cut from `least` on, each with how good it is."""
    places: _Ranked = []
    for gap in _GAP.finditer(window, least):
        at, newline = gap.start(), gap[0].rfind("\n")
        if window[at - 1].isspace() or at >= len(window) or not _whole(window, at):
            continue
        line = _line_at(lines, at)
        if newline >= 0:
            rank = _rank_of_line(gap[0], line, _line_at(lines, at + newline + 1))
        else:
            rank = _rank_of_word(window, gap, line)
        places.append((POOR if held[at] else rank, at))
    return places


def _rank_of_line(gap: str, line: _Line, following: _Line) -> int:
    """How good it is to cut between two lines."""
    empty = gap.count("\n") > 1
    if line.after is not None and following.before is not None:
        return POOR if line.before is not line.after else LINE if empty else WEAK
    if _HEADING.match(line.text) or _RULED.fullmatch(line.text) or _RULED.fullmatch(following.text):
        return POOR
    above, below = (len(said.text) - len(said.text.lstrip()) for said in (line, following))
    if below > 0:
        return WEAK if below <= above else SENTENCE
    edge = empty or following.after is not None or line.before is not None
    if edge or _HEADING.match(following.text):
        return LINE if line.text.rstrip().endswith(":") else BLOCK
    return LINE


def _rank_of_word(window: str, gap: re.Match[str], line: _Line) -> int:
    """How good it is to cut within a line."""
    said = line.text[: len(line.text) - (line.end - gap.start())]
    tight = gap[0] and not gap[0].strip("\xa0\u2007\u202f")
    if tight or _BARE.fullmatch(said) or _STARTS.match(window, gap.end()):
        return POOR
    return SENTENCE if _ENDS.search(said[-16:]) else WORD


def _held(window: str, lines: list[_Line]) -> bytearray:
    """For each place in `window` whether a cut there would go through something whole."""
    held = bytearray(len(window) + 1)
    for plain, group in groupby(lines, key=_plain):
        block = list(group)
        if not plain:
            for line in block:
                _hold(held, line.start, line.end - len(line.text) + len(line.text.rstrip()))
            continue
        for left in _hold_inline(window, block[0].start, block[-1].end, held):
            if block[-1] is lines[-1] and left >= len(window) // 2:
                _hold(held, left, len(window))
    return held


def _plain(line: _Line) -> bool:
    return not (line.before or line.after) and bool(line.text.strip())


def _hold(held: bytearray, start: int, end: int) -> None:
    held[start + 1 : end] = b"\x01" * (end - start - 1)


def _hold_inline(window: str, start: int, end: int, held: bytearray) -> list[int]:
    """Hold what is whole in a paragraph, and give where something begins that has no end there."""
    ticks: dict[int, list[int]] = {}
    for run in re.finditer(r"`+", window[start:end]):
        ticks.setdefault(len(run[0]), []).append(start + run.start())
    opened: dict[str, int] = {}
    at = start
    while (token := _TOKENS.search(window, at, end)) is not None:
        at = token.end()
        if token["whole"]:
            _hold(held, token.start(), at)
        elif token["ticks"]:
            same = ticks.get(len(token[0]), [])
            later = bisect_left(same, at)
            if later < len(same):
                at = same[later] + len(token[0])
                _hold(held, token.start(), at)
            else:
                opened["`"] = token.start()
        elif token.lastgroup is not None:
            _hold_mark(window, token, opened, held)
    left = _LEFT.search(window, max(start, end - 200), end)
    return [*opened.values(), *([left.start()] if left else [])]


def _hold_mark(window: str, token: re.Match[str], opened: dict[str, int], held: bytearray) -> None:
    """Take note of a mark of emphasis or a bracket, and hold what it closes."""
    before = window[token.start() - 1 : token.start()]
    behind = window[token.end() : token.end() + 1] or "x"
    in_word = token[0][0] == "_" and before.isalnum() and behind.isalnum()
    mark = "[" if token["close"] else token[0]
    if mark in opened and not (token["open"] or before.isspace() or in_word):
        _hold(held, opened.pop(mark), token.end())
    elif not (token["close"] or in_word or behind.isspace()):
        opened[mark] = token.start()
