"""One message, one reply: plain text for programs, drawn as it comes for people."""

from __future__ import annotations

import json
from contextlib import nullcontext
from typing import Any

from tertulia.channels.terminal.follow import View, follow, greet
from tertulia.channels.terminal.session import Interrupt, Session
from tertulia.channels.terminal.signals import interrupts, quiet
from tertulia.channels.terminal.streams import Closed, Out, one_line
from tertulia.channels.terminal.words import KEPT, UNSAID, failing, remarks, silence
from tertulia.values.message import Incoming
from tertulia.values.reply import Delivery, Outcome

REPLIED, FAILED, INTERRUPTED = 0, 1, 130
"""Exit codes."""


class Plain(View):
    """Prints nothing before the outcome, and then the text exactly."""

    quiet = False
    """Whether typing would tear what is drawn."""

    def __init__(self, out: Out, err: Out) -> None:
        self._out = out
        self._err = err

    def add(self, text: str) -> None:
        """Nothing: it is provisional."""

    def again(self) -> None:
        """Nothing was printed."""

    def beat(self) -> None:
        """Nothing moves."""

    def aside(self, delivery: Delivery) -> None:
        """A reply that an earlier run did not show is not this one's: it goes beside it."""
        self._err.tell(f"(not shown before) {delivery.text}")

    def finish(self, outcome: Outcome) -> None:
        """The reply on standard output; all else on standard error."""
        delivery = outcome.delivery
        if delivery is None:
            self._err.tell(silence(outcome))
        elif outcome.kind == "notice":
            self._err.tell(one_line(failing(delivery)))
        else:
            self.reply(delivery)
            for line in remarks(delivery):
                self._err.tell(line, dim=True)

    def reply(self, delivery: Delivery) -> None:
        """The text itself."""
        self._out.write(f"{delivery.text}\n")

    def left(self, sentence: str) -> None:
        """The person did not wait for the outcome."""
        self._err.tell(sentence)


class Json(Plain):
    """Prints the outcome as one object on one line."""

    def __init__(self, out: Out, err: Out, incoming: Incoming) -> None:
        super().__init__(out, err)
        self._incoming = incoming

    def finish(self, outcome: Outcome) -> None:
        """As `Plain`, and the object in any case."""
        super().finish(outcome)
        delivery = outcome.delivery
        if delivery is None:
            self._print({**self._nothing(silence(outcome)), "finish_reason": outcome.reason})
        elif outcome.kind == "notice":
            told = {**self._described(delivery), "reply": None}
            self._print({"error": one_line(failing(delivery)), **told})

    def reply(self, delivery: Delivery) -> None:
        """The object in place of the text."""
        self._print(self._described(delivery))

    def left(self, sentence: str) -> None:
        """As `Plain`, and the object."""
        super().left(sentence)
        self._print(self._nothing(sentence))

    def _nothing(self, error: str) -> dict[str, Any]:
        """The same keys without a reply, and why there is none."""
        return {
            "error": error,
            "reply": None,
            "conversation": self._incoming.place.spot,
            "bot": self._incoming.bot,
            "model": None,
            "usage": None,
            "receipt": None,
            "finish_reason": None,
            "message": None,
            "notes": [],
            "cost": None,
        }

    def _described(self, delivery: Delivery) -> dict[str, Any]:
        return {
            "reply": delivery.text,
            "conversation": delivery.place.spot,
            "bot": delivery.bot,
            "model": delivery.model,
            "usage": {
                "prompt_tokens": delivery.usage.prompt_tokens,
                "completion_tokens": delivery.usage.completion_tokens,
            },
            "receipt": delivery.receipt,
            "finish_reason": delivery.finish_reason,
            "message": delivery.message,
            "notes": list(delivery.notes),
            "cost": delivery.cost,
        }

    def _print(self, told: dict[str, Any]) -> None:
        # ASCII: the same bytes in every encoding, and nothing that a terminal would obey.
        self._out.write(f"{json.dumps(told)}\n")


async def once(session: Session, incoming: Incoming, view: Plain) -> int:
    """Say one thing and show what becomes of it; returns the exit code.

    Raises: `StoreError` where the message could not be stored.
    """
    calm = quiet() if view.quiet else nullcontext()
    with interrupts(lambda: session.put(Interrupt())), calm:
        try:
            return await _say(session, incoming, view)
        except Closed:
            return FAILED


async def _say(session: Session, incoming: Incoming, view: Plain) -> int:
    if not await greet(session, view.aside):
        view.left(UNSAID)
        return INTERRUPTED
    accepted = await session.host.accept(incoming)
    outcome = await follow(session, accepted, view)
    if outcome is None:
        view.left(KEPT)
    if session.interrupted:
        return INTERRUPTED
    return REPLIED if outcome and outcome.kind == "reply" else FAILED
