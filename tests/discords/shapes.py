"""The things of the local Discord as JSON, in Discord's shape."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from discords.rights import in_channel
from discords.things import (
    DM,
    THREADS,
    Channel,
    File,
    Guild,
    Interaction,
    Message,
    Role,
    User,
    moment,
)

Shape = dict[str, Any]


def stamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def of_user(user: User) -> Shape:
    return {
        "id": str(user.id),
        "username": user.name,
        "global_name": user.shown,
        "discriminator": "0000" if user.bot else "0",
        "avatar": None,
        "bot": user.bot,
        "public_flags": 0,
    }


def of_member(guild: Guild, user: User, *, whole: bool = True) -> Shape:
    """With the person themselves if `whole`; a message has them beside it."""
    shape: Shape = {
        "roles": [str(role) for role in sorted(guild.given.get(user.id, ()))],
        "nick": guild.nicks.get(user.id),
        "joined_at": stamp(moment(user.id)),
        "deaf": False,
        "mute": False,
        "flags": 0,
    }
    return {**shape, "user": of_user(user)} if whole else shape


def of_role(role: Role) -> Shape:
    return {
        "id": str(role.id),
        "name": role.name,
        "permissions": str(role.permissions),
        "position": role.position,
        "colors": {"primary_color": 0},
        "color": 0,
        "hoist": False,
        "managed": role.managed,
        "mentionable": True,
        "flags": 0,
    }


def of_channel(channel: Channel) -> Shape:
    shape: Shape = {
        "id": str(channel.id),
        "type": channel.kind,
        "flags": 0,
        "last_message_id": str(channel.messages[-1].id) if channel.messages else None,
    }
    if channel.kind == DM:
        assert channel.recipient is not None
        return {**shape, "recipients": [of_user(channel.recipient)]}
    assert channel.guild is not None
    shape |= {"guild_id": str(channel.guild.id), "name": channel.name, "rate_limit_per_user": 0}
    if channel.kind in THREADS:
        return {**shape, **_of_thread(channel)}
    overwrites = [
        {"id": str(who), "type": one.kind, "allow": str(one.allow), "deny": str(one.deny)}
        for who, one in channel.overwrites.items()
    ]
    more = {"position": 0, "topic": None, "nsfw": False, "parent_id": None}
    return {**shape, **more, "permission_overwrites": overwrites}


def _of_thread(thread: Channel) -> Shape:
    assert thread.parent is not None
    count = len(thread.messages) + len(thread.deleted)
    created = stamp(moment(thread.id))
    return {
        "parent_id": str(thread.parent.id),
        "owner_id": str(thread.owner),
        "message_count": len(thread.messages),
        "member_count": len(thread.joined),
        "total_message_sent": count,
        "thread_metadata": {
            "archived": thread.archived,
            "auto_archive_duration": 1440,
            "archive_timestamp": created,
            "create_timestamp": created,
            "locked": thread.locked,
        },
    }


def of_thread_member(thread: Channel, user: int) -> Shape:
    joined = stamp(moment(thread.id))
    return {"id": str(thread.id), "user_id": str(user), "join_timestamp": joined, "flags": 0}


def of_guild(guild: Guild, channels: Iterable[Channel], users: Iterable[User], me: User) -> Shape:
    """As in GUILD_CREATE: of the members only the bot, as without the members' intent."""
    here = [channel for channel in channels if channel.guild == guild]
    threads = [one for one in here if one.kind in THREADS and not one.archived]
    return {
        "id": str(guild.id),
        "name": guild.name,
        "owner_id": str(guild.owner),
        "unavailable": False,
        "large": False,
        "member_count": len(list(users)),
        "joined_at": stamp(moment(guild.id)),
        "roles": [of_role(role) for role in guild.roles.values()],
        "emojis": [],
        "stickers": [],
        "features": [],
        "members": [of_member(guild, me)],
        "channels": [of_channel(one) for one in here if one.kind not in THREADS],
        "threads": [of_channel(one) for one in threads],
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "system_channel_id": None,
        "preferred_locale": "en-US",
        "verification_level": 0,
        "default_message_notifications": 1,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "premium_tier": 0,
    }


