"""What the memories give to one prompt: each its lines, within its share of the token budget."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from tertulia.ports.memory import Gathered, Recollection
from tertulia.ports.tokenizer import Tokenizer
from tertulia.values.receipt import Item, LeftOut

NO_ROOM = "no room in the token budget"
FULL = "its memory's share of the token budget is full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """One memory's gift, and its share of what persona and waiting messages leave of the budget.

    `share` is a part of 1; `most` is in tokens.
    """

    origin: str
    gathered: Gathered
    share: float
    most: int


@dataclass(slots=True)
class Chosen:
    """The lines of a shelf that were chosen, with their tokens."""

    shelf: Shelf
    tokenizer: Tokenizer
    lines: list[tuple[Recollection, int]] = field(default_factory=list[tuple[Recollection, int]])
    left: list[tuple[Recollection, int]] = field(default_factory=list[tuple[Recollection, int]])
    heading: int = 0

    def fill(self, room: int, beside: Collection[str], *, whole: bool) -> None:
        """Choose what fits, in order; `beside` are messages that the prompt holds anyway."""
        self.heading = self.tokenizer.count(f"{self.shelf.gathered.heading}\n\n")
        room -= self.heading
        groups: set[str] = set()
        for line in self.shelf.gathered.lines:
            if line.message in beside or (whole and line.stands_for is not None):
                continue
            tokens = self.tokenizer.count(_row(line))
            if line.group is not None and line.group not in groups:
                tokens += self.tokenizer.count(_group(line.group))
            if tokens > room:
                self.left.append((line, tokens))
                if len(self.left) == TRIED:
                    return
                continue
            groups.add(line.group or "")
            room -= tokens
            self.lines.append((line, tokens))

    @property
    def tokens(self) -> int:
        """What the shelf costs as it stands; nothing where it is empty."""
        return self.heading + sum(tokens for _, tokens in self.lines) if self.lines else 0

    def without(self, held: Collection[str]) -> None:
        """Take out the lines that quote messages which the window holds."""
        self.lines = [(line, tokens) for line, tokens in self.lines if line.message not in held]

    def drop(self) -> None:
        """Give up the line that was chosen last."""
        self.left.insert(0, self.lines.pop())

    def render(self) -> str:
        """Heading and lines, each on a row of its own; "" where there is no line."""
        if not self.lines:
            return ""
        rows = [self.shelf.gathered.heading + "\n"]
        group: str | None = None
        for line, _ in sorted(self.lines, key=lambda chosen: chosen[0].order):
            if line.group is not None and line.group != group:
                rows.append(_group(line.group))
            group = line.group
            rows.append(_row(line))
        return "".join(rows)

    def items(self) -> list[Item]:
        """For the receipt, in the order shown; the heading's tokens are the first line's."""
        origin = self.shelf.origin
        items: list[Item] = []
        shown = sorted(self.lines, key=lambda chosen: chosen[0].order)
        for line, tokens in shown:
            more = 0 if items else self.heading
            items.append(Item(origin=origin, id=line.id, tokens=tokens + more, score=line.score))
        return items

    def left_out(self) -> list[LeftOut]:
        """For the receipt: what had no room, the best first."""
        return [
            LeftOut(
                origin=self.shelf.origin,
                first=line.id,
                last=line.id,
                count=1,
                tokens=tokens,
                why=FULL,
            )
            for line, tokens in self.left[:TOLD]
        ]


TRIED = 16
"""Lines that had no room before the shelf counts as full: each one costs its count of tokens."""

TOLD = 8
"""Of a shelf's lines that had no room, so many are told in the receipt."""


def fill(
    shelves: Sequence[Shelf],
    tokenizer: Tokenizer,
    room: int,
    beside: Collection[str],
    *,
    whole: bool,
) -> list[Chosen]:
    """What is chosen of each shelf; `whole`: all of the talk has room, nothing stands for it."""
    chosen: list[Chosen] = []
    for shelf in shelves:
        one = Chosen(shelf, tokenizer)
        one.fill(min(int(room * shelf.share), shelf.most), beside, whole=whole)
        chosen.append(one)
    return chosen


def _row(line: Recollection) -> str:
    return f"- {line.text}\n"


def _group(name: str) -> str:
    return f"[{name}]\n"
