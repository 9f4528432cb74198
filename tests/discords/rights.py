"""Who may do what where, as Discord reckons it."""

from __future__ import annotations

from discords.things import Channel, Guild, Overwrite, Refused

BITS = {
    "administrator": 1 << 3,
    "manage_channels": 1 << 4,
    "manage_guild": 1 << 5,
    "add_reactions": 1 << 6,
    "view_channel": 1 << 10,
    "send_messages": 1 << 11,
    "manage_messages": 1 << 13,
    "embed_links": 1 << 14,
    "attach_files": 1 << 15,
    "read_message_history": 1 << 16,
    "mention_everyone": 1 << 17,
    "use_external_emojis": 1 << 18,
    "use_application_commands": 1 << 31,
    "manage_threads": 1 << 34,
    "create_public_threads": 1 << 35,
    "create_private_threads": 1 << 36,
    "send_messages_in_threads": 1 << 38,
}
EVERYTHING = (1 << 50) - 1
USUAL = sum(bit for name, bit in BITS.items() if not name.startswith(("manage", "administrator")))
"""What everyone may in a new server."""


def bits(names: dict[str, bool], wanted: bool) -> int:
    return sum(BITS[name] for name, allowed in names.items() if allowed is wanted)


def in_guild(guild: Guild, user: int) -> int:
    """What they may in the whole server."""
    if user == guild.owner:
        return EVERYTHING
    held = guild.roles[guild.id].permissions
    for role in guild.given.get(user, ()):
        held |= guild.roles[role].permissions
    return EVERYTHING if held & BITS["administrator"] else held


def in_channel(channel: Channel, user: int) -> int:
    """What they may there; a thread is as its channel is."""
    guild = channel.guild
    if guild is None:
        return USUAL
    held = in_guild(guild, user)
    if held == EVERYTHING:
        return held
    written = (channel.parent or channel).overwrites
    everyone, own = written.get(guild.id), written.get(user)
    roles = [written[role] for role in guild.given.get(user, ()) if role in written]
    if everyone:
        held = held & ~everyone.deny | everyone.allow
    for role in roles:
        held &= ~role.deny
    for role in roles:
        held |= role.allow
    return held & ~own.deny | own.allow if own else held


def may(channel: Channel, user: int, name: str) -> bool:
    return bool(in_channel(channel, user) & BITS[name])


def write(channel: Channel, who: int, *, role: bool, names: dict[str, bool]) -> None:
    """Note what the channel allows or denies them, beside what it did."""
    found = channel.overwrites.setdefault(who, Overwrite(kind=0 if role else 1))
    allow, deny = bits(names, wanted=True), bits(names, wanted=False)
    found.allow = found.allow & ~deny | allow
    found.deny = found.deny & ~allow | deny


def demand(channel: Channel, user: int, *names: str) -> None:
    """Raise what Discord answers where one is missing."""
    if not may(channel, user, "view_channel"):
        raise Refused(403, 50001, "Missing Access")
    for name in names:
        if not may(channel, user, name):
            raise Refused(403, 50013, "Missing Permissions")
