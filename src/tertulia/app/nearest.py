"""Helps somebody who mistyped a name."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name that `word` is most like, or None where it is like none."""
    from difflib import get_close_matches

    names = {name.casefold(): name for name in known}
    close = get_close_matches(word.casefold(), names, n=1)
    return names[close[0]] if close else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """What to add to the sentence that says that there is no `word`; it begins with a space."""
    names = sorted(known)
    close = nearest(word, names)
    if close is not None:
        return f' Did you mean "{close}"?'
    return f" Known: {', '.join(names)}." if names else ""
