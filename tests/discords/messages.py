"""Messages over HTTP: to send, to change, to delete, to read, and to type."""

from __future__ import annotations

import time
from typing import Any

from discords.drafts import change, draft, refer
from discords.rights import demand, may
from discords.shapes import Shape, of_message
from discords.things import DM, THREADS, Channel, Message, Refused, moment
from discords.web import ROUTES, Call
from discords.world import CONTENT, World

NONCE_SECONDS = 300
"""How long a nonce is remembered."""


def shown(world: World, message: Message) -> Shape:
    """As HTTP gives it to the bot: what it may read, by what is enabled."""
    return of_message(message, me=world.me.id, content=bool(world.allowed & CONTENT))


@ROUTES.on("POST /channels/{}/messages")
def create(world: World, call: Call, channel_id: str) -> Shape:
    channel = world.channel(channel_id)
    may_send(world, channel)
    message = draft(world, channel, call, call.body)
    again = _sent_before(world, message) if call.body.get("enforce_nonce") else None
    if again is not None:
        return shown(world, again)
    message.flags &= ~(1 << 6)
    refer(world, message, call.body)
    channel.archived = False
    if message.nonce is not None:
        world.nonces[message.nonce] = message
    return shown(world, world.post(message))


def may_send(world: World, channel: Channel) -> None:
    """Raises: `Refused` as Discord does where the bot may not send."""
    if channel.kind == DM:
        assert channel.recipient is not None
        if channel.recipient.id in world.blocked:
            raise Refused(403, 50007, "Cannot send messages to this user")
        return
    thread = channel.kind in THREADS
    demand(channel, world.me.id, "send_messages_in_threads" if thread else "send_messages")
    if channel.archived and channel.locked:
        raise Refused(400, 50083, "Thread is archived")


def _sent_before(world: World, message: Message) -> Message | None:
    """The message that the bot sent a short while ago with the same nonce."""
    if message.nonce is None:
        return None
    before = world.nonces.get(message.nonce)
    if before is None or moment(before.id) < time.time() - NONCE_SECONDS:
        return None
    return before if before in before.channel.messages else None


@ROUTES.on("PATCH /channels/{}/messages/{}")
def edit(world: World, call: Call, channel_id: str, message_id: str) -> Shape:
    channel = world.channel(channel_id)
    demand(channel, world.me.id)
    message = world.message(channel, message_id)
    if message.author != world.me:
        raise Refused(403, 50005, "Cannot edit a message authored by another user")
    change(world, message, call, call.body)
    world.changes(message)
    return shown(world, message)


@ROUTES.on("DELETE /channels/{}/messages/{}")
def delete(world: World, call: Call, channel_id: str, message_id: str) -> None:
    channel = world.channel(channel_id)
    demand(channel, world.me.id)
    message = world.message(channel, message_id)
    if message.author != world.me:
        if channel.kind == DM:
            raise Refused(403, 50003, "Cannot execute action on a DM channel")
        demand(channel, world.me.id, "manage_messages")
    world.remove(message)


@ROUTES.on("GET /channels/{}/messages/{}")
def one(world: World, call: Call, channel_id: str, message_id: str) -> Shape:
    channel = world.channel(channel_id)
    demand(channel, world.me.id, "read_message_history")
    return shown(world, world.message(channel, message_id))


@ROUTES.on("GET /channels/{}/messages")
def history(world: World, call: Call, channel_id: str) -> list[Any]:
    """Newest first, whichever end it starts from."""
    channel = world.channel(channel_id)
    demand(channel, world.me.id)
    if not may(channel, world.me.id, "read_message_history"):
        return []
    limit = int(call.query.get("limit", 50))
    if not 1 <= limit <= 100:
        said = "int value should be between 1 and 100."
        raise Refused(
            400,
            50035,
            "Invalid Form Body",
            {"limit": {"_errors": [{"code": "NUMBER_TYPE_MAX", "message": said}]}},
        )
    found = channel.messages
    if "after" in call.query:
        found = [said for said in found if said.id > int(call.query["after"])][:limit]
    elif "before" in call.query:
        found = [said for said in found if said.id < int(call.query["before"])]
    elif "around" in call.query:
        found = _around(found, int(call.query["around"]), limit)
    return [shown(world, said) for said in reversed(found[-limit:])]


def _around(found: list[Message], number: int, limit: int) -> list[Message]:
    older = [said for said in found if said.id < number][-(limit // 2) :]
    return [*older, *[said for said in found if said.id >= number][: limit - len(older)]]


@ROUTES.on("POST /channels/{}/typing")
def typing(world: World, call: Call, channel_id: str) -> None:
    channel = world.channel(channel_id)
    may_send(world, channel)
    channel.typed.append(time.monotonic())
