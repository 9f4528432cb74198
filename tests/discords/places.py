"""The application, its commands, people, servers, channels and threads over HTTP."""

from __future__ import annotations

import re
from typing import Any

from discords import shapes
from discords.rights import demand, in_guild
from discords.shapes import Shape
from discords.things import (
    DM,
    PRIVATE_THREAD,
    PUBLIC_THREAD,
    THREADS,
    Channel,
    Refused,
    User,
    malformed,
)
from discords.web import ROUTES, Call
from discords.world import GUILDS, World

_COMMAND = re.compile(r"[-_\w]{1,32}")


@ROUTES.on("GET /gateway")
def gateway(world: World, call: Call) -> Shape:
    return {"url": world.gateway_url}


@ROUTES.on("GET /gateway/bot")
def gateway_for_bots(world: World, call: Call) -> Shape:
    starts = {"total": 1000, "remaining": 999, "reset_after": 14_400_000, "max_concurrency": 1}
    return {"url": world.gateway_url, "shards": 1, "session_start_limit": starts}


@ROUTES.on("GET /users/@me")
def me(world: World, call: Call) -> Shape:
    return {**shapes.of_user(world.me), "verified": True, "mfa_enabled": False, "flags": 0}


@ROUTES.on("GET /users/@me/guilds")
def my_guilds(world: World, call: Call) -> list[Shape]:
    return [
        {
            "id": str(guild.id),
            "name": guild.name,
            "owner": guild.owner == world.me.id,
            "permissions": str(in_guild(guild, world.me.id)),
            "features": [],
        }
        for guild in world.guilds.values()
    ]


@ROUTES.on("GET /users/{}")
def user(world: World, call: Call, user_id: str) -> Shape:
    return shapes.of_user(_user(world, user_id))


def _user(world: World, number: str) -> User:
    found = world.users.get(int(number))
    if found is None:
        raise Refused(404, 10013, "Unknown User")
    return found


@ROUTES.on("POST /users/@me/channels")
def open_dm(world: World, call: Call) -> Shape:
    return shapes.of_channel(dm(world, _user(world, call.body["recipient_id"])))


def dm(world: World, recipient: User) -> Channel:
    """The channel between the bot and them, made where there was none."""
    for channel in world.channels.values():
        if channel.recipient == recipient:
            return channel
    made = Channel(id=world.numbers.next(), name="", kind=DM, recipient=recipient)
    return world.add_channel(made)


@ROUTES.on("GET /applications/@me")
@ROUTES.on("GET /oauth2/applications/@me")
def application(world: World, call: Call) -> Shape:
    return {
        "id": str(world.application),
        "name": world.me.name,
        "description": "",
        "icon": None,
        "bot_public": world.public,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": world.flags,
        "owner": shapes.of_user(world.developer),
        "team": None,
        "bot": shapes.of_user(world.me),
        "approximate_guild_count": len(world.guilds),
    }


@ROUTES.on("PUT /applications/{}/commands")
def sync(world: World, call: Call, application_id: str) -> list[Shape]:
    return _sync(world, call, None)


@ROUTES.on("PUT /applications/{}/guilds/{}/commands")
def sync_guild(world: World, call: Call, application_id: str, guild_id: str) -> list[Shape]:
    return _sync(world, call, world.guild(guild_id).id)


def _sync(world: World, call: Call, guild: int | None) -> list[Shape]:
    for number, command in enumerate(call.body):
        _check(number, command)
    before = {one["name"]: one["id"] for one in world.commands.get(guild, ())}
    world.commands[guild] = [
        {
            "type": 1,
            "description": "",
            **command,
            "id": before.get(command["name"]) or str(world.numbers.next()),
            "application_id": str(world.application),
            "version": str(world.numbers.next()),
            **({"guild_id": str(guild)} if guild else {}),
        }
        for command in call.body
    ]
    return world.commands[guild]


def _check(number: int, command: dict[str, Any]) -> None:
    chat = command.get("type", 1) == 1
    name = command["name"]
    if chat and (not _COMMAND.fullmatch(name) or name != name.lower()):
        said = "String value did not match validation regex."
        raise malformed(f"{number}.name", "APPLICATION_COMMAND_INVALID_NAME", said)
    if chat and not 1 <= len(command.get("description", "")) <= 100:
        said = "Must be between 1 and 100 in length."
        raise malformed(f"{number}.description", "BASE_TYPE_BAD_LENGTH", said)


@ROUTES.on("GET /applications/{}/commands")
def commands(world: World, call: Call, application_id: str) -> list[Shape]:
    return world.commands.get(None, [])


