"""What is told live: what `web/src/types.ts` calls `Live`."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from tertulia.channels.web.objects import Message


class News(Struct, tag_field="type"):
    """Something that is told at once."""


class OfOne(News, kw_only=True):
    """News of one conversation."""

    conversation: int


class Watching(OfOne, kw_only=True, tag="watching"):
    """From now on it is watched; `last_seq` is its newest message."""

    last_seq: int


class Said(OfOne, kw_only=True, tag="message"):
    """A message is stored."""

    message: Message


class Draft(OfOne, kw_only=True, tag="draft"):
    """The reply that is being made, as far as it has come."""

    upto: int
    again: str | None
    text: str


class Started(OfOne, kw_only=True, tag="started"):
    """A turn has begun."""

    upto: int
    again: str | None


class Text(OfOne, kw_only=True, tag="text"):
    """The next piece of the reply, behind `at` UTF-16 units of it."""

    at: int
    text: str


class Restarted(OfOne, kw_only=True, tag="restarted"):
    """What was told of the reply is void."""


class Settled(OfOne, kw_only=True, tag="settled"):
    """Nothing waits any more."""


class Changed(OfOne, kw_only=True, tag="changed"):
    """It is not what it was: it has to be read again."""


class Conversations(News, tag="conversations"):
    """The list of conversations has changed."""


class Ending(News, tag="ending"):
    """The server stops."""


_encoder = msgspec.json.Encoder()


def written(news: News) -> str:
    """The news as JSON."""
    return _encoder.encode(news).decode()


def kind(news: News) -> str:
    """Its type, as it stands in the JSON."""
    return str(type(news).__struct_config__.tag)


def units(text: str) -> int:
    """How long JavaScript finds a text: its UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