def of_file(file: File) -> Shape:
    shape = {
        "id": str(file.id),
        "filename": file.name,
        "size": len(file.data),
        "url": file.url,
        "proxy_url": file.url,
        "content_type": file.kind,
    }
    return shape if file.description is None else {**shape, "description": file.description}


def found(channel: Channel, number: int | None) -> Message | None:
    """The message of this id that stands in the channel."""
    return next((one for one in channel.messages if one.id == number), None)


def of_message(message: Message, *, me: int, content: bool, event: bool = False) -> Shape:
    """As the bot may see it; without `content`, its words are withheld where Discord does so."""
    guild = message.channel.guild
    shown = content or guild is None or message.author.id == me
    shown = shown or any(one.id == me for one in message.pings)
    shape: Shape = {
        "id": str(message.id),
        "channel_id": str(message.channel.id),
        "type": message.kind,
        "author": of_user(message.author),
        "content": message.content if shown else "",
        "timestamp": stamp(moment(message.id)),
        "edited_timestamp": stamp(message.edited) if message.edited else None,
        "tts": False,
        "pinned": False,
        "flags": message.flags,
        "mention_everyone": message.everyone,
        "mentions": [of_user(one) for one in message.pings],
        "mention_roles": [str(role) for role in message.roles],
        "attachments": [of_file(one) for one in message.files] if shown else [],
        "embeds": message.embeds if shown else [],
        "components": message.components if shown else [],
    }
    if message.nonce is not None:
        shape["nonce"] = message.nonce
    if message.webhook:
        shape["webhook_id"] = str(message.author.id)
    if message.interaction is not None:
        asked = message.interaction
        shape["webhook_id"] = shape["application_id"] = str(asked.application)
        shape["interaction_metadata"] = {
            "id": str(asked.id),
            "type": asked.kind,
            "user": of_user(asked.user),
            "authorizing_integration_owners": {},
        }
    if message.thread is not None:
        shape["thread"] = of_channel(message.thread)
    if event and guild is not None:
        shape["guild_id"] = str(guild.id)
        if not message.webhook:
            shape["member"] = of_member(guild, message.author, whole=False)
    return shape | _referring(message, me=me, content=content)


def _referring(message: Message, *, me: int, content: bool) -> Shape:
    if message.reference is None:
        return {}
    channel = message.channel
    pointer: Shape = {
        "type": 0,
        "message_id": str(message.reference),
        "channel_id": str(channel.id),
    }
    if channel.guild is not None:
        pointer["guild_id"] = str(channel.guild.id)
    said = found(channel, message.reference)
    resolved = of_message(said, me=me, content=content) if said else None
    if resolved is not None:
        # Discord resolves one step of a chain and no more.
        resolved.pop("referenced_message", None)
    return {"message_reference": pointer, "referenced_message": resolved}


def of_interaction(asked: Interaction, application: int, me: int) -> Shape:
    channel, guild = asked.channel, asked.channel.guild
    held = str(in_channel(channel, asked.user.id))
    shape: Shape = {
        "id": str(asked.id),
        "application_id": str(application),
        "type": asked.kind,
        "token": asked.token,
        "version": 1,
        "data": asked.data,
        "channel": {**of_channel(channel), "permissions": held},
        "channel_id": str(channel.id),
        "app_permissions": str(in_channel(channel, me)),
        "locale": "en-US",
        "entitlements": [],
        "authorizing_integration_owners": {"0": str(guild.id if guild else 0)},
        "context": 0 if guild else 1,
        "attachment_size_limit": 10 * 1024 * 1024,
    }
    if asked.message is not None:
        shape["message"] = of_message(asked.message, me=me, content=True)
    if guild is None:
        return {**shape, "user": of_user(asked.user)}
    there = {"id": str(guild.id), "locale": "en-US", "features": []}
    member = {**of_member(guild, asked.user), "permissions": held}
    return {
        **shape,
        "guild_id": str(guild.id),
        "guild_locale": "en-US",
        "guild": there,
        "member": member,
    }
