"""Makes exports as ChatGPT sends them: conversations whose messages are a tree of nodes."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

START = 1_700_000_000.0

Object = dict[str, Any]


def message(
    role: str, text: str | None, *, at: float | None = None, node: str = "", **more: Any
) -> Object:
    """A message as the export has it; `more` replaces fields of it."""
    return {
        "id": node,
        "author": {"role": role, "name": None, "metadata": {}},
        "create_time": at,
        "update_time": None,
        "content": {"content_type": "text", "parts": [text]},
        "status": "finished_successfully",
        "end_turn": True,
        "weight": 1.0,
        "metadata": {"model_slug": "gpt-4o", "parent_id": "x"},
        "recipient": "all",
        "channel": None,
        **more,
    }


def conversation(
    nodes: Sequence[tuple[str, str | None, Object | None]],
    *,
    current: str | None = None,
    number: int = 1,
    **more: Any,
) -> Object:
    """A conversation of nodes: id, parent, message."""
    children: dict[str | None, list[str]] = {}
    for node, parent, _ in nodes:
        children.setdefault(parent, []).append(node)
    mapping = {
        node: {
            "id": node,
            "message": told and {**told, "id": node},
            "parent": parent,
            "children": children.get(node, []),
        }
        for node, parent, told in nodes
    }
    return {
        "title": f"Conversation {number}",
        "create_time": START,
        "update_time": START + 60.5,
        "mapping": mapping,
        "moderation_results": [],
        "current_node": current or (nodes[-1][0] if nodes else None),
        "plugin_ids": None,
        "conversation_id": str(UUID(int=number)),
        "gizmo_id": None,
        "is_archived": False,
        "safe_urls": [],
        "default_model_slug": "auto",
        "id": str(UUID(int=number)),
        **more,
    }


def straight(texts: Sequence[str], *, number: int = 1, **more: Any) -> Object:
    """A plain talk, beginning with the root and the system's hidden message."""
    hidden = {"metadata": {"is_visually_hidden_from_conversation": True}, "weight": 0.0}
    nodes: list[tuple[str, str | None, Object | None]] = [
        ("client-created-root", None, None),
        ("system", "client-created-root", message("system", "", **hidden)),
    ]
    for n, text in enumerate(texts):
        role = "assistant" if n % 2 else "user"
        node = str(UUID(int=number * 1_000_000 + n))
        nodes.append((node, nodes[-1][0], message(role, text, at=START + n + 0.25)))
    return conversation(nodes, number=number, **more)


def large(messages: int, each: int = 100) -> list[Object]:
    """Conversations of `each` messages, `messages` in all."""
    return [
        straight(
            [f"What of {first + n}? It rains on the {n}th hill." for n in range(each)],
            number=first + 1,
        )
        for first in range(0, messages, each)
    ]


def write(path: Path, conversations: object, **options: Any) -> Path:
    """As a file, in UTF-8 unless told otherwise."""
    encoding = options.pop("encoding", "utf-8")
    text = json.dumps(conversations, ensure_ascii=options.pop("ascii", True), **options)
    path.write_bytes(text.encode(encoding))
    return path


def zipped(path: Path, files: Mapping[str, object]) -> Path:
    """As the zip that ChatGPT sends."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("chat.html", "<html></html>")
        archive.writestr("user.json", '{"id": "user-1"}')
        for name, content in files.items():
            text = content if isinstance(content, bytes) else json.dumps(content).encode()
            archive.writestr(name, text)
    return path
