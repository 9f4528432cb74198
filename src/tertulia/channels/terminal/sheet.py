"""How a talk looks: the bot's words, the engine's, and the small print."""

from __future__ import annotations

from collections.abc import Sequence

from tertulia.channels.terminal.blocks import split
from tertulia.channels.terminal.drawing import Drawing
from tertulia.channels.terminal.follow import View
from tertulia.channels.terminal.page import Page
from tertulia.channels.terminal.rendering import DIM, NOTICE, Renderer
from tertulia.channels.terminal.streams import Out, clean, one_line
from tertulia.channels.terminal.words import AWAY, failing, remarks, silence
from tertulia.values.reply import Delivery, Outcome

ENGINE = "tertulia: "
"""Who speaks where it is not the bot."""


class Sheet:
    """Prints each kind of thing in its own way."""

    def __init__(self, out: Out) -> None:
        self._out = out
        self._page = Page(out)
        self._render = Renderer(out)

    def drawing(self, who: str) -> Drawing:
        """A reply that will be drawn as it comes, below all that stands here."""
        self.gap()
        return Drawing(self._out, self._page, who)

    def gap(self) -> None:
        """An empty line."""
        self._page.put([""])

    def small(self, *lines: str) -> None:
        """The small print."""
        for line in lines:
            self._page.put(self._render.styled(line, DIM))

    def answer(self, text: str) -> None:
        """What a command says."""
        self._page.put(self._render.styled(text))
        self.gap()

    def verbatim(self, text: str) -> None:
        """A text for copying, not wrapped."""
        self._page.put(clean(text).rstrip("\n").split("\n"))
        self.gap()

    def engine(self, sentence: str) -> None:
        """What the engine itself says."""
        self._page.put(self._render.styled(f"{ENGINE}{one_line(sentence)}", NOTICE))
        self.gap()

    def outcome(self, outcome: Outcome, label: str = "") -> None:
        """What became of a message, as a whole."""
        if outcome.delivery is None:
            self.small(silence(outcome))
            self.gap()
        else:
            self.delivery(outcome.delivery, label)

    def delivery(self, delivery: Delivery, label: str = "") -> None:
        """A whole reply or notice."""
        self.small(*([label] if label else []))
        if delivery.kind == "notice":
            self.engine(failing(delivery))
            return
        self._page.put(self._blocks(delivery.text))
        self.end(delivery)

    def end(self, delivery: Delivery) -> None:
        """What stands below a reply."""
        self.small(*remarks(delivery))
        self.gap()

    def _blocks(self, text: str) -> Sequence[str]:
        lines: list[str] = []
        for block in split(text):
            lines += ["", *self._render.markdown(block)]
        return lines[1:]


class Speaking(View):
    """The reply to what was just said."""

    def __init__(self, sheet: Sheet, who: str) -> None:
        self._sheet = sheet
        self._drawing = sheet.drawing(who)

    def add(self, text: str) -> None:
        """The next piece."""
        self._drawing.add(text)

    def again(self) -> None:
        """What was added is void."""
        self._drawing.again()

    def beat(self) -> None:
        """Draw what has changed."""
        self._drawing.draw()

    def aside(self, delivery: Delivery) -> None:
        """A reply to something said before this talk."""
        self._drawing.leave()
        self._sheet.delivery(delivery, AWAY)

    def finish(self, outcome: Outcome) -> None:
        """The reply as it is stored, or what stands in its place."""
        delivery = outcome.delivery
        if delivery is not None and delivery.kind == "reply":
            self._drawing.finish(delivery.text)
            self._sheet.end(delivery)
        else:
            self._drawing.withdraw()
            self._sheet.outcome(outcome)

    def close(self) -> None:
        """What was drawn stays, also where the person does not wait for the rest."""
        self._drawing.stay()
