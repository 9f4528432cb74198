"""What the bot answers to commands and pressed buttons, over HTTP."""

from __future__ import annotations

import time
from typing import Any

from discords.drafts import change, draft
from discords.messages import shown
from discords.shapes import Shape
from discords.things import EPHEMERAL, LOADING, Interaction, Message, Refused, malformed
from discords.web import ROUTES, Call
from discords.world import World

COMMAND = 2
MESSAGE, DEFERRED, DEFERRED_CHANGE, CHANGE = 4, 5, 6, 7


def _asked(world: World, token: str) -> Interaction | None:
    return next((one for one in world.interactions.values() if one.token == token), None)


@ROUTES.on("POST /interactions/{}/{}/callback")
def callback(world: World, call: Call, number: str, token: str) -> Shape:
    asked = world.interactions.get(int(number))
    if asked is None or asked.token != token or asked.failed:
        raise Refused(404, 10062, "Unknown interaction")
    if asked.callback is not None:
        raise Refused(400, 40060, "Interaction has already been acknowledged.")
    kind, data = call.body["type"], call.body.get("data") or {}
    _acknowledge(world, call, asked, kind, data)
    asked.callback = kind
    asked.took = time.monotonic() - asked.asked
    return _told(world, asked)


def _acknowledge(
    world: World, call: Call, asked: Interaction, kind: int, data: dict[str, Any]
) -> None:
    if kind == MESSAGE:
        asked.private = bool((data.get("flags") or 0) & EPHEMERAL)
        asked.original = _publish(world, asked, draft(world, asked.channel, call, data))
    elif kind == DEFERRED:
        asked.private = bool((data.get("flags") or 0) & EPHEMERAL)
        asked.original = Message(
            id=world.numbers.next(),
            channel=asked.channel,
            author=world.me,
            content="",
            flags=LOADING | EPHEMERAL * asked.private,
        )
    elif kind == DEFERRED_CHANGE and asked.kind != COMMAND:
        asked.original = asked.message
    elif kind == CHANGE and asked.message is not None:
        asked.original = asked.message
        change(world, asked.message, call, data)
        _revise(world, asked.message)
    elif kind in (DEFERRED_CHANGE, CHANGE):
        raise malformed("type", "INTERACTION_TYPE_INVALID", "There is no message to change.")
    else:
        asked.form = data


def _publish(world: World, asked: Interaction, message: Message) -> Message:
    """Show it: to everybody there, or only to who asked."""
    message.interaction = asked
    message.kind = 20 if asked.kind == COMMAND else 0
    asked.answers.append(message)
    if not message.ephemeral:
        return world.post(message)
    world.ping(message)
    message.revise()
    return message


def _revise(world: World, message: Message) -> None:
    if message.ephemeral:
        message.revise()
    else:
        world.changes(message)


def _told(world: World, asked: Interaction) -> Shape:
    told: Shape = {"id": str(asked.id), "type": asked.kind}
    given: Shape = {"interaction": told}
    if asked.original is not None:
        told["response_message_id"] = str(asked.original.id)
        told["response_message_loading"] = bool(asked.original.flags & LOADING)
        told["response_message_ephemeral"] = asked.original.ephemeral
        given["resource"] = {"type": asked.callback, "message": shown(world, asked.original)}
    return given


def _open(world: World, token: str) -> Interaction:
    """Raises: `Refused` as Discord does for one that cannot be answered behind the first time."""
    asked = _asked(world, token)
    if asked is None or asked.callback is None:
        raise Refused(404, 10015, "Unknown Webhook")
    if asked.expired:
        raise Refused(401, 50027, "Invalid Webhook Token")
    return asked


@ROUTES.on("POST /webhooks/{}/{}")
def follow(world: World, call: Call, application: str, token: str) -> Shape:
    """The first one behind a deferral takes its place, and is as private as that was."""
    asked = _open(world, token)
    if asked.original is not None and asked.original.flags & LOADING:
        return _fulfil(world, call, asked, asked.original)
    return shown(world, _publish(world, asked, draft(world, asked.channel, call, call.body)))


def _fulfil(world: World, call: Call, asked: Interaction, message: Message) -> Shape:
    change(world, message, call, call.body)
    message.edited = None
    return shown(world, _publish(world, asked, message))


@ROUTES.on("GET /webhooks/{}/{}/messages/{}")
def one(world: World, call: Call, application: str, token: str, which: str) -> Shape:
    return shown(world, _answer(_open(world, token), which))


@ROUTES.on("PATCH /webhooks/{}/{}/messages/{}")
def edit(world: World, call: Call, application: str, token: str, which: str) -> Shape:
    asked = _open(world, token)
    message = _answer(asked, which)
    if message.flags & LOADING:
        return _fulfil(world, call, asked, message)
    change(world, message, call, call.body)
    _revise(world, message)
    return shown(world, message)


@ROUTES.on("DELETE /webhooks/{}/{}/messages/{}")
def delete(world: World, call: Call, application: str, token: str, which: str) -> None:
    asked = _open(world, token)
    message = _answer(asked, which)
    asked.answers = [said for said in asked.answers if said != message]
    if message == asked.original:
        asked.original = None
    if message in message.channel.messages:
        world.remove(message)


def _answer(asked: Interaction, which: str) -> Message:
    said = asked.answers
    found = [one for one in said if str(one.id) == which]
    if which == "@original" and asked.original is not None:
        found = [asked.original]
    if not found:
        raise Refused(404, 10008, "Unknown Message")
    return found[0]
