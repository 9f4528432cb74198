"""One message, one reply, for a person at a terminal: drawn as it comes."""

from __future__ import annotations

from tertulia.channels.terminal.drawing import Drawing
from tertulia.channels.terminal.once import Plain
from tertulia.channels.terminal.page import Page
from tertulia.channels.terminal.streams import Out
from tertulia.values.reply import Delivery, Outcome


class Live(Plain):
    """The reply as markdown on standard output; all else on standard error, below it."""

    quiet = True

    def __init__(self, out: Out, err: Out, who: str) -> None:
        super().__init__(out, err)
        self._drawing = Drawing(out, Page(out), who)

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
        """A reply that an earlier run did not show."""
        self._drawing.leave()
        super().aside(delivery)

    def finish(self, outcome: Outcome) -> None:
        """The reply as it is stored; a notice leaves nothing of what was drawn."""
        if outcome.kind != "reply":
            self._drawing.withdraw()
        super().finish(outcome)

    def reply(self, delivery: Delivery) -> None:
        """The text itself."""
        self._drawing.finish(delivery.text)

    def left(self, sentence: str) -> None:
        """What was drawn stays."""
        self._drawing.stay()
        super().left(sentence)
