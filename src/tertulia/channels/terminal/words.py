"""The sentences that stand beside a reply."""

from __future__ import annotations

from tertulia.values.reply import Delivery, Outcome

AGAIN = "(starting again)"
AWAY = "(while you were away)"
CORRECTED = "(it reads now:)"
KEPT = "Your message is kept; its reply will be shown when you come back."
UNSAID = "Your message was not sent."
LATER = "(it cannot be stopped here; the reply will be shown when it comes)"
LEAVING = "(Ctrl-C again, Ctrl-D or /quit leaves)"
STOPPED = "(stopped)"


def remarks(delivery: Delivery) -> list[str]:
    """What a person has to know of a reply besides its text."""
    lines = list(delivery.notes)
    if delivery.finish_reason == "length":
        lines.append('… cut at the reply\'s limit; say "continue" to go on')
    if delivery.finish_reason == "stopped":
        lines.append(STOPPED)
    return lines


def failing(delivery: Delivery) -> str:
    """A notice and its cause: whoever sits at the terminal is the owner."""
    if delivery.cause in (None, delivery.text):
        return delivery.text
    return f"{delivery.text} ({delivery.cause})"


def silence(outcome: Outcome) -> str:
    """Why a message was left without a reply."""
    if outcome.reason == "stopped":
        return STOPPED
    return f"Your message was left without a reply: {outcome.reason or 'no reason is known'}."


def unknown(line: str) -> str:
    """The answer to a command that nobody knows."""
    return f"There is no {line.split(maxsplit=1)[0]}. /help lists what there is."
