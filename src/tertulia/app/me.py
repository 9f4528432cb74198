"""Whoever sits at this machine."""

from __future__ import annotations

import getpass

from tertulia.values.message import Author


def me() -> Author:
    """The machine's user, by the name that they log in with."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError):
        name = "you"
    return Author(platform_id=name, name=name)
