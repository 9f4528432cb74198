"""What the model reads: chosen and cut to the token budget, with a receipt of every choice.

Pure: the same arguments give the same prompt. Counts follow the formula that OpenAI publishes for
chat prompts: 3 tokens for the whole, and for each message 3, its role (1 token), its content, and
where it has a name that name and 1 more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tertulia.ports.memory import Recollection
from tertulia.ports.tokenizer import Tokenizer
from tertulia.values.bot import Persona
from tertulia.values.conversation import Span, Summary
from tertulia.values.errors import PromptTooSmall
from tertulia.values.message import Message, message_id
from tertulia.values.prompt import Line, Prompt
from tertulia.values.receipt import Item, LeftOut, Receipt

WHOLE = 3
"""Tokens that every prompt costs."""

EACH = 4
"""Tokens that every message of a prompt costs besides its content and name."""

CUT = "\n[… {tokens} tokens were cut out here to fit …]\n"
PERSONA_CUT = "\n[… the rest of these instructions was cut to fit …]"
SEPARATOR = "\n\n"

NO_ROOM = "no room in the token budget"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembled:
    """A prompt with its receipt, plain sentences for the person, and what fell out of the window.

    `dropped` is the newest message of the talk before the waiting ones that had no room.
    """

    prompt: Prompt
    receipt: Receipt
    notes: tuple[str, ...]
    dropped: Message | None


def cost(tokenizer: Tokenizer, text: str, name: str | None) -> int:
    """What a message costs in a prompt, in tokens."""
    named = tokenizer.count(name) + 1 if name else 0
    return EACH + tokenizer.count(text) + named


def count(tokenizer: Tokenizer, lines: Sequence[Line]) -> int:
    """A whole rendered prompt, counted from its text alone."""
    return WHOLE + sum(cost(tokenizer, line.content, line.name) for line in lines)


def assemble(
    *,
    persona: Persona,
    recollections: Sequence[Recollection],
    span: Span,
    waiting: Sequence[Message],
    budget: int,
    tokenizer: Tokenizer,
) -> Assembled:
    """Choose what the model reads within `budget` tokens.

    In this order: the persona (at most half of the budget), the newest waiting message (cut if need
    be), what waits before it, what the memories give (at most half of what is left then), and the
    talk before, newest first. `span` is that talk, newest first, without the waiting messages.

    Raises: `PromptTooSmall` where not even a cut message has room.
    """
    desk = _Desk(budget, tokenizer)
    desk.instruct(persona)
    said = desk.hear(waiting)
    desk.recall(recollections, span)
    window = desk.look_back(span, waiting)
    return desk.close([*window, *said])


class _Desk:
    """Where one prompt is laid out: what room is left, and what the receipt will say."""

    def __init__(self, budget: int, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        self.budget = budget
        self.room = budget - WHOLE
        self.system = ""
        self.system_cost = 0
        self.system_items: list[Item] = []
        self.window_items: list[Item] = []
        self.said_items: list[Item] = []
        self.left_out: list[LeftOut] = []
        self.notes: list[str] = []
        self.stand_in: tuple[str, Summary] | None = None
        self.dropped: Message | None = None

    def instruct(self, persona: Persona) -> None:
        """The persona, cut to half of the budget."""
        text = persona.instructions
        if not text:
            return
        whole = self.tokenizer.count(text)
        room = self.room // 2 - EACH
        if whole > room:
            kept = self.tokenizer.head(text, room - self.tokenizer.count(PERSONA_CUT))
            text = _shrink(self.tokenizer, kept, PERSONA_CUT, room)
            self._leave("persona", persona.name, whole - self.tokenizer.count(text), CUT_PERSONA)
        if text:
            self._extend_system("persona", persona.name, text, None)

    def hear(self, waiting: Sequence[Message]) -> list[Line]:
        """The waiting messages: the newest always, those before it while they fit."""
        newest = self._newest(waiting[-1])
        lines = [newest]
        for index in range(len(waiting) - 2, -1, -1):
            message = waiting[index]
            if message.tokens > self.room:
                self._leave_waiting(waiting[: index + 1])
                break
            self.room -= message.tokens
            self.said_items.insert(0, Item(origin="message", id=message.id, tokens=message.tokens))
            lines.insert(0, _line(message))
        return lines

    def _newest(self, message: Message) -> Line:
        line = _line(message)
        tokens = message.tokens
        if tokens > self.room:
            overhead = cost(self.tokenizer, "", message.name)
            text = _cut(self.tokenizer, message.text, self.room - overhead)
            line = Line(role=line.role, content=text, name=line.name)
            tokens = overhead + self.tokenizer.count(text)
            self._leave("message", message.id, message.tokens - tokens, CUT_MESSAGE)
            self.notes.append(
                "Your message was longer than I can read at once: "
                f"{message.tokens - tokens} of its {message.tokens} tokens "
                "were cut from its middle."
            )
        self.room -= tokens
        self.said_items.append(Item(origin="message", id=message.id, tokens=tokens))
        return line

    def _leave_waiting(self, older: Sequence[Message]) -> None:
        self.left_out.append(
            LeftOut(
                origin="message",
                first=older[0].id,
                last=older[-1].id,
                count=len(older),
                tokens=_sum(older),
                why=NO_ROOM,
            )
        )
        self.notes.append(
            f"{len(older)} of your waiting messages had no room beside the newest "
            "and were not read."
        )

    def recall(self, recollections: Sequence[Recollection], span: Span) -> None:
        """What the memories give, in their order, while half of the room holds it.

        What stands for a stretch of the talk is left aside where all of the talk has room.
        """
        floor = self.room // 2
        whole = not span.older and _sum(span.messages) <= self.room
        for piece in recollections:
            if whole and piece.stands_for is not None:
                continue
            if self._extend_system(piece.origin, piece.id, piece.text, piece.score, floor):
                if piece.stands_for is not None:
                    self.stand_in = (f"{piece.origin} {piece.id}", piece.stands_for)
            else:
                tokens = self.tokenizer.count(piece.text)
                self._leave(piece.origin, piece.id, tokens, NO_ROOM)

    def _extend_system(
        self, origin: str, name: str, text: str, score: float | None, floor: int = 0
    ) -> bool:
        longer = f"{self.system}{SEPARATOR}{text}" if self.system else text
        total = cost(self.tokenizer, longer, None)
        more = total - self.system_cost
        if self.room - more < floor:
            return False
        self.room -= more
        self.system, self.system_cost = longer, total
        self.system_items.append(Item(origin=origin, id=name, tokens=more, score=score))
        return True

    def look_back(self, span: Span, waiting: Sequence[Message]) -> list[Line]:
        """The talk before, newest first, until the room ends."""
        lines: list[Line] = []
        for message in span.messages:
            if message.tokens > self.room:
                self.dropped = message
                self._leave_older(message, waiting)
                break
            self.room -= message.tokens
            self.window_items.append(Item(origin="window", id=message.id, tokens=message.tokens))
            lines.append(_line(message))
        self.window_items.reverse()
        lines.reverse()
        return lines

    def _leave_older(self, newest: Message, waiting: Sequence[Message]) -> None:
        """Tell of `newest` and all before it, but the waiting: summarised or simply left out."""
        between = [m for m in waiting if m.root == newest.root and m.seq < newest.seq]
        count = newest.depth + 1 - len(between)
        tokens = newest.path_tokens - _sum(between)
        first = newest.root
        if self.stand_in is not None:
            name, stood = self.stand_in
            within = [m for m in between if m.seq <= stood.upto]
            covered = min(count, stood.depth + 1 - len(within))
            covered_tokens = min(tokens, stood.path_tokens - _sum(within))
            last = min(stood.upto, newest.seq)
            self._leave_range(newest, first, last, covered, covered_tokens, f"stood for by {name}")
            count, tokens, first = count - covered, tokens - covered_tokens, last + 1
        if count > 0:
            self._leave_range(newest, first, newest.seq, count, tokens, NO_ROOM)

    def _leave_range(
        self, of: Message, first: int, last: int, count: int, tokens: int, why: str
    ) -> None:
        self.left_out.append(
            LeftOut(
                origin="window",
                first=message_id(of.conversation, first),
                last=message_id(of.conversation, last),
                count=count,
                tokens=tokens,
                why=why,
            )
        )

    def _leave(self, origin: str, name: str, tokens: int, why: str) -> None:
        self.left_out.append(
            LeftOut(origin=origin, first=name, last=name, count=1, tokens=tokens, why=why)
        )

    def close(self, talk: Sequence[Line]) -> Assembled:
        """The prompt and its receipt."""
        system = [Line(role="system", content=self.system)] if self.system else []
        tokens = self.budget - self.room
        receipt = Receipt(
            budget=self.budget,
            prompt_tokens=tokens,
            items=(*self.system_items, *self.window_items, *self.said_items),
            left_out=tuple(self.left_out),
        )
        return Assembled(
            prompt=Prompt(lines=(*system, *talk), tokens=tokens),
            receipt=receipt,
            notes=tuple(self.notes),
            dropped=self.dropped,
        )


CUT_PERSONA = "cut: instructions get at most half of the token budget"
CUT_MESSAGE = "cut: this message alone is larger than the token budget"


def _line(message: Message) -> Line:
    role = "assistant" if message.role == "assistant" else "user"
    return Line(role=role, content=message.text, name=message.name)


def _sum(messages: Sequence[Message]) -> int:
    return sum(message.tokens for message in messages)


def _cut(tokenizer: Tokenizer, text: str, room: int) -> str:
    """The beginning and the end of `text` around a visible mark, in at most `room` tokens."""
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


def _shrink(tokenizer: Tokenizer, kept: str, mark: str, room: int) -> str:
    """`kept` and the mark, in at most `room` tokens; nothing where that has no room."""
    while kept and tokenizer.count(kept + mark) > room:
        kept = tokenizer.head(kept, tokenizer.count(kept) - 1)
    return kept + mark if kept else ""
