"""The parts that own routes: the page and the door for programs always, others where they are set.

A door that the settings describe in `[channels.NAME]` is made with that table; `web` and `api` are
there without one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tertulia.app import plugins
from tertulia.app.settings import Settings
from tertulia.ports.channel import Door

ALWAYS = ("web", "api")


def open_doors(settings: Settings) -> dict[str, Door]:
    """The doors by their names. Raises: `PartMissing` where one cannot be loaded."""
    found: dict[str, Door] = {}
    for name in plugins.names("channels"):
        if name not in ALWAYS and name not in settings.channels:
            continue
        part: Any = plugins.load("channels", name)
        if hasattr(part, "application"):
            found[name] = part() if name in ALWAYS else part(settings.channels[name])
    return found


def bot_of(settings: Settings, channel: str) -> str:
    """The bot that talks on a channel."""
    table: Mapping[str, object] = settings.channels.get(channel, {})
    return str(table.get("bot", settings.default_bot))
