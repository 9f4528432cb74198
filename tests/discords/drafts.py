"""What the bot wants to say: checked as Discord checks it, and made into a message."""

from __future__ import annotations

import mimetypes
import time
from typing import Any

from discords.rights import demand, may
from discords.shapes import found
from discords.things import (
    EPHEMERAL,
    LOADING,
    Channel,
    File,
    Message,
    Refused,
    malformed,
)
from discords.web import Call
from discords.world import World

MOST_TEXT, MOST_NONCE, MOST_FILES, MOST_BYTES = 2000, 25, 10, 10 * 1024 * 1024
_TAKEN = 1 << 2 | EPHEMERAL | 1 << 12 | 1 << 15
"""The flags that a bot may set."""


def draft(world: World, channel: Channel, call: Call, body: dict[str, Any]) -> Message:
    """A message of the bot, not yet in its channel. Raises: `Refused` as Discord does."""
    _check(body)
    message = Message(
        id=world.numbers.next(),
        channel=channel,
        author=world.me,
        content=(body.get("content") or "").strip(),
        nonce=str(body["nonce"]) if body.get("nonce") is not None else None,
        flags=(body.get("flags") or 0) & _TAKEN,
        allowed_mentions=body.get("allowed_mentions"),
        components=_numbered(body.get("components")),
        embeds=body.get("embeds") or [],
    )
    message.files = _files(world, channel, call, body, ())
    _demand_something(message)
    return message


def change(world: World, message: Message, call: Call, body: dict[str, Any]) -> None:
    """Have it say something else. Raises: `Refused` as Discord does."""
    _check(body)
    before = message.content, message.embeds, message.files
    if "content" in body:
        message.content = (body["content"] or "").strip()
    if "embeds" in body:
        message.embeds = body["embeds"] or []
    if "attachments" in body or call.uploads:
        message.files = _files(world, message.channel, call, body, message.files)
    try:
        _demand_something(message)
    except Refused:
        message.content, message.embeds, message.files = before
        raise
    if "components" in body:
        message.components = _numbered(body["components"])
    if body.get("allowed_mentions") is not None:
        message.allowed_mentions = body["allowed_mentions"]
    message.edited = time.time()
    message.flags &= ~LOADING


def refer(world: World, message: Message, body: dict[str, Any]) -> None:
    """Have it answer what it says it answers. Raises: `Refused` as Discord does."""
    pointer = body.get("message_reference")
    if not pointer:
        return
    demand(message.channel, world.me.id)
    if not may(message.channel, world.me.id, "read_message_history"):
        said = "Cannot reply without permission to read message history"
        raise Refused(400, 160002, said)
    if found(message.channel, int(pointer["message_id"])) is not None:
        message.reference = int(pointer["message_id"])
        message.kind = 19
    elif pointer.get("fail_if_not_exists", True):
        raise malformed("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")


def _check(body: dict[str, Any]) -> None:
    if len(body.get("content") or "") > MOST_TEXT:
        said = f"Must be {MOST_TEXT} or fewer in length."
        raise malformed("content", "BASE_TYPE_MAX_LENGTH", said)
    if len(str(body.get("nonce") or "")) > MOST_NONCE:
        said = f"Must be {MOST_NONCE} or fewer in length."
        raise malformed("nonce", "BASE_TYPE_MAX_LENGTH", said)
    if len(body.get("components") or ()) > 5:
        raise malformed("components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
    if len(body.get("embeds") or ()) > 10:
        raise malformed("embeds", "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.")


def _demand_something(message: Message) -> None:
    if not (message.content or message.files or message.embeds or message.flags & 1 << 15):
        raise Refused(400, 50006, "Cannot send an empty message")


def _numbered(components: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    """With the numbers that Discord gives to each."""
    made: list[dict[str, Any]] = []
    for number, row in enumerate(components or (), 1):
        inner = (
            [{**one, "id": number * 100 + place} for place, one in enumerate(row["components"])]
            if "components" in row
            else None
        )
        made.append({**row, "id": number, **({"components": inner} if inner else {})})
    return made


def _files(
    world: World, channel: Channel, call: Call, body: dict[str, Any], kept: Any
) -> list[File]:
    """The files that it has from now on: those that are kept, and the new ones."""
    if call.uploads and not may(channel, world.me.id, "attach_files"):
        raise Refused(403, 50013, "Missing Permissions")
    if any(len(one.data) > MOST_BYTES for one in call.uploads):
        raise Refused(413, 40005, "Request entity too large")
    listed = {str(one["id"]): one for one in body.get("attachments") or ()}
    stay = [file for file in kept if "attachments" not in body or str(file.id) in listed]
    for upload in call.uploads:
        said = listed.get(str(upload.number), {})
        name = said.get("filename") or upload.name
        file = world.keep(channel, name, kind_of(name), upload.data)
        file.description = said.get("description")
        stay.append(file)
    if len(stay) > MOST_FILES:
        raise malformed("attachments", "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.")
    return stay


def kind_of(name: str) -> str:
    """The type that Discord tells, which it takes from the name."""
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
