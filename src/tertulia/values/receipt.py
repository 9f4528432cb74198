"""What went into a prompt, and what was left out, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Something that the model saw: where it came from, its id, its tokens, its score if ranked."""

    origin: str
    id: str
    tokens: int
    score: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A range that the model did not see, by the ids of its ends, and the reason."""

    origin: str
    first: str
    last: str
    count: int
    tokens: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Exactly what the prompt held: the items' tokens and its own 3 add up to the prompt's.

    `budget` and every count are in tokens of the engine's tokenizer.
    """

    budget: int
    prompt_tokens: int
    items: tuple[Item, ...]
    left_out: tuple[LeftOut, ...]

    def as_json(self) -> dict[str, Any]:
        """The receipt in the shape that `--json` prints and the store keeps."""
        return {
            "budget": self.budget,
            "prompt_tokens": self.prompt_tokens,
            "items": [
                {"origin": i.origin, "id": i.id, "tokens": i.tokens, "score": i.score}
                for i in self.items
            ],
            "left_out": [
                {
                    "origin": o.origin,
                    "from": o.first,
                    "to": o.last,
                    "count": o.count,
                    "tokens": o.tokens,
                    "why": o.why,
                }
                for o in self.left_out
            ],
        }
