"""A server with something of everything, to be looked at."""

from __future__ import annotations

from dataclasses import dataclass

from browser.panels import call, spoken
from browser.talking import Talking
from browsing import Served
from chatgpt_exports import straight
from servers import failure, reply

ALL = """# What there is

Some **bold** and *slanted* words, `code` and a [link](https://example.org/lima), and then a long
line that has to go on in the next one, whatever the width is.

1. One
2. Two

| City | Height | What else one may say of it in a table |
|------|-------:|---|
| Lima | 154 m | Anaveryveryverylongwordthatgoesonandonandonandonandonandon |

> Quoted.

```python
def double(number: int, and_a_name_that_is_rather_long: str = "x" * 40) -> int:
    return 2 * number  # twice, and then a comment that goes on well beyond the edge of a phone
```

The sum is $a^2 + b^2 = c^2$, and

$$\\int_0^1 x\\,dx = \\frac{1}{2}$$
"""
FIXTURES = [
    reply("Show me all", ALL),
    reply("Be cut", "The first half and", finishReason="length"),
    reply("Be slow", "word " * 400, latency=200, chunkSize=5),
    failure("Fail", 400, "this model takes no such words"),
]
LONG_WORDS = "Pneumonoultramicroscopicsilicovolcanoconiosis" * 4


@dataclass(frozen=True)
class Seeded:
    """A server with something of everything, and one where nothing was said."""

    made: Talking
    empty: Served
    locked: Served
    talk: int
    long: int


def seed(made: Talking, empty: Served, locked: Served) -> Seeded:
    """Fill the first: long and short talks, facts, an archive, a talk of the terminal."""
    served = made.served
    talk = spoken(served, ["Remember that I live in Lima.", "Where do I live?"])
    many = [f"On day {n} we walked to hill {n}, and had soup of pumpkins there." for n in range(8)]
    long = spoken(served, ["Show me all", *many, "Be cut", LONG_WORDS, "Fail"], bot="mock")
    old = [
        straight(
            ["What is a lighthouse?", "A tower with a light."], number=n, title=f"Old talk {n}"
        )
        for n in range(1, 5)
    ]
    call(served, "POST", "import?name=conversations.json", old)
    found = call(served, "GET", "conversations")["conversations"]
    number = {one["title"]: one["id"] for one in found}
    call(served, "PATCH", f"conversations/{number['Old talk 1']}", {"archived": True})
    changed = {"pinned": True, "title": LONG_WORDS}
    call(served, "PATCH", f"conversations/{number['Old talk 2']}", changed)
    for statement in ("sings in a choir", LONG_WORDS):
        call(served, "POST", "facts", {"bot": "ofelia", "statement": statement})
    given = {
        "persona": {"name": "Tea", "instructions": "You like tea."},
        "model": {"provider": "offline"},
    }
    call(served, "PUT", "bots/tea", given)
    served.run("chat", "-c", "kitchen", "-m", "What is in the oven?")
    return Seeded(made, empty, locked, talk, long)