@ROUTES.on("GET /applications/{}/guilds/{}/commands")
def guild_commands(world: World, call: Call, application_id: str, guild_id: str) -> list[Shape]:
    return world.commands.get(world.guild(guild_id).id, [])


@ROUTES.on("GET /guilds/{}")
def guild(world: World, call: Call, guild_id: str) -> Shape:
    return world.guild_shape(world.guild(guild_id))


@ROUTES.on("GET /guilds/{}/channels")
def channels(world: World, call: Call, guild_id: str) -> list[Shape]:
    return world.guild_shape(world.guild(guild_id))["channels"]


@ROUTES.on("GET /guilds/{}/roles")
def roles(world: World, call: Call, guild_id: str) -> list[Shape]:
    return world.guild_shape(world.guild(guild_id))["roles"]


@ROUTES.on("GET /guilds/{}/members/{}")
def member(world: World, call: Call, guild_id: str, user_id: str) -> Shape:
    return shapes.of_member(world.guild(guild_id), _user(world, user_id))


@ROUTES.on("GET /guilds/{}/threads/active")
def active(world: World, call: Call, guild_id: str) -> Shape:
    there = world.guild(guild_id)
    found = [
        one
        for one in world.channels.values()
        if one.guild == there and one.kind in THREADS and not one.archived
    ]
    members = [shapes.of_thread_member(one, world.me.id) for one in found if _in(world, one)]
    return {"threads": [shapes.of_channel(one) for one in found], "members": members}


def _in(world: World, thread: Channel) -> bool:
    return world.me.id in thread.joined


@ROUTES.on("GET /channels/{}")
def channel(world: World, call: Call, channel_id: str) -> Shape:
    found = world.channel(channel_id)
    demand(found, world.me.id)
    return shapes.of_channel(found)


@ROUTES.on("PATCH /channels/{}")
def change(world: World, call: Call, channel_id: str) -> Shape:
    found = world.channel(channel_id)
    if found.owner != world.me.id:
        demand(found, world.me.id, "manage_threads" if found.parent else "manage_channels")
    found.name = call.body.get("name", found.name)
    found.archived = call.body.get("archived", found.archived)
    found.locked = call.body.get("locked", found.locked)
    event = "THREAD_UPDATE" if found.parent else "CHANNEL_UPDATE"
    world.tell(event, shapes.of_channel(found), GUILDS)
    return shapes.of_channel(found)


@ROUTES.on("DELETE /channels/{}")
def remove(world: World, call: Call, channel_id: str) -> Shape:
    found = world.channel(channel_id)
    demand(found, world.me.id, "manage_threads" if found.parent else "manage_channels")
    world.remove_channel(found)
    return shapes.of_channel(found)


@ROUTES.on("POST /channels/{}/messages/{}/threads")
def branch(world: World, call: Call, channel_id: str, message_id: str) -> tuple[int, Shape]:
    """A thread has the id of the message that it starts from."""
    parent = world.channel(channel_id)
    demand(parent, world.me.id, "create_public_threads")
    message = world.message(parent, message_id)
    if message.thread is not None:
        raise Refused(400, 160004, "A thread has already been created for this message")
    made = Channel(id=message.id, name=call.body["name"], kind=PUBLIC_THREAD, parent=parent)
    message.thread = made
    return _open(world, made)


@ROUTES.on("POST /channels/{}/threads")
def start(world: World, call: Call, channel_id: str) -> tuple[int, Shape]:
    parent = world.channel(channel_id)
    kind = call.body.get("type", PRIVATE_THREAD)
    wanted = "create_private_threads" if kind == PRIVATE_THREAD else "create_public_threads"
    demand(parent, world.me.id, wanted)
    number = world.numbers.next()
    return _open(world, Channel(id=number, name=call.body["name"], kind=kind, parent=parent))


def _open(world: World, thread: Channel) -> tuple[int, Shape]:
    assert thread.parent is not None
    thread.guild = thread.parent.guild
    thread.owner = world.me.id
    thread.joined = {world.me.id}
    member = shapes.of_thread_member(thread, world.me.id)
    world.add_channel(thread, "THREAD_CREATE", newly_created=True, member=member)
    return 201, {**shapes.of_channel(thread), "member": member}


@ROUTES.on("PUT /channels/{}/thread-members/@me")
def join(world: World, call: Call, channel_id: str) -> None:
    found = world.channel(channel_id)
    demand(found, world.me.id)
    found.joined.add(world.me.id)


@ROUTES.on("DELETE /channels/{}/thread-members/@me")
def leave(world: World, call: Call, channel_id: str) -> None:
    found = world.channel(channel_id)
    found.joined.discard(world.me.id)
