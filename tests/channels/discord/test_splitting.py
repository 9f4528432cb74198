"""A reply that is cut into messages of Discord says the same, and each message can be read alone."""

from __future__ import annotations

import re
from bisect import bisect_left

import regex
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tertulia.channels.discord.splitting import Part, joined, split

WORDS = [
    *("word", "a", "sentence. ", "Really? ", "e.g. ", "3.14", "don't", " ", "  ", "\t", "\u00a0"),
    *("日本語の文です。", "「はい」", "שלום עולם", "مرحبا", "ไทย", "\u0600", "e\u0301\u0323", "\u0301"),
    *("👨‍👩‍👧‍👦", "👍🏽", "🇪🇸🇫🇷🇩🇪", "🏴\u200d☠️", "❤️", "\u200b", "\u200d", "\u202e", "\ufeff", "क्षि", "각"),
    *("**bold words**", "*", "**", "_", "__", "~~", "||", "||a spoiler||", "$$x^2 + y$$", "\\"),
    *("`code here`", "`", "``", "``` ", "[link text](https://x.y/z?a=1)", "[", "](", "https://a.bc/d_e"),
    *("<@123456>", "<:name:42>", "<t:1700000000:R>", "<#1>", "<", ">", "| a | b |", "x" * 70, "-", "1."),
]
STARTS = ["", "", "# ", "## ", "- ", "* ", "  - ", "1. ", "> ", "> > ", ">>> ", "    ", "-# ", "| ", "|---|--|"]
ENDS = ["\n", "\n", "\n", "\n\n", "\r\n", "\r\n\r\n", "\n \n", "\n\n\n\n", "\r", "\u2028", " \n"]
FENCES = ["```", "```", "```py", "````md", "``` js title=x", "~~~", "`````", "```c\r", "``", "```\t"]
HOMES = ["", "", "", "  ", "   ", "> ", "- ", "1. ", "      ", "> - "]

# fences that a tiny message has no room for, or next to none for what stands in them
ROOMY = re.compile("`{5}|>.*>.*`|>.*-.*`")

inline = st.lists(st.sampled_from(WORDS), max_size=12).map("".join)
line = st.tuples(st.sampled_from(STARTS), inline, st.sampled_from(ENDS)).map("".join)


@st.composite
def fenced(draw: st.DrawFn) -> str:
    """A fence somewhere, which may lack its end."""
    home, fence = draw(st.sampled_from(HOMES)), draw(st.sampled_from(FENCES))
    inner = home if ">" in home and "-" not in home else " " * len(home)
    body = draw(st.lists(inline, max_size=12))
    end = [inner + re.match("[`~]*", fence)[0]] if draw(st.integers(0, 4)) else []  # type: ignore[index]
    newline = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    return newline.join([home + fence, *(inner + said for said in body), *end, ""])


markdown = st.lists(st.one_of(line, line, fenced()), max_size=25).map("".join)
soup = st.lists(
    st.sampled_from([*WORDS, *STARTS, *ENDS, *FENCES, *HOMES, *ENDS, *ENDS]), max_size=80
).map("".join)
replies = st.one_of(markdown, soup, st.text(max_size=300))
limits = st.one_of(st.integers(20, 60), st.integers(20, 2000), st.just(2000))


def open_at_end(text: str) -> str | None:
    """The ticks of the fence that is open where `text` ends, as CommonMark goes."""
    ticks, depth = "", 0
    for line in text.split("\n"):
        inner = line
        for _ in range(depth if ticks else 0):
            before, mark, behind = inner.partition(">")
            if before.strip(" \t") or not mark:
                ticks = ""
                break
            inner = behind
        if ticks:
            said = inner.strip(" \t\r")
            if said and not said.strip("`") and len(said) >= len(ticks):
                ticks = ""
            continue
        opener = re.match(r"([ \t]*(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t])))*[ \t]*", line)
        behind = line[opener.end() :] if opener else line
        run = re.match("`*", behind)
        if run and len(run[0]) >= 3 and "`" not in behind[run.end() :]:
            ticks, depth = run[0], opener[0].count(">") if opener else 0
    return ticks or None


def starts_and_ends(parts: list[Part]) -> list[tuple[int, int]]:
    at, found = 0, []
    for part in parts:
        start = at + len(part.skipped)
        end = start + len(part.text) - part.before - part.after
        found.append((start, end))
        at = end + len(part.trailing)
    return found


def boundaries(text: str) -> set[int]:
    return {found.start() for found in regex.finditer(r"\X", text)} | {len(text)}


def graphemes_kept(text: str, parts: list[Part], limit: int) -> bool:
    whole = sorted(boundaries(text))
    for place in {place for both in starts_and_ends(parts) for place in both}:
        at = bisect_left(whole, place)
        if whole[at] != place and whole[at] - whole[at - 1] <= limit // 4:
            return False
    return True


@settings(max_examples=400)
@given(replies, limits)
def test_joined_the_parts_give_the_reply_back(text: str, limit: int) -> None:
    parts = split(text, limit)
    assert joined(parts) == (text if text.strip() else "")


@settings(max_examples=400)
@given(replies, limits)
def test_each_part_is_one_that_discord_takes(text: str, limit: int) -> None:
    for part in split(text, limit):
        assert len(part.text) <= limit
        assert part.text.strip()
        assert part.text[part.before : len(part.text) - part.after].strip()
        assert not part.skipped.replace("`", "").replace(">", "").strip()
        assert not part.trailing.replace("`", "").replace(">", "").strip()


@settings(max_examples=600)
@given(replies, limits)
def test_fences_are_balanced_in_each_part(text: str, limit: int) -> None:
    assume(limit >= 60 or not ROOMY.search(text))
    for part in split(text, limit):
        assert open_at_end(part.text) is None, part


@settings(max_examples=400)
@given(replies, limits)
def test_nothing_is_cut_within_a_grapheme(text: str, limit: int) -> None:
    assume(limit >= 60 or not ROOMY.search(text))
    assert graphemes_kept(text, split(text, limit), limit)


@settings(max_examples=400)
@given(replies, limits, st.data())
def test_what_was_cut_stays_cut_while_the_reply_grows(
    text: str, limit: int, data: st.DataObject
) -> None:
    whole = split(text, limit)
    for size in data.draw(st.lists(st.integers(0, len(text)), max_size=8)):
        begun = split(text[:size], limit)
        assert begun[:-1] == whole[: max(0, len(begun) - 1)]
