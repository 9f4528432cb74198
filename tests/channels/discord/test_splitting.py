"""A reply that is cut into messages of Discord says the same, and each can be read alone."""

from __future__ import annotations

import re
from bisect import bisect_left

import pytest
import regex
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from channels.discord import ugly
from channels.discord.ugly import ROOMY, limits, replies
from tertulia.channels.discord import splitting
from tertulia.channels.discord.splitting import LIMIT, Part, joined, split


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
    # U+0600 takes a blank behind it into its grapheme: a tiny message may have no other place
    assume(limit >= 60 or not (ROOMY.search(text) or "\u0600" in text))
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


def said(text: str, limit: int) -> list[str]:
    return [part.text for part in split(text, limit)]


@pytest.mark.parametrize(
    ("text", "limit", "parts"),
    [
        ("", 20, []),
        (" \n\t\r\n\u3000", 20, []),
        ("short", 20, ["short"]),
        ("\n\n  short \n", 20, ["  short"]),
        ("first block\n\nsecond block", 20, ["first block", "second block"]),
        ("- item one\n- item two\n- item three", 24, ["- item one\n- item two", "- item three"]),
        ("One thing. Another thing is", 20, ["One thing.", "Another thing is"]),
        ("One e.g. word is enough", 20, ["One e.g. word is", "enough"]),
        ("one two three 4. five six", 20, ["one two three 4.", "five six"]),
        ("one two three - four", 20, ["one two three - four"]),
        ("one two three fours - five", 20, ["one two three", "fours - five"]),
        ("10\u00a0km and 20 and 3000\u00a0km", 20, ["10\u00a0km and 20 and", "3000\u00a0km"]),
        (
            "これは文です。これは次の文です。終わりの文。",
            20,
            ["これは文です。これは次の文です。", "終わりの文。"],
        ),
        ("a" * 45, 20, ["a" * 20, "a" * 20, "a" * 5]),
        ("a" * 19 + "\n\n\n" + " " * 3000 + "b", 20, ["a" * 19, "b"]),
        ("a" * 17 + "👨‍👩‍👧‍👦" + "b", 20, ["a" * 17, "👨‍👩‍👧‍👦b"]),
        ("e" + "\u0301" * 30, 20, ["e" + "\u0301" * 19, "\u0301" * 11]),
        (
            "word " * 5 + "`code in it` and more",
            34,
            ["word word word word word", "`code in it` and more"],
        ),
        (
            "word " * 5 + "**bold in it** and on",
            34,
            ["word word word word word", "**bold in it** and on"],
        ),
        (
            "word " * 5 + "||in it, a bar|| and on",
            34,
            ["word word word word word", "||in it, a bar|| and on"],
        ),
        (
            "word " * 5 + "$$a + b = c + d$$ holds",
            34,
            ["word word word word word", "$$a + b = c + d$$ holds"],
        ),
        (
            "word " * 5 + '[a b](https://a.b/(c) "d")',
            34,
            ["word word word word word", '[a b](https://a.b/(c) "d")'],
        ),
        ("wordword" * 2 + "<@123456789>", 24, ["wordword" * 2, "<@123456789>"]),
        ("wordword" * 2 + "<:smile:1234>", 24, ["wordword" * 2, "<:smile:1234>"]),
        ("wordword" * 2 + "<t:170000000:R>", 24, ["wordword" * 2, "<t:170000000:R>"]),
        ("語" * 16 + "https://a.bc/de", 24, ["語" * 16, "https://a.bc/de"]),
        ("語" * 16 + r"\`a b\` c", 22, ["語" * 16 + r"\`a", r"b\` c"]),
        ("snake_case_word and_more_of it", 24, ["snake_case_word", "and_more_of it"]),
        ("A line of text.\n\n# Title\nits line", 28, ["A line of text.", "# Title\nits line"]),
        ("A line of text:\n\n```\ncode\n```", 28, ["A line of text:", "```\ncode\n```"]),
        ("# A\n" + "body " * 5, 24, ["# A\nbody body body body", "body"]),
        ("> a long quote that goes on and on", 24, ["> a long quote that goes", "> on and on"]),
        ("~~~\n" + "line of it\n" * 3, 24, ["~~~\nline of it", "line of it\nline of it"]),
        (
            "- an item\n  - one below it\n- a third",
            32,
            ["- an item\n  - one below it", "- a third"],
        ),
    ],
)
def test_where_a_reply_is_cut(text: str, limit: int, parts: list[str]) -> None:
    assert said(text, limit) == parts
    assert joined(split(text, limit)) == (text if parts else "")


