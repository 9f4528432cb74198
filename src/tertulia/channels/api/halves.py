"""Mends halves of characters: what is left where a client cut a text in the middle of an emoji."""

from __future__ import annotations

import re

_ESCAPED = re.compile(rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
"""What may be one of the two halves. It begins with a literal, so that much text is searched soon.
"""

_SIZE = 6
_BACKSLASH = ord("\\")


def mended(content: bytes) -> bytes:
    """JSON with U+FFFD in place of each half that stands alone."""
    plain = bytearray(content)
    first = -1
    for found in _ESCAPED.finditer(content):
        at = found.start()
        if _is_text(content, at):
            continue
        is_second = content[at + 3] in b"cCdDeEfF"
        if is_second and first == at - _SIZE and first >= 0:
            first = -1
            continue
        _replace(plain, first)
        first = -1 if is_second else at
        if is_second:
            _replace(plain, at)
    _replace(plain, first)
    return bytes(plain)


def _is_text(content: bytes, at: int) -> bool:
    """Whether the backslash there is itself escaped."""
    begins = at
    while begins and content[begins - 1] == _BACKSLASH:
        begins -= 1
    return (at - begins) % 2 == 1


def _replace(plain: bytearray, at: int) -> None:
    if at >= 0:
        plain[at : at + _SIZE] = b"\\ufffd"
