"""Helps somebody who mistyped a name."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """The known name that `word` is most like, or begins; None where there is no such name.

    `likeness` is how like they must be, from 0 to 1 (the same).
    """
    from difflib import get_close_matches

    names = {name.casefold(): name for name in known}
    folded = word.casefold()
    begun = [name for name in names if len(folded) > 2 and name.startswith(folded)]
    close = get_close_matches(folded, names, n=1, cutoff=likeness) or begun
    return names[close[0]] if close else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """What to add to the sentence that says that there is no `word`; it begins with a space."""
    names = sorted(known)
    close = nearest(word, names)
    if close is not None:
        return f' Did you mean "{close}"?'
    return f" Known: {', '.join(names)}." if names else ""
