"""Text as every part can take it."""

from __future__ import annotations


def clean(text: str) -> str:
    """Text that UTF-8 and a database can hold.

    A lone surrogate or a NUL becomes U+FFFD; two surrogates that belong together are joined.
    """
    if text.isascii() and "\0" not in text:
        return text
    joined = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return joined.replace("\0", "\ufffd")
