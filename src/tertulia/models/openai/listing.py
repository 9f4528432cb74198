"""The models that a server lists, and a quick look whether a local server is there at all.

`GET /models` as https://platform.openai.com/docs/api-reference/models/list has it. The look uses
the standard library alone, since it runs before anybody has chosen a model.
"""

from __future__ import annotations

import json
import re
from http.client import HTTPConnection, HTTPException
from typing import Any, cast
from urllib.parse import urlsplit

_CONNECT = 0.1
_READ = 0.5
_MOST = 1_000_000

_NO_CHAT = re.compile(
    r"embed|rerank|whisper|moderation|realtime|transcri|davinci|babbage|dall-e|gpt-image|imagen"
    r"|turbo-instruct|\b(?:bge|tts|ocr|audio|sora|veo|flux)\b",
    re.IGNORECASE,
)


def names(body: str | bytes) -> list[str]:
    """The names in a list of models; empty where it is none."""
    return _names(body) or []


def chat_models(body: str | bytes) -> list[str] | None:
    """Those in a list of models that one can talk with; None where it is no such list."""
    found = _names(body)
    return None if found is None else [name for name in found if not _NO_CHAT.search(name)]


def _names(body: str | bytes) -> list[str] | None:
    """Gemini's begin with `models/`."""
    try:
        told: Any = json.loads(body)
    except ValueError:
        return None
    rows: Any = cast("dict[str, Any]", told).get("data") if isinstance(told, dict) else told
    if not isinstance(rows, list):
        return None
    ids = [_id(row) for row in cast("list[object]", rows)]
    return [name.removeprefix("models/") for name in ids if name]


def _id(row: object) -> str:
    name = cast("dict[str, Any]", row).get("id") if isinstance(row, dict) else None
    return name if isinstance(name, str) else ""


def first_chat_model(base_url: str) -> str | None:
    """The first model that a server at `base_url` can talk with, or None; within about 0.6 s."""
    parts = urlsplit(base_url)
    link = HTTPConnection(parts.hostname or "", parts.port, timeout=_CONNECT)
    try:
        link.connect()
        link.sock.settimeout(_READ)
        link.request("GET", f"{parts.path.rstrip('/')}/models")
        answer = link.getresponse()
        listed = chat_models(answer.read(_MOST)) if answer.status == 200 else None
    except (OSError, HTTPException):
        return None
    finally:
        link.close()
    return next(iter(listed or ()), None)
