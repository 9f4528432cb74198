"""The channels of a server: doors that own routes, and wires that go out to their platforms.

Each that the settings describe in `[channels.NAME]` is made with that table; the page and the door
for programs are there without one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tertulia.app import plugins
from tertulia.app.settings import Settings
from tertulia.ports.channel import Door, Wire

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


def open_wires(settings: Settings) -> dict[str, Wire]:
    """The wires by their names. Raises: `PartMissing`; `SettingsError` where a table is wrong."""
    parts: dict[str, Any] = {name: plugins.load("channels", name) for name in settings.channels}
    return {
        name: part(settings.channels[name]) for name, part in parts.items() if hasattr(part, "run")
    }


def bot_of(settings: Settings, channel: str) -> str:
    """The bot that talks on a channel."""
    table: Mapping[str, object] = settings.channels.get(channel, {})
    return str(table.get("bot", settings.default_bot))