@pytest.mark.parametrize(
    ("text", "limit", "parts"),
    [
        (
            "```py\n" + "x = 1\n" * 5 + "```",
            28,
            ["```py\nx = 1\nx = 1\nx = 1\n```", "```py\nx = 1\nx = 1\n```"],
        ),
        (
            "  ```py\n  a = 1\n  b = 2\n  ```",
            28,
            ["  ```py\n  a = 1\n  ```", "  ```py\n  b = 2\n  ```"],
        ),
        ("- ```c\n  a;\n  b;\n  c;\n  ```", 40, ["- ```c\n  a;\n  b;\n  c;\n  ```"]),
        ("> ```\n> aaaaa\n> bbbbb\n> ```", 24, ["> ```\n> aaaaa\n> ```", "> ```\n> bbbbb\n> ```"]),
        ("> ```\n> " + "a" * 14, 24, ["> ```\n> aaaaaaaaaa\n> ```", "> ```\n> aaaa\n> ```"]),
        (
            "> ```\n> aaaaaaa\nno quote more of it",
            24,
            ["> ```\n> aaaaaaa\n> ```", "no quote more of it"],
        ),
        ("````\n```\na\n```\nb\n````\n", 24, ["````\n```\na\n```\nb\n````"]),
        ("````\n```\naaaa\n```\nbbb\n````", 22, ["````\n```\naaaa\n```\n````", "````\nbbb\n````"]),
        ("```python\n" + "x = 1\n" * 3, 24, ["```python\nx = 1\n```", "```\nx = 1\nx = 1\n```"]),
        ("```\r\naaaaaa\r\nbbbbbb\r\n```", 22, ["```\r\naaaaaa\n```", "```\nbbbbbb\r\n```"]),
        ("text\n" + "`" * 70 + "\ncode", 80, ["text\n" + "`" * 70 + "\ncode"]),
        ("a ``` b", 20, ["a ``` b"]),
        ("```\nopen", 20, ["```\nopen\n```"]),
        ("```\nopen\n`", 20, ["```\nopen\n```"]),
        ("> ```\n> open\n>", 24, ["> ```\n> open\n> ```"]),
    ],
)
def test_a_fence_is_closed_and_opened_again(text: str, limit: int, parts: list[str]) -> None:
    assert said(text, limit) == parts
    assert joined(split(text, limit)) == text


@pytest.mark.parametrize("end", ["\n```", "\n```\n", "\n``", "\n\n```\nand on", "\n```x"])
def test_the_end_of_a_fence_that_is_closed_already_is_not_sent_again(end: str) -> None:
    text = "```\n" + "a" * 12 + "\n" + "b" * 12 + end
    parts = split(text, 20)
    assert parts[1].text == "```\n" + "b" * 12 + "\n```"
    rest = {"\n\n```\nand on": ["and on"], "\n```x": ["```\n```x\n```"]}
    assert [part.text for part in parts[2:]] == rest.get(end, [])
    assert joined(parts) == text


def test_a_reply_that_fits_is_one_message_to_the_last_character() -> None:
    for text in (
        "a" * 2000,
        "```py\n" + "a" * 1990 + "\n```",
        "> ```\n> " + "a" * 1986 + "\n> ```",
    ):
        assert len(text) == LIMIT
        assert said(text, LIMIT) == [text]


def test_a_limit_must_leave_room_for_a_fence() -> None:
    with pytest.raises(ValueError, match="room for 20"):
        split("text", 19)


NASTY = [
    *(
        "`",
        "```\n",
        "[",
        "[a](b",
        "*a ",
        "_",
        "**",
        "~~",
        "||",
        "$$",
        "<a:",
        "<:",
        "https://x",
        "> ",
    ),
    *(
        "- ",
        "1. ",
        "# ",
        " ",
        "\n",
        "a\n\n",
        "\r\n",
        "```py\nx\n",
        "e\u0301",
        "\u0301",
        "🇪🇸",
        "\u0600 ",
    ),
    *("` `` ", "[](", "[[]", "\\`", "> ```\n", "a b", "語。", "| a ", "\t- >"),
]


@pytest.mark.parametrize("piece", NASTY)
def test_the_work_grows_with_the_reply_and_no_faster(
    piece: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, real = [0], splitting._lines
    monkeypatch.setattr(
        splitting, "_lines", lambda window, *rest: seen.append(len(window)) or real(window, *rest)
    )
    text = "a" + piece * (100_000 // len(piece)) + "b"
    parts = split(text)
    assert joined(parts) == text
    assert max(seen) <= LIMIT + 1
    assert sum(seen) <= 5 * len(text)


def cut(name: str) -> tuple[str, list[Part]]:
    text = ugly.text(name)
    return text, split(text)


@pytest.mark.parametrize("name", ugly.EXPECTED)
def test_the_ugliest_replies_are_cut_where_a_person_would(name: str) -> None:
    text, parts = cut(name)
    assert len(text) > 4000
    assert joined(parts) == text
    assert graphemes_kept(text, parts, LIMIT)
    assert len(parts) == len(ugly.EXPECTED[name])
    for part, (start, end, before, after) in zip(parts, ugly.EXPECTED[name], strict=True):
        assert len(part.text) <= LIMIT
        assert open_at_end(part.text) is None
        assert part.text.startswith(start)
        assert part.text.endswith(end)
        assert (part.before, part.after) == (before, after)


@pytest.mark.parametrize(
    "name", ["deploy", "headings", "maths", "table", "template", "tree", "windows"]
)
def test_no_line_of_the_ugly_ones_is_cut_but_prose(name: str) -> None:
    text, parts = cut(name)
    whole = {line.rstrip("\r") for line in text.split("\n")}
    for part in parts:
        for line in part.text[part.before : len(part.text) - part.after].splitlines():
            assert line in whole or line.startswith(("And here", "The outer"))


def test_every_beginning_of_an_ugly_one_keeps_what_was_cut() -> None:
    for name in ugly.EXPECTED:
        text, parts = cut(name)
        for size in range(1, len(text), 97):
            begun = split(text[:size])
            assert begun[:-1] == parts[: len(begun) - 1]
