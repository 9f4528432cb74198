"""Discord: a bot that talks where it is spoken to, by discord.py."""

from tertulia.channels.discord.channel import Discord

__all__ = ["Discord"]
