"""Tertulia: a conversation engine. Describe a bot once, and it talks with people wherever they are.

from tertulia import Bot

reply = await Bot(persona="You are Ana, a kind guide.").reply("hello")
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from tertulia._version import __version__

if TYPE_CHECKING:
    from tertulia.app.embed import Bot, Reply
    from tertulia.values.errors import (
        ModelError,
        SettingsError,
        Stopped,
        StoreError,
        TertuliaError,
    )
    from tertulia.values.events import Restarted, Spoken

__all__ = [
    "Bot",
    "ModelError",
    "Reply",
    "Restarted",
    "SettingsError",
    "Spoken",
    "Stopped",
    "StoreError",
    "TertuliaError",
    "__version__",
]

_HOMES = {
    "Bot": "tertulia.app.embed",
    "Reply": "tertulia.app.embed",
    "Restarted": "tertulia.values.events",
    "Spoken": "tertulia.values.events",
}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used: the command line must start at once."""
    if name not in __all__:
        raise AttributeError(f"module 'tertulia' has no attribute {name!r}")
    home = _HOMES.get(name, "tertulia.values.errors")
    return getattr(importlib.import_module(home), name)
