"""What the model reads: chosen and cut to the token budget, with a receipt of every choice.

Pure: the same arguments give the same prompt. Counts follow the formula that OpenAI publishes for
chat prompts: 3 tokens for the whole, and for each message 3, its role (1 token), its content, and
where it has a name that name and 1 more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tertulia.engine.cutting import cut_end, cut_middle
from tertulia.engine.shelves import NO_ROOM, Chosen, Shelf, fill
from tertulia.ports.tokenizer import Tokenizer
from tertulia.values.bot import Persona
from tertulia.values.conversation import Span, Summary
from tertulia.values.message import Message, message_id
from tertulia.values.prompt import Line, Prompt
from tertulia.values.receipt import Item, LeftOut, Receipt

WHOLE = 3
"""Tokens that every prompt costs."""

EACH = 4
"""Tokens that every message of a prompt costs besides its content and name."""

SEPARATOR = "\n\n"

NOT_HEARD = "not everybody here has heard it"
CUT_PERSONA = "cut: instructions get at most half of the token budget"
CUT_MESSAGE = "cut: this message alone is larger than the token budget"
BEHIND = "behind a long stretch that not everybody here has heard"
BEYOND = "beyond the last exchanges that the window is set to"


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
    shelves: Sequence[Shelf],
    span: Span,
    waiting: Sequence[Message],
    unheard: Sequence[Message] = (),
    budget: int,
    tokenizer: Tokenizer,
    last: int | None = None,
) -> Assembled:
    """Choose what the model reads within `budget` tokens.

    In this order: the persona (at most half of the budget), the newest waiting message (cut if need
    be), what waits before it, what the memories give (each within its share), and the talk before,
    newest first, at most the `last` exchanges of it. `span` is that talk, newest first, without the
    waiting messages. `unheard` waits too, but not everybody here has heard it: it is not read.

    Raises: `PromptTooSmall` where not even a cut message has room.
    """
    desk = _Desk(budget, tokenizer)
    desk.instruct(persona)
    said = desk.hear(waiting)
    desk.pass_over(unheard, span.hidden)
    desk.shelve(shelves, span, last)
    window = desk.look_back(span, waiting, last)
    desk.put_up()
    return desk.close([*window, *said])


class _Desk:
    """Where one prompt is laid out: what room is left, and what the receipt will say."""

    def __init__(self, budget: int, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        self.budget = budget
        self.room = budget - WHOLE
        self.system = ""
        self.system_items: list[Item] = []
        self.window_items: list[Item] = []
        self.said_items: list[Item] = []
        self.left_out: list[LeftOut] = []
        self.notes: list[str] = []
        self.chosen: list[Chosen] = []
        self.planned = 0
        self.hidden: Sequence[Message] = ()
        self.dropped: Message | None = None

    def instruct(self, persona: Persona) -> None:
        """The persona, cut to half of the budget."""
        text = persona.instructions
        if not text:
            return
        whole = self.tokenizer.count(text)
        room = self.room // 2 - EACH
        if whole > room:
            text = cut_end(self.tokenizer, text, room)
            self._leave("persona", persona.name, whole - self.tokenizer.count(text), CUT_PERSONA)
        if text:
            tokens = cost(self.tokenizer, text, None)
            self.room -= tokens
            self.system = text
            self.system_items.append(Item(origin="persona", id=persona.name, tokens=tokens))

    def hear(self, waiting: Sequence[Message]) -> list[Line]:
        """The waiting messages: the newest always, those before it while they fit."""
        newest = self._newest(waiting[-1])
        lines = [newest]
        for index in range(len(waiting) - 2, -1, -1):
            message = waiting[index]
            if message.tokens > self.room:
                self._leave_waiting(waiting[: index + 1], NO_ROOM)
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
            text = cut_middle(self.tokenizer, message.text, self.room - overhead)
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

    def pass_over(self, unheard: Sequence[Message], hidden: Sequence[Message]) -> None:
        """What the audience rule keeps out: of what waits, and of the talk before."""
        self.hidden = hidden
        if unheard:
            self._leave_range("message", unheard, NOT_HEARD)
            self.notes.append(
                f"{len(unheard)} of the waiting messages were said before all who are here now "
                "had joined: I have not read them. Say it again where all may hear it."
            )
        if hidden:
            self._leave_range("window", hidden[::-1], NOT_HEARD)

    def _leave_waiting(self, older: Sequence[Message], why: str) -> None:
        self._leave_range("message", older, why)
        self.notes.append(
            f"{len(older)} of your waiting messages had no room beside the newest "
            "and were not read."
        )

    def _leave_range(self, origin: str, messages: Sequence[Message], why: str) -> None:
        first, last = messages[0].id, messages[-1].id
        count, tokens = len(messages), _sum(messages)
        self.left_out.append(
            LeftOut(origin=origin, first=first, last=last, count=count, tokens=tokens, why=why)
        )

    def shelve(self, shelves: Sequence[Shelf], span: Span, last: int | None) -> None:
        """What the memories give, each within its share; the talk keeps at least the rest."""
        whole = last is None and not span.older and _sum(span.messages) <= self.room
        shares = sum(min(int(shelf.share * self.room), shelf.most) for shelf in shelves)
        sure = {m.id for m in _that_fit(span.messages, self.room - shares - EACH, last)}
        self.chosen = fill(shelves, self.tokenizer, self.room - EACH, sure, whole=whole)
        self.planned = sum(one.tokens for one in self.chosen)
        if self.planned and not self.system:
            self.planned += EACH
        self.room -= self.planned
        for one in self.chosen:
            self.left_out += one.left_out()

    def look_back(self, span: Span, waiting: Sequence[Message], last: int | None) -> list[Line]:
        """The talk before, newest first, until the room ends or the last exchanges are told."""
        kept = _that_fit(span.messages, self.room, last)
        for message in kept:
            self.room -= message.tokens
            self.window_items.append(Item(origin="window", id=message.id, tokens=message.tokens))
        if len(kept) < len(span.messages):
            self.dropped = span.messages[len(kept)]
            self._leave_older(self.dropped, waiting, self._why(self.dropped))
        elif span.older:
            self._leave_behind(span, waiting)
        self.window_items.reverse()
        return [_line(message) for message in reversed(kept)]

    def _leave_behind(self, span: Span, waiting: Sequence[Message]) -> None:
        """Tell of what was not looked at, behind so much that not everybody here has heard."""
        oldest = min((*span.messages, *span.hidden), key=lambda m: m.seq)
        apart = [m for m in waiting if m.root == oldest.root and m.seq < oldest.seq]
        count, tokens = oldest.depth - len(apart), oldest.path_tokens - oldest.tokens - _sum(apart)
        self._leave_path(oldest, oldest.root, oldest.seq - 1, count, tokens, BEHIND)

    def _why(self, dropped: Message) -> str:
        return NO_ROOM if dropped.tokens > self.room else BEYOND

    def put_up(self) -> None:
        """Write what was chosen of the shelves, but what the window came to hold itself."""
        held = {item.id for item in self.window_items}
        for one in self.chosen:
            one.without(held)
        self.room += self.planned
        persona = sum(item.tokens for item in self.system_items)
        while text := self._sections():
            more = cost(self.tokenizer, text, None) - persona
            if more <= self.room:
                self.room -= more
                self.system = text
                self._tell(more)
                return
            # Pieces may cost more joined than each alone: then the last of them goes.
            [one for one in self.chosen if one.lines][-1].drop()

    def _sections(self) -> str:
        """The persona with what stands on the shelves; "" where those are empty."""
        sections = "\n".join(section for one in self.chosen if (section := one.render()))
        return SEPARATOR.join(part for part in (self.system, sections) if part) if sections else ""

    def _tell(self, tokens: int) -> None:
        """For the receipt; what joining the pieces cost besides is the first's."""
        first, *others = (item for one in self.chosen for item in one.items())
        besides = tokens - first.tokens - sum(item.tokens for item in others)
        self.system_items += [replace(first, tokens=first.tokens + besides), *others]

    def _leave_older(self, newest: Message, waiting: Sequence[Message], why: str) -> None:
        """Tell of `newest` and all before it, but what waits: summarised or simply left out."""
        apart = [
            m for m in (*waiting, *self.hidden) if m.root == newest.root and m.seq < newest.seq
        ]
        count, tokens = newest.depth + 1 - len(apart), newest.path_tokens - _sum(apart)
        first = newest.root
        for name, stood in self._stand_ins():
            within = [m for m in waiting if stood.first <= m.seq <= stood.upto]
            covered, covered_tokens = count, tokens
            if stood.upto < newest.seq:
                covered = max(0, min(count, stood.count - len(within)))
                covered_tokens = max(0, min(tokens, stood.covered - _sum(within)))
            upto = min(stood.upto, newest.seq)
            told = f"stood for by {name}"
            self._leave_path(newest, stood.first, upto, covered, covered_tokens, told)
            count, tokens, first = count - covered, tokens - covered_tokens, upto + 1
        if count > 0:
            self._leave_path(newest, first, newest.seq, count, tokens, why)

    def _stand_ins(self) -> list[tuple[str, Summary]]:
        return [
            (f"{one.shelf.origin} {line.id}", line.stands_for)
            for one in self.chosen
            for line, _ in one.lines
            if line.stands_for is not None
        ]

    def _leave_path(
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


def _that_fit(messages: Sequence[Message], room: int, last: int | None) -> list[Message]:
    """The newest messages that fit, at most those of the `last` exchanges."""
    kept: list[Message] = []
    replies = 0
    for message in messages:
        room -= message.tokens
        replies += message.role == "assistant"
        if room < 0 or (last is not None and replies > last):
            break
        kept.append(message)
    return kept


def _line(message: Message) -> Line:
    role = "assistant" if message.role == "assistant" else "user"
    return Line(role=role, content=message.text, name=message.name)


def _sum(messages: Sequence[Message]) -> int:
    return sum(message.tokens for message in messages)
