"""Takes in what a program sent of a talk that was held elsewhere, as a conversation's past."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tertulia.engine.prompt import cost
from tertulia.engine.tools import Tools
from tertulia.ports.archive import Past
from tertulia.values.message import Author, Place
from tertulia.values.prompt import Line
from tertulia.values.text import clean


async def bring_past(
    tools: Tools, place: Place, bot: str, author: Author, lines: Sequence[Line]
) -> int:
    """See `Desk.bring_past`."""
    past = list(_pasts(tools, place, lines))
    head = past[-1].id if past else None
    await tools.store.take_in(place, bot, author, past, head, tools.clock.now())
    await tools.store.index()
    return (await tools.store.begin(place, bot, tools.clock.now())).id


def _pasts(tools: Tools, place: Place, lines: Sequence[Line]) -> Iterator[Past]:
    """Each by where it stands: an id that was made of its words would outlive their forgetting."""
    begun = tools.clock.now() - len(lines)
    for number, line in enumerate(lines):
        text = clean(line.content)
        yield Past(
            id=f"import:{place.spot}:{number}",
            parent=f"import:{place.spot}:{number - 1}" if number else None,
            role="assistant" if line.role == "assistant" else "user",
            name=None,
            text=text,
            tokens=cost(tools.tokenizer, text, None),
            said_at=begun + number,
        )
