"""A talk in a terminal of its own: what is typed decides what the scripted bot does."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from channels.scripted import AUTHOR, PLACE, Scripted, Turn
from tertulia.channels.terminal import Terminal

LONG = """\
# A walk through the garden

Here is a **long** reply with `code`, a list and a table, so that it scrolls.
It has a second line, and [a link](https://example.org/a/rather/long/address).

1. First, look at the *roses*: they have been here for a very long time, longer than the house.
2. Then the pond.
   - with fish
   - and frogs, which sing in the evening when the heat of the day has gone and nobody walks by
3. Last, the gate.

```python
def greet(name: str) -> str:
    \"\"\"Say hello, in a line that is rather longer than a narrow terminal would like it.\"\"\"
    return f"Hello, {name}!"


for person in ("Ana", "Luis"):
    print(greet(person))
```

> A quotation, which is also
> long enough to be wrapped somewhere when the window is narrow.

| plant | colour | how much water it wants |
|-------|:------:|------------------------:|
| rose  | red    | a lot                   |
| cactus| green  | none                    |
| fern  | green  | every day               |

## The end

""" + "\n".join(
    f"{n}. item number {n} of a list that is taller than the screen" for n in range(1, 41)
)


def answer(text: str) -> Turn:
    if text == "long":
        pieces = [LONG[i : i + 7] for i in range(0, len(LONG), 7)]
        return Turn(steps=pieces, pace=PACE)
    if text == "slow":
        return Turn(steps=["This **begins**", " and then", asyncio.Event()])
    if text == "stuck":
        return Turn(steps=["Not ", asyncio.Event()], stoppable=False)
    if text == "mute":
        return Turn(steps=[asyncio.Event()])
    if text == "cut":
        return Turn(steps=["It goes on and"], finish_reason="length", notes=("A note.",))
    if text == "fail":
        return Turn(kind="notice", text="I could not get a reply. Your message is kept.")
    return Turn(steps=["You said ", repr(text)])


async def main(history: str) -> int:
    terminal = Terminal(history=Path(history))
    host = Scripted(answer, terminal=terminal)
    greeting = ["ana · /help lists what you can do"]
    return await terminal.talk(host, PLACE, "ana", AUTHOR, greeting)


if __name__ == "__main__":
    PACE = float(sys.argv[2]) if len(sys.argv) > 2 else 0.0
    sys.exit(asyncio.run(main(sys.argv[1])))
