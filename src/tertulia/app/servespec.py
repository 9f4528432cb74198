"""Reads `[serve]`: where the server listens, by which names, and how much it takes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tertulia.app.entry import TEXT, Entry, Kind, shown, whole

MEGABYTE = 1_000_000

_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]")
_FLAG: Kind[bool] = Kind("true or false", lambda value: value if isinstance(value, bool) else None)
_NAMES = 'a list of host names such as ["chat.example.org"]'


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeSpec:
    """How the server is reached.

    `hosts` are further names by which others call it. `behind_proxy`: what a proxy tells of the
    caller's address and of https is believed. `calls` are those that one account may make in a
    minute; `upload` is the largest file that is taken, in bytes.
    """

    host: str = "127.0.0.1"
    port: int = 8777
    hosts: tuple[str, ...] = ()
    upload: int = 256 * MEGABYTE
    behind_proxy: bool = False
    calls: int = 600


def read_serve(entry: Entry) -> ServeSpec:
    """What the table says; what is wrong in it is noted."""
    entry.knows({"host", "port", "hosts", "upload_mb", "behind_proxy", "calls_a_minute"})
    usual = ServeSpec()
    return ServeSpec(
        host=entry.get("host").read(TEXT, usual.host),
        port=_port(entry.get("port"), usual.port),
        hosts=_hosts(entry.get("hosts")),
        upload=entry.get("upload_mb").read(whole(1), usual.upload // MEGABYTE) * MEGABYTE,
        behind_proxy=entry.get("behind_proxy").read(_FLAG, usual.behind_proxy),
        calls=entry.get("calls_a_minute").read(whole(1), usual.calls),
    )


def _port(entry: Entry, usual: int) -> int:
    port = entry.read(whole(0), usual)
    if port > 65_535:
        entry.note(f"{entry.named} must be a port, 65535 at most, not {port}.")
    return port


def _hosts(entry: Entry) -> tuple[str, ...]:
    found: list[str] = []
    for name, item in entry.texts(_NAMES):
        if _HOST.fullmatch(name):
            found.append(name.lower())
        else:
            item.note(f"{item.named} must be a host's name alone, not {shown(name)}.")
    return tuple(found)
