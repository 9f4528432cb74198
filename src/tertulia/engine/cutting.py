"""Cuts a text that is larger than its room, with a mark that is seen."""

from __future__ import annotations

from tertulia.ports.tokenizer import Tokenizer
from tertulia.values.errors import PromptTooSmall

CUT = "\n[… {tokens} tokens were cut out here to fit …]\n"
PERSONA_CUT = "\n[… the rest of these instructions was cut to fit …]"


def cut_middle(tokenizer: Tokenizer, text: str, room: int) -> str:
    """The beginning and the end of `text` around a visible mark, in at most `room` tokens.

    Raises: `PromptTooSmall` where not even the mark has room.
    """
    whole = tokenizer.count(text)
    size = room - tokenizer.count(CUT.format(tokens=whole))
    while size > 0:
        head = tokenizer.head(text, size * 2 // 3)
        tail = tokenizer.tail(text, size - size * 2 // 3)
        joined = head + CUT.format(tokens=whole - size) + tail
        over = tokenizer.count(joined) - room
        if over <= 0:
            return joined
        size -= over
    raise PromptTooSmall(
        f"The token budget leaves {room} tokens for the newest message: too few for any of it. "
        "Give the model a larger context_window or a smaller max_tokens, or shorten the persona."
    )


def cut_end(tokenizer: Tokenizer, text: str, room: int) -> str:
    """The beginning of instructions and a mark, in at most `room` tokens; "" without room."""
    kept = tokenizer.head(text, room - tokenizer.count(PERSONA_CUT))
    while kept and tokenizer.count(kept + PERSONA_CUT) > room:
        kept = tokenizer.head(kept, tokenizer.count(kept) - 1)
    return kept + PERSONA_CUT if kept else ""
