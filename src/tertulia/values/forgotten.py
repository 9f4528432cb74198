"""What is forgotten, or would be, in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tertulia.values.forgetting import Forgotten

FEW = 8
"""So many ids are told; of more only how many there are."""

HELD = (
    "Another program has the database open: its bytes go when it lets go, at the latest with the "
    "next start."
)


def told(what: Forgotten, *, done: bool) -> list[str]:
    """What goes (or went) in plain words, a line for each kind."""
    went = [
        *_counted(what.messages, "message", "messages"),
        *_counted(what.facts, "fact", "facts"),
        *_counted(what.people, "identity", "identities"),
        *_counted([str(one) for one in what.conversations], "conversation", "conversations"),
    ]
    lines = [f"{'Forgotten' if done else 'This would go'}: {', '.join(went) or 'nothing'}."]
    lines += _changed(what, done=done)
    if done and what.messages:
        lines.append("Of each message a keyed hash of its id stays, so that it cannot come back.")
    if done and not what.cleaned:
        lines.append(HELD)
    return lines


def _changed(what: Forgotten, *, done: bool) -> Iterator[str]:
    """What stays but is not as it was, and what is made anew."""
    if what.redacted:
        would = "is erased" if done else "would be erased"
        replies = _counted(what.redacted, "reply", "replies")[0]
        yield f"The text of {replies} that had it before them {would}."
    if what.summaries:
        would = "went" if done else "would go"
        count = _counted(what.summaries, "summary", "summaries")[0]
        yield f"{count} {would} too; where they are needed they are made anew without it."
    if what.reopened:
        again = "holds again" if done else "would hold again"
        yield f"What it had replaced {again}: {_counted(what.reopened, 'fact', 'facts')[0]}."
    if what.renamed:
        would = "went" if done else "would go"
        names = [str(one) for one in what.renamed]
        count = _counted(names, "conversation", "conversations")[0]
        yield f"The name of {count} gives it away and {would} too."


def _counted(names: Sequence[str], one: str, many: str) -> list[str]:
    if not names:
        return []
    ids = f" ({', '.join(names)})" if len(names) <= FEW else ""
    return [f"{len(names)} {one if len(names) == 1 else many}{ids}"]
