"""Ugly replies: ten that were written, with how a person would cut them, and any number made."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import strategies as st

# the first and the last characters of each message, and how many at both ends are not of the reply
EXPECTED = {
    "deploy": [
        ("Here is how I would pu", "listens at another port.", 0, 0),
        ("4. **Try it.** Do not ", "listens at another port.", 0, 0),
        ("8. **Try it.** Do not ", "listens at another port.", 0, 0),
        ("12. **Try it.** Do not", "did not do what it says.", 0, 0),
    ],
    "headings": [
        ("# 1. Heading\n## 1.1 Be", "d: is 8 enough?\n> It is.", 0, 0),
        ("# 9. Heading\n## 9.1 Be", ": is 16 enough?\n> It is.", 0, 0),
        ("# 17. Heading\n## 17.1 ", ": is 22 enough?\n> It is.", 0, 0),
    ],
    "japanese": [
        (
            "## 図書館の一日\n\n昨日、友だちと一緒に新",
            "階には小さな喫茶店があって、窓から川が見えます。",
            0,
            0,
        ),
        (
            "私たちは本を三冊ずつ借りて、帰り道で感想を話",
            "\n- **感想**\uff08かんそう\uff09\uff1a心に思ったこと。",
            0,
            0,
        ),
        (
            "昨日、友だちと一緒に新しい図書館へ行きました",
            "した\uff01次はいつ行きましょうか\uff1f👨\u200d👩\u200d👧\u200d👦🇯🇵",
            0,
            0,
        ),
    ],
    "log": [
        ("I looked at the log. T", "eefdeadbeefdeadbeefd\n```", 0, 4),
        ("```json\neadbeefdeadbee", "JDQUJDQUJDQUJDQUJDQUJDQU", 8, 0),
        ("JDQUJDQUJDQUJDQUJDQUJD", "JDQUJDQUJDQUJDQUJDQUJD==", 0, 0),
        ("The address it called ", ":sad:987654321098765432>", 0, 0),
    ],
    "maths": [
        ("Let $$f(x) = \\sum_{k=0", " - see [1] and [2][ref].", 0, 0),
        ("Let $$f(x) = \\sum_{k=0", " := by\n>   omega\n>\n> ```", 0, 6),
        ("> ```lean\n> theorem t1", "his is no fence here\n~~~", 10, 0),
        ("```haskell\npoly0 :: [D", "> a + x * acc) 19 as\n```", 0, 4),
    ],
    "scripts": [
        ("السَّلَامُ عَلَيْكُمْ،", "͉͑͗a̵͎͂l̶̟͒g̷̱̓o̸͖̐ too.", 0, 0),
        ("السَّلَامُ عَلَيْكُمْ،", "͉͑͗a̵͎͂l̶̟͒g̷̱̓o̸͖̐ too.", 0, 0),
        ("السَّلَامُ عَلَيْكُمْ،", "͉͑͗a̵͎͂l̶̟͒g̷̱̓o̸͖̐ too.", 0, 0),
        ("السَّلَامُ عَلَيْكُمْ،", "͉͑͗a̵͎͂l̶̟͒g̷̱̓o̸͖̐ too.", 0, 0),
        ("السَّلَامُ عَلَيْكُمْ،", "͉͑͗a̵͎͂l̶̟͒g̷̱̓o̸͖̐ too.", 0, 0),
    ],
    "table": [
        ("# Which board to buy\n\n", "/0017?ref=a_b&utm=(x)) |", 0, 0),
        ("| Model S18 ⚡ | 6 | 1 ", "/0036?ref=a_b&utm=(x)) |", 0, 0),
        ("| Model L37 ⚡ | 4 | 2 ", " (read <t:1700000006:R>)", 0, 0),
        ("8. https://docs.exampl", " (read <t:1700000013:R>)", 0, 0),
    ],
    "template": [
        ("Save this as `README.m", " * row.count;\n}\n```\n````", 0, 5),
        ("````markdown\n> A remar", " here is why that works.", 13, 0),
        ("And here is why that w", " here is why that works.", 0, 0),
    ],
    "tree": [
        ("What you asked for, as", "ody~~ somebody saw it.||", 0, 0),
        ("3. **Chapter 3: in whi", "ody~~ somebody saw it.||", 0, 0),
        ("5. **Chapter 5: in whi", "ody~~ somebody saw it.||", 0, 0),
        ("7. **Chapter 7: in whi", "ody~~ somebody saw it.||", 0, 0),
        ("9. **Chapter 9: in whi", "ody~~ somebody saw it.||", 0, 0),
        ("11. **Chapter 11: in w", " of the scenes are mine.", 0, 0),
    ],
    "windows": [
        ("The whole file, as you", "self.seen['delete'])\n```", 0, 4),
        ("```python\n    def hand", "self.seen['invite'])\n```", 10, 4),
        ("```python\n    def hand", "hutting down. Should it?", 10, 0),
    ],
}


def text(name: str) -> str:
    """One of them, with the endings of lines that it has."""
    return (Path(__file__).parent / "ugly" / f"{name}.txt").read_bytes().decode()


WORDS = [
    *("word", "a", "sentence. ", "Really? ", "e.g. ", "3.14", "don't", " ", "  ", "\t", "\u00a0"),
    *(
        "日本語の文です。",
        "「はい」",
        "שלום עולם",
        "مرحبا",
        "ไทย",
        "\u0600",
        "e\u0301\u0323",
        "\u0301",
    ),
    *(
        "👨‍👩‍👧‍👦",
        "👍🏽",
        "🇪🇸🇫🇷🇩🇪",
        "🏴\u200d☠️",
        "❤️",
        "\u200b",
        "\u200d",
        "\u202e",
        "\ufeff",
        "क्षि",
        "각",
    ),
    *("**bold words**", "*", "**", "_", "__", "~~", "||", "||a spoiler||", "$$x^2 + y$$", "\\"),
    *(
        "`code here`",
        "`",
        "``",
        "``` ",
        "[link text](https://x.y/z?a=1)",
        "[",
        "](",
        "https://a.bc/d_e",
    ),
    *(
        "<@123456>",
        "<:name:42>",
        "<t:1700000000:R>",
        "<#1>",
        "<",
        ">",
        "| a | b |",
        "x" * 70,
        "-",
        "1.",
    ),
]
STARTS = [
    "",
    "",
    "# ",
    "## ",
    "- ",
    "* ",
    "  - ",
    "1. ",
    "> ",
    "> > ",
    ">>> ",
    "    ",
    "-# ",
    "| ",
    "|---|--|",
]
ENDS = ["\n", "\n", "\n", "\n\n", "\r\n", "\r\n\r\n", "\n \n", "\n\n\n\n", "\r", "\u2028", " \n"]
FENCES = [
    "```",
    "```",
    "```py",
    "````md",
    "``` js title=x",
    "~~~",
    "`````",
    "```c\r",
    "``",
    "```\t",
]
HOMES = ["", "", "", "  ", "   ", "> ", "- ", "1. ", "      ", "> - "]

# fences that a tiny message has no room for, or next to none for what stands in them
ROOMY = re.compile("`{5}|>.*(?:>.*`|-.*`|`{4})")

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
