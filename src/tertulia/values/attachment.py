"""A picture or file that came with a message."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """What a channel brought: its name, its media type (`image/png`) and its bytes."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A stored attachment, without its bytes; `size` counts them."""

    id: int
    name: str
    media_type: str
    size: int
