"""A local Discord for tests: HTTP (v10) and gateway, to which the real discord.py connects."""

import warnings

with warnings.catch_warnings():
    # discord.py imports `audioop` for voice, which Python 3.13 has no more.
    warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
    import discord

from discords.server import Discord, discord_server

__all__ = ["Discord", "discord", "discord_server"]
