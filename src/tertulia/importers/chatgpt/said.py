"""What a person saw of one of ChatGPT's messages: who spoke, and the text."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, cast

from tertulia.values.errors import Malformed
from tertulia.values.text import clean

_ROLES = frozenset({"user", "assistant"})
_SHOWN = frozenset({"text", "multimodal_text"})
_HIDDEN = ("is_visually_hidden_from_conversation", "is_user_system_message")

_MARK = re.compile("\ue200([^\ue200\ue201]*)\ue201")
"""A source, a link or a name that ChatGPT's page draws: its kind and fields, parted by U+E202."""
_STRAY = re.compile("[\ue200-\ue206]")

Object = Mapping[str, Any]


def text(message: Object, node: str) -> str:
    """Its text; empty where it was not shown, or has none. Raises: `Malformed`."""
    content = _object(message.get("content"))
    if not _is_shown(message) or content.get("content_type") not in _SHOWN:
        return ""
    parts = content.get("parts")
    if parts is None:
        parts = [content.get("text")]
    if not isinstance(parts, list):
        raise Malformed(f"the parts of {short(node)} are no list.")
    told = [_part(part) for part in cast("list[object]", parts)]
    return clean(_plain("\n".join(part for part in told if part))).strip()


def author(message: Object) -> tuple[str, str | None]:
    """Role and name of who spoke."""
    told = _object(message.get("author"))
    name = told.get("name")
    name = " ".join(clean(name).split()) if isinstance(name, str) else ""
    return str(told.get("role")), name or None


def short(node: str) -> str:
    """How an error names a message."""
    return f"message {node if len(node) <= 60 else node[:59] + '…'}"


def _is_shown(message: Object) -> bool:
    """Whether a person or the bot said it to the other: neither hidden, nor to a tool."""
    metadata = _object(message.get("metadata"))
    return (
        author(message)[0] in _ROLES
        and not any(metadata.get(key) for key in _HIDDEN)
        and message.get("recipient") in (None, "all")
        and message.get("channel") != "analysis"
    )


def _object(value: object) -> Object:
    return cast("Object", value) if isinstance(value, dict) else {}


def _part(part: object) -> str:
    """A text, what was heard, or the mark of an image; nothing of other files."""
    if isinstance(part, str):
        return part
    told = _object(part)
    if "image" in str(told.get("content_type")):
        return "[image]"
    heard = told.get("text")
    return heard if isinstance(heard, str) else ""


def _plain(told: str) -> str:
    """Without the marks that only ChatGPT's page can draw, yet with the words in them."""
    return _STRAY.sub("", _MARK.sub(_words, told)) if _STRAY.search(told) else told


def _words(mark: re.Match[str]) -> str:
    kind, *fields = mark[1].split("\ue202")
    if kind == "url" and fields:
        return fields[0]
    return _entity(fields[0]) if kind == "entity" and fields else ""


def _entity(field: str) -> str:
    """The name in `["kind", "name", …]`."""
    try:
        told = json.loads(field)
    except (ValueError, RecursionError):
        return ""
    named = cast("list[object]", told)[1:2] if isinstance(told, list) else []
    return named[0] if named and isinstance(named[0], str) else ""
